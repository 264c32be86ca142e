//! Bytes as hex digits, and back.

/// The bytes as lower-case hex digits.
pub fn encode(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Reads an even number of hex digits in either case; `None` for all else.
pub fn decode(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|value| u8::try_from(value).ok());
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_and_other_signs_are_refused() {
        let bytes = [0, 15, 16, 255];
        assert_eq!(encode(&bytes), "000f10ff");
        assert_eq!(decode(b"000F10ff"), Some(bytes.to_vec()));
        assert_eq!(decode(b""), Some(Vec::new()));
        for digits in [&b"0"[..], b"0g", b"+1", b" 1", b"\xc3\xb5"] {
            assert_eq!(decode(digits), None);
        }
    }
}
