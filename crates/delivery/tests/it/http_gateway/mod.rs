//! Gateways around the HTTP interfaces of providers.
//!
//! * [`stand_in`]: a server on loopback that plays a provider.
//! * [`errors`]: what each provider documents as going wrong.
//! * [`mutations`]: calls that differ from a true one in one place.

mod conversions;
mod errors;
mod forms;
mod gateway;
mod generic;
mod generic_callbacks;
mod generic_setup;
mod mutations;
mod stand_in;
mod twilio;
mod twilio_callbacks;
mod vonage;
mod vonage_callbacks;

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, StatusCode};
use ringproof_delivery::http_gateway::callback::{IncomingCall, NotHeard};
use ringproof_delivery::http_gateway::{HttpGateway, HttpGatewayOptions};
use ringproof_delivery::provider::{Answer, Heard, Outgoing, Provider, ProviderReport, tag};
use ringproof_delivery::{Gateway as _, Prepared, SendResult, Taken};
use verify::Timestamp;
use verify::engine::outbox::Refusal;
use verify::ids::MessageId;
use verify::keys::{CallbackKey, Keyring, RootKey};
use verify::phone::PhoneNumber;
use verify::record::{BodyKind, MessageForm};
use zeroize::Zeroizing;

use crate::world::at;

/// Seconds since 1970 of the vectors in the contract.
pub(super) const VECTOR_SECONDS: i64 = 1_795_348_800;

pub(super) const ID: MessageId = MessageId::from_bytes([7; 16]);

/// The public address of a gateway of these tests.
pub(super) const BASE: &str = "https://otp.example.com/dlr/hook";

pub(super) fn key() -> CallbackKey {
    Keyring::new(&RootKey::from_bytes([1; 32])).callback_key("hook")
}

pub(super) fn own_tag() -> String {
    tag::make(&key(), ID)
}

pub(super) fn number() -> PhoneNumber {
    PhoneNumber::parse("+37255512345").expect("it is a number")
}

pub(super) fn prepared(text: &str) -> Prepared {
    Prepared {
        id: ID,
        attempt: 1,
        is_code: true,
        to: number(),
        sender: "MyBrand".to_owned(),
        form: MessageForm::default(),
        text: Zeroizing::new(text.to_owned()),
        deadline: at(300),
        handed_at: at(0),
    }
}

pub(super) fn options() -> HttpGatewayOptions {
    HttpGatewayOptions {
        name: "hook".to_owned(),
        connections: 4,
        messages_per_second: None,
        callback_base: Some(BASE.to_owned()),
        allow_plain_http: false,
    }
}

pub(super) fn gateway_with(
    options: HttpGatewayOptions,
    provider: Arc<dyn Provider>,
) -> HttpGateway {
    HttpGateway::new(options, provider, key(), Arc::new(|| at(0))).expect("it is set up")
}

pub(super) fn gateway(provider: impl Provider) -> HttpGateway {
    gateway_with(options(), Arc::new(provider))
}

pub(super) async fn send(gateway: &HttpGateway, message: Prepared) -> SendResult {
    let mut results = gateway.send(vec![message]).await;
    assert_eq!(results.len(), 1);
    results.remove(0)
}

pub(super) fn taken(id: &str) -> SendResult {
    SendResult::Accepted(Taken { ids: vec![id.to_owned()] })
}

pub(super) fn refusal(result: &SendResult) -> Option<Refusal> {
    match result {
        SendResult::Accepted(_) => None,
        SendResult::Refused(refusal, _) => Some(*refusal),
    }
}

/// What an outcome's word in the contract means.
pub(super) fn outcome(word: &str) -> Option<Refusal> {
    match word {
        "accepted" => None,
        word => Some(Refusal::parse(word).expect("it is a word of the contract")),
    }
}

/// Gives a provider an answer to read.
pub(super) fn read(provider: &impl Provider, status: u16, body: &[u8]) -> SendResult {
    let status = StatusCode::from_u16(status).expect("it is a status");
    provider.read(&Answer { status, headers: &HeaderMap::new(), body })
}

