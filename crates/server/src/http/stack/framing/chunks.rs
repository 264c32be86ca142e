//! The head of one chunk.

use crate::http::stack::limits;

/// Hex digits of a chunk size that can be a `u64`.
const SIZE_DIGITS_MAX: usize = 16;
/// Longest chunk head, without its line end.
pub(super) const HEAD_BYTES_MAX: usize = SIZE_DIGITS_MAX + limits::CHUNK_EXTENSION_BYTES_MAX;

/// The size in a chunk header: hex digits, then perhaps a short extension (RFC 9112 §7.1).
pub(super) fn size(line: &[u8]) -> Option<u64> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (digits, extension) = line.split_at(digits);
    if digits.is_empty() || digits.len() > SIZE_DIGITS_MAX {
        return None;
    }
    if !extension.is_empty()
        && (extension[0] != b';' || extension.len() > limits::CHUNK_EXTENSION_BYTES_MAX)
    {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
