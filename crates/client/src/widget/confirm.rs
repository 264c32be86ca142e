//! Confirmation from server to server: whether an answer that a browser brought is
//! one that the server gave, and the first time that somebody asks.
//!
//! Post [`Call::body`] to [`Call::PATH`] of the server with the headers
//! `Content-Type: application/json` and `X-Service-Auth: user:password` (the
//! account's API password, which is not the widget secret). 200 has the JSON that
//! [`Confirmed::parse`] reads; 409 says that the answer was confirmed before, so
//! this one may be a copy; 404 that there is none, or that it is too old.

use serde_json::{Map, Value};

use super::answer::Status;
use crate::limits::CONFIRMED_BYTES_MAX;

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

/// What the server says of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// The text is not the server's answer to this call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is no confirmation of this answer")]
pub struct ConfirmedError;

impl Confirmed {
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
            phone: text_or_null(&members, "phone")?,
            user: text(&members, "user")?,
            version: version(members.get("version")?)?,
            nonce: text_or_null(&members, "nonce")?,
            callback_url: text(&members, "callback_url")?,
            finished_at: text(&members, "finished_at")?,
        })
    }
}

fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name)?.as_str().map(str::to_owned)
}

/// A missing member, or `null`, is a text that there is not; `None` is another kind
/// of value.
#[expect(
    clippy::option_option,
    reason = "there is none, and it is of another kind, are two findings"
)]
fn text_or_null(members: &Map<String, Value>, name: &str) -> Option<Option<String>> {
    match members.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(value) => value.as_str().map(|text| Some(text.to_owned())),
    }
}

/// A number, or as a text as it stands in the answer.
fn version(value: &Value) -> Option<u8> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    u8::try_from(number).ok().filter(|number| matches!(number, 1 | 2))
}
