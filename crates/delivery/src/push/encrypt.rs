//! A message that only the app which subscribed can read (RFC 8291), in the
//! content encoding `aes128gcm` (RFC 8188) with a single record.
//!
//! ```text
//! salt (16) | record size (4) | 65 | our one-time public key (65) | ciphertext | tag (16)
//! ```

use std::fmt;

use aes_gcm::aead::{Aead as _, Nonce};
use aes_gcm::{Aes128Gcm, KeyInit as _};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use hkdf::Hkdf;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::{PublicKey, SecretKey};
use sha2::Sha256;
use verify::Entropy;
use verify::entropy::draw;
use zeroize::Zeroizing;

use crate::limits::{PUSH_KEY_DRAWS_MAX, PUSH_PLAINTEXT_BYTES_MAX};

/// Octets of a public key: a point that is not compressed (RFC 8291 §3.1).
const PUBLIC_KEY_OCTETS: usize = 65;

/// Octets of the secret that a browser makes for a subscription (RFC 8291 §3.2).
const AUTH_OCTETS: usize = 16;

/// Octets of a salt (RFC 8188 §2.1).
const SALT_OCTETS: usize = 16;

/// The record size that is announced; the one record may be shorter.
const RECORD_SIZE: u32 = 4_096;

/// What stands behind the text of the last record (RFC 8188 §2).
const LAST_RECORD: u8 = 2;

/// The keys that a browser made for one subscription.
#[derive(Clone)]
pub struct SubscriptionKeys {
    /// A point of P-256; anything else has been refused.
    p256dh: PublicKey,
    auth: Zeroizing<[u8; AUTH_OCTETS]>,
}

/// Why keys are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeysRefusal {
    /// `p256dh` is no point of P-256 in 65 octets.
    #[error("p256dh is no uncompressed point of P-256")]
    PublicKey,
    /// `auth` has not 16 octets.
    #[error("auth has not 16 octets")]
    Auth,
}

/// Why a message cannot be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncryptFault {
    /// It is longer than [`PUSH_PLAINTEXT_BYTES_MAX`].
    #[error("the message has more than {PUSH_PLAINTEXT_BYTES_MAX} bytes")]
    TooLong,
    /// The source of randomness gives no key.
    #[error("the source of randomness gives no key")]
    NoKey,
}

impl SubscriptionKeys {
    /// Takes octets, as a store has them.
    ///
    /// # Errors
    /// [`KeysRefusal`].
    pub fn new(p256dh: &[u8], auth: &[u8]) -> Result<Self, KeysRefusal> {
        if p256dh.len() != PUBLIC_KEY_OCTETS {
            return Err(KeysRefusal::PublicKey);
        }
        let p256dh = PublicKey::from_sec1_bytes(p256dh).map_err(|_| KeysRefusal::PublicKey)?;
        let auth = auth.try_into().map_err(|_| KeysRefusal::Auth)?;
        Ok(Self { p256dh, auth: Zeroizing::new(auth) })
    }

    /// Reads them as an app sends them: base64url without padding.
    ///
    /// # Errors
    /// [`KeysRefusal`].
    pub fn parse(p256dh: &str, auth: &str) -> Result<Self, KeysRefusal> {
        let mut point = [0; PUBLIC_KEY_OCTETS];
        let point = Base64UrlUnpadded::decode(p256dh, &mut point);
        let mut secret = Zeroizing::new([0; AUTH_OCTETS]);
        let secret = Base64UrlUnpadded::decode(auth, &mut *secret);
        Self::new(
            point.map_err(|_| KeysRefusal::PublicKey)?,
            secret.map_err(|_| KeysRefusal::Auth)?,
        )
    }
}

impl fmt::Debug for SubscriptionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubscriptionKeys(…)")
    }
}

/// Encrypts a message for one subscription; gives the body of the request.
///
/// Draws a one-time key pair (32 bytes for each try) and then a salt (16
/// bytes). The body is 103 bytes longer than the message and tells its length.
///
/// # Errors
/// [`EncryptFault`].
pub fn encrypt(
    keys: &SubscriptionKeys,
    plaintext: &[u8],
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, EncryptFault> {
    if plaintext.len() > PUSH_PLAINTEXT_BYTES_MAX {
        return Err(EncryptFault::TooLong);
    }
    let one_time = draw_key(entropy).ok_or(EncryptFault::NoKey)?;
    let salt: [u8; SALT_OCTETS] = draw(entropy);
    Ok(encrypt_under(keys, plaintext, &one_time, salt))
}

fn draw_key(entropy: &mut dyn Entropy) -> Option<SecretKey> {
    (0..PUSH_KEY_DRAWS_MAX).find_map(|_| {
        let bytes = Zeroizing::new(draw::<32>(entropy));
        SecretKey::from_slice(&*bytes).ok()
    })
}

fn encrypt_under(
    keys: &SubscriptionKeys,
    plaintext: &[u8],
    one_time: &SecretKey,
    salt: [u8; SALT_OCTETS],
) -> Vec<u8> {
    let theirs = keys.p256dh.to_sec1_point(false);
    let ours = one_time.public_key().to_sec1_point(false);
    let (theirs, ours) = (theirs.as_bytes(), ours.as_bytes());
    let shared = one_time.diffie_hellman(&keys.p256dh);
    // RFC 8291 §3.4: what both agree on, bound to the secret and both public keys.
    let agreed: Zeroizing<[u8; 32]> = expand(
        &Hkdf::new(Some(&*keys.auth), shared.raw_secret_bytes()),
        &[b"WebPush: info\0", theirs, ours],
    );
    // RFC 8188 §2.2, §2.3: key and nonce of the first record, which is the only one.
    let record = Hkdf::new(Some(&salt), &*agreed);
    let key: Zeroizing<[u8; 16]> = expand(&record, &[b"Content-Encoding: aes128gcm\0"]);
    let nonce: Zeroizing<[u8; 12]> = expand(&record, &[b"Content-Encoding: nonce\0"]);

    let mut text = Zeroizing::new(Vec::with_capacity(plaintext.len() + 1));
    text.extend_from_slice(plaintext);
    text.push(LAST_RECORD);
    let cipher = Aes128Gcm::new_from_slice(&*key).expect("the key has 16 bytes");
    let nonce: Nonce<Aes128Gcm> = (*nonce).into();
    let sealed = cipher.encrypt(&nonce, text.as_slice()).expect("a record is short enough for GCM");

    let mut body = Vec::with_capacity(SALT_OCTETS + 5 + ours.len() + sealed.len());
    body.extend_from_slice(&salt);
    body.extend_from_slice(&RECORD_SIZE.to_be_bytes());
    body.push(u8::try_from(ours.len()).expect("a point has 65 octets"));
    body.extend_from_slice(ours);
    body.extend_from_slice(&sealed);
    body
}

fn expand<const N: usize>(from: &Hkdf<Sha256>, info: &[&[u8]]) -> Zeroizing<[u8; N]> {
    let mut out = Zeroizing::new([0; N]);
    from.expand_multi_info(info, &mut *out).expect("HKDF gives up to 8,160 bytes");
    out
}
