//! The keys of a device: one that signs its calls (S-34), and one that seeds are
//! wrapped for (S-35). The private halves never leave the device; both are on
//! P-256, because that is what every browser's `WebCrypto` has.

use std::fmt;

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce};
use hkdf::Hkdf;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::{NonZeroScalar, PublicKey};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, draw};
use crate::ids::{AuthenticatorId, DeviceId};
use crate::totp::Seed;

/// A public key as it goes over the wire: 65 bytes, uncompressed (SEC 1 2.3.3).
/// Only points of the curve become one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicBytes([u8; 65]);

impl PublicBytes {
    /// Takes a point of the curve in its uncompressed form; `None` for all else.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let bytes = <[u8; 65]>::try_from(bytes).ok()?;
        PublicKey::from_sec1_bytes(&bytes).ok()?;
        Some(Self(bytes))
    }

    /// The 65 bytes.
    pub const fn as_bytes(&self) -> &[u8; 65] {
        &self.0
    }

    /// Whether the holder of the private half signed this: ECDSA with SHA-256,
    /// the signature as 64 bytes `r‖s`.
    pub fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        let key = VerifyingKey::from_sec1_bytes(&self.0);
        let (Ok(key), Ok(signature)) = (key, Signature::from_slice(signature)) else {
            return false;
        };
        key.verify(text, &signature).is_ok()
    }
}

impl fmt::Debug for PublicBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicBytes(…)")
    }
}

/// A seed that only one device can open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// Public half of the key that was made for this wrapping.
    pub key: [u8; 65],
    /// AES-GCM nonce.
    pub iv: [u8; 12],
    /// Ciphertext and tag.
    pub data: Vec<u8>,
}

const WRAP_LABEL: &[u8] = b"ringproof seed 1";

/// Wraps a seed for a device: ECDH with a key made for the purpose, HKDF-SHA-256,
/// AES-256-GCM, bound to device and authenticator. `docs/APP-PROTOCOL.md` says it
/// byte by byte. `None` if the key is no point of the curve.
pub fn wrap(
    seed: &Seed,
    wrap_key: &PublicBytes,
    device: DeviceId,
    authenticator: AuthenticatorId,
    entropy: &mut dyn Entropy,
) -> Option<Wrapped> {
    let theirs = PublicKey::from_sec1_bytes(&wrap_key.0).ok()?;
    let ours = scalar(entropy);
    let shared = p256::ecdh::diffie_hellman(ours, theirs.as_affine());
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, shared.raw_secret_bytes())
        .expand_multi_info(&[WRAP_LABEL, authenticator.as_bytes()], &mut *key)
        .ok()?;
    let iv: [u8; 12] = draw(entropy);
    let place = [&device.as_bytes()[..], authenticator.as_bytes()].concat();
    let cipher = Aes256Gcm::new_from_slice(&*key).ok()?;
    let data =
        cipher.encrypt(&Nonce::from(iv), Payload { msg: seed.expose(), aad: &place }).ok()?;
    let public = PublicKey::from_secret_scalar(&ours).to_sec1_point(false);
    Some(Wrapped { key: public.as_bytes().try_into().ok()?, iv, data })
}

/// A uniform scalar: what is out of range is drawn again.
fn scalar(entropy: &mut dyn Entropy) -> NonZeroScalar {
    loop {
        let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(draw(entropy));
        if let Ok(scalar) = NonZeroScalar::try_from(&bytes[..]) {
            return scalar;
        }
    }
}
