//! Percent-encoding, alike in signatures, paths and forms.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};
use crate::limits::ID_CHARS_MAX;

/// Adds a text with everything but `A–Z a–z 0–9 - . _ ~` as `%` and two capital hex
/// digits.
pub(crate) fn encode(encoded: &mut String, bytes: &[u8]) {
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            encoded.push(char::from(*byte));
        } else {
            // Writing to a text does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
}

/// The body of a form. It is wiped when it is dropped, since passwords are in it.
pub(crate) fn form<'a>(
    parameters: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(String::new());
    for (name, value) in parameters {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        encode(&mut text, value);
    }
    Zeroizing::new(text.as_bytes().to_vec())
}

/// An id as a part of a path. What cannot be an id is not asked for: an empty one
/// would make another path of it, and so would `..`.
pub(crate) fn segment(id: &str) -> Result<String, Error> {
    if matches!(id, "" | "." | "..") || id.chars().count() > ID_CHARS_MAX {
        return Err(Error::new(ErrorKind::NoSuchResource, "nothing can have this id"));
    }
    let mut encoded = String::new();
    encode(&mut encoded, id.as_bytes());
    Ok(encoded)
}
