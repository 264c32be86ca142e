//! Twilio Messages (`delivery.md` 7.2).

mod signature;

use std::borrow::Cow;

use http::{HeaderValue, Method, Request, header};
use secrecy::SecretString;
use serde::Deserialize;
use verify::Timestamp;
use verify::engine::outbox::Refusal;
use verify::record::ReceiptState;

use self::signature::Signature;
use super::base_url::BaseUrl;
use super::codes::{CodeTable, TableError};
use super::status::{ErrorBody, by_status, by_verdict};
use super::wire::{
    FORM, basic, code, form, is_token, only, pairs, plain_text_only, provider_id, same,
};
use super::{Answer, Callback, CallbackError, Heard, Outgoing, Provider, ProviderReport};
use crate::conversion::Conversion;
use crate::gateway::{SendResult, Taken};

/// Characters of a text at most.
const TEXT_CHARS_MAX: usize = 1_600;

/// Seconds for which a message may be valid, least and most.
const VALIDITY_SECONDS: (u64, u64) = (6, 36_000);

/// Characters of an id of Twilio.
const SID_CHARS: usize = 34;

/// Failure code of a receipt that means none.
const NO_FAILURE: &str = "0";

const TABLE: &str = include_str!("../tables/twilio.toml");

/// How Twilio is used.
#[derive(Debug)]
pub struct TwilioOptions {
    /// The account: `AC` and 32 hex digits.
    pub account_sid: String,
    /// Its auth token. Twilio signs callbacks with it, so it is needed beside an
    /// API key too.
    pub auth_token: SecretString,
    /// The other auth token that is valid while it is being changed: callbacks
    /// signed with it are believed too.
    pub auth_token_other: Option<SecretString>,
    /// With what requests are authorised instead of the auth token.
    pub api_key: Option<TwilioApiKey>,
    /// Who is shown as sender.
    pub sender: TwilioSender,
    /// Whether it is told which codes were entered.
    pub feedback: bool,
    /// Where Twilio is; none for `https://api.twilio.com`.
    pub base_url: Option<BaseUrl>,
    /// Rows that replace those of the table of codes, as TOML.
    pub code_rows: Option<String>,
}

/// An API key of Twilio.
#[derive(Debug)]
pub struct TwilioApiKey {
    /// Its id: `SK` and 32 hex digits.
    pub sid: String,
    /// Its secret.
    pub secret: SecretString,
}

/// Who is shown as sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TwilioSender {
    /// The sender of the message.
    OfMessage,
    /// Always this number or name.
    From(String),
    /// What this messaging service chooses: `MG` and 32 hex digits.
    MessagingService(String),
}

/// Twilio cannot be set up; says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TwilioError {
    /// An id of Twilio has another form.
    #[error("{key} must be {form} and 32 hex digits, as Twilio's console shows it")]
    Sid {
        /// The option.
        key: &'static str,
        /// What the id begins with.
        form: &'static str,
    },
    /// A secret cannot be sent.
    #[error("{0} must be the secret itself: not empty, and without control characters")]
    Secret(&'static str),
    /// The sender cannot be one.
    #[error("from must be a number as +15005550006, a short code or a name of up to 11 characters")]
    From,
    /// The rows of codes cannot be read.
    #[error(transparent)]
    Codes(#[from] TableError),
}

/// The interface of Twilio.
pub struct Twilio {
    account_sid: String,
    url: String,
    /// The address of messages, to which the id of one is added.
    messages: Option<String>,
    authorization: HeaderValue,
    signature: Signature,
    sender: TwilioSender,
    table: CodeTable,
}

impl Twilio {
    /// Checks the options.
    ///
    /// # Errors
    /// [`TwilioError`].
    pub fn new(options: TwilioOptions) -> Result<Self, TwilioError> {
        let TwilioOptions { account_sid, auth_token, auth_token_other, api_key, .. } = options;
        let account = check_sid("account_sid", "AC", &account_sid)?;
        let authorization = match &api_key {
            None => basic(account, &auth_token).ok_or(TwilioError::Secret("auth_token")),
            Some(key) => basic(check_sid("api_key.sid", "SK", &key.sid)?, &key.secret)
                .ok_or(TwilioError::Secret("api_key.secret")),
        }?;
        match &options.sender {
            TwilioSender::OfMessage => {}
            TwilioSender::From(from) => check_from(from)?,
            TwilioSender::MessagingService(sid) => {
                check_sid("messaging_service_sid", "MG", sid)?;
            }
        }
        let base =
            options.base_url.unwrap_or_else(|| BaseUrl::of_provider("https://api.twilio.com"));
        let messages = base.join(&format!("/2010-04-01/Accounts/{account_sid}/Messages"));
        let url = format!("{messages}.json");
        let messages = Some(messages).filter(|_| options.feedback);
        let mut table = CodeTable::parse(TABLE)?;
        if let Some(rows) = &options.code_rows {
            table = table.with_rows(rows)?;
        }
        let tokens = [Some(auth_token), auth_token_other].into_iter().flatten();
        let signature = Signature::new(tokens).ok_or(TwilioError::Secret("auth_token"))?;
        let sender = options.sender;
        Ok(Self { account_sid, url, messages, authorization, signature, sender, table })
    }
}

fn check_sid<'a>(
    key: &'static str,
    form: &'static str,
    sid: &'a str,
) -> Result<&'a str, TwilioError> {
    let digits = sid.strip_prefix(form).unwrap_or("");
    let is_sid = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_sid { Ok(sid) } else { Err(TwilioError::Sid { key, form }) }
}

