//! The public key of a peer, as operators write it down.

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64, Encoding as _};
use rustls::pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};
use webpki::EndEntityCert;

/// SHA-256 of the `SubjectPublicKeyInfo` of a certificate, written in base64 as
/// `pin-sha256` of RFC 7469 §2.4 is. It outlives the certificate: a renewed one
/// with the same key has the same pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPin([u8; 32]);

/// The text is no pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "is no pin of a key; write its SHA-256 in base64, 43 characters and \"=\", as `ringproof doctor` shows it"
)]
pub struct NoKeyPin;

impl KeyPin {
    /// That of a peer's own certificate; `None` if it cannot be read.
    pub(super) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let certificate = EndEntityCert::try_from(certificate).ok()?;
        Some(Self(Sha256::digest(certificate.subject_public_key_info()).into()))
    }
}

impl FromStr for KeyPin {
    type Err = NoKeyPin;

    fn from_str(text: &str) -> Result<Self, NoKeyPin> {
        let mut octets = [0; 32];
        match Base64::decode(text, &mut octets) {
            Ok(decoded) if decoded.len() == 32 => Ok(Self(octets)),
            Ok(_) | Err(_) => Err(NoKeyPin),
        }
    }
}

impl fmt::Display for KeyPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64::encode_string(&self.0))
    }
}
