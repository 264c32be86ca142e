//! Over TLS: nothing of a call leaves before the server has shown who it is.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use ringproof_client::{Error, ErrorKind, Ringproof, Service};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::fake::{Act, Fake, PASSWORD, answer};

const SERVICE: &str = r#"{"id":"service-1","name":"Shop","ctime":"2026-11-22T21:15:45.842Z"}"#;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Authority::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}

/// A server that shows a certificate for `localhost`, takes one call and answers it. Its address.
async fn secure(authority: &Authority, tasks: &mut JoinSet<()>) -> String {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let certificate = params.signed_by(&key, authority).expect("a certificate");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("a configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tasks.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 4096];
            if stream.read(&mut request).await.is_ok_and(|count| count > 0) {
                let _ = stream.write_all(answer(200, "", SERVICE).as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    format!("https://localhost:{port}")
}

async fn create(url: &str, authority: &Authority) -> Result<Service, Error> {
    let ringproof = Ringproof::builder("shop", PASSWORD)
        .endpoint(url)
        .authorities_pem(authority.pem().as_bytes())
        .connect_timeout(Duration::from_secs(2))
        .build()
        .expect("a client");
    ringproof.services().create("shop.example", "Shop").await
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_and_no_other() {
    let (mine, other) = (authority(), authority());
    let mut tasks = JoinSet::new();
    let url = secure(&mine, &mut tasks).await;
    assert_eq!(create(&url, &mine).await.expect("it answers").name, "Shop");
    let wrong_name = url.replace("localhost", "127.0.0.1");
    for outcome in [create(&url, &other).await, create(&wrong_name, &mine).await] {
        let error = outcome.expect_err("somebody else");
        assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::ConnectionFailed, false));
    }
}

#[tokio::test]
async fn where_there_is_no_tls_nothing_is_sent() {
    let authority = authority();
    let plain = Fake::saying(answer(200, "", SERVICE)).await;
    let error = create(&plain.url.replace("http:", "https:"), &authority).await.expect_err("plain");
    assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::ConnectionFailed, false));
    assert_eq!(plain.count(), 0, "no whole request came");

    let silent = Fake::of(|_| Act::Hangs(String::new())).await;
    let url = silent.url.replace("http:", "https:");
    let error = create(&url, &authority).await.expect_err("nobody shakes hands");
    assert!(!error.maybe_sent() && error.to_string().ends_with("no connection in time"), "{error}");
}
