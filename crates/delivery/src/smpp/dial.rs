//! Connecting to a peer: all addresses of all hosts, in order
//! (`delivery.md` 3.2).

use std::net::SocketAddr;
use std::sync::Arc;

use hyper_rustls::ConfigBuilderExt as _;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use secrecy::ExposeSecret as _;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::SmppError;
use super::options::{ClientCertificate, SmppHost, SmppOptions, SmppTls};
use crate::limits::{SMPP_ADDRESSES_MAX, SMPP_CONNECT_TIMEOUT, SMPP_TCP_KEEP_ALIVE};

/// A connection on which nothing was said yet.
pub(super) enum Wire {
    Plain(TcpStream),
    Secure(Box<TlsStream<TcpStream>>),
}

/// A connection that was made.
pub(super) struct Dialed {
    pub(super) wire: Wire,
    pub(super) peer: SocketAddr,
    /// Which host of the list it leads to.
    pub(super) place: usize,
}

/// Makes connections.
pub(super) struct Dialer {
    hosts: Vec<SmppHost>,
    tls: Option<(TlsConnector, Option<String>)>,
    /// Plain TCP to another machine is allowed.
    is_private: bool,
}

/// Why there is no connection; the last reason of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DialError {
    NotFound,
    NotAllowed,
    Refused,
    TimedOut,
    /// The peer is not who it should be, or speaks no TLS that is good enough.
    Tls,
}

impl DialError {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "the name was not found",
            Self::NotAllowed => "plain TCP to another machine",
            Self::Refused => "no connection",
            Self::TimedOut => "no connection in time",
            Self::Tls => "no secure connection",
        }
    }
}

impl Dialer {
    pub(super) fn new(options: &SmppOptions) -> Result<Self, SmppError> {
        let connector = |tls: &SmppTls| {
            let connector = TlsConnector::from(Arc::new(configure(tls)?));
            Ok::<_, SmppError>((connector, tls.server_name.clone()))
        };
        Ok(Self {
            hosts: options.hosts.clone(),
            tls: options.tls.as_ref().map(connector).transpose()?,
            is_private: options.allow_plain_tcp,
        })
    }

    /// The first connection that can be made, with the place of its host in the
    /// list. The host at `first` is asked first, those before it last.
    pub(super) async fn dial(&self, first: usize) -> Result<Dialed, DialError> {
        let mut last = DialError::NotFound;
        let hosts = self.hosts.iter().enumerate();
        let in_turn = hosts.clone().skip(first).chain(hosts.take(first));
        for (place, host) in in_turn {
            let found = timeout(SMPP_CONNECT_TIMEOUT, lookup_host((&*host.host, host.port))).await;
            let Ok(Ok(addresses)) = found else {
                last = DialError::NotFound;
                continue;
            };
            for address in addresses.take(SMPP_ADDRESSES_MAX) {
                match self.connect(host, address).await {
                    Ok(wire) => return Ok(Dialed { wire, peer: address, place }),
                    Err(error) => last = error,
                }
            }
        }
        Err(last)
    }

    /// The host after this one; the first one after the last.
    pub(super) fn after(&self, place: usize) -> usize {
        (place + 1) % self.hosts.len().max(1)
    }

    async fn connect(&self, host: &SmppHost, address: SocketAddr) -> Result<Wire, DialError> {
        if self.tls.is_none() && !self.is_private && !address.ip().is_loopback() {
            return Err(DialError::NotAllowed);
        }
        let stream = timeout(SMPP_CONNECT_TIMEOUT, TcpStream::connect(address)).await;
        let stream = stream.map_err(|_| DialError::TimedOut)?.map_err(|_| DialError::Refused)?;
        // Without it small PDUs wait for the peer's delayed acknowledgement.
        stream.set_nodelay(true).map_err(|_| DialError::Refused)?;
        let keep_alive = TcpKeepalive::new().with_time(SMPP_TCP_KEEP_ALIVE);
        SockRef::from(&stream).set_tcp_keepalive(&keep_alive).map_err(|_| DialError::Refused)?;
        let Some((connector, name)) = &self.tls else { return Ok(Wire::Plain(stream)) };
        let name = name.as_ref().unwrap_or(&host.host).clone();
        let name = ServerName::try_from(name).map_err(|_| DialError::Tls)?;
        let secure = timeout(SMPP_CONNECT_TIMEOUT, connector.connect(name, stream)).await;
        let secure = secure.map_err(|_| DialError::TimedOut)?.map_err(|_| DialError::Tls)?;
        Ok(Wire::Secure(Box::new(secure)))
    }
}

fn configure(tls: &SmppTls) -> Result<ClientConfig, SmppError> {
    let wrong = |error: rustls::Error| SmppError::Tls(error.to_string());
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(wrong)?;
    let builder = match &tls.ca_pem {
        None => builder.with_native_roots().map_err(SmppError::Certificates)?,
        Some(pem) => {
            let mut roots = RootCertStore::empty();
            for authority in certificates(pem)? {
                roots.add(authority).map_err(wrong)?;
            }
            builder.with_root_certificates(roots)
        }
    };
    match &tls.client {
        None => Ok(builder.with_no_client_auth()),
        Some(ClientCertificate { chain_pem, key_pem }) => {
            let key = PrivateKeyDer::from_pem_slice(key_pem.expose_secret().as_bytes());
            let key = key.map_err(|_| SmppError::Tls("the key is no PEM".to_owned()))?;
            builder.with_client_auth_cert(certificates(chain_pem)?, key).map_err(wrong)
        }
    }
}

/// The certificates in a text, at least one.
fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, SmppError> {
    let all = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    let unreadable = || SmppError::Tls("there is no certificate in the PEM".to_owned());
    all.ok().filter(|all| !all.is_empty()).ok_or_else(unreadable)
}
