//! TLS from two PEM files, with a certificate that can be changed while the server runs (S-90,
//! D-50).
//!
//! rustls with ring: TLS 1.3 and 1.2, and of 1.2 only suites with forward secrecy and AEAD, which
//! is all rustls has. A new certificate serves the handshakes after it; connections that stand are
//! not touched.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use verify::Timestamp;
use webpki::{EndEntityCert, KeyUsage};

use crate::telemetry::metrics::names;

/// Why certificate and key cannot be used; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate file cannot be read.
    #[error(
        "cannot read certificate file {}: {reason}; check the path and that the server's user may \
         read it",
        path.display()
    )]
    CertificateFile {
        /// The file.
        path: PathBuf,
        /// What the system or the PEM reader said.
        reason: pem::Error,
    },
    /// The certificate file holds no certificate.
    #[error(
        "certificate file {} holds no certificate; it must be PEM, the server's own certificate \
         first, then the chain",
        path.display()
    )]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The key file cannot be read, or holds no key.
    #[error(
        "cannot read key file {}: {reason}; it must hold one private key as PEM that the server's \
         user may read",
        path.display()
    )]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What the system or the PEM reader said.
        reason: pem::Error,
    },
    /// Both were read and do not fit, or are of a kind that is not supported.
    #[error(
        "certificate file {} and key file {} cannot be used together: {reason}; make sure that \
         both are from the same issue",
        cert_file.display(),
        key_file.display()
    )]
    Unfit {
        /// The certificate file.
        cert_file: PathBuf,
        /// The key file.
        key_file: PathBuf,
        /// What rustls said.
        reason: rustls::Error,
    },
}

/// The server's certificate and key, reloadable; clones share them.
#[derive(Clone, Debug)]
pub struct TlsSource(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    files: Files,
    current: Arc<Current>,
    config: Arc<ServerConfig>,
    /// How the files looked when they were last loaded or tried.
    seen: Mutex<Stamp>,
}

#[derive(Debug)]
struct Files {
    cert: PathBuf,
    key: PathBuf,
}

/// Time of change and length of both files, as far as they can be had.
type Stamp = [Option<(SystemTime, u64)>; 2];

/// What new handshakes get.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl TlsSource {
    /// Reads both files.
    ///
    /// # Errors
    /// [`TlsError`], a sentence with its remedy.
    pub fn load(cert_file: &Path, key_file: &Path) -> Result<Self, TlsError> {
        let files = Files { cert: cert_file.to_owned(), key: key_file.to_owned() };
        let provider = Arc::new(ring::default_provider());
        let seen = files.stamp();
        let current = Arc::new(Current(RwLock::new(Arc::new(files.load(&provider)?))));
        let unfit = |reason| files.unfit(reason);
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(unfit)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.ticketer = ring::Ticketer::new().map_err(unfit)?;
        Ok(Self(Arc::new(Inner {
            files,
            current,
            config: Arc::new(config),
            seen: Mutex::new(seen),
        })))
    }

    /// Reads both files again, as on SIGHUP. When they cannot be used the old certificate stays and
    /// a warning is logged. Says whether the new one is in use.
    pub fn reload(&self) -> bool {
        let inner = &*self.0;
        *inner.seen.lock().unwrap_or_else(PoisonError::into_inner) = inner.files.stamp();
        match inner.files.load(inner.config.crypto_provider()) {
            Ok(key) => {
                *inner.current.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
                self.measure();
                tracing::info!(tls.cert_file = %inner.files.cert.display(), "certificate reloaded");
                true
            }
            Err(error) => {
                tracing::warn!(%error, "the old certificate stays in use");
                false
            }
        }
    }

    /// Reloads if a file has changed since it was last looked at. [`serve`](super::serve) calls it
    /// once a minute.
    pub fn reload_if_changed(&self) {
        let changed =
            self.0.files.stamp() != *self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if changed {
            self.reload();
        }
    }

    /// When the certificate in use ends (its `notAfter`); none if that cannot be read.
    pub fn ends_at(&self) -> Option<Timestamp> {
        let current = self.0.current.0.read().unwrap_or_else(PoisonError::into_inner);
        end_of(current.cert.first()?)
    }

    /// Tells the end of the certificate to whoever watches the metrics.
    pub(super) fn measure(&self) {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 have 38 bits")]
        let end = self.ends_at().map_or(f64::NAN, |end| end.as_second() as f64);
        metrics::gauge!(names::CERTIFICATE_END_TIME).set(end);
    }

    pub(super) fn acceptor(&self) -> tokio_rustls::TlsAcceptor {
        tokio_rustls::TlsAcceptor::from(Arc::clone(&self.0.config))
    }
}

/// A moment that no certificate outlives: the beginning of the year 10,000.
const AFTER_ALL: Duration = Duration::from_hours(70_389_528);

/// The end of a certificate. The verifier tells it when it is asked about a time after
/// the end, which it looks at before it looks for issuers.
fn end_of(certificate: &CertificateDer<'_>) -> Option<Timestamp> {
    let certificate = EndEntityCert::try_from(certificate).ok()?;
    let (at, usage) = (UnixTime::since_unix_epoch(AFTER_ALL), KeyUsage::server_auth());
    match certificate.verify_for_usage(&[], &[], &[], at, usage, None, None) {
        Err(webpki::Error::CertExpired { not_after, .. }) => {
            // RFC 5280 writes "no end" as the last second of the year 9999.
            let end = not_after.as_secs().try_into().ok()?;
            Some(Timestamp::from_second(end).unwrap_or(Timestamp::MAX))
        }
        Ok(_) | Err(_) => None,
    }
}

impl Files {
    fn load(&self, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
        let unreadable = |reason| TlsError::CertificateFile { path: self.cert.clone(), reason };
        let chain = CertificateDer::pem_file_iter(&self.cert)
            .map_err(unreadable)?
            .collect::<Result<Vec<_>, _>>()
            .map_err(unreadable)?;
        if chain.is_empty() {
            return Err(TlsError::NoCertificate { path: self.cert.clone() });
        }
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|reason| TlsError::KeyFile { path: self.key.clone(), reason })?;
        CertifiedKey::from_der(chain, key, provider).map_err(|reason| self.unfit(reason))
    }

    fn unfit(&self, reason: rustls::Error) -> TlsError {
        TlsError::Unfit { cert_file: self.cert.clone(), key_file: self.key.clone(), reason }
    }

    fn stamp(&self) -> Stamp {
        let look = |path: &Path| -> io::Result<(SystemTime, u64)> {
            let metadata = fs::metadata(path)?;
            Ok((metadata.modified()?, metadata.len()))
        };
        [look(&self.cert).ok(), look(&self.key).ok()]
    }
}
