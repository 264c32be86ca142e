//! Every bound of a session, in one place (`delivery.md` 3.2, 12).

use core::time::Duration;

/// A bind is answered within this time.
pub const BIND_ANSWER: Duration = Duration::from_secs(10);

/// Silence after which the peer is asked whether it is there.
pub const IDLE: Duration = Duration::from_secs(30);

/// Time for the answer to that question; two in a row without are the end.
pub const ENQUIRE_ANSWER: Duration = Duration::from_secs(10);

/// Questions without an answer that end a session.
pub const ENQUIRIES_MAX: u32 = 2;

/// Time for the answer to a submit; after it nobody knows what became of it.
pub const SUBMIT_ANSWER: Duration = Duration::from_secs(8);

/// How long a submit without an answer keeps its place in the window.
pub const SUBMIT_PLACE: Duration = Duration::from_mins(1);

/// How late an answer is still told.
pub const SUBMIT_LATE: Duration = Duration::from_mins(5);

/// Submits that are remembered beyond the window, to know late answers.
pub const LATE_MAX: usize = 1_000;

/// Misses in a row that end a session; submits that were under way together are
/// one.
pub const MISSES_MAX: u32 = 3;

/// Unanswered submits at a time, at most.
pub const WINDOW_MAX: usize = 100;

/// How long open answers are waited for when the peer takes leave.
pub const PEER_UNBIND_WAIT: Duration = Duration::from_secs(5);

/// How long open answers are waited for when we take leave.
pub const DRAIN_WAIT: Duration = Duration::from_secs(8);

/// How long the answer to our leave is waited for.
pub const UNBIND_ANSWER: Duration = Duration::from_secs(2);

/// Deliveries that are handed up and not acknowledged, at most; then the
/// session stops reading.
pub const DELIVERIES_MAX: usize = 1_000;

/// Bytes that wait to be written beyond which the session stops reading: a
/// peer that asks and does not read the answers cannot fill the memory.
pub const UNWRITTEN_MAX: usize = 64 * 1024;

/// Bytes in one write (`delivery.md` 3.2).
pub const WRITE_MAX: usize = 32 * 1024;

/// PDUs whose headers are remembered (`delivery.md` 3.7).
pub const RING_MAX: usize = 256;

/// First wait after a lost link.
pub const RECONNECT_WAIT: Duration = Duration::from_millis(250);

/// Longest wait after a lost link.
pub const RECONNECT_WAIT_MAX: Duration = Duration::from_secs(30);

/// A link that was bound for so long begins anew with short waits.
pub const STEADY_AFTER: Duration = Duration::from_mins(1);

/// Shortest wait after the peer took leave.
pub const UNBOUND_WAIT: Duration = Duration::from_secs(1);

/// First wait after a bind that may be taken later.
pub const OCCUPIED_WAIT: Duration = Duration::from_secs(30);

/// Longest wait after a bind that may be taken later.
pub const OCCUPIED_WAIT_MAX: Duration = Duration::from_mins(2);

/// First wait after a bind that was refused for good.
pub const DENIED_WAIT: Duration = Duration::from_mins(1);

/// Longest wait after a bind that was refused for good.
pub const DENIED_WAIT_MAX: Duration = Duration::from_mins(10);
