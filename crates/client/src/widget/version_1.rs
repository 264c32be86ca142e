//! The signature of version 1: MD5 over names and values with nothing between, the
//! secret among them under the name `pass`. For programs that exist.

use md5::{Digest as _, Md5};

use super::hex;

/// The signature, 32 lower-case hex digits. The names must differ.
pub(super) fn sign(secret: &str, pairs: &[(&str, &str)]) -> String {
    let mut sorted = pairs.to_vec();
    sorted.push(("pass", secret));
    sorted.sort_unstable_by_key(|(name, _)| *name);
    let mut hash = Md5::new();
    for (name, value) in sorted {
        hash.update(name);
        hash.update(value);
    }
    hex::encode(&hash.finalize())
}
