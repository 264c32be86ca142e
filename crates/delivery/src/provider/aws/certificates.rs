//! The certificates that SNS signs with.
//!
//! A certificate is believed since it was fetched over TLS from the host of SNS
//! itself. Some are kept; they change about once a year.

use std::sync::{Mutex, MutexGuard, PoisonError};

use http::Uri;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use verify::{SignedDuration, Timestamp};
use webpki::EndEntityCert;
use webpki::ring::RSA_PKCS1_2048_8192_SHA256;

use super::Topic;
use super::sns::is_at;
use crate::limits::{SNS_CERTIFICATE_ASKS_MAX, SNS_CERTIFICATE_ASKS_PER, SNS_CERTIFICATES_MAX};
use crate::provider::CallbackError;

/// Certificates by address.
#[derive(Default)]
pub(super) struct Certificates(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// The oldest first.
    known: Vec<(Uri, CertificateDer<'static>)>,
    /// When the present span of asking began, and how often was asked in it.
    asked: Option<(Timestamp, u32)>,
}

impl Certificates {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a signature is right; `None` if the certificate is not known.
    pub(super) fn verify(&self, address: &Uri, signed: &[u8], signature: &[u8]) -> Option<bool> {
        let kept = self.kept();
        let (_, certificate) = kept.known.iter().find(|(known, _)| known == address)?;
        let certificate = certificate.clone();
        drop(kept);
        let is_right = EndEntityCert::try_from(&certificate).is_ok_and(|certificate| {
            certificate.verify_signature(RSA_PKCS1_2048_8192_SHA256, signed, signature).is_ok()
        });
        Some(is_right)
    }

    /// Whether a certificate may be fetched now: calls that cannot be proved
    /// must not make this server call others at will.
    pub(super) fn may_ask(&self, now: Timestamp) -> bool {
        let span =
            SignedDuration::try_from(SNS_CERTIFICATE_ASKS_PER).unwrap_or(SignedDuration::MAX);
        let mut kept = self.kept();
        let (began, count) = match kept.asked {
            Some((began, count)) if now.duration_since(began) < span => (began, count + 1),
            Some(_) | None => (now, 1),
        };
        if count > SNS_CERTIFICATE_ASKS_MAX {
            return false;
        }
        kept.asked = Some((began, count));
        true
    }

    /// Keeps a certificate that was fetched from this address.
    pub(super) fn learn(
        &self,
        topic: &Topic,
        address: &Uri,
        body: &[u8],
    ) -> Result<(), CallbackError> {
        if certificate_address(topic, &address.to_string()).as_ref() != Some(address) {
            return Err(CallbackError::NotProved);
        }
        let unreadable = CallbackError::Unreadable("it is no certificate");
        let certificate = CertificateDer::from_pem_slice(body).map_err(|_| unreadable)?;
        EndEntityCert::try_from(&certificate).map_err(|_| unreadable)?;
        let mut kept = self.kept();
        kept.known.retain(|(known, _)| known != address);
        if kept.known.len() >= SNS_CERTIFICATES_MAX {
            kept.known.remove(0);
        }
        kept.known.push((address.clone(), certificate));
        Ok(())
    }
}

/// The address of a certificate, if it is one: a file at the host of SNS in the
/// region of the topic. A query could make that host say what its caller likes.
pub(super) fn certificate_address(topic: &Topic, text: &str) -> Option<Uri> {
    let uri: Uri = text.parse().ok()?;
    let file = uri.path().strip_prefix('/')?.strip_suffix(".pem")?;
    let is_file = !file.is_empty()
        && file.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    (is_file && uri.query().is_none() && !text.contains('#') && is_at(topic, &uri)).then_some(uri)
}
