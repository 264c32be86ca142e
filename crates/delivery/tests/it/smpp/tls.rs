//! DL-11: a peer that is not proved to be the right one gets no byte of a bind.

use std::net::SocketAddr;
use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PublicKeyData as _,
    date_time_ymd,
};
use ringproof_delivery::smpp::{KeyPin, NoKeyPin, SmppGateway, SmppHost, SmppOptions, SmppTls};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::smsc::read_all;
use super::{Ears, becomes, within};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Authority::self_signed(params, KeyPair::generate().expect("loopback and keys work"))
        .expect("loopback and keys work")
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("loopback and keys work")
}

fn acceptor(authority: &Authority, name: &str, is_expired: bool) -> TlsAcceptor {
    let key = new_key();
    acceptor_with(&key, authority, name, is_expired)
}

fn acceptor_with(
    key: &KeyPair,
    authority: &Authority,
    name: &str,
    is_expired: bool,
) -> TlsAcceptor {
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("loopback and keys work");
    if is_expired {
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
    }
    let certificate = params.signed_by(key, authority).expect("loopback and keys work");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("loopback and keys work")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("loopback and keys work");
    TlsAcceptor::from(Arc::new(config))
}

/// Takes connections and gives every byte that came through TLS, or nothing
/// where there was no TLS.
async fn listen(listener: TcpListener, acceptor: TlsAcceptor, heard: mpsc::Sender<Vec<u8>>) {
    loop {
        let (stream, _) = listener.accept().await.expect("loopback and keys work");
        let bytes = match acceptor.accept(stream).await {
            // It is not answered: the gateway gives up its bind in the end.
            Ok(stream) => within(read_some(stream)).await,
            Err(_) => Vec::new(),
        };
        if heard.send(bytes).await.is_err() {
            return;
        }
    }
}

async fn read_some(mut stream: impl tokio::io::AsyncRead + Unpin) -> Vec<u8> {
    let mut bytes = vec![0; 1_024];
    let count = stream.read(&mut bytes).await.unwrap_or(0);
    bytes.truncate(count);
    if count == 0 { read_all(stream).await } else { bytes }
}

/// Takes connections, reads what comes first, and says that its TLS is older
/// than what it was asked for.
async fn listen_as_of_old(listener: TcpListener, heard: mpsc::Sender<Vec<u8>>) {
    /// The alert `protocol_version` of TLS 1.0 (RFC 2246 §7.2).
    const TOO_NEW: [u8; 7] = [0x15, 3, 1, 0, 2, 2, 70];
    loop {
        let (mut stream, _) = listener.accept().await.expect("loopback and keys work");
        let mut bytes = vec![0; 4_096];
        let count = within(stream.read(&mut bytes)).await.unwrap_or(0);
        bytes.truncate(count);
        let _ = stream.write_all(&TOO_NEW).await;
        bytes.extend(within(read_all(stream)).await);
        if heard.send(bytes).await.is_err() {
            return;
        }
    }
}

/// What a peer with such a certificate gets to read.
async fn heard_by(acceptor: TlsAcceptor, tls: SmppTls) -> (Vec<u8>, Option<String>) {
    let (sender, heard) = mpsc::channel(16);
    called(|listener| listen(listener, acceptor, sender), heard, tls).await
}

fn gateway(address: SocketAddr, tls: SmppTls) -> SmppGateway {
    let host = SmppHost { host: address.ip().to_string(), port: address.port() };
    let mut options = SmppOptions::new("carrier", vec![host], "acct", "secret".to_owned().into());
    options.tls = Some(tls);
    let gateway = SmppGateway::new(options, Arc::new(Ears::default()), Arc::new(|| 200));
    gateway.expect("it is set up")
}

/// What a peer hears that a gateway calls, and why there was no session.
async fn called<F>(
    peer: impl FnOnce(TcpListener) -> F,
    mut heard: mpsc::Receiver<Vec<u8>>,
    tls: SmppTls,
) -> (Vec<u8>, Option<String>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback and keys work");
    let address: SocketAddr = listener.local_addr().expect("loopback and keys work");
    let mut tasks = JoinSet::new();
    tasks.spawn(peer(listener));
    let gateway = Arc::new(gateway(address, tls));
    let stop = watch::Sender::new(None);
    tasks.spawn(gateway.clone().run(stop.subscribe()));
    let bytes = within(heard.recv()).await.expect("loopback and keys work");
    let error = || gateway.view().sessions[0].last_error.clone();
    let is_bind = bytes.get(4..8) == Some(&smpp::command::BIND_TRANSCEIVER.to_be_bytes()[..]);
    if !is_bind {
        becomes(|| error().is_some()).await;
    }
    (bytes, error())
}

fn tls(authority: &Authority, name: &str) -> SmppTls {
    let ca_pem = Some(authority.pem().into_bytes());
    SmppTls { server_name: Some(name.to_owned()), ca_pem, ..SmppTls::default() }
}

