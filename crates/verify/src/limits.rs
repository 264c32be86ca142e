//! Every bound of this crate, in one place.

/// Longest service name, in characters (`verigator-api.md` 5.4).
pub const SERVICE_NAME_CHARS_MAX: usize = 100;

/// Longest host name of a service, in characters (RFC 1035 §2.3.4).
pub const HOST_CHARS_MAX: usize = 253;

/// Longest label between two dots of a host name (RFC 1035 §2.3.4).
pub const HOST_LABEL_CHARS_MAX: usize = 63;

/// Longest `fqdn` text taken as received, in characters: a URL with a path is
/// accepted, a document is not.
pub const HOST_TEXT_CHARS_MAX: usize = 2048;

/// Longest login name of a user, in characters (`verigator-api.md` 5.7).
pub const LOGIN_CHARS_MAX: usize = 255;

/// Longest code a person may enter, in characters, after blanks and hyphens
/// are removed (`verigator-api.md` 5.12).
pub const ENTERED_CODE_CHARS_MAX: usize = 16;

/// Sends remembered per number, whatever the limits are; the limits in force
/// ask for more.
pub const NUMBER_SENDS_KEPT_MIN: usize = 20;

/// Sends remembered per number, at most. Reached only where the limit over all
/// services is switched off and dozens of services send to one number.
pub const NUMBER_SENDS_KEPT_MAX: usize = 500;

/// Largest limit per number that is enforced; a larger one switches it off.
pub const NUMBER_LIMIT_MAX: u32 = 100;

/// Longest message text, in characters: ten concatenated GSM segments.
pub const MESSAGE_CHARS_MAX: usize = 1530;

/// Pairs of address and user name whose failed logins are remembered. Beyond
/// it those that no longer count are forgotten, or if all count, all of them.
pub const LOGIN_PAIRS_MAX: usize = 50_000;

/// How long a dispatcher may hold a message before another may take it, in
/// seconds (`delivery.md` 8.2).
pub const LEASE_SECONDS: i64 = 30;

/// Hand-overs begun for one message, at most (`delivery.md` 8.3).
pub const DELIVERY_ATTEMPTS_MAX: u32 = 4;

/// Hand-overs of one message that may leave open whether it went out, at most
/// (`delivery.md` 8.3). Each may have reached the phone and the bill.
pub const DELIVERY_DOUBTS_MAX: u32 = 2;

/// Pause before the second, third … hand-over of a message with a code, in
/// milliseconds (`delivery.md` 8.3).
pub const DELIVERY_PAUSES_MS: [i64; 3] = [1_000, 3_000, 3_000];

/// Messages or verifications that one step of a background job takes.
pub const JOB_BATCH_MAX: u32 = 256;
