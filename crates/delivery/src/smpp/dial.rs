//! Connecting to a peer: all addresses of all hosts, in order
//! (`delivery.md` 3.2).

use std::fmt;
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

use super::options::{ClientCertificate, SmppHost, SmppOptions, SmppTls};
use super::{KeyPin, SmppError};
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
    /// The peer's key, over TLS.
    pub(super) key: Option<KeyPin>,
}

/// Makes connections.
pub(super) struct Dialer {
    hosts: Vec<SmppHost>,
    tls: Option<Tls>,
    /// Plain TCP to another machine is allowed.
    is_private: bool,
}

struct Tls {
    connector: TlsConnector,
    server_name: Option<String>,
    pins: Vec<KeyPin>,
}

/// Why there is no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DialError {
    NotFound,
    NotAllowed,
    Refused,
    TimedOut,
    /// The peer is not who it should be, or speaks no TLS that is good enough.
    Tls,
    /// Its name and chain are good, and its key is none of the pinned ones.
    OtherKey(KeyPin),
}

impl DialError {
    /// As a label.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "the name was not found",
            Self::NotAllowed => "plain TCP to another machine",
            Self::Refused => "no connection",
            Self::TimedOut => "no connection in time",
            Self::Tls => "no secure connection",
            Self::OtherKey(_) => "another key",
        }
    }

    /// The one to tell of two: another key is an alarm, else it is the later.
    const fn or(self, later: Self) -> Self {
        match self {
            Self::OtherKey(_) => self,
            Self::NotFound | Self::NotAllowed | Self::Refused | Self::TimedOut | Self::Tls => later,
        }
    }
}

impl fmt::Display for DialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherKey(pin) => {
                write!(f, "the peer has another key than those of tls_pinned_keys: {pin}")
            }
            other => f.write_str(other.as_str()),
        }
    }
}

impl Dialer {
    pub(super) fn new(options: &SmppOptions) -> Result<Self, SmppError> {
        let connector = |tls: &SmppTls| {
            let connector = TlsConnector::from(Arc::new(configure(tls)?));
            let SmppTls { server_name, pins, .. } = tls.clone();
            Ok::<_, SmppError>(Tls { connector, server_name, pins })
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
                last = last.or(DialError::NotFound);
                continue;
            };
            for address in addresses.take(SMPP_ADDRESSES_MAX) {
                match self.connect(host, address).await {
                    Ok((wire, key)) => return Ok(Dialed { wire, peer: address, place, key }),
                    Err(error) => last = last.or(error),
                }
            }
        }
        Err(last)
    }

    /// The host after this one; the first one after the last.
    pub(super) fn after(&self, place: usize) -> usize {
        (place + 1) % self.hosts.len().max(1)
    }

    async fn connect(
        &self,
        host: &SmppHost,
        address: SocketAddr,
    ) -> Result<(Wire, Option<KeyPin>), DialError> {
        if self.tls.is_none() && !self.is_private && !address.ip().is_loopback() {
            return Err(DialError::NotAllowed);
        }
        let stream = timeout(SMPP_CONNECT_TIMEOUT, TcpStream::connect(address)).await;
        let stream = stream.map_err(|_| DialError::TimedOut)?.map_err(|_| DialError::Refused)?;
        // Without it small PDUs wait for the peer's delayed acknowledgement.
        stream.set_nodelay(true).map_err(|_| DialError::Refused)?;
        let keep_alive = TcpKeepalive::new().with_time(SMPP_TCP_KEEP_ALIVE);
        SockRef::from(&stream).set_tcp_keepalive(&keep_alive).map_err(|_| DialError::Refused)?;
        let Some(tls) = &self.tls else { return Ok((Wire::Plain(stream), None)) };
        let name = tls.server_name.as_ref().unwrap_or(&host.host).clone();
        let name = ServerName::try_from(name).map_err(|_| DialError::Tls)?;
        let secure = timeout(SMPP_CONNECT_TIMEOUT, tls.connector.connect(name, stream)).await;
        let secure = secure.map_err(|_| DialError::TimedOut)?.map_err(|_| DialError::Tls)?;
        let key = tls.check_key(&secure)?;
        Ok((Wire::Secure(Box::new(secure)), Some(key)))
    }
}

impl Tls {
    /// Looks at the key after the handshake and before the first octet of SMPP. A
    /// session that is resumed has the certificate that it began with.
    fn check_key(&self, secure: &TlsStream<TcpStream>) -> Result<KeyPin, DialError> {
        let (_, connection) = secure.get_ref();
        let certificate = connection.peer_certificates().and_then(<[_]>::first);
        let key = certificate.and_then(KeyPin::of).ok_or(DialError::Tls)?;
        let is_right = self.pins.is_empty() || self.pins.contains(&key);
        is_right.then_some(key).ok_or(DialError::OtherKey(key))
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
