//! Confirmation from server to server: whether an answer that a browser brought is
//! one that the server gave, and the first time that somebody asks.
//!
//! Post [`Call::body`] to [`Call::PATH`] of the server with the headers
//! `Content-Type: application/json` and `X-Service-Auth: user:password` (the
//! account's API password, which is not the widget secret). 200 has the JSON that
//! [`Confirmed::parse`] reads; 409 says that the answer was confirmed before, so
//! this one may be a copy; 404 that there is none, or that it is too old.

use std::fmt;

use serde_json::{Map, Value};

use super::answer::Status;
use crate::calls::json::{optional, text};
use crate::limits::CONFIRMED_BYTES_MAX;
use crate::redact::masked_number;

/// What the server is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    vid: String,
}

impl Call {
    /// The path that it is posted to.
    pub const PATH: &'static str = "/v1/widget/confirm";

    /// Takes the `vid` of an answer; `None` if it is not 32 lower-case hex digits.
    pub fn of(vid: &str) -> Option<Self> {
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (vid.len() == 32 && vid.bytes().all(is_digit)).then(|| Self { vid: vid.to_owned() })
    }

    /// The JSON to post.
    pub fn body(&self) -> String {
        format!("{{\"vid\":\"{}\"}}", self.vid)
    }
}

/// What the server says of the answer. `Debug` masks the number.
#[derive(Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// How it ended.
    pub status: Status,
    /// The number, `+` and digits.
    pub phone: Option<String>,
    /// Name of the account.
    pub user: String,
    /// Version of the wire, 1 or 2.
    pub version: u8,
    /// The request's nonce; compare it with the one in the person's session.
    pub nonce: Option<String>,
    /// Where the browser was sent with the answer.
    pub callback_url: String,
    /// When it ended (RFC 3339).
    pub finished_at: String,
}

impl fmt::Debug for Confirmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirmed")
            .field("status", &self.status)
            .field("phone", &self.phone.as_deref().map(masked_number))
            .field("user", &self.user)
            .field("version", &self.version)
            .field("nonce", &self.nonce)
            .field("finished_at", &self.finished_at)
            .finish_non_exhaustive()
    }
}

/// The text is not the server's answer to this call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is no confirmation of this answer")]
pub struct ConfirmedError;

impl Confirmed {
    /// The number, if the person has proved that they hold it.
    pub fn verified_phone(&self) -> Option<&str> {
        match self.status {
            Status::Verified => self.phone.as_deref(),
            Status::Cancelled => None,
        }
    }

    /// Reads the body of a 200.
    ///
    /// # Errors
    /// [`ConfirmedError`], also if it is about another `vid`.
    pub fn parse(json: &str, call: &Call) -> Result<Self, ConfirmedError> {
        Self::read(json, call).ok_or(ConfirmedError)
    }

    fn read(json: &str, call: &Call) -> Option<Self> {
        if json.len() > CONFIRMED_BYTES_MAX {
            return None;
        }
        let members: Map<String, Value> = serde_json::from_str(json).ok()?;
        if text(&members, "vid")? != call.vid {
            return None;
        }
        Some(Self {
            status: Status::parse(&text(&members, "status")?)?,
            phone: optional(&members, "phone")?,
            user: text(&members, "user")?,
            version: version(members.get("version")?)?,
            nonce: optional(&members, "nonce")?,
            callback_url: text(&members, "callback_url")?,
            finished_at: text(&members, "finished_at")?,
        })
    }
}

/// A number, or as a text as it stands in the answer.
fn version(value: &Value) -> Option<u8> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    u8::try_from(number).ok().filter(|number| matches!(number, 1 | 2))
}
