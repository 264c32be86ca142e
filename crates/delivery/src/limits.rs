//! Every bound of this crate, in one place.

use std::time::Duration;

/// Messages that starts may hand over before the dispatcher takes them. One
/// more is left in the outbox and is claimed when its first lease ends.
pub const HANDED_OVER_MAX: usize = 8_192;

/// How often the outbox is searched for due messages.
pub const CLAIM_EVERY: Duration = Duration::from_millis(500);

/// How long a message is handed over without a look at whether its
/// verification still waits for it. Far longer than the usual way to a gateway,
/// far shorter than anybody needs to read one code and enter it.
pub const FRESH_FOR: Duration = Duration::from_millis(250);

/// Messages that the inbox shows; the oldest go first.
pub const INBOX_MESSAGES_MAX: usize = 2_000;

/// Time to connect to a gateway over HTTP (`delivery.md` 7.1).
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Time for a whole call to a gateway over HTTP (`delivery.md` 7.1).
pub const CALL_TIMEOUT: Duration = Duration::from_secs(8);

/// Bytes of a gateway's answer that are read (`delivery.md` 7.1).
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Failed calls in a row that close a gateway for a while (`delivery.md` 6.3).
pub const FAILURES_TO_CLOSE: u32 = 3;

/// How long a gateway stays closed before the next call tries it.
pub const CLOSED_FOR: Duration = Duration::from_secs(5);
