//! Bounds of the plain-text interfaces. The size of a whole body is D-45 and
//! stands in [`stack::limits`](crate::http::stack::limits).

/// Most parameters in one request, repeated ones and multipart parts counted
/// each. The largest call knows 14, and old clients send all of them twice.
pub(super) const PARAMETERS_MAX: usize = 128;

/// Longest name in bytes, decoded. Ours have at most 15; the rest is room for
/// the unknown ones, which are ignored.
pub(super) const NAME_BYTES_MAX: usize = 256;

/// Longest value in bytes, decoded. The longest that any call takes is a
/// message text of some thousand characters.
pub(super) const VALUE_BYTES_MAX: usize = 16 * 1024;

/// Longest name and password together, as in the header of the other API (S-55).
pub(super) const CREDENTIALS_BYTES_MAX: usize = 511;

/// Longest multipart boundary in characters (RFC 2046 §5.1.1).
pub(super) const BOUNDARY_BYTES_MAX: usize = 70;

/// Longest head of one multipart part in bytes; a file name may be long.
pub(super) const PART_HEAD_BYTES_MAX: usize = 2 * 1024;

/// Largest amount of money, either way, in whole euro: far beyond any account,
/// and far from where the arithmetic ends.
pub(super) const AMOUNT_EURO_MAX: i64 = 1_000_000_000;

/// Longest word behind `OK`; an id has at most 40 characters.
pub(super) const WORD_BYTES_MAX: usize = 64;
