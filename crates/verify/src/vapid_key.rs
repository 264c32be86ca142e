//! The key under which we show push services who we are (RFC 8292).
//!
//! It is derived from the root key and so is kept nowhere. A browser ties a
//! push subscription to the public half; whoever changes the root key makes
//! every subscription useless, and the app subscribes anew.

use std::fmt;

use hkdf::Hkdf;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Octets of a point of P-256 that is not compressed (SEC 1 §2.3.3).
pub const PUBLIC_KEY_OCTETS: usize = 65;

/// A private key of P-256 for signatures ES256 (D-43). It cannot be printed or
/// taken out, and is wiped when dropped.
#[derive(Clone)]
pub struct VapidKey(SigningKey);

impl VapidKey {
    /// Expands the key. A string of 256 bits is a private key but once in 2^32
    /// cases (FIPS 186-5 A.2.2); then the next one is taken.
    pub(crate) fn expand(root: &Hkdf<Sha256>) -> Self {
        let attempt = |count: u8| {
            let mut bytes = Zeroizing::new([0_u8; 32]);
            let info = [&b"vapid v1"[..], &[count]];
            root.expand_multi_info(&info, &mut *bytes).expect("32 bytes is a length HKDF gives");
            SigningKey::from_slice(&*bytes).ok()
        };
        let key = (0..=u8::MAX).find_map(attempt);
        Self(key.expect("256 strings in a row are no key in less than one of 2^8192 cases"))
    }

    /// The signature of a message: `r` and `s`, each 32 octets, as JWS wants it
    /// (RFC 7518 §3.4). The same message has the same signature (RFC 6979).
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signature: Signature = self.0.sign(message);
        signature.to_bytes().into()
    }

    /// The public half, as a point that is not compressed. Browsers want it as
    /// `applicationServerKey`, push services as the parameter `k`.
    pub fn public_key(&self) -> [u8; PUBLIC_KEY_OCTETS] {
        let point = self.0.verifying_key().to_sec1_point(false);
        let mut octets = [0; PUBLIC_KEY_OCTETS];
        octets.copy_from_slice(point.as_bytes());
        octets
    }
}

impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VapidKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::VerifyingKey;
    use p256::ecdsa::signature::Verifier as _;

    use super::*;
    use crate::hex;
    use crate::keys::{Keyring, RootKey};

    fn key(seed: u8) -> VapidKey {
        Keyring::new(&RootKey::from_bytes([seed; 32])).vapid_key()
    }

    #[test]
    fn a_root_has_one_key_and_another_root_another() {
        assert_eq!(key(1).public_key(), key(1).public_key());
        assert_ne!(key(1).public_key(), key(2).public_key());
        assert_eq!(key(1).public_key()[0], 4, "a point that is not compressed");
    }

    #[test]
    fn an_upgrade_does_not_change_the_key() {
        // Every subscription depends on it. Computed apart from this code, from HKDF and the curve's formulas.
        let expected = "0475b3c339b0f741c0553d8e817fac62eef2edea2b02c8381d383838d59e550b04\
                        16e8182977d32e01165612d2fb2e304f25d83734140e491b9dc2fd939329b709";
        assert_eq!(hex::encode(&key(1).public_key()), expected);
    }

    #[test]
    fn a_signature_is_verified_by_the_public_half_and_always_the_same() {
        let signature = key(1).sign(b"sample");
        assert_eq!(signature, key(1).sign(b"sample"));
        let public = VerifyingKey::from_sec1_bytes(&key(1).public_key()).unwrap();
        let read = Signature::from_slice(&signature).unwrap();
        assert!(public.verify(b"sample", &read).is_ok());
        assert!(public.verify(b"sampLe", &read).is_err());
        let other = VerifyingKey::from_sec1_bytes(&key(2).public_key()).unwrap();
        assert!(other.verify(b"sample", &read).is_err());
    }

    #[test]
    fn signatures_are_those_of_rfc_6979_appendix_a_2_5() {
        let private = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
        let private = hex::decode(private.as_bytes()).unwrap();
        let key = VapidKey(SigningKey::from_slice(&private).unwrap());
        let expected = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
                        f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
        assert_eq!(hex::encode(&key.sign(b"sample")), expected);
    }

    #[test]
    fn it_does_not_show_itself() {
        assert_eq!(format!("{:?}", key(1)), "VapidKey(…)");
    }
}
