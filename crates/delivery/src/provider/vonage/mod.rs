//! Vonage SMS (`delivery.md` 7.3).

mod signature;

use std::borrow::Cow;

use http::{HeaderValue, Method, Request, header};
use secrecy::SecretString;
use serde::Deserialize;
use verify::Timestamp;
use verify::engine::outbox::Refusal;
use verify::ids::MessageId;
use verify::record::ReceiptState;
use verify::text::Alphabet;

pub use self::signature::VonageAlgorithm;
use self::signature::{Signer, TIMESTAMP_SECONDS_OFF_MAX};
use super::base_url::BaseUrl;
use super::codes::{CodeTable, TableError, Verdict};
use super::status::{ErrorBody, by_status, by_verdict};
use super::wire::{
    FORM, basic, code, form, is_json, is_token, only, pairs, plain_text_only, provider_id,
};
use super::{Answer, Callback, CallbackError, Heard, Outgoing, Provider, ProviderReport};
use crate::conversion::Conversion;
use crate::gateway::{SendResult, Taken};
use crate::limits::CALLBACK_PARAMETERS_MAX;

/// Seconds for which a message may be valid, least and most.
const VALIDITY_SECONDS: (u64, u64) = (20, 604_800);

/// Characters of an address for receipts.
const CALLBACK_CHARS_MAX: usize = 100;

/// Failure code of a receipt that means none.
const NO_FAILURE: &str = "0";

const TABLE: &str = include_str!("../tables/vonage.toml");

/// How Vonage is used.
#[derive(Debug)]
pub struct VonageOptions {
    /// The account's key.
    pub api_key: String,
    /// How requests are authorised.
    pub auth: VonageAuth,
    /// How callbacks are signed, where the account has that switched on; the
    /// tag in their address is checked in any case.
    pub callback_signature: Option<VonageSignature>,
    /// Sender to show instead of that of the message.
    pub from: Option<String>,
    /// Principal entity that is registered with the regulator (India and others).
    pub entity_id: Option<String>,
    /// Template that is registered with the regulator.
    pub content_id: Option<String>,
    /// Whether this account is let off the checks for pumped traffic.
    pub trusted_sender: bool,
    /// Whether it is told which codes were entered; the account must have that
    /// switched on.
    pub feedback: bool,
    /// Where it is told so; none for `https://api.nexmo.com`.
    pub conversion_base_url: Option<BaseUrl>,
    /// Where Vonage is; none for `https://rest.nexmo.com`.
    pub base_url: Option<BaseUrl>,
    /// Rows that replace those of the table of codes, as TOML.
    pub code_rows: Option<String>,
}

/// How requests are authorised.
#[derive(Debug)]
pub enum VonageAuth {
    /// By the account's API secret.
    Secret(SecretString),
    /// By a signature over the parameters, made with the signature secret.
    Signed {
        /// The signature secret.
        secret: SecretString,
        /// The way that the account is set to.
        algorithm: VonageAlgorithm,
    },
}

/// How callbacks are signed.
#[derive(Debug)]
pub struct VonageSignature {
    /// The signature secret.
    pub secret: SecretString,
    /// The other one that is valid while it is being changed.
    pub secret_other: Option<SecretString>,
    /// The way that the account is set to.
    pub algorithm: VonageAlgorithm,
}

