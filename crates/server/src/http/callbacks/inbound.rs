//! Messages from persons: handed on to the account whose number they came to
//! (`sms-api.md` 10).

use hmac::{Hmac, KeyInit as _, Mac as _};
use http::StatusCode;
use schemars::JsonSchema;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use verify::engine::{Keys, report};
use verify::hex;
use verify::ids::MessageId;
use verify::phone::PhoneNumber;
use verify::{Entropy, Timestamp};

use super::problem;
use crate::app::App;
use crate::entropy::SystemEntropy;
use crate::http::verification::answer::{Answer, Problem};

/// Messages in one call, at most.
const MESSAGES_MAX: usize = 100;
/// Longest text, in characters: ten concatenated segments.
pub const TEXT_CHARS_MAX: usize = 1_530;

/// Messages as they come.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "InboundMessages")]
pub struct WireMessages {
    messages: Vec<WireMessage>,
}

impl From<WireMessage> for WireMessages {
    fn from(message: WireMessage) -> Self {
        Self { messages: vec![message] }
    }
}

/// One message as it comes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "InboundMessage")]
pub struct WireMessage {
    /// The number that the person wrote to.
    pub to: String,
    /// The person's number.
    pub from: String,
    /// What the person wrote.
    pub text: String,
}

/// As the client gets it; the order of the members is part of the contract.
#[derive(Serialize)]
struct WireInbound<'a> {
    msg_id: String,
    sub_msg_id: String,
    channel: &'static str,
    recipient: &'a str,
    time: String,
    text: &'a str,
    sender: &'a str,
}

/// What came of them.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InboundTaken")]
pub struct WireTaken {
    taken: usize,
    /// To numbers that no account has.
    unknown: usize,
}

/// Takes messages; each goes to the client's address as soon as that answers.
pub async fn take(app: &App, wire: WireMessages) -> Answer {
    if wire.messages.len() > MESSAGES_MAX {
        return problem(StatusCode::UNPROCESSABLE_ENTITY, "more than 100 messages");
    }
    for message in &wire.messages {
        if PhoneNumber::parse(&message.from).is_none() {
            return problem(StatusCode::UNPROCESSABLE_ENTITY, "from is no phone number");
        }
        if message.text.chars().count() > TEXT_CHARS_MAX {
            return problem(StatusCode::UNPROCESSABLE_ENTITY, "text is too long");
        }
    }
    let mut taken = WireTaken { taken: 0, unknown: 0 };
    for message in &wire.messages {
        match hand_on(app, message).await {
            Ok(true) => taken.taken += 1,
            Ok(false) => taken.unknown += 1,
            Err(fault) => return Problem::from(fault).into_answer(),
        }
    }
    app.report_bell.ring();
    Answer::new(StatusCode::OK, &taken)
}

/// Queues one message for its client; whether the number is known. The reporter
/// is not told.
///
/// # Errors
/// The store's; then nothing was queued.
pub async fn hand_on(app: &App, message: &WireMessage) -> Result<bool, store::Fault> {
    let callbacks = app.callbacks();
    let to = message.to.trim();
    let number =
        callbacks.inbound.get(to).or_else(|| callbacks.inbound.get(to.trim_start_matches('+')));
    let entry = number.and_then(|number| app.logins.accounts.find(&number.account));
    let (Some(number), Some(entry), Some(from)) =
        (number, entry, PhoneNumber::parse(&message.from))
    else {
        tracing::warn!("a message from a person came to a number that no account has");
        return Ok(false);
    };
    let (now, mut entropy) = (app.clock.now(), SystemEntropy::new());
    let body = body(message, &from, now, &mut entropy);
    let signature = sign(number.secret.expose_secret().as_bytes(), body.as_bytes());
    let (account, url, keys) = (entry.account.id, number.url.clone(), entry.keys.clone());
    let rule = move |_: &_| {
        let (url, signature) = (url.clone(), signature.clone());
        report::inbound(account, url, &body, signature, &keys, now, &mut entropy)
    };
    let id = app.store.transact(Keys::default(), rule).await?;
    tracing::info!(
        report.id = %id, account = entry.account.username, from = from.masked(),
        "a message from a person came"
    );
    Ok(true)
}

fn body(
    message: &WireMessage,
    from: &PhoneNumber,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> String {
    let inbound = WireInbound {
        msg_id: MessageId::random(entropy).to_string(),
        sub_msg_id: MessageId::random(entropy).to_string(),
        channel: "sms",
        recipient: message.to.trim(),
        time: format!("{now:.6}"),
        text: &message.text,
        sender: from.as_e164(),
    };
    serde_json::to_string(&inbound).expect("texts have a JSON form")
}

/// Hexadecimal HMAC-SHA-256 of the body.
fn sign(secret: &[u8], body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length is a key");
    mac.update(body);
    hex::encode(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231 §4.3.
    #[test]
    fn the_signature_is_hmac_sha_256_in_hex() {
        let signature = sign(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(signature, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
