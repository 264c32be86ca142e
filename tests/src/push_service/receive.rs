//! Reads a push, holds it against the standards, and decrypts it.

use super::Pushed;
use crate::device::keys::{agree, public, secret_key};
use crate::device::{b64, random, unb64};
use aes_gcm::aead::Aead;
use aes_gcm::{Aes128Gcm, KeyInit, Nonce};
use hkdf::Hkdf;
use p256::SecretKey;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::io::Read;

/// Longest body of a push in octets (RFC 8030 §7.2).
const BODY_OCTETS_MAX: usize = 4_096;

/// What a push must match.
pub(super) struct Strict {
    /// Host and port of the service.
    pub(super) host: String,
}

/// Reads one push; `None` if none came.
pub(super) fn read(stream: &mut impl Read, strict: &Strict) -> Option<Result<Pushed, String>> {
    let mut bytes = Vec::new();
    let head_octets = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        let mut chunk = [0; 1_024];
        match stream.read(&mut chunk) {
            Ok(count) if count > 0 => bytes.extend_from_slice(&chunk[..count]),
            _ if bytes.is_empty() => return None,
            _ => return Some(Err("the connection ends in the head".to_owned())),
        }
    };
    let mut body = bytes.split_off(head_octets + 4);
    let head = String::from_utf8_lossy(&bytes[..head_octets]).into_owned();
    Some(strict.check(&head, &mut body, stream))
}

impl Strict {
    fn check(
        &self,
        head: &str,
        body: &mut Vec<u8>,
        rest: &mut impl Read,
    ) -> Result<Pushed, String> {
        let (line, lines) = head.split_once("\r\n").ok_or("no headers")?;
        let path = line.strip_prefix("POST ").and_then(|line| line.strip_suffix(" HTTP/1.1"));
        let path = path.ok_or_else(|| format!("no POST: {line}"))?.to_owned();
        let mut headers = BTreeMap::new();
        for line in lines.split("\r\n") {
            let (name, value) = line.split_once(": ").ok_or("a header without a colon")?;
            let twice = headers.insert(name.to_ascii_lowercase(), value.to_owned());
            insist(twice.is_none(), || format!("{name} is there twice"))?;
        }
        let length = headers.get("content-length").and_then(|value| value.parse().ok());
        let length: usize = length.ok_or("no Content-Length")?;
        insist(length <= BODY_OCTETS_MAX, || format!("{length} octets of body"))?;
        let missing = length.saturating_sub(body.len()) as u64;
        rest.take(missing).read_to_end(body).map_err(|error| error.to_string())?;
        insist(body.len() == length, || "the body has not its length".to_owned())?;
        self.check_headers(&headers)?;
        let claims = check_token(&headers["authorization"])?;
        let origin = format!("https://{}", self.host);
        insist(claims["aud"] == origin, || format!("aud is {}", claims["aud"]))?;
        Ok(Pushed { path, headers, claims, body: body.clone() })
    }

    fn check_headers(&self, headers: &BTreeMap<String, String>) -> Result<(), String> {
        let is = |name: &str, value: &str| {
            let found = headers.get(name).map(String::as_str);
            insist(found == Some(value), || format!("{name} is {found:?}"))
        };
        is("host", &self.host)?;
        is("content-encoding", "aes128gcm")?;
        is("urgency", "high")?;
        let ttl = headers.get("ttl").and_then(|value| value.parse::<u64>().ok());
        insist(ttl.is_some_and(|ttl| ttl <= 120), || format!("TTL is {ttl:?}"))?;
        let is_topic = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let topic = headers.get("topic").map(String::as_str).unwrap_or_default();
        let fits = (1..=32).contains(&topic.len()) && topic.bytes().all(is_topic);
        insist(fits, || format!("topic is {topic:?}"))?;
        insist(headers.contains_key("authorization"), || "no Authorization".to_owned())
    }
}

/// The scheme `vapid`, its token and its key (RFC 8292 §2, §3); gives the claims.
fn check_token(value: &str) -> Result<Value, String> {
    let parameters = value.strip_prefix("vapid t=").ok_or("no scheme vapid")?;
    let (token, key) = parameters.split_once(", k=").ok_or("no parameter k")?;
    let key = VerifyingKey::from_sec1_bytes(&unb64(key)).map_err(|_| "k is no point")?;
    let (signed, signature) = token.rsplit_once('.').ok_or("no JWT")?;
    let (header, claims) = signed.split_once('.').ok_or("no JWT")?;
    let signature = Signature::from_slice(&unb64(signature)).map_err(|_| "no signature")?;
    key.verify(signed.as_bytes(), &signature).map_err(|_| "the signature is false")?;
    let read = |text: &str| serde_json::from_slice::<Value>(&unb64(text));
    let header = read(header).map_err(|error| error.to_string())?;
    insist(header == json!({ "typ": "JWT", "alg": "ES256" }), || header.to_string())?;
    read(claims).map_err(|error| error.to_string())
}

fn insist(holds: bool, fault: impl Fn() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault()) }
}

/// The browser that subscribed: it has the keys and decrypts.
pub struct Browser {
    key: SecretKey,
    auth: [u8; 16],
}

impl Default for Browser {
    fn default() -> Self {
        Self::new()
    }
}

impl Browser {
    /// Makes the keys of one subscription.
    pub fn new() -> Self {
        Self { key: secret_key(), auth: random() }
    }

    /// The subscription as a page sends it.
    pub fn subscription(&self, endpoint: &str) -> Value {
        json!({ "endpoint": endpoint, "p256dh": b64(&public(&self.key)), "auth": b64(&self.auth) })
    }

    /// The secret that goes with the subscription.
    pub fn auth(&self) -> [u8; 16] {
        self.auth
    }

    /// The text of a message (RFC 8188, RFC 8291).
    #[track_caller]
    pub fn read(&self, body: &[u8]) -> String {
        let (salt, rest) = body.split_at(16);
        let (record_octets, rest) = rest.split_at(4);
        let record_octets = u32::from_be_bytes(record_octets.try_into().expect("four octets"));
        let (theirs, record) = rest[1..].split_at(usize::from(rest[0]));
        assert_eq!((theirs.len(), theirs[0]), (65, 4), "an uncompressed point");
        assert!(record.len() <= record_octets as usize, "one record only");
        let shared = agree(&self.key, theirs);
        let info = [b"WebPush: info\0".as_slice(), &public(&self.key), theirs].concat();
        let secret = expand::<32>(&self.auth, &shared, &info);
        let key = expand::<16>(salt, &secret, b"Content-Encoding: aes128gcm\0");
        let nonce = expand::<12>(salt, &secret, b"Content-Encoding: nonce\0");
        let cipher = Aes128Gcm::new_from_slice(&key).expect("16 octets");
        let text = cipher.decrypt(&Nonce::from(nonce), record).expect("the record opens");
        let end = text.iter().rposition(|byte| *byte != 0).expect("more than padding");
        assert_eq!(text[end], 2, "the record is the last one");
        String::from_utf8(text[..end].to_vec()).expect("text")
    }
}

fn expand<const N: usize>(salt: &[u8], from: &[u8], info: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    Hkdf::<Sha256>::new(Some(salt), from).expand(info, &mut out).expect("a short key");
    out
}