fn check_from(from: &str) -> Result<(), TwilioError> {
    let is_name = from.len() <= 11
        && !from.starts_with('+')
        && from.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let is_number = from.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    if is_number || is_name && !from.trim().is_empty() { Ok(()) } else { Err(TwilioError::From) }
}

/// The answer to a message that was taken.
#[derive(Deserialize)]
struct WireTaken<'a> {
    #[serde(borrow)]
    sid: Cow<'a, str>,
}

/// The answer to one that was not.
#[derive(Deserialize)]
struct WireRefused {
    code: u32,
}

impl Provider for Twilio {
    fn request(&self, message: &Outgoing<'_>) -> Result<Request<Vec<u8>>, SendResult> {
        plain_text_only(message.form)?;
        if message.text.chars().count() > TEXT_CHARS_MAX {
            let reason = "longer than 1,600 characters".into();
            return Err(SendResult::Refused(Refusal::Content, reason));
        }
        let (least, most) = VALIDITY_SECONDS;
        let validity = message.valid_for.as_secs().clamp(least, most).to_string();
        let mut fields = vec![("To", message.to.as_e164())];
        fields.push(match &self.sender {
            TwilioSender::OfMessage => ("From", message.sender),
            TwilioSender::From(from) => ("From", from),
            TwilioSender::MessagingService(sid) => ("MessagingServiceSid", sid),
        });
        fields.push(("Body", message.text));
        if let Some(url) = message.callback_url {
            fields.push(("StatusCallback", url));
        }
        fields.extend([
            ("ValidityPeriod", validity.as_str()),
            // The text is what its sender wrote, or asked us to convert.
            ("SmartEncoded", "false"),
        ]);
        // It waits to hear of what it was told to wait for.
        if self.takes_conversions() && message.is_code {
            fields.push(("ProvideFeedback", "true"));
        }
        fields.extend([
            ("RiskCheck", "enable"),
            ("ContentRetention", "discard"),
            ("AddressRetention", "obfuscate"),
        ]);
        Request::builder()
            .method(Method::POST)
            .uri(&self.url)
            .header(header::CONTENT_TYPE, FORM)
            .header(header::AUTHORIZATION, self.authorization.clone())
            .body(form(fields).into_bytes())
            .map_err(|_| SendResult::Refused(Refusal::GatewayDown, "no request".into()))
    }

    fn read(&self, answer: &Answer<'_>) -> SendResult {
        if answer.status.is_success() {
            let taken = serde_json::from_slice::<WireTaken<'_>>(answer.body).ok();
            let sid = taken.as_ref().and_then(|taken| provider_id(&taken.sid));
            return match sid {
                Some(sid) => SendResult::Accepted(Taken { ids: vec![sid.to_owned()] }),
                None => by_status(answer, ErrorBody::Unclear),
            };
        }
        let refused = serde_json::from_slice::<WireRefused>(answer.body).ok();
        // What stands between us and Twilio answers 502 and 504.
        let speaks_itself =
            answer.status.is_client_error() || [500, 503].contains(&answer.status.as_u16());
        let verdict = refused.filter(|_| speaks_itself).and_then(|refused| {
            let code = refused.code.to_string();
            self.table.code(&code).map(|verdict| (verdict, code))
        });
        match verdict {
            Some((verdict, code)) => {
                let reason = self.table.reason(&code, format!("code {code}"));
                by_verdict(verdict, None, answer.headers, reason)
            }
            None => by_status(answer, ErrorBody::Unclear),
        }
    }

    fn takes_conversions(&self) -> bool {
        self.messages.is_some()
    }

    fn conversion(&self, conversion: &Conversion, _: Timestamp) -> Option<Request<Vec<u8>>> {
        let (messages, id) = (self.messages.as_ref()?, &conversion.provider_id);
        // It stands in a path, and came from outside.
        let is_sid = id.len() == SID_CHARS && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        Request::builder()
            .method(Method::POST)
            .uri(format!("{messages}/{id}/Feedback.json"))
            .header(header::CONTENT_TYPE, FORM)
            .header(header::AUTHORIZATION, self.authorization.clone())
            .body(form([("Outcome", "confirmed")]).into_bytes())
            .ok()
            .filter(|_| is_sid)
    }

    fn callback(&self, call: &Callback<'_>) -> Result<Heard, CallbackError> {
        let message = call.message.ok_or(CallbackError::NotProved)?;
        if call.method != Method::POST {
            return Err(CallbackError::Unreadable("not a POST"));
        }
        let fields = pairs(call.body).ok_or(CallbackError::Unreadable("not a form"))?;
        if !self.signature.proves(call, &fields) {
            return Err(CallbackError::NotProved);
        }
        let field = |name| only(&fields, name);
        // A signature of a subaccount's token would not have come so far.
        if !field("AccountSid").is_some_and(|sid| same(sid.as_bytes(), self.account_sid.as_bytes()))
        {
            return Err(CallbackError::NotProved);
        }
        let status = field("MessageStatus").ok_or(CallbackError::Unreadable("no MessageStatus"))?;
        let state = self.table.state(status);
        let failure = field("ErrorCode").filter(|code| is_token(code) && *code != NO_FAILURE);
        // Some send a code with what was delivered (`delivery.md` 5.2).
        let failure = failure.filter(|_| state != ReceiptState::Delivered);
        Ok(Heard::Reports(vec![ProviderReport {
            message,
            provider_id: field("MessageSid").and_then(provider_id).map(str::to_owned),
            state,
            cause: failure.map(|code| self.table.cause(code)),
            code: failure.map(code),
            is_pumped: failure.is_some_and(|code| self.table.is_pumped(code)),
        }]))
    }
}
