//! Request ids: one per request, on every answer as `X-Request-Id`, so that a caller's report and a
//! log line meet.
//!
//! An id is a prefix that the process drew once and a counter, both in hex. It need not be
//! unguessable: nothing is decided by it. A trusted proxy may bring its own, so that its log and
//! ours agree.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderName, HeaderValue};

/// The header that carries the id, in and out.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken over from a trusted proxy.
const FOREIGN_BYTES_MAX: usize = 64;
/// Length of an id of ours: 64-bit prefix and 64-bit counter in hex.
const OWN_BYTES: u8 = 32;
const HEX: &[u8; 16] = b"0123456789abcdef";

/// The id of one request: 1–64 characters of `A–Z a–z 0–9 . _ -`. The stack puts it into the
/// request's extensions.
#[derive(Clone, Copy)]
pub struct RequestId {
    bytes: [u8; FOREIGN_BYTES_MAX],
    length: u8,
}

impl RequestId {
    /// Takes over an id that somebody else gave, if it has the allowed shape.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let allowed =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if text.is_empty() || text.len() > FOREIGN_BYTES_MAX || !text.iter().all(allowed) {
            return None;
        }
        let mut bytes = [0; FOREIGN_BYTES_MAX];
        bytes[..text.len()].copy_from_slice(text);
        Some(Self { bytes, length: u8::try_from(text.len()).ok()? })
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    pub(super) fn header_value(&self) -> HeaderValue {
        HeaderValue::from_bytes(self.as_bytes()).expect("ids hold visible ASCII only")
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RequestId({})", self.as_str())
    }
}

/// Gives out the ids of one process.
#[derive(Debug)]
pub(super) struct RequestIds {
    /// The prefix in hex, worked out once.
    prefix: [u8; 16],
    next: AtomicU64,
}

impl RequestIds {
    /// Starts counting; `seed` should differ from process to process.
    pub(super) fn new(seed: u64) -> Self {
        let mut prefix = [0; 16];
        write_hex(seed, &mut prefix);
        Self { prefix, next: AtomicU64::new(0) }
    }

    /// The next id.
    pub(super) fn next(&self) -> RequestId {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0; FOREIGN_BYTES_MAX];
        bytes[..16].copy_from_slice(&self.prefix);
        write_hex(number, &mut bytes[16..usize::from(OWN_BYTES)]);
        RequestId { bytes, length: OWN_BYTES }
    }
}

fn write_hex(number: u64, digits: &mut [u8]) {
    for (digit, byte) in
        digits.iter_mut().zip(number.to_be_bytes().iter().flat_map(|byte| [byte >> 4, byte & 15]))
    {
        *digit = HEX[usize::from(byte)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_process_share_the_prefix_and_differ() {
        let ids = RequestIds::new(0x0123_4567_89ab_cdef);
        assert_eq!(ids.next().as_str(), "0123456789abcdef0000000000000000");
        assert_eq!(ids.next().as_str(), "0123456789abcdef0000000000000001");
    }

    #[test]
    fn a_foreign_id_is_taken_only_in_the_allowed_shape() {
        let longest = "a".repeat(64);
        for good in ["a", "Ab.9_-", longest.as_str()] {
            assert_eq!(
                RequestId::parse(good.as_bytes()).map(|id| id.to_string()).as_deref(),
                Some(good)
            );
        }
        let too_long = "a".repeat(65);
        for bad in ["", "a b", "ä", "a\"", "a\n", too_long.as_str()] {
            assert!(RequestId::parse(bad.as_bytes()).is_none(), "{bad:?}");
        }
    }
}