/// A text that providers send when they are not themselves, and what would be
/// too much for a careless reader.
pub(super) fn hostile_bodies() -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = [
        "",
        "null",
        "[]",
        "{}",
        "0",
        "\"\"",
        "{",
        "<html><body>502 Bad Gateway</body></html>",
        "{\"sid\":null}",
        "{\"sid\":{}}",
        "{\"sid\":\"\"}",
        "{\"sid\":\"a\\u0000b\"}",
        "{\"code\":\"x\"}",
        "{\"code\":-1}",
        "{\"code\":1e99}",
        "{\"messages\":{}}",
        "{\"message-count\":\"2\",\"messages\":[{\"status\":\"0\"}]}",
        "{\"message-count\":\"0\",\"messages\":[]}",
        "{\"message-count\":\"1\",\"messages\":[{\"status\":0}]}",
        "{\"message-count\":\"1\",\"messages\":[null]}",
        "\u{feff}{}",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    bodies.push(b"\xff\xfe\x00".to_vec());
    bodies.push("[".repeat(64 * 1024).into_bytes());
    bodies.push("{\"a\":".repeat(10_000).into_bytes());
    bodies.push(format!("{{\"sid\":\"{}\"}}", "x".repeat(60_000)).into_bytes());
    bodies
}

/// Hands a provider a message as the gateway would.
pub(super) fn outgoing<'a>(message: &'a Prepared, callback_url: Option<&'a str>) -> Outgoing<'a> {
    Outgoing {
        id: message.id,
        to: &message.to,
        sender: &message.sender,
        form: &message.form,
        is_code: message.is_code,
        text: &message.text,
        valid_for: Duration::from_mins(5),
        callback_url,
        tag: "tag",
        now: at(0),
    }
}

/// Whether a provider refuses what is not plain text, and leaves it to another
/// gateway.
pub(super) fn takes_plain_text_only(provider: &impl Provider) {
    let forms = [
        MessageForm { body: BodyKind::Data, ..MessageForm::default() },
        MessageForm { header: vec![6, 5, 4, 0, 1, 0, 2], ..MessageForm::default() },
        MessageForm { class: Some(0), ..MessageForm::default() },
    ];
    for form in forms {
        let message = Prepared { form, ..prepared("00") };
        let refused = provider.request(&outgoing(&message, None)).expect_err("it has no place");
        assert_eq!(refusal(&refused), Some(Refusal::GatewayUnfit));
    }
}

/// A call of a provider as these tests write it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) tag: Option<String>,
    pub(super) query: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
    pub(super) now: Timestamp,
}

impl Call {
    pub(super) fn post(body: &str) -> Self {
        Self {
            method: Method::POST,
            tag: Some(own_tag()),
            query: String::new(),
            headers: Vec::new(),
            body: body.to_owned(),
            now: Timestamp::from_second(VECTOR_SECONDS).expect("it is a time"),
        }
    }

    pub(super) fn get(query: &str) -> Self {
        Self { method: Method::GET, query: query.to_owned(), ..Self::post("") }
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The address that the provider called.
    pub(super) fn url(&self) -> String {
        let tag = self.tag.as_ref().map(|tag| format!("/{tag}")).unwrap_or_default();
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        format!("{BASE}{tag}{query}")
    }

    pub(super) fn heard_by(&self, gateway: &HttpGateway) -> Result<Heard, NotHeard> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let value = HeaderValue::from_str(value).expect("it can be sent");
            headers.append(*name, value);
        }
        gateway.hear(&IncomingCall {
            method: &self.method,
            tag: self.tag.as_deref(),
            query: &self.query,
            headers: &headers,
            body: self.body.as_bytes(),
            now: self.now,
        })
    }

    /// The one report in it.
    pub(super) fn report(&self, gateway: &HttpGateway) -> ProviderReport {
        match self.heard_by(gateway) {
            Ok(Heard::Reports(mut reports)) if reports.len() == 1 => reports.remove(0),
            other => panic!("{self:?}: {other:?}"),
        }
    }
}
