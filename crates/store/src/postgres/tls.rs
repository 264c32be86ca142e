//! TLS to the database, by rustls: the certificate must be good and its name
//! must be that of the host.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Socket;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;

use super::OpenError;
use super::address::Transport;

/// Makes secure lines, or none.
#[derive(Clone)]
pub(super) struct Tls(Option<TlsConnector>);

impl Tls {
    /// Trusts the authorities in a text, or those of the system.
    pub(super) fn new(transport: Transport, authorities: Option<&[u8]>) -> Result<Self, OpenError> {
        if transport == Transport::Plain {
            return Ok(Self(None));
        }
        let wrong = |error: rustls::Error| OpenError::Certificates(error.to_string());
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().map_err(wrong)?;
        let mut roots = RootCertStore::empty();
        match authorities {
            Some(pem) => {
                for authority in certificates(pem)? {
                    roots.add(authority).map_err(wrong)?;
                }
            }
            None => {
                // Some of a system's may be unreadable; that is nobody's fault here.
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        if roots.is_empty() {
            let text = "the system has none: name a file with data.postgres_ca_file".to_owned();
            return Err(OpenError::Certificates(text));
        }
        let config = builder.with_root_certificates(roots).with_no_client_auth();
        Ok(Self(Some(TlsConnector::from(Arc::new(config)))))
    }
}

/// The certificates in a text, at least one.
fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, OpenError> {
    let all = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    let none = || OpenError::Certificates("there is no certificate in the file".to_owned());
    all.ok().filter(|all| !all.is_empty()).ok_or_else(none)
}

/// What makes one line secure.
pub(super) struct Handshake {
    connector: Option<TlsConnector>,
    name: Option<ServerName<'static>>,
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Secure;
    type TlsConnect = Handshake;
    type Error = InvalidDnsNameError;

    fn make_tls_connect(&mut self, host: &str) -> Result<Handshake, InvalidDnsNameError> {
        let name = match &self.0 {
            Some(_) => Some(ServerName::try_from(host.to_owned())?),
            None => None,
        };
        Ok(Handshake { connector: self.0.clone(), name })
    }
}

impl TlsConnect<Socket> for Handshake {
    type Stream = Secure;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Secure>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move {
            match (self.connector, self.name) {
                (Some(connector), Some(name)) => {
                    let stream = connector.connect(name, socket).await?;
                    Ok(Secure(Box::new(stream)))
                }
                _ => Err(io::Error::other("TLS was not asked for")),
            }
        })
    }
}

/// A secure line.
pub(super) struct Secure(Box<tokio_rustls::client::TlsStream<Socket>>);

impl TlsStream for Secure {
    /// None: the certificate itself was looked at.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Secure {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Secure {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
