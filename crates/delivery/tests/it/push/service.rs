//! A push service that takes nothing but what the standards say, over TLS.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use ringproof_delivery::outbound::Roots;
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::{HOST, now};

/// Pushes that a test may leave unread.
const PUSHES_MAX: usize = 64;

/// What the service does once it has a push that is as it should be.
#[derive(Clone)]
pub(super) enum Manner {
    /// Says this, and closes.
    Says(String),
    /// Says this, and then writes as fast as it can while anybody listens.
    NeverEnds(String),
    /// Says this, and then a byte at a time while anybody listens.
    Drips(String),
    /// Says nothing, but stays.
    Stays,
}

impl Manner {
    /// An answer without a body.
    pub(super) fn answers(status: &str, headers: &str) -> Self {
        Self::Says(format!("HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\n\r\n"))
    }
}

/// A push as it came.
pub(super) struct Pushed {
    pub(super) path: String,
    /// By name in lower case.
    pub(super) headers: BTreeMap<String, String>,
    /// The claims of its token.
    pub(super) claims: serde_json::Value,
    pub(super) body: Vec<u8>,
}

/// The service; it ends when dropped.
pub(super) struct Service {
    pub(super) port: u16,
    certificate: CertificateDer<'static>,
    pushes: mpsc::Receiver<Result<Pushed, String>>,
    _tasks: JoinSet<()>,
}

impl Service {
    pub(super) async fn start(manner: Manner) -> Self {
        let made = rcgen::generate_simple_self_signed(vec![HOST.to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (push_to, pushes) = mpsc::channel(PUSHES_MAX);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let push = read(&mut stream, port).await;
                let manner = match &push {
                    Ok(_) => manner.clone(),
                    Err(_) => Manner::answers("400 Bad Request", ""),
                };
                let _ = push_to.try_send(push);
                answer(&mut stream, manner).await;
            }
        });
        Self { port, certificate, pushes, _tasks: tasks }
    }

    pub(super) fn roots(&self) -> Roots {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        Roots::Given(roots)
    }

    /// The next push, if it was as it should be.
    pub(super) async fn pushed(&mut self) -> Pushed {
        self.pushes.recv().await.unwrap().unwrap_or_else(|fault| panic!("{fault}"))
    }
}

async fn answer(stream: &mut TlsStream<TcpStream>, manner: Manner) {
    let (text, chunk, pause) = match &manner {
        Manner::Says(text) => (text.as_str(), 0, None),
        Manner::NeverEnds(text) => (text.as_str(), 16 * 1024, None),
        Manner::Drips(text) => (text.as_str(), 1, Some(Duration::from_millis(2))),
        Manner::Stays => ("", 0, None),
    };
    let mut next = stream.write_all(text.as_bytes()).await;
    let _ = stream.flush().await;
    let more = vec![b'x'; chunk];
    while chunk > 0 && next.is_ok() {
        next = stream.write_all(&more).await;
        if let Some(pause) = pause {
            let _ = stream.flush().await;
            // Its manner, which nobody waits for.
            tokio::time::sleep(pause).await;
        }
    }
    if matches!(manner, Manner::Stays) {
        let _ = tokio::io::copy(stream, &mut tokio::io::sink()).await;
    }
    let _ = stream.shutdown().await;
}

/// Reads a request and holds everything in it against the standards.
async fn read(stream: &mut TlsStream<TcpStream>, port: u16) -> Result<Pushed, String> {
    let mut bytes = Vec::new();
    let head_octets = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return Err("the connection ends in the head".to_owned());
        }
    };
    let head = String::from_utf8(bytes[..head_octets].to_vec()).map_err(|_| "head is no text")?;
    let mut body = bytes.split_off(head_octets + 4);
    let (line, rest) = head.split_once("\r\n").ok_or("no headers")?;
    let mut headers = BTreeMap::new();
    for header in rest.split("\r\n") {
        let (name, value) = header.split_once(": ").ok_or("a header without a colon")?;
        let twice = headers.insert(name.to_ascii_lowercase(), value.to_owned());
        expect(twice.is_none(), || format!("{name} is there twice"))?;
    }
    let length = headers.get("content-length").and_then(|value| value.parse().ok());
    let length: usize = length.ok_or("no Content-Length")?;
    while body.len() < length && stream.read_buf(&mut body).await.unwrap_or(0) > 0 {}
    expect(body.len() == length, || "the body has not its length".to_owned())?;
    let path = line.strip_prefix("POST ").and_then(|line| line.strip_suffix(" HTTP/1.1"));
    let path = path.ok_or_else(|| format!("no POST: {line}"))?.to_owned();
    check_headers(&headers, port)?;
    expect(body.len() <= 4_096, || "the body is too long".to_owned())?;
    let origin = format!("https://{HOST}:{port}");
    let claims = check_authorization(&headers["authorization"], &origin)?;
    Ok(Pushed { path, headers, claims, body })
}

fn expect(holds: bool, fault: impl Fn() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault()) }
}

/// All headers that are there, each with what it may say.
fn check_headers(headers: &BTreeMap<String, String>, port: u16) -> Result<(), String> {
    let names: Vec<&str> = headers.keys().map(String::as_str).collect();
    let expected = [
        "accept",
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "host",
        "topic",
        "ttl",
        "urgency",
        "user-agent",
    ];
    expect(names == expected, || format!("the headers are {names:?}"))?;
    let is = |name: &str, value: &str| {
        expect(headers[name] == value, || format!("{name} is {}", headers[name]))
    };
    is("host", &format!("{HOST}:{port}"))?;
    is("content-encoding", "aes128gcm")?;
    is("urgency", "high")?;
    let ttl = headers["ttl"].parse::<u64>().map_err(|_| "TTL is no number")?;
    expect(ttl <= 120, || format!("TTL is {ttl}"))?;
    // RFC 8030 §5.4.
    let is_topic = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let topic = &headers["topic"];
    expect(topic.len() == 32 && topic.bytes().all(is_topic), || format!("topic {topic:?}"))
}

/// The scheme `vapid`, its token and its key (RFC 8292 §2, §3); gives the claims.
fn check_authorization(value: &str, origin: &str) -> Result<serde_json::Value, String> {
    let parameters = value.strip_prefix("vapid t=").ok_or("no scheme vapid")?;
    let (token, key) = parameters.split_once(", k=").ok_or("no parameter k")?;
    let decode = |text: &str| Base64UrlUnpadded::decode_vec(text).map_err(|_| "no base64url");
    let public = decode(key)?;
    expect(public.len() == 65 && public[0] == 4, || "k is no uncompressed point".to_owned())?;
    let (signed, signature) = token.rsplit_once('.').ok_or("no JWT")?;
    let (header, claims) = signed.split_once('.').ok_or("no JWT")?;
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &public);
    key.verify(signed.as_bytes(), &decode(signature)?).map_err(|_| "the signature is false")?;
    let json = |text: &str| -> Result<serde_json::Value, String> {
        serde_json::from_slice(&decode(text)?).map_err(|error| error.to_string())
    };
    let header = json(header)?;
    expect(header == serde_json::json!({"typ": "JWT", "alg": "ES256"}), || header.to_string())?;
    let claims = json(claims)?;
    expect(claims["aud"] == origin, || format!("aud is {}", claims["aud"]))?;
    let left = claims["exp"].as_i64().ok_or("no exp")? - now().as_second();
    expect((1..=12 * 3_600).contains(&left), || format!("the token is good for {left} s"))?;
    Ok(claims)
}
