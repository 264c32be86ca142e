//! The two key pairs of a device.

use super::API;
use crate::http::Request;
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use base64ct::{Base64UrlUnpadded, Encoding};
use hkdf::Hkdf;
use jiff::Timestamp;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{PublicKey, SecretKey};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;

/// What a device signs with, and what seeds are wrapped for.
pub struct DeviceKeys {
    sign: SigningKey,
    wrap: SecretKey,
}

impl Default for DeviceKeys {
    fn default() -> Self {
        Self::new()
    }
}

impl DeviceKeys {
    /// Makes new keys.
    pub fn new() -> Self {
        Self { sign: SigningKey::from(secret_key()), wrap: secret_key() }
    }

    /// Public half of what signs, 65 bytes.
    pub fn sign_public(&self) -> Vec<u8> {
        self.sign.verifying_key().to_sec1_point(false).as_bytes().to_vec()
    }

    /// Public half of what seeds are wrapped for, 65 bytes.
    pub fn wrap_public(&self) -> Vec<u8> {
        public(&self.wrap)
    }

    /// A signed call of `device`, or of one that has no id yet.
    pub fn sign(&self, device: Option<&str>, call: &str, body: &Value, nonce: &str) -> Request {
        let body = body.to_string();
        let path = format!("{API}{call}");
        let time = Timestamp::now().as_millisecond().to_string();
        let mut hash = String::new();
        for byte in Sha256::digest(&body) {
            let _ = write!(hash, "{byte:02x}");
        }
        let id = device.unwrap_or("-");
        let text = ["ringproof-app-1", "POST", &path, &hash, &time, nonce, id].join("\n");
        let signature: Signature = self.sign.sign(text.as_bytes());
        let request = Request::new("POST", &path)
            .header("Content-Type", "application/json")
            .header("X-App-Time", &time)
            .header("X-App-Nonce", nonce)
            .header("X-App-Signature", &b64(&signature.to_bytes()))
            .body(body);
        match device {
            Some(device) => request.header("X-App-Device", device),
            None => request,
        }
    }

    /// Opens a seed that is wrapped for this device and entry.
    #[track_caller]
    pub fn unwrap(&self, wrapped: &Value, device: &str, entry: &str) -> Vec<u8> {
        let octets = |name: &str| unb64(wrapped[name].as_str().expect("a wrapped seed"));
        let theirs = octets("key");
        assert_eq!(theirs.len(), 65, "an uncompressed point");
        let shared = agree(&self.wrap, &theirs);
        let (device, entry) = (uuid(device), uuid(entry));
        let mut key = [0; 32];
        let info = [b"ringproof seed 1".as_slice(), &entry].concat();
        Hkdf::<Sha256>::new(None, &shared).expand(&info, &mut key).expect("a short key");
        let cipher = Aes256Gcm::new_from_slice(&key).expect("32 bytes");
        let iv: [u8; 12] = octets("iv").try_into().expect("12 bytes");
        let (data, aad) = (octets("data"), [device, entry].concat());
        let seed = cipher.decrypt(&Nonce::from(iv), Payload { msg: &data, aad: &aad });
        let seed = seed.expect("the seed is wrapped for this device and entry");
        assert_eq!(seed.len(), 32, "256 bits (D-18)");
        seed
    }
}

/// The secret that a key shares with somebody's public half.
#[track_caller]
pub(crate) fn agree(ours: &SecretKey, theirs: &[u8]) -> Vec<u8> {
    let theirs = PublicKey::from_sec1_bytes(theirs).expect("a point of the curve");
    let shared = p256::ecdh::diffie_hellman(ours.to_nonzero_scalar(), theirs.as_affine());
    shared.raw_secret_bytes().to_vec()
}

/// A new secret key.
pub(crate) fn secret_key() -> SecretKey {
    loop {
        // All but one in 2^32 draws are keys.
        if let Ok(key) = SecretKey::from_slice(&random::<32>()) {
            return key;
        }
    }
}

/// The public half of a key, 65 bytes.
pub(crate) fn public(key: &SecretKey) -> Vec<u8> {
    key.public_key().to_sec1_point(false).as_bytes().to_vec()
}

/// Random bytes of the system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let mut source = File::open("/dev/urandom").expect("the system has randomness");
    source.read_exact(&mut bytes).expect("as much as is asked for");
    bytes
}

/// Writes base64url without padding.
pub fn b64(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// Reads base64url without padding.
#[track_caller]
pub fn unb64(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).expect("base64url without padding")
}

fn uuid(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
    assert_eq!(digits.len(), 32, "no UUID: {text}");
    let byte = |pair: &[u8]| {
        u8::from_str_radix(std::str::from_utf8(pair).expect("digits"), 16).expect("hexadecimal")
    };
    digits.chunks(2).map(byte).collect()
}
