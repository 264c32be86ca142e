//! TLS: what is offered, reloading, and files that cannot be used (S-90, D-50).

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use rcgen::{CertifiedKey, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore};
use tempfile::TempDir;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;

/// A folder with a certificate and its key.
struct Files {
    folder: TempDir,
}

impl Files {
    fn new() -> (Self, CertificateDer<'static>) {
        let files = Self { folder: tempfile::tempdir().unwrap() };
        let certificate = files.issue();
        (files, certificate)
    }

    /// Writes a new certificate and its key.
    fn issue(&self) -> CertificateDer<'static> {
        let issued = issue();
        std::fs::write(self.cert(), issued.cert.pem()).unwrap();
        std::fs::write(self.key(), issued.signing_key.serialize_pem()).unwrap();
        issued.cert.der().clone()
    }

    fn cert(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    fn source(&self) -> TlsSource {
        TlsSource::load(&self.cert(), &self.key()).unwrap()
    }

    fn error(&self) -> String {
        TlsSource::load(&self.cert(), &self.key()).unwrap_err().to_string()
    }
}

fn issue() -> CertifiedKey<KeyPair> {
    rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

/// Connects as a client that trusts `certificate` and nothing else.
async fn connect(
    world: &World,
    certificate: &CertificateDer<'static>,
    protocols: &[&str],
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, world.connect().await).await
}

const BOTH: &[&rustls::SupportedProtocolVersion] =
    &[&rustls::version::TLS13, &rustls::version::TLS12];

async fn world(files: &Files) -> (World, TlsSource) {
    let source = files.source();
    (World::with(EdgeLimits::default(), &[], Some(source.clone())).await, source)
}

const WHO: &[u8] = b"GET /who HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn http_1_is_served_over_tls_1_3_and_1_2_as_secure() {
    let (files, certificate) = Files::new();
    let (world, _source) = world(&files).await;
    for (versions, version) in [
        (BOTH, ProtocolVersion::TLSv1_3),
        (&[&rustls::version::TLS12][..], ProtocolVersion::TLSv1_2),
    ] {
        for protocols in [&[][..], &["http/1.1"]] {
            let mut stream = connect(&world, &certificate, protocols, versions).await.unwrap();
            assert_eq!(stream.get_ref().1.protocol_version(), Some(version));
            stream.write_all(WHO).await.unwrap();
            let answer = read_to_end(&mut stream).await;
            assert!(body_of(&answer).starts_with("127.0.0.1 secure=true"), "{answer}");
        }
    }
}

#[tokio::test]
async fn http_2_is_chosen_when_offered() {
    let (files, certificate) = Files::new();
    let (world, _source) = world(&files).await;
    let stream = connect(&world, &certificate, &["h2", "http/1.1"], BOTH).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let mut client = super::http2::client(stream).await;
    let request = http::Request::get("https://localhost/hello");
    let response = client.send_request(request.body(Empty::<Bytes>::new()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_new_certificate_serves_new_connections_and_a_broken_one_does_not() {
    let (files, first) = Files::new();
    let (world, source) = world(&files).await;
    let mut standing = connect(&world, &first, &[], BOTH).await.unwrap();

    let second = files.issue();
    assert!(connect(&world, &second, &[], BOTH).await.is_err(), "not before the reload");
    assert!(source.reload());
    assert!(connect(&world, &second, &[], BOTH).await.is_ok());
    assert!(connect(&world, &first, &[], BOTH).await.is_err());
    standing.write_all(WHO).await.unwrap();
    assert_eq!(status(&read_to_end(&mut standing).await), 200, "standing connections stay");

    std::fs::write(files.cert(), "rubbish").unwrap();
    assert!(!source.reload());
    assert!(connect(&world, &second, &[], BOTH).await.is_ok(), "the old one stays");
}

#[tokio::test]
async fn a_changed_file_is_noticed() {
    let (files, first) = Files::new();
    let (world, source) = world(&files).await;
    source.reload_if_changed();
    assert!(connect(&world, &first, &[], BOTH).await.is_ok());
    let second = files.issue();
    // Two writes may fall into one tick of the file system's clock.
    let later =
        std::fs::metadata(files.key()).unwrap().modified().unwrap() + Duration::from_secs(2);
    std::fs::File::options().append(true).open(files.key()).unwrap().set_modified(later).unwrap();
    source.reload_if_changed();
    assert!(connect(&world, &second, &[], BOTH).await.is_ok());
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named_with_a_remedy() {
    let (files, _) = Files::new();
    let other = issue();
    std::fs::write(files.key(), other.signing_key.serialize_pem()).unwrap();
    let error = files.error();
    assert!(error.contains("cannot be used together") && error.contains("same issue"), "{error}");

    std::fs::write(files.key(), "").unwrap();
    assert!(files.error().starts_with("cannot read key file"), "{}", files.error());
    std::fs::write(files.cert(), "").unwrap();
    assert!(files.error().contains("holds no certificate"), "{}", files.error());
    std::fs::remove_file(files.cert()).unwrap();
    let error = files.error();
    assert!(error.starts_with("cannot read certificate file"), "{error}");
    assert!(error.contains("cert.pem") && error.contains("check the path"), "{error}");
}

#[tokio::test]
async fn plain_http_on_a_tls_listener_gets_no_answer() {
    let (files, _) = Files::new();
    let (world, _source) = world(&files).await;
    let mut stream = world.connect().await;
    stream.write_all(WHO).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    assert_eq!(world.probe.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_does_not_come_is_given_up_after_5_seconds() {
    let (files, _) = Files::new();
    let (world, _source) = world(&files).await;
    let mut stream = world.connect().await;
    let start = Instant::now();
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
    assert!(start.elapsed() >= Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
}
