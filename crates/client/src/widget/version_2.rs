//! The signature of version 2: HMAC-SHA-256 over the direction, a line feed, and the
//! pairs in the order of their names, percent-encoded.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::hex;
use crate::encoding::encode;

/// Where a signed text goes; no text of one direction is one of the other.
#[derive(Clone, Copy)]
pub(super) enum Direction {
    Request,
    Response,
}

/// The signature, 64 lower-case hex digits. The names must differ.
pub(super) fn sign(secret: &str, direction: Direction, pairs: &[(&str, &str)]) -> String {
    let mut sorted = pairs.to_vec();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    let word = match direction {
        Direction::Request => "request\n",
        Direction::Response => "response\n",
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length is a key");
    mac.update(word.as_bytes());
    mac.update(query(&sorted).as_bytes());
    hex::encode(&mac.finalize().into_bytes())
}

/// Pairs as `name=value` with `&` between, percent-encoded.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        encode(&mut text, name.as_bytes());
        text.push('=');
        encode(&mut text, value.as_bytes());
    }
    text
}
