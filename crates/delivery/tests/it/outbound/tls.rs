//! Calls over TLS.

use std::sync::Arc;

use http::StatusCode;
use ringproof_delivery::outbound::{CallResult, OutboundClient, OutboundClientParts, Roots};
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::receiver::{Manner, OK, Receiver, serve};
use super::zone::Zone;
use super::{ip, own_networks, target};

/// A receiver with a certificate for `shop.example` and 127.0.0.1.
struct SecureReceiver {
    port: u16,
    certificate: CertificateDer<'static>,
    /// The server name that each caller asked for, and its request.
    calls: mpsc::Receiver<(Option<String>, String)>,
    _tasks: JoinSet<()>,
}

impl SecureReceiver {
    async fn start() -> Self {
        let names = vec!["shop.example".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (call_to, calls) = mpsc::channel(8);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(stream) = acceptor.accept(stream).await else { continue };
                let name = stream.get_ref().1.server_name().map(str::to_owned);
                let (request_to, mut requests) = mpsc::channel(1);
                serve(stream, &Manner::Says(OK.to_owned()), &request_to).await;
                let _ = call_to.send((name, requests.recv().await.unwrap())).await;
            }
        });
        Self { port, certificate, calls, _tasks: tasks }
    }

    fn roots(&self) -> Roots {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        Roots::Given(roots)
    }
}

fn client(roots: Roots) -> OutboundClient {
    let here = vec![vec![ip("127.0.0.1")]];
    let records = ["shop.example", "other.example"]
        .map(|name| (name, super::zone::Record::Addresses(here.clone())));
    OutboundClient::new(OutboundClientParts {
        policy: own_networks(&["127.0.0.0/8"]),
        resolver: Arc::new(Zone::new(records.into())),
        roots,
        ..OutboundClientParts::default()
    })
}

const ANSWERED: CallResult = CallResult::Answered(StatusCode::OK);

#[tokio::test]
async fn a_certificate_is_held_against_the_name_not_the_address() {
    let mut receiver = SecureReceiver::start().await;
    let port = receiver.port;
    let client = client(receiver.roots());
    let call = async |host: &str| {
        client.get(&target(&client, &format!("https://{host}:{port}/dlr"))).await
    };
    assert_eq!(call("shop.example").await, ANSWERED);
    let (name, request) = receiver.calls.recv().await.unwrap();
    assert_eq!(name.as_deref(), Some("shop.example"));
    assert!(request.starts_with(&format!("GET /dlr HTTP/1.1\r\nHost: shop.example:{port}\r\n")));

    assert_eq!(call("127.0.0.1").await, ANSWERED);
    assert_eq!(receiver.calls.recv().await.unwrap().0, None);

    // It leads to the same machine, but that one cannot show to be it.
    assert_eq!(call("other.example").await, CallResult::Failed("no secure connection"));
}

#[tokio::test]
async fn a_certificate_of_a_stranger_is_not_trusted() {
    let receiver = SecureReceiver::start().await;
    let stranger = SecureReceiver::start().await;
    let client = client(stranger.roots());
    let target = target(&client, &format!("https://shop.example:{}/", receiver.port));
    assert_eq!(client.get(&target).await, CallResult::Failed("no secure connection"));
}

#[tokio::test]
async fn without_authorities_calls_without_tls_are_made() {
    let receiver = Receiver::start("127.0.0.1", OK).await;
    let client = client(Roots::Given(RootCertStore::empty()));
    let plain = target(&client, &format!("http://{}/", receiver.address));
    assert_eq!(client.get(&plain).await, ANSWERED);
}