/// Vonage cannot be set up; says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VonageError {
    /// A value that has to be printable.
    #[error("{0} must be printable characters without blanks, as Vonage's dashboard shows it")]
    Value(&'static str),
    /// The sender cannot be one.
    #[error("from must be a number of up to 15 digits or a name of up to 11 characters")]
    From,
    /// A secret cannot be used.
    #[error("{0} must be the secret itself: not empty, and without control characters")]
    Secret(&'static str),
    /// The signature of requests has no room for the time of a conversion.
    #[error("feedback needs requests with the API secret: do not sign them, or leave feedback out")]
    Feedback,
    /// The rows of codes cannot be read.
    #[error(transparent)]
    Codes(#[from] TableError),
}

/// The interface of Vonage.
pub struct Vonage {
    url: String,
    /// Where it is told which codes were entered, if it is.
    conversions: Option<String>,
    api_key: String,
    auth: Auth,
    callbacks: Option<Vec<Signer>>,
    from: Option<String>,
    entity_id: Option<String>,
    content_id: Option<String>,
    trusted_sender: bool,
    table: CodeTable,
}

enum Auth {
    Basic(HeaderValue),
    Signed(Signer),
}

impl Vonage {
    /// Checks the options.
    ///
    /// # Errors
    /// [`VonageError`].
    pub fn new(options: VonageOptions) -> Result<Self, VonageError> {
        let VonageOptions { api_key, from, entity_id, content_id, trusted_sender, .. } = options;
        let values = [
            ("api_key", Some(&api_key)),
            ("entity_id", entity_id.as_ref()),
            ("content_id", content_id.as_ref()),
        ];
        for (name, value) in values {
            if value.is_some_and(|value| !is_token(value)) {
                return Err(VonageError::Value(name));
            }
        }
        if from.as_ref().is_some_and(|from| !is_sender(from)) {
            return Err(VonageError::From);
        }
        let auth = match options.auth {
            VonageAuth::Secret(secret) => {
                Auth::Basic(basic(&api_key, &secret).ok_or(VonageError::Secret("api_secret"))?)
            }
            VonageAuth::Signed { secret, algorithm } => Auth::Signed(
                Signer::new(secret, algorithm).ok_or(VonageError::Secret("signature_secret"))?,
            ),
        };
        let callbacks = options.callback_signature.map(|signature| {
            let VonageSignature { secret, secret_other, algorithm } = signature;
            let secrets = [Some(secret), secret_other].into_iter().flatten();
            let signers: Option<Vec<_>> =
                secrets.map(|secret| Signer::new(secret, algorithm)).collect();
            signers.ok_or(VonageError::Secret("callback_signature.secret"))
        });
        let callbacks = callbacks.transpose()?;
        let base =
            options.base_url.unwrap_or_else(|| BaseUrl::of_provider("https://rest.nexmo.com"));
        let conversion_base = options
            .conversion_base_url
            .unwrap_or_else(|| BaseUrl::of_provider("https://api.nexmo.com"));
        let conversions =
            Some(conversion_base.join("/conversions/sms")).filter(|_| options.feedback);
        if conversions.is_some() && matches!(auth, Auth::Signed(_)) {
            return Err(VonageError::Feedback);
        }
        let mut table = CodeTable::parse(TABLE)?;
        if let Some(rows) = &options.code_rows {
            table = table.with_rows(rows)?;
        }
        let url = base.join("/sms/json");
        Ok(Self {
            url,
            conversions,
            api_key,
            auth,
            callbacks,
            from,
            entity_id,
            content_id,
            trusted_sender,
            table,
        })
    }

    fn result_of(&self, part: &WirePart<'_>, answer: &Answer<'_>) -> SendResult {
        match self.table.code(&part.status) {
            Some(verdict) => {
                let text = format!("status {}", code(&part.status));
                let reason = self.table.reason(&part.status, text);
                by_verdict(verdict, None, answer.headers, reason)
            }
            None => by_status(answer, ErrorBody::Unclear),
        }
    }
}

fn is_sender(from: &str) -> bool {
    let is_number = from.len() <= 15 && from.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = from.len() <= 11 && from.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    !from.trim().is_empty() && (is_number || is_name)
}

#[derive(Deserialize)]
struct WireAnswer<'a> {
    #[serde(rename = "message-count", borrow)]
    count: Cow<'a, str>,
    messages: Vec<WirePart<'a>>,
}

#[derive(Deserialize)]
struct WirePart<'a> {
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(rename = "message-id", borrow, default)]
    id: Cow<'a, str>,
}

impl Provider for Vonage {
    fn request(&self, message: &Outgoing<'_>) -> Result<Request<Vec<u8>>, SendResult> {
        plain_text_only(message.form)?;
        let (least, most) = VALIDITY_SECONDS;
        let ttl = (message.valid_for.as_secs().clamp(least, most) * 1_000).to_string();
        let (id, now) = (message.id.to_string(), message.now.as_second().to_string());
        let mut fields = vec![
            ("from", self.from.as_deref().unwrap_or(message.sender)),
            ("to", message.to.as_e164().trim_start_matches('+')),
            ("text", message.text),
            (
                "type",
                match Alphabet::of(message.text) {
                    Alphabet::Gsm7 => "text",
                    Alphabet::Ucs2 => "unicode",
                },
            ),
            ("ttl", &ttl),
        ];
        if let Some(url) = message.callback_url {
            fields.extend([("status-report-req", "true"), ("callback", url)]);
        }
        fields.push(("client-ref", &id));
        let optional = [("entity-id", &self.entity_id), ("content-id", &self.content_id)];
        for (name, value) in optional {
            fields.extend(value.as_deref().map(|value| (name, value)));
        }
        if self.trusted_sender {
            fields.push(("trusted_sender", "true"));
        }
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(&self.url)
            .header(header::CONTENT_TYPE, FORM);
        let signature;
        match &self.auth {
            Auth::Basic(value) => request = request.header(header::AUTHORIZATION, value.clone()),
            Auth::Signed(signer) => {
                fields.extend([("api_key", self.api_key.as_str()), ("timestamp", &now)]);
                signature = signer.sign(fields.iter().copied());
                fields.push(("sig", &signature));
            }
        }
        request
            .body(form(fields).into_bytes())
            .map_err(|_| SendResult::Refused(Refusal::GatewayDown, "no request".into()))
    }

    fn takes_conversions(&self) -> bool {
        self.conversions.is_some()
    }

