//! Vonage's signature over parameters, of requests and of callbacks.

use hmac::{EagerHash, Hmac, KeyInit as _, Mac as _};
use md5::Md5;
use secrecy::{ExposeSecret as _, SecretString};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use verify::hex;
use zeroize::Zeroizing;

use crate::provider::wire::{only, same};

/// How far the timestamp of a signed callback may be from now.
pub(super) const TIMESTAMP_SECONDS_OFF_MAX: u64 = 300;

/// The ways of signing that an account can be set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VonageAlgorithm {
    /// MD5 of the text and the secret behind it; the weakest.
    Md5Hash,
    /// HMAC with MD5.
    Md5,
    /// HMAC with SHA-1.
    Sha1,
    /// HMAC with SHA-256.
    Sha256,
    /// HMAC with SHA-512.
    Sha512,
}

impl VonageAlgorithm {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Md5Hash, Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// The word in configuration: that of Vonage's dashboard.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5Hash => "md5hash",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == word)
    }
}

/// A secret and what is done with it.
pub(super) struct Signer {
    secret: SecretString,
    algorithm: VonageAlgorithm,
}

impl Signer {
    /// `None` if the secret is empty.
    pub(super) fn new(secret: SecretString, algorithm: VonageAlgorithm) -> Option<Self> {
        (!secret.expose_secret().is_empty()).then_some(Self { secret, algorithm })
    }

    /// The signature of parameters, lower-case hex digits.
    pub(super) fn sign<'a>(&self, fields: impl Iterator<Item = (&'a str, &'a str)>) -> String {
        let text = signed_text(fields);
        let secret = self.secret.expose_secret();
        match self.algorithm {
            VonageAlgorithm::Md5Hash => {
                hex::encode(&Md5::new().chain_update(&*text).chain_update(secret).finalize())
            }
            VonageAlgorithm::Md5 => mac::<Md5>(secret, &text),
            VonageAlgorithm::Sha1 => mac::<Sha1>(secret, &text),
            VonageAlgorithm::Sha256 => mac::<Sha256>(secret, &text),
            VonageAlgorithm::Sha512 => mac::<Sha512>(secret, &text),
        }
    }

    /// Whether the fields of a call hold their one signature. Dashboards and
    /// libraries show it in either case of hex digits.
    pub(super) fn proves(&self, fields: &[(String, String)]) -> bool {
        let Some(given) = only(fields, "sig") else { return false };
        // In a name, these signs could move the border to another field.
        if fields.iter().any(|(name, _)| name.contains(['&', '='])) {
            return false;
        }
        let fields = fields.iter().filter(|(name, _)| name != "sig");
        let expected = self.sign(fields.map(|(name, value)| (name.as_str(), value.as_str())));
        same(expected.as_bytes(), given.to_ascii_lowercase().as_bytes())
    }
}

fn mac<H: EagerHash>(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<H>::new_from_slice(secret.as_bytes()).expect("any length is a key");
    mac.update(text.as_bytes());
    hex::encode(&mac.finalize().into_bytes())
}

/// `&name=value` of each parameter, sorted by name; `&` and `=` in a value are
/// written `_`.
fn signed_text<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Zeroizing<String> {
    let mut fields: Vec<_> = fields.collect();
    fields.sort_by_key(|(name, _)| *name);
    let mut text = Zeroizing::new(String::new());
    for (name, value) in fields {
        text.push('&');
        text.push_str(name);
        text.push('=');
        text.extend(value.chars().map(|c| if matches!(c, '&' | '=') { '_' } else { c }));
    }
    text
}
