//! The Omnichannel interface, with SMS as its one channel.

use http::{HeaderValue, Request, Uri, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use verify::engine::outbox::Refusal;

use super::{MessenteError, receipt};
use crate::gateway::{SendResult, Taken};
use crate::provider::base_url::BaseUrl;
use crate::provider::codes::{CodeTable, Verdict};
use crate::provider::status::{ErrorBody, by_status, by_verdict};
use crate::provider::{Answer, Callback, CallbackError, Heard, Outgoing, Provider, wire};

/// The codes as shipped.
const TABLE: &str = include_str!("../tables/messente.toml");

/// Configuration of the provider.
#[derive(Debug)]
pub struct MessenteOptions {
    /// User name of the interface.
    pub username: String,
    /// Password of the interface.
    pub password: SecretString,
    /// Address in the place of `https://api.messente.com`.
    pub base_url: Option<BaseUrl>,
    /// Rows that replace those of the table of codes, as TOML.
    pub code_rows: Option<String>,
}

/// The provider.
pub struct Messente {
    uri: Uri,
    authorization: HeaderValue,
    codes: CodeTable,
}

impl Messente {
    /// Sets the provider up.
    ///
    /// # Errors
    /// [`MessenteError`].
    pub fn new(options: MessenteOptions) -> Result<Self, MessenteError> {
        let MessenteOptions { username, password, base_url, code_rows } = options;
        let base_url = base_url.unwrap_or_else(|| BaseUrl::of_provider("https://api.messente.com"));
        let uri = base_url.join("/v1/omnimessage");
        let uri = uri.parse().map_err(|_| MessenteError::BaseUrl)?;
        let has_control = username.chars().any(char::is_control);
        if username.is_empty() || username.contains(':') || has_control {
            return Err(MessenteError::Username);
        }
        let authorization = wire::basic(&username, &password);
        let authorization = authorization.filter(|_| !password.expose_secret().is_empty());
        let authorization = authorization.ok_or(MessenteError::Password)?;
        let codes = CodeTable::parse(TABLE)?.with_rows(code_rows.as_deref().unwrap_or_default())?;
        Ok(Self { uri, authorization, codes })
    }
}

#[derive(Serialize)]
struct Omnimessage<'a> {
    to: &'a str,
    messages: [Sms<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    dlr_url: Option<&'a str>,
    text_store: &'static str,
    priority: &'static str,
}

#[derive(Serialize)]
struct Sms<'a> {
    channel: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    sender: &'a str,
    text: &'a str,
    ttl: u64,
    autoconvert: &'static str,
}

#[derive(Deserialize)]
struct Created {
    messages: Vec<CreatedMessage>,
}

#[derive(Deserialize)]
struct CreatedMessage {
    message_id: String,
}

#[derive(Deserialize)]
struct Failed {
    errors: Vec<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    code: String,
    source: Option<String>,
}

impl Provider for Messente {
    fn request(&self, message: &Outgoing<'_>) -> Result<Request<Vec<u8>>, SendResult> {
        wire::plain_text_only(message.form)?;
        let sms = Sms {
            channel: "sms",
            sender: message.sender,
            text: message.text,
            ttl: message.valid_for.as_secs().max(1),
            autoconvert: "off",
        };
        let body = Omnimessage {
            to: message.to.as_e164(),
            messages: [sms],
            dlr_url: message.callback_url,
            text_store: "nostore",
            priority: "high",
        };
        let unmade = || SendResult::Refused(Refusal::GatewayDown, "no request can be made".into());
        let body = serde_json::to_vec(&body).map_err(|_| unmade())?;
        Request::post(self.uri.clone())
            .header(header::CONTENT_TYPE, wire::JSON)
            .header(header::AUTHORIZATION, self.authorization.clone())
            .body(body)
            .map_err(|_| unmade())
    }

    fn read(&self, answer: &Answer<'_>) -> SendResult {
        if answer.status.is_success() {
            let created = serde_json::from_slice::<Created>(answer.body).ok();
            let id = match created.as_ref().map(|created| created.messages.as_slice()) {
                Some([message]) => wire::provider_id(&message.message_id),
                // We sent one.
                Some(_) | None => None,
            };
            return match id {
                Some(id) => SendResult::Accepted(Taken { ids: vec![id.to_owned()] }),
                None => by_status(answer, ErrorBody::Unclear),
            };
        }
        match serde_json::from_slice::<Failed>(answer.body) {
            Ok(Failed { errors }) if !errors.is_empty() => self.refused(answer, &errors),
            Ok(_) | Err(_) => by_status(answer, ErrorBody::Unclear),
        }
    }

    fn callback(&self, call: &Callback<'_>) -> Result<Heard, CallbackError> {
        receipt::of_json(&self.codes, call)
    }
}

impl Messente {
    /// The first error that the table knows. A row of code and field, such as
    /// `105:to`, goes before one of the code alone.
    fn refused(&self, answer: &Answer<'_>, errors: &[Failure]) -> SendResult {
        let find = |failure: &Failure| -> Option<(String, Verdict)> {
            let field = failure.source.as_deref().map(|field| format!("{}:{field}", failure.code));
            let mut names = field.into_iter().chain([failure.code.clone()]);
            names.find_map(|name| self.codes.code(&name).map(|verdict| (name, verdict)))
        };
        match errors.iter().find_map(find) {
            Some((name, verdict)) => {
                let reason = self.codes.reason(&name, wire::code(&name));
                by_verdict(verdict, None, answer.headers, reason)
            }
            None => by_status(answer, ErrorBody::NotTaken),
        }
    }
}
