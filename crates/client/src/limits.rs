//! Every bound of this crate, in one place.

/// Shortest nonce, in characters: 128 bits in base64url. The server takes shorter
/// ones of old accounts; new programs have no reason to make them.
pub(crate) const NONCE_CHARS_MIN: usize = 22;

/// Longest nonce, in characters.
pub(crate) const NONCE_CHARS_MAX: usize = 64;

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
