//! What is random: nonces of the widget, and how long a pause is.

use std::time::Duration;

use crate::error::Error;
use crate::limits::NONCE_BYTES;
use crate::widget::hex;

/// A nonce that nobody can guess, 32 hex digits.
///
/// # Errors
/// If the system gives no randomness.
pub(crate) fn nonce() -> Result<String, Error> {
    random::<NONCE_BYTES>()
        .map(|bytes| hex::encode(&bytes))
        .ok_or_else(|| Error::other("the system gives no randomness"))
}

/// From `base` to twice that, so that programs that failed together do not come back
/// together.
pub(crate) fn about(base: Duration) -> Duration {
    let [byte] = random::<1>().unwrap_or_default();
    base + base.mul_f64(f64::from(byte) / 256.0)
}

fn random<const BYTES: usize>() -> Option<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    #[expect(clippy::disallowed_methods, reason = "the one place of this library")]
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}
