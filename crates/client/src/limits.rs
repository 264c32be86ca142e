//! Every bound of this crate, in one place.

use std::time::Duration;

/// Shortest nonce, in characters: 128 bits in base64url. The server takes shorter
/// ones of old accounts; new programs have no reason to make them.
pub(crate) const NONCE_CHARS_MIN: usize = 22;

/// Longest nonce, in characters.
pub(crate) const NONCE_CHARS_MAX: usize = 64;

/// Random bytes of a nonce that is made here: 128 bits, 32 hex digits.
pub(crate) const NONCE_BYTES: usize = 16;

/// Seconds for which a signed request is good if nothing else is said.
pub(crate) const REQUEST_LIFE_SECONDS: i64 = 600;

/// Digits of a phone number, behind its `+`.
pub(crate) const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// Seconds for which an answer is good, and which it has left when it is made.
pub(crate) const ANSWER_LIFE_SECONDS: i64 = 300;

/// Seconds by which the server's clock may be ahead of the caller's.
pub(crate) const CLOCK_DIFFERENCE_SECONDS: i64 = 60;

/// Fields of an answer that are looked at, at most.
pub(crate) const FIELDS_MAX: usize = 16;

/// Longest answer of the server to a confirmation, in bytes.
pub(crate) const CONFIRMED_BYTES_MAX: usize = 16_384;

/// The server gives up a call after 10 s; what takes longer than this was lost on
/// the way.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(15);

/// A connection that takes longer is better tried at another address.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// No time-out is longer than a day: nobody waits for more on purpose.
pub(crate) const TIMEOUT_MAX: Duration = Duration::from_hours(24);

/// The server closes a connection that is idle for 60 s; one that is near that is
/// not used.
pub(crate) const IDLE_MAX: Duration = Duration::from_secs(20);

/// How often a call that only reads asks all addresses again.
pub(crate) const RETRIES: u32 = 1;

/// More would only add to the load of a server that is down.
pub(crate) const RETRIES_MAX: u32 = 10;

/// Shortest pause before all addresses are asked again; it is up to twice as long.
pub(crate) const PAUSE: Duration = Duration::from_millis(200);

/// Longest pause that the server can ask for; beyond it the caller shall decide.
pub(crate) const PAUSE_MAX: Duration = Duration::from_secs(2);

/// All users come in one list, 130 bytes each: room for 500,000.
pub(crate) const ANSWER_BYTES_MAX: usize = 67_108_864;

/// A header's name and value may have 512 bytes (S-55).
pub(crate) const CREDENTIALS_BYTES_MAX: usize = 512;

/// Ids are UUIDs or hex digits; nothing that is longer is one.
pub(crate) const ID_CHARS_MAX: usize = 200;

/// What is kept of a message of the server, in characters.
pub(crate) const MESSAGE_CHARS_MAX: usize = 300;

/// Shorter secrets are not looked for in messages: they would take words apart.
pub(crate) const SECRET_CHARS_MIN: usize = 4;

/// A run of digits of this length in a message may be a phone number.
pub(crate) const NUMBER_CHARS_MIN: usize = 6;

/// Longest word of the server for programs, and longest id of a request.
pub(crate) const WORD_CHARS_MAX: usize = 64;
