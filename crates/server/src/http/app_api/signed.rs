//! Calls that a device signs (S-34).

use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use http::HeaderMap;
use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use verify::Timestamp;
use verify::device_keys::PublicBytes;
use verify::engine::Keys;
use verify::engine::device::DeviceCall;
use verify::hex;
use verify::ids::DeviceId;
use verify::keys::NonceDigest;

use super::Received;
use super::wire::{Refusal, Reply};
use crate::app::App;
use crate::entropy::SystemEntropy;

/// What the app must speak.
pub(super) const PROTOCOL: u32 = 1;

/// Longest header value that is looked at, in bytes: a signature has 86.
const HEADER_BYTES_MAX: usize = 128;

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppNonce")]
pub(super) struct WireNonce {
    nonce: String,
    now: i64,
    protocol: u32,
}

/// `nonce`.
pub(super) fn nonce(app: &App) -> Reply {
    let now = app.clock.now().as_millisecond();
    Reply::new(&WireNonce { nonce: new_nonce(app), now, protocol: PROTOCOL })
}

pub(super) fn new_nonce(app: &App) -> String {
    let nonce = app.nonce_key.issue(app.clock.now(), &mut SystemEntropy::new());
    Base64UrlUnpadded::encode_string(&nonce)
}

/// What stands in the headers of a signed call.
struct Signed<'a> {
    device: Option<&'a str>,
    time: &'a str,
    nonce: &'a str,
    signature: Vec<u8>,
}

impl<'a> Signed<'a> {
    fn read(headers: &'a HeaderMap) -> Result<Self, Refusal> {
        let required = |name| value(headers, name)?.ok_or(Refusal::Signature);
        let time = required("x-app-time")?;
        if !time.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Refusal::Signature);
        }
        let signature = Base64UrlUnpadded::decode_vec(required("x-app-signature")?);
        Ok(Self {
            device: value(headers, "x-app-device")?,
            time,
            nonce: required("x-app-nonce")?,
            signature: signature.map_err(|_| Refusal::Signature)?,
        })
    }

    /// The text that was signed.
    fn text(&self, received: &Received) -> String {
        let hash = hex::encode(&Sha256::digest(&received.body));
        let (call, Self { time, nonce, .. }) = (&received.call, self);
        let device = self.device.unwrap_or("-");
        format!("ringproof-app-1\nPOST\n/app/api/{call}\n{hash}\n{time}\n{nonce}\n{device}")
    }

    fn check(&self, received: &Received, key: &PublicBytes) -> Result<(), Refusal> {
        let text = self.text(received);
        if key.verifies(text.as_bytes(), &self.signature) {
            Ok(())
        } else {
            Err(Refusal::Signature)
        }
    }

    fn nonce(&self, app: &App) -> Result<(NonceDigest, Timestamp), Refusal> {
        let nonce = Base64UrlUnpadded::decode_vec(self.nonce).map_err(|_| Refusal::Nonce)?;
        app.nonce_key.read(&nonce, app.clock.now()).ok_or(Refusal::Nonce)
    }
}

/// A header that stands there once, at most (S-61).
fn value<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let (first, second) = (values.next(), values.next());
    let Some(first) = first else { return Ok(None) };
    let text = first.to_str().ok().filter(|text| text.len() <= HEADER_BYTES_MAX);
    if second.is_some() {
        Err(Refusal::Signature)
    } else {
        text.map(Some).ok_or(Refusal::Signature)
    }
}

/// A call of a device that is signed by it. Its nonce is used up by the rule that
/// the call runs.
pub(super) async fn device_call(
    app: &Arc<App>,
    received: &Received,
) -> Result<DeviceCall, Refusal> {
    let signed = Signed::read(&received.headers)?;
    let (nonce, nonce_until) = signed.nonce(app)?;
    let device = signed.device.and_then(DeviceId::parse).ok_or(Refusal::Device)?;
    let keys = Keys { device: Some(device), ..Keys::default() };
    let snapshot = app.store.read(keys).await?;
    // The key of a device never changes, so it may be read before the rule runs.
    let key = snapshot.device(device).map(|found| found.sign_key).ok_or(Refusal::Device)?;
    signed.check(received, &key)?;
    Ok(DeviceCall { device, nonce, nonce_until })
}

/// The nonce of a call that is signed by a key which no device has yet.
pub(super) fn call_of_key(
    app: &App,
    received: &Received,
    key: &PublicBytes,
) -> Result<(NonceDigest, Timestamp), Refusal> {
    let signed = Signed::read(&received.headers)?;
    let nonce = signed.nonce(app)?;
    if signed.device.is_some() {
        return Err(Refusal::Signature);
    }
    signed.check(received, key)?;
    Ok(nonce)
}
