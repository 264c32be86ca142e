//! The calls with JSON: credentials in a header, refusals as statuses.

use http::{HeaderName, HeaderValue, Method};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};
use crate::http::exchange::{Incoming, Outgoing, details};
use crate::http::transport::Transport;
use crate::limits::WORD_CHARS_MAX;
use crate::redact::scrubbed;

/// Members of a request.
pub(crate) type Members<'a> = &'a [(&'static str, &'a str)];

/// A call that answers with a JSON object.
pub(crate) struct JsonCall<'a> {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Option<Members<'a>>,
    /// Arguments that no error may repeat.
    pub(crate) hidden: &'a [&'a str],
}

/// The members of an answer.
pub(crate) struct JsonAnswer {
    pub(crate) members: Map<String, Value>,
    pub(crate) incoming: Incoming,
}

impl<'a> JsonCall<'a> {
    pub(crate) fn get(path: String) -> Self {
        Self { method: Method::GET, path, body: None, hidden: &[] }
    }

    pub(crate) fn delete(path: String) -> Self {
        Self { method: Method::DELETE, path, body: None, hidden: &[] }
    }

    pub(crate) fn post(path: String, body: Members<'a>) -> Self {
        Self { method: Method::POST, path, body: Some(body), hidden: &[] }
    }

    pub(crate) fn put(path: String, body: Members<'a>) -> Self {
        Self { method: Method::PUT, path, body: Some(body), hidden: &[] }
    }

    pub(crate) fn hiding(mut self, hidden: &'a [&'a str]) -> Self {
        self.hidden = hidden;
        self
    }

    /// Makes the call.
    pub(crate) async fn perform(self, transport: &Transport) -> Result<JsonAnswer, Error> {
        let credentials =
            Zeroizing::new(format!("{}:{}", transport.username(), transport.password()));
        let mut credentials = HeaderValue::from_str(&credentials)
            .map_err(|_| Error::other("the credentials cannot be sent"))?;
        credentials.set_sensitive(true);
        let call = Outgoing {
            is_reading: self.method == Method::GET,
            method: self.method,
            path: self.path,
            accept: "application/json",
            credentials: Some((HeaderName::from_static("x-service-auth"), credentials)),
            body: self.body.map(|members| ("application/json", written(members))),
        };
        let secrets: Vec<&str> =
            self.hidden.iter().copied().chain([transport.password()]).collect();
        transport.perform(&call, |incoming| read(incoming, &secrets)).await
    }
}

fn written(members: Members<'_>) -> Zeroizing<Vec<u8>> {
    let members: Map<String, Value> =
        members.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    Zeroizing::new(Value::Object(members).to_string().into_bytes())
}

fn read(incoming: Incoming, secrets: &[&str]) -> Result<JsonAnswer, Error> {
    let members: Option<Map<String, Value>> = serde_json::from_str(&incoming.text).ok();
    let status = incoming.status;
    if matches!(status, 200..=202) {
        return match members {
            Some(members) => Ok(JsonAnswer { members, incoming }),
            None => Err(not_ours(&incoming, "the answer is no JSON object")),
        };
    }
    let member = |name: &str| members.as_ref()?.get(name)?.as_str();
    let message = member("message");
    // The page of a proxy must not pass for "there is no such user".
    if message.is_none() && (400..500).contains(&status) && !matches!(status, 408 | 429) {
        return Err(not_ours(&incoming, &format!("status {status}")));
    }
    let shown = message.map_or_else(|| format!("status {status}"), |text| scrubbed(text, secrets));
    let mut refusal = details(status, kind_of(status), &shown);
    refusal.reason = member("code").filter(is_word).map(str::to_owned);
    refusal.field = member("field").filter(is_word).map(str::to_owned);
    refusal.request_id.clone_from(&incoming.request_id);
    refusal.retry_after = incoming.retry_after;
    // A gateway that gave up, a fault in the middle and a server that took too long leave
    // open what became of it. Only when no message could go, surely nothing was done.
    refusal.maybe_sent = status >= 500 && refusal.reason.as_deref() != Some("sms_unavailable");
    Err(Error::of(refusal))
}

/// What a status stands for.
pub(crate) fn kind_of(status: u16) -> ErrorKind {
    match status {
        400 | 413 | 414 | 422 | 431 => ErrorKind::InvalidData,
        401 => ErrorKind::WrongCredentials,
        403 => ErrorKind::ResourceForbidden,
        404 => ErrorKind::NoSuchResource,
        409 => ErrorKind::ResourceAlreadyExists,
        429 => ErrorKind::Throttled,
        408 | 502 | 503 | 504 => ErrorKind::Unavailable,
        500 => ErrorKind::Internal,
        _ => ErrorKind::Other,
    }
}

/// The error for what no server of ours says.
pub(crate) fn not_ours(incoming: &Incoming, what: &str) -> Error {
    let message = format!("{what}: this is no answer of a Ringproof server");
    let mut details = details(incoming.status, ErrorKind::InvalidResponse, &message);
    details.maybe_sent = incoming.status < 300;
    Error::of(details)
}

fn is_word(text: &&str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    (1..=WORD_CHARS_MAX).contains(&text.len()) && text.bytes().all(is_part)
}

impl JsonAnswer {
    fn wrong(&self, name: &str, kind: &str) -> Error {
        not_ours(&self.incoming, &format!("member {name} is no {kind}"))
    }

    /// A member that must be a text.
    pub(crate) fn text(&self, name: &str) -> Result<String, Error> {
        text(&self.members, name).ok_or_else(|| self.wrong(name, "text"))
    }

    /// A member that may be missing or null.
    pub(crate) fn optional(&self, name: &str) -> Result<Option<String>, Error> {
        optional(&self.members, name).ok_or_else(|| self.wrong(name, "text"))
    }

    /// A member that must be true or false.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, Error> {
        let flag = self.members.get(name).and_then(Value::as_bool);
        flag.ok_or_else(|| self.wrong(name, "truth"))
    }

    /// A member that must be a whole number.
    pub(crate) fn whole(&self, name: &str) -> Result<u64, Error> {
        let number = self.members.get(name).and_then(Value::as_u64);
        number.ok_or_else(|| self.wrong(name, "whole number"))
    }

    /// A member that must be a list, each element of which `read` understands.
    pub(crate) fn list<Element>(
        &self,
        name: &str,
        read: impl Fn(&Value) -> Option<Element>,
    ) -> Result<Vec<Element>, Error> {
        let list = self.members.get(name).and_then(Value::as_array);
        let elements = list.and_then(|list| list.iter().map(read).collect());
        elements.ok_or_else(|| self.wrong(name, "list of what it should be"))
    }
}

/// A member that is a text.
pub(crate) fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name)?.as_str().map(str::to_owned)
}

/// A missing member, or `null`, is a text that there is not; `None` is another kind
/// of value.
#[expect(
    clippy::option_option,
    reason = "there is none, and it is of another kind, are two findings"
)]
pub(crate) fn optional(members: &Map<String, Value>, name: &str) -> Option<Option<String>> {
    match members.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(value) => value.as_str().map(|text| Some(text.to_owned())),
    }
}