    fn conversion(&self, conversion: &Conversion, _: Timestamp) -> Option<Request<Vec<u8>>> {
        let Auth::Basic(authorization) = &self.auth else { return None };
        let timestamp = conversion.entered_at.strftime("%Y-%m-%d %H:%M:%S").to_string();
        let fields = [
            ("message-id", &*conversion.provider_id),
            ("delivered", "true"),
            ("timestamp", &timestamp),
        ];
        Request::builder()
            .method(Method::POST)
            .uri(self.conversions.as_ref()?)
            .header(header::CONTENT_TYPE, FORM)
            .header(header::AUTHORIZATION, authorization.clone())
            .body(form(fields).into_bytes())
            .ok()
    }

    /// One answer may speak of several parts. A message of which only a part
    /// was taken may be seen by the person, or not.
    fn read(&self, answer: &Answer<'_>) -> SendResult {
        let parsed = serde_json::from_slice::<WireAnswer<'_>>(answer.body).ok();
        let is_whole = |a: &WireAnswer<'_>| a.count.parse() == Ok(a.messages.len());
        let Some(parts) = parsed.filter(is_whole).map(|parsed| parsed.messages) else {
            return by_status(answer, ErrorBody::Unclear);
        };
        let Some(first) = parts.first().filter(|_| answer.status.is_success()) else {
            return by_status(answer, ErrorBody::Unclear);
        };
        let is_taken =
            |part: &WirePart<'_>| self.table.code(&part.status) == Some(Verdict::Accepted);
        let taken = parts.iter().filter(|part| is_taken(part)).count();
        if taken == parts.len() {
            let ids = parts.iter().map(|part| provider_id(&part.id).unwrap_or("").to_owned());
            return SendResult::Accepted(Taken { ids: ids.collect() });
        }
        if taken > 0 {
            return SendResult::Refused(Refusal::InDoubt, "it has a part of the message".into());
        }
        // One part that nobody understands leaves the whole open.
        let unclear = parts.iter().find(|part| self.table.code(&part.status).is_none());
        self.result_of(unclear.unwrap_or(first), answer)
    }

    fn callback(&self, call: &Callback<'_>) -> Result<Heard, CallbackError> {
        let message = call.message.ok_or(CallbackError::NotProved)?;
        let fields = callback_fields(call)?;
        self.prove(call, message, &fields)?;
        let field = |name| only(&fields, name);
        let status = field("status").ok_or(CallbackError::Unreadable("no status"))?;
        let state = self.table.state(status);
        let failure = field("err-code").filter(|code| is_token(code) && *code != NO_FAILURE);
        // Some send a code with what was delivered (`delivery.md` 5.2).
        let failure = failure.filter(|_| state != ReceiptState::Delivered);
        Ok(Heard::Reports(vec![ProviderReport {
            message,
            provider_id: field("messageId").and_then(provider_id).map(str::to_owned),
            state,
            cause: failure.map(|code| self.table.cause(code)),
            code: failure.map(code),
            is_pumped: failure.is_some_and(|code| self.table.is_pumped(code)),
        }]))
    }

    fn callback_url_chars_max(&self) -> usize {
        CALLBACK_CHARS_MAX
    }
}

impl Vonage {
    /// Proves the signature, if the account has one, and that the call is about
    /// the message whose tag it carries.
    fn prove(
        &self,
        call: &Callback<'_>,
        message: MessageId,
        fields: &[(String, String)],
    ) -> Result<(), CallbackError> {
        if let Some(signers) = &self.callbacks {
            let is_signed =
                signers.iter().fold(false, |proved, signer| proved | signer.proves(fields));
            let timestamp = only(fields, "timestamp").and_then(|text| text.parse::<i64>().ok());
            let now = call.now.as_second();
            let is_now = timestamp.is_some_and(|t| now.abs_diff(t) <= TIMESTAMP_SECONDS_OFF_MAX);
            if !is_signed || !is_now {
                return Err(CallbackError::NotProved);
            }
        }
        let is_reference = |text| MessageId::parse(text) == Some(message);
        let references = fields.iter().filter(|(name, _)| name == "client-ref");
        if references.map(|(_, value)| value).all(|value| is_reference(value)) {
            Ok(())
        } else {
            Err(CallbackError::NotProved)
        }
    }
}

/// The fields of a call in any of the three forms that an account may be set
/// to.
fn callback_fields(call: &Callback<'_>) -> Result<Vec<(String, String)>, CallbackError> {
    if call.method == Method::GET {
        return pairs(call.query.as_bytes()).ok_or(CallbackError::Unreadable("not a query"));
    }
    if !is_json(call.headers) {
        return pairs(call.body).ok_or(CallbackError::Unreadable("not a form"));
    }
    let not_json = CallbackError::Unreadable("not a JSON object of texts");
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(call.body).map_err(|_| not_json)?;
    if object.len() > CALLBACK_PARAMETERS_MAX {
        return Err(not_json);
    }
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Array(_)
        | serde_json::Value::Object(_) => None,
    };
    let fields = object.into_iter().map(|(name, value)| Some((name, text(value)?)));
    fields.collect::<Option<Vec<_>>>().ok_or(not_json)
}
