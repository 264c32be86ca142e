//! The older interface: an HTML form, answered by a line of text.
//!
//! Its user and password go into the body, so that they stand in no address.

use http::{Request, Uri, header};
use secrecy::{ExposeSecret as _, SecretString};
use verify::engine::outbox::Refusal;

use super::hosts::Hosts;
use super::{MessenteError, receipt};
use crate::gateway::{SendResult, Taken};
use crate::provider::base_url::BaseUrl;
use crate::provider::codes::CodeTable;
use crate::provider::status::{ErrorBody, by_status, by_verdict};
use crate::provider::{Answer, Callback, CallbackError, Heard, Outgoing, Provider, wire};

/// The codes as shipped.
const TABLE: &str = include_str!("../tables/messente_older.toml");

/// Configuration of the provider.
#[derive(Debug)]
pub struct MessenteOlderOptions {
    /// User name of the interface.
    pub username: String,
    /// Password of the interface.
    pub password: SecretString,
    /// Address in the place of `https://api2.messente.com`.
    pub base_url: Option<BaseUrl>,
    /// Address in the place of `https://api3.messente.com`, to which requests go
    /// when the other one fails.
    pub backup_url: Option<BaseUrl>,
    /// Rows that replace those of the table of codes, as TOML.
    pub code_rows: Option<String>,
}

/// The provider.
pub struct MessenteOlder {
    username: String,
    password: SecretString,
    hosts: Hosts,
    codes: CodeTable,
}

/// The answer that asks for the other host.
const OTHER_HOST: &str = "209";

impl MessenteOlder {
    /// Sets the provider up.
    ///
    /// # Errors
    /// [`MessenteError`].
    pub fn new(options: MessenteOlderOptions) -> Result<Self, MessenteError> {
        let MessenteOlderOptions { username, password, base_url, backup_url, code_rows } = options;
        let uri = |url: Option<BaseUrl>, usual| -> Result<Uri, MessenteError> {
            let url = url.unwrap_or_else(|| BaseUrl::of_provider(usual));
            url.join("/send_sms").parse().map_err(|_| MessenteError::BaseUrl)
        };
        let first = uri(base_url, "https://api2.messente.com")?;
        let backup = uri(backup_url, "https://api3.messente.com")?;
        if username.is_empty() || username.chars().any(char::is_control) {
            return Err(MessenteError::Username);
        }
        let secret = password.expose_secret();
        if secret.is_empty() || secret.chars().any(char::is_control) {
            return Err(MessenteError::Password);
        }
        let codes = CodeTable::parse(TABLE)?.with_rows(code_rows.as_deref().unwrap_or_default())?;
        Ok(Self { username, password, hosts: Hosts::new(first, backup), codes })
    }
}

impl Provider for MessenteOlder {
    fn request(&self, message: &Outgoing<'_>) -> Result<Request<Vec<u8>>, SendResult> {
        wire::plain_text_only(message.form)?;
        // Whole minutes that are over before the message is worthless.
        let minutes = (message.valid_for.as_secs() / 60).max(1).to_string();
        let mut pairs = vec![
            ("username", self.username.as_str()),
            ("password", self.password.expose_secret()),
            ("to", message.to.as_e164()),
            ("text", message.text),
            ("validity", &minutes),
            ("autoconvert", "off"),
            ("text-store", "nostore"),
        ];
        if !message.sender.is_empty() {
            pairs.push(("from", message.sender));
        }
        if let Some(url) = message.callback_url {
            pairs.push(("dlr-url", url));
        }
        Request::post(self.hosts.pick(message.now))
            .header(header::CONTENT_TYPE, wire::FORM)
            .body(wire::form(pairs).into_bytes())
            .map_err(|_| SendResult::Refused(Refusal::GatewayDown, "no request can be made".into()))
    }

    fn read(&self, answer: &Answer<'_>) -> SendResult {
        let line = std::str::from_utf8(answer.body).unwrap_or_default().trim();
        let (word, code) = line.split_once(' ').unwrap_or((line, ""));
        let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
        match word {
            "OK" if answer.status.is_success() => match wire::provider_id(code) {
                Some(id) => SendResult::Accepted(Taken { ids: vec![id.to_owned()] }),
                None => by_status(answer, ErrorBody::Unclear),
            },
            "ERROR" | "FAILED" if is_code => {
                if word == "FAILED" && code == OTHER_HOST {
                    self.hosts.note_failure();
                }
                // A refusal that we do not know is one, whatever the status.
                let verdict = self.codes.code(code).or_else(|| self.codes.code(word));
                match verdict {
                    Some(verdict) => {
                        let reason = self.codes.reason(code, wire::code(code));
                        by_verdict(verdict, None, answer.headers, reason)
                    }
                    None => by_status(answer, ErrorBody::NotTaken),
                }
            }
            _ => by_status(answer, ErrorBody::Unclear),
        }
    }

    fn callback(&self, call: &Callback<'_>) -> Result<Heard, CallbackError> {
        receipt::of_query(&self.codes, call)
    }

    fn unanswered(&self) {
        self.hosts.note_failure();
    }
}
