//! Answers and refusals of the app's calls.

use std::fmt;
use std::sync::Arc;

use axum::body::Body;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use http::header::HeaderName;
use http::{HeaderValue, Response, StatusCode};
use schemars::JsonSchema;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use store::Fault;
use verify::Timestamp;
use verify::engine::device::DeviceRefusal;
use verify::record::Device;

use crate::app::App;
use crate::http::verification::answer::Answer;

/// The header with the next nonce.
const NONCE: HeaderName = HeaderName::from_static("x-app-nonce");

/// An answer.
pub(super) struct Reply {
    answer: Answer,
    word: &'static str,
    nonce: Option<HeaderValue>,
}

impl Reply {
    pub(super) fn new(object: &impl Serialize) -> Self {
        Self { answer: Answer::new(StatusCode::OK, object), word: "ok", nonce: None }
    }

    pub(super) fn empty() -> Self {
        Self { answer: Answer::empty(StatusCode::OK), word: "ok", nonce: None }
    }

    /// With the nonce for the next call of the same device.
    pub(super) fn with_nonce(mut self, app: &App) -> Self {
        let nonce = super::signed::new_nonce(app);
        self.nonce = HeaderValue::try_from(nonce).ok();
        self
    }

    /// What it says, as a label.
    pub(super) fn word(&self) -> &'static str {
        self.word
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let mut response = self.answer.into_response();
        if let Some(nonce) = self.nonce {
            response.headers_mut().insert(NONCE, nonce);
        }
        response
    }
}

/// Why a call is refused.
#[derive(Debug)]
pub(super) enum Refusal {
    Body,
    Phone,
    Pin,
    Code,
    Signature,
    Nonce,
    Device,
    Held,
    Site,
    Insecure,
    Country,
    Missing,
    DevicesFull(Vec<Device>),
    Throttled(Option<Timestamp>),
    Unavailable,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppRefusal")]
pub(super) struct WireRefusal<'a> {
    error: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<WireFull<'_>>")]
    devices: Option<Vec<WireFull<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "RetryAt")]
    retry_at: Option<RetryAt>,
}

/// Milliseconds, or `null` where time alone helps nobody.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppRetryAt")]
pub(super) struct RetryAt(Option<i64>);

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppFullDevice")]
pub(super) struct WireFull<'a> {
    name: &'a str,
    last_seen_at: i64,
}

impl<'a> WireFull<'a> {
    fn new(device: &'a Device) -> Self {
        Self { name: &device.name, last_seen_at: device.last_seen_at.as_millisecond() }
    }
}

impl Refusal {
    /// Status and word.
    pub(super) fn line(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Body => (StatusCode::BAD_REQUEST, "body"),
            Self::Phone => (StatusCode::BAD_REQUEST, "phone"),
            Self::Pin => (StatusCode::BAD_REQUEST, "pin"),
            Self::Code => (StatusCode::BAD_REQUEST, "code"),
            Self::Signature => (StatusCode::UNAUTHORIZED, "signature"),
            Self::Nonce => (StatusCode::UNAUTHORIZED, "nonce"),
            Self::Device => (StatusCode::UNAUTHORIZED, "device"),
            Self::Held => (StatusCode::FORBIDDEN, "held"),
            Self::Site => (StatusCode::FORBIDDEN, "site"),
            Self::Insecure => (StatusCode::FORBIDDEN, "insecure"),
            Self::Country => (StatusCode::FORBIDDEN, "country"),
            Self::Missing => (StatusCode::NOT_FOUND, "missing"),
            Self::DevicesFull(_) => (StatusCode::CONFLICT, "devices_full"),
            Self::Throttled(_) => (StatusCode::TOO_MANY_REQUESTS, "throttled"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        }
    }

    pub(super) fn into_reply(self, app: &Arc<App>) -> Reply {
        let (status, word) = self.line();
        let devices = match &self {
            Self::DevicesFull(devices) => Some(devices.iter().map(WireFull::new).collect()),
            _ => None,
        };
        let (retry_at, seconds) = match &self {
            Self::Throttled(until) => {
                let seconds = until.map(|until| app.seconds_until(until));
                (Some(RetryAt(until.map(Timestamp::as_millisecond))), seconds)
            }
            _ => (None, None),
        };
        let body = WireRefusal { error: word, devices, retry_at };
        Reply { answer: Answer::new(status, &body).retry_after(seconds), word, nonce: None }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        tracing::error!(error = %fault, "the store failed");
        Self::Unavailable
    }
}

impl From<DeviceRefusal> for Refusal {
    fn from(refusal: DeviceRefusal) -> Self {
        match refusal {
            DeviceRefusal::NonceUsed => Self::Nonce,
            DeviceRefusal::DeviceGone => Self::Device,
            DeviceRefusal::Held => Self::Held,
            DeviceRefusal::NotFound => Self::Missing,
            DeviceRefusal::WrongCode => Self::Code,
            DeviceRefusal::Full => Self::DevicesFull(Vec::new()),
        }
    }
}

/// Reads a body; members that the call does not know are refused (S-61).
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::Body)
}

/// Bytes as base64url without padding.
#[derive(Clone)]
pub(super) struct Octets(pub(super) Vec<u8>);

impl Serialize for Octets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Base64UrlUnpadded::encode_string(&self.0))
    }
}

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let octets = Base64UrlUnpadded::decode_vec(&text).map_err(D::Error::custom)?;
        Ok(Self(octets))
    }
}

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Octets({})", self.0.len())
    }
}
