//! The envelope in which SNS delivers an event, and how it is proved.
//!
//! It is signed with the key of a certificate whose address it names. The
//! address must be one of SNS itself, in the region of the topic: otherwise
//! whoever writes an envelope could bring a certificate along. Everybody's
//! topics are signed with that same key, so only the one configured is believed.

use base64ct::{Base64, Encoding as _};
use http::Uri;
use serde::Deserialize;

use super::Topic;
use super::certificates::{Certificates, certificate_address};
use super::event::Event;
use crate::provider::{Callback, CallbackError, Heard, wire};

/// What an envelope held.
pub(super) enum Opened {
    /// Nothing about a message.
    Said(Heard),
    /// An event.
    Event(Event),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    r#type: Kind,
    message_id: String,
    topic_arn: String,
    message: String,
    timestamp: String,
    subject: Option<String>,
    token: Option<String>,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: Option<String>,
    signature_version: String,
    signature: String,
    #[serde(rename = "SigningCertURL")]
    signing_cert_url: String,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Notification,
    SubscriptionConfirmation,
    UnsubscribeConfirmation,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Notification => "Notification",
            Self::SubscriptionConfirmation => "SubscriptionConfirmation",
            Self::UnsubscribeConfirmation => "UnsubscribeConfirmation",
        }
    }
}

/// Version 2: SHA-256. Version 1 is SHA-1, with which other texts of the same
/// digest can be made.
const SIGNATURE_VERSION: &str = "2";

/// Proves an envelope and takes its content out.
pub(super) fn open(
    call: &Callback<'_>,
    topic: &Topic,
    certificates: &Certificates,
) -> Result<Opened, CallbackError> {
    let envelope: Envelope = serde_json::from_slice(call.body)
        .map_err(|_| CallbackError::Unreadable("it is no message of SNS"))?;
    let is_ours = wire::same(envelope.topic_arn.as_bytes(), topic.arn.as_bytes());
    if !is_ours {
        return Err(CallbackError::NotProved);
    }
    if envelope.signature_version != SIGNATURE_VERSION {
        let reason = "the topic must sign with version 2: set its attribute SignatureVersion";
        return Err(CallbackError::Unreadable(reason));
    }
    let certificate = certificate_address(topic, &envelope.signing_cert_url);
    let certificate = certificate.ok_or(CallbackError::NotProved)?;
    let signature = Base64::decode_vec(&envelope.signature);
    let signature = signature.map_err(|_| CallbackError::NotProved)?;
    let signed = envelope.signed().ok_or(CallbackError::NotProved)?;
    match certificates.verify(&certificate, signed.as_bytes(), &signature) {
        Some(true) => envelope.content(topic),
        None if certificates.may_ask(call.now) => {
            Ok(Opened::Said(Heard::FetchCertificate(certificate)))
        }
        Some(false) | None => Err(CallbackError::NotProved),
    }
}

impl Envelope {
    /// The text that was signed; `None` if a part of it is missing.
    fn signed(&self) -> Option<String> {
        let mut text = String::with_capacity(self.message.len() + 512);
        let mut add = |name: &str, value: &str| {
            for part in [name, "\n", value, "\n"] {
                text.push_str(part);
            }
        };
        add("Message", &self.message);
        add("MessageId", &self.message_id);
        match self.r#type {
            Kind::Notification => {
                if let Some(subject) = &self.subject {
                    add("Subject", subject);
                }
                add("Timestamp", &self.timestamp);
            }
            Kind::SubscriptionConfirmation | Kind::UnsubscribeConfirmation => {
                add("SubscribeURL", self.subscribe_url.as_deref()?);
                add("Timestamp", &self.timestamp);
                add("Token", self.token.as_deref()?);
            }
        }
        add("TopicArn", &self.topic_arn);
        add("Type", self.r#type.as_str());
        Some(text)
    }

    /// What is in it, proved as it is.
    fn content(&self, topic: &Topic) -> Result<Opened, CallbackError> {
        match self.r#type {
            Kind::Notification => match Event::parse(&self.message) {
                Some(event) => Ok(Opened::Event(event)),
                None => Err(CallbackError::Unreadable("it is no event of a message")),
            },
            Kind::SubscriptionConfirmation => {
                let url = self.subscribe_url.as_deref().unwrap_or_default();
                match url.parse::<Uri>().ok().filter(|uri| is_at(topic, uri)) {
                    Some(uri) => Ok(Opened::Said(Heard::Confirm(uri))),
                    None => Err(CallbackError::NotProved),
                }
            }
            // The operator ended it, and knows.
            Kind::UnsubscribeConfirmation => Ok(Opened::Said(Heard::Reports(Vec::new()))),
        }
    }
}

/// Whether an address of SNS in the region of the topic, over TLS.
pub(super) fn is_at(topic: &Topic, uri: &Uri) -> bool {
    uri.scheme_str() == Some("https")
        && uri.authority().is_some_and(|authority| authority.as_str() == topic.host)
}