#[tokio::test]
async fn the_right_peer_gets_the_bind() {
    let authority = authority();
    let acceptor = acceptor(&authority, "smsc.example", false);
    let (bytes, error) = heard_by(acceptor, tls(&authority, "smsc.example")).await;
    assert_eq!(bytes[4..8], smpp::command::BIND_TRANSCEIVER.to_be_bytes());
    assert_eq!(error, None);
}

#[tokio::test]
async fn a_wrong_peer_gets_nothing() {
    let (ours, other) = (authority(), authority());
    let no_tls = Some("no secure connection".to_owned());
    for acceptor in [
        acceptor(&ours, "other.example", false),
        acceptor(&ours, "smsc.example", true),
        acceptor(&other, "smsc.example", false),
    ] {
        let heard = heard_by(acceptor, tls(&ours, "smsc.example")).await;
        assert_eq!(heard, (Vec::new(), no_tls.clone()));
    }
}

/// The pin of a key, as OpenSSL would be asked for it.
fn pin(key: &KeyPair) -> KeyPin {
    let digest = Sha256::digest(key.subject_public_key_info());
    Base64::encode_string(&digest).parse().expect("32 octets in base64")
}

#[tokio::test]
async fn a_peer_whose_key_is_pinned_gets_the_bind_and_any_of_several_pins_will_do() {
    let (authority, key, next) = (authority(), new_key(), new_key());
    for pins in [vec![pin(&key)], vec![pin(&next), pin(&key)]] {
        let tls = SmppTls { pins, ..tls(&authority, "smsc.example") };
        let acceptor = acceptor_with(&key, &authority, "smsc.example", false);
        let (bytes, error) = heard_by(acceptor, tls).await;
        assert_eq!(bytes[4..8], smpp::command::BIND_TRANSCEIVER.to_be_bytes());
        assert_eq!(error, None);
    }
}

#[tokio::test]
async fn a_peer_with_another_key_gets_nothing_and_its_key_is_told() {
    let (authority, key, other) = (authority(), new_key(), new_key());
    let tls = SmppTls { pins: vec![pin(&other)], ..tls(&authority, "smsc.example") };
    let acceptor = acceptor_with(&key, &authority, "smsc.example", false);
    let (bytes, error) = heard_by(acceptor, tls).await;
    assert_eq!(bytes, b"");
    let reason = format!("the peer has another key than those of tls_pinned_keys: {}", pin(&key));
    assert_eq!(error, Some(reason));
}

#[tokio::test]
async fn a_pin_takes_the_place_of_neither_name_nor_chain() {
    let (ours, other, key) = (authority(), authority(), new_key());
    for acceptor in [
        acceptor_with(&key, &ours, "other.example", false),
        acceptor_with(&key, &other, "smsc.example", false),
        acceptor_with(&key, &ours, "smsc.example", true),
    ] {
        let tls = SmppTls { pins: vec![pin(&key)], ..tls(&ours, "smsc.example") };
        let heard = heard_by(acceptor, tls).await;
        assert_eq!(heard, (Vec::new(), Some("no secure connection".to_owned())));
    }
}

#[tokio::test]
async fn an_operator_is_shown_the_key_that_would_be_pinned() {
    let (authority, key, other) = (authority(), new_key(), new_key());
    for (pins, is_right) in [(vec![], true), (vec![pin(&key)], true), (vec![pin(&other)], false)] {
        let acceptor = acceptor_with(&key, &authority, "smsc.example", false);
        let (sender, _heard) = mpsc::channel(16);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback and keys work");
        let address = listener.local_addr().expect("loopback and keys work");
        let mut tasks = JoinSet::new();
        tasks.spawn(listen(listener, acceptor, sender));
        let tls = SmppTls { pins, ..tls(&authority, "smsc.example") };
        match gateway(address, tls).reach().await {
            Ok(reached) => assert_eq!((reached.key, is_right), (Some(pin(&key)), true)),
            Err(why) => assert!(!is_right && why.ends_with(&pin(&key).to_string()), "{why}"),
        }
    }
}

#[test]
fn a_pin_is_32_octets_in_base64() {
    let good = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    assert_eq!(good.parse::<KeyPin>().expect("a pin").to_string(), good);
    let short = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==";
    let no_padding = good.trim_end_matches('=');
    for bad in ["", "=", "sha256/", short, no_padding, &format!("{good}="), &good.replace('+', "-")]
    {
        assert_eq!(bad.parse::<KeyPin>(), Err(NoKeyPin), "{bad}");
    }
}

#[tokio::test]
async fn a_peer_with_old_tls_gets_a_greeting_and_no_bind() {
    let (sender, heard) = mpsc::channel(16);
    let tls = tls(&authority(), "smsc.example");
    let (bytes, error) = called(|listener| listen_as_of_old(listener, sender), heard, tls).await;
    assert_eq!(error.as_deref(), Some("no secure connection"));
    assert_eq!(bytes[0], 0x16, "a handshake record");
    for word in ["acct", "secret"] {
        assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
}
