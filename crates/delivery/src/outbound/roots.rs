//! Whom a receiver's certificate must come from.

use std::sync::Arc;

use hyper_rustls::ConfigBuilderExt as _;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;
use tokio_rustls::TlsConnector;

/// The authorities that certificates of receivers must come from.
#[derive(Debug, Clone, Default)]
pub enum Roots {
    /// Those of the operating system, read at the first call over TLS: a
    /// machine that has none can still call without TLS.
    #[default]
    System,
    /// These.
    Given(RootCertStore),
}

/// The client's side of TLS, made when it is first needed.
pub(super) struct Tls {
    roots: Roots,
    connector: OnceCell<TlsConnector>,
}

/// There are no authorities, or rustls cannot work with them.
pub(super) struct NoRoots;

impl Tls {
    pub(super) fn new(roots: Roots) -> Self {
        Self { roots, connector: OnceCell::new() }
    }

    /// What failed is tried again by the next call.
    #[expect(clippy::disallowed_methods, reason = "files are read once, and the calls wait")]
    pub(super) async fn connector(&self) -> Result<&TlsConnector, NoRoots> {
        let make = || async {
            let roots = self.roots.clone();
            // The system's authorities are some hundred files on some systems.
            let config = spawn_blocking(|| configure(roots)).await.map_err(|_| NoRoots)??;
            Ok(TlsConnector::from(Arc::new(config)))
        };
        self.connector.get_or_try_init(make).await
    }
}

fn configure(roots: Roots) -> Result<ClientConfig, NoRoots> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|_| NoRoots)?;
    let builder = match roots {
        Roots::System => builder.with_native_roots().map_err(|_| NoRoots)?,
        Roots::Given(roots) => builder.with_root_certificates(roots),
    };
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
