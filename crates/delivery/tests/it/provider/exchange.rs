//! Messages, answers and calls as the driver would give them to a provider.

use std::time::Duration;

use http::{HeaderMap, Method, Request, StatusCode};
use ringproof_delivery::SendResult;
use ringproof_delivery::provider::{
    Answer, Callback, CallbackError, Heard, Outgoing, Provider, ProviderReport,
};
use verify::Timestamp;
use verify::engine::outbox::Refusal;
use verify::ids::MessageId;
use verify::phone::PhoneNumber;
use verify::record::{BodyKind, MessageForm};

/// The tag of message [`message_id`], and of no other.
pub(crate) const TAG: &str = "tag-of-one";

/// The tag of message [`other_id`].
pub(crate) const OTHER_TAG: &str = "tag-of-another";

/// Where receipts of [`message_id`] are to go.
pub(crate) const CALLBACK_URL: &str = "https://otp.example.com/dlr/gate/tag-of-one";

pub(crate) fn message_id() -> MessageId {
    MessageId::from_bytes([0x11; 16])
}

pub(crate) fn other_id() -> MessageId {
    MessageId::from_bytes([0x22; 16])
}

pub(crate) fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

/// A message on its way.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) to: PhoneNumber,
    pub(crate) sender: String,
    pub(crate) form: MessageForm,
    pub(crate) text: String,
    pub(crate) valid_for: Duration,
    pub(crate) callback_url: Option<&'static str>,
    pub(crate) now: Timestamp,
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            to: PhoneNumber::parse("+37255512345").expect("a number"),
            sender: "MyBrand".to_owned(),
            form: MessageForm { body: BodyKind::Text, header: Vec::new(), class: None },
            text: "Your code is 123456".to_owned(),
            valid_for: Duration::from_mins(4),
            callback_url: Some(CALLBACK_URL),
            now: now(),
        }
    }
}

impl Sample {
    pub(crate) fn request(&self, provider: &dyn Provider) -> Result<Request<Vec<u8>>, SendResult> {
        provider.request(&Outgoing {
            id: message_id(),
            to: &self.to,
            sender: &self.sender,
            form: &self.form,
            is_code: true,
            text: &self.text,
            valid_for: self.valid_for,
            callback_url: self.callback_url,
            tag: TAG,
            now: self.now,
        })
    }

    /// Forms that no provider of plain text can take.
    pub(crate) fn of_other_forms() -> Vec<Self> {
        let form =
            |body, header: &[u8], class| MessageForm { body, header: header.to_vec(), class };
        [
            form(BodyKind::Data, &[], None),
            form(BodyKind::Text, &[5, 0, 3, 1, 1, 1], None),
            form(BodyKind::Text, &[], Some(0)),
        ]
        .map(|form| Self { form, text: "00ff".to_owned(), ..Self::default() })
        .to_vec()
    }
}

/// A request as text: its line, its headers by name, its body.
pub(crate) fn shown(request: &Request<Vec<u8>>) -> String {
    let mut headers: Vec<String> = request
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", value.to_str().expect("text")))
        .collect();
    headers.sort();
    let body = std::str::from_utf8(request.body()).expect("text");
    format!("{} {}\n{}\n{body}\n", request.method(), request.uri(), headers.concat())
}

pub(crate) fn read(provider: &dyn Provider, status: u16, body: impl AsRef<[u8]>) -> SendResult {
    let status = StatusCode::from_u16(status).expect("a status");
    provider.read(&Answer { status, headers: &HeaderMap::new(), body: body.as_ref() })
}

/// The refusal of an answer.
pub(crate) fn refusal(provider: &dyn Provider, status: u16, body: &str) -> Refusal {
    match read(provider, status, body) {
        SendResult::Refused(refusal, _) => refusal,
        SendResult::Accepted(taken) => panic!("{body} was read as {taken:?}"),
    }
}

/// A call of a provider.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) query: String,
    pub(crate) body: Vec<u8>,
    pub(crate) message: Option<MessageId>,
    pub(crate) now: Timestamp,
}

impl Call {
    /// One with the tag of [`message_id`] in its path.
    pub(crate) fn post(body: impl Into<Vec<u8>>) -> Self {
        Self {
            method: Method::POST,
            query: String::new(),
            body: body.into(),
            message: Some(message_id()),
            now: now(),
        }
    }

    pub(crate) fn get(query: &str) -> Self {
        Self { method: Method::GET, query: query.to_owned(), ..Self::post("") }
    }

    pub(crate) fn hear(&self, provider: &dyn Provider) -> Result<Heard, CallbackError> {
        let prove = |tag: &str| match tag {
            TAG => Some(message_id()),
            OTHER_TAG => Some(other_id()),
            _ => None,
        };
        let url = match self.query.as_str() {
            "" => CALLBACK_URL.to_owned(),
            query => format!("{CALLBACK_URL}?{query}"),
        };
        provider.callback(&Callback {
            method: &self.method,
            url: &url,
            query: &self.query,
            headers: &HeaderMap::new(),
            body: &self.body,
            message: self.message,
            prove: &prove,
            now: self.now,
        })
    }

    /// The one report in it.
    pub(crate) fn report(&self, provider: &dyn Provider) -> ProviderReport {
        match self.hear(provider) {
            Ok(Heard::Reports(reports)) if reports.len() == 1 => reports[0].clone(),
            heard => panic!("{heard:?} of {}", String::from_utf8_lossy(&self.body)),
        }
    }
}
