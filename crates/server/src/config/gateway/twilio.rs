//! Twilio Messages.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use delivery::provider::Provider;
use delivery::provider::twilio::{Twilio, TwilioApiKey, TwilioError, TwilioOptions, TwilioSender};
use schemars::JsonSchema;
use serde::Deserialize;

use super::http::{CallKeys, Material, Mistake, ProviderConfig, SecretKey, optional_base_url};
use crate::config::formats::optional_path;
use crate::config::secret::Secret;

/// Sends by Twilio Messages.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TwilioGateway {
    /// Name in logs, metrics and the address for receipts: lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// The account: `AC` and 32 hex digits.
    pub account_sid: String,
    /// File with the account's auth token, with which Twilio signs receipts; needed beside an API key too.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub auth_token_file: Option<PathBuf>,
    /// The auth token itself; only from the environment.
    #[serde(default)]
    #[schemars(with = "String", extend("x-secret" = "RINGPROOF_GATEWAY__NAME__AUTH_TOKEN"))]
    pub auth_token: Option<Secret>,
    /// File with the other auth token while it is being changed: receipts signed with it are believed too.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub auth_token_other_file: Option<PathBuf>,
    /// That token itself; only from the environment.
    #[serde(default)]
    #[schemars(with = "String", extend("x-secret" = "RINGPROOF_GATEWAY__NAME__AUTH_TOKEN_OTHER"))]
    pub auth_token_other: Option<Secret>,
    /// Id of an API key that requests are authorised with instead of the auth token: `SK` and 32 hex digits.
    #[serde(default)]
    pub api_key_sid: String,
    /// File with the secret of the API key.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub api_key_secret_file: Option<PathBuf>,
    /// That secret itself; only from the environment.
    #[serde(default)]
    #[schemars(with = "String", extend("x-secret" = "RINGPROOF_GATEWAY__NAME__API_KEY_SECRET"))]
    pub api_key_secret: Option<Secret>,
    /// Number or name that is always shown as sender; empty = the sender of each message.
    #[serde(default)]
    pub from: String,
    /// Messaging service that chooses the sender: `MG` and 32 hex digits.
    #[serde(default)]
    pub messaging_service_sid: String,
    /// Tells Twilio which of its codes were entered; empty = yes, but no with `data.postgres`.
    #[serde(default)]
    #[schemars(with = "bool")]
    pub feedback: Option<bool>,
    /// Where Twilio is; empty = `https://api.twilio.com`.
    #[serde(default)]
    pub base_url: String,
    /// TOML file with rows that take the place of those of the table of codes; empty = the table as shipped.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub codes_file: Option<PathBuf>,
    /// How it is called.
    #[serde(flatten)]
    pub calls: CallKeys,
}

impl ProviderConfig for TwilioGateway {
    fn name(&self) -> &str {
        &self.name
    }

    fn calls(&self) -> &CallKeys {
        &self.calls
    }

    fn codes_file(&self) -> Option<&Path> {
        self.codes_file.as_deref()
    }

    fn secrets(&self) -> Vec<SecretKey<'_>> {
        vec![
            SecretKey {
                name: "auth_token",
                value: self.auth_token.as_ref(),
                file: self.auth_token_file.as_ref(),
                is_needed: true,
            },
            SecretKey {
                name: "auth_token_other",
                value: self.auth_token_other.as_ref(),
                file: self.auth_token_other_file.as_ref(),
                is_needed: false,
            },
            SecretKey {
                name: "api_key_secret",
                value: self.api_key_secret.as_ref(),
                file: self.api_key_secret_file.as_ref(),
                is_needed: !self.api_key_sid.is_empty(),
            },
        ]
    }

    fn provider(&self, material: &Material) -> Result<Arc<dyn Provider>, Mistake> {
        let api_key = match (self.api_key_sid.as_str(), material.secret("api_key_secret")) {
            ("", None) => None,
            ("", Some(_)) => {
                let message = "is missing beside api_key_secret; write the id of that API key";
                return Err(Mistake::new("api_key_sid", message));
            }
            (sid, secret) => {
                let secret = secret.map_or_else(|| material.needed("api_key_secret"), Ok)?;
                Some(TwilioApiKey { sid: sid.to_owned(), secret })
            }
        };
        let sender = match (self.from.as_str(), self.messaging_service_sid.as_str()) {
            ("", "") => TwilioSender::OfMessage,
            (from, "") => TwilioSender::From(from.to_owned()),
            ("", sid) => TwilioSender::MessagingService(sid.to_owned()),
            (_, _) => {
                let message = "stands beside messaging_service_sid; keep one of the two";
                return Err(Mistake::new("from", message));
            }
        };
        let twilio = Twilio::new(TwilioOptions {
            account_sid: self.account_sid.clone(),
            auth_token: material.needed("auth_token")?,
            auth_token_other: material.secret("auth_token_other"),
            api_key,
            sender,
            feedback: self.feedback.unwrap_or(false),
            base_url: optional_base_url("base_url", &self.base_url, &self.calls)?,
            code_rows: material.code_rows.clone(),
        });
        Ok(Arc::new(twilio.map_err(mistake)?))
    }
}

fn mistake(error: TwilioError) -> Mistake {
    let key = match error {
        TwilioError::Sid { key: "account_sid", .. } => "account_sid",
        TwilioError::Sid { key: "messaging_service_sid", .. } => "messaging_service_sid",
        TwilioError::Sid { .. } => "api_key_sid",
        TwilioError::Secret("auth_token") => "auth_token_file",
        TwilioError::Secret(_) => "api_key_secret_file",
        TwilioError::From => "from",
        TwilioError::Codes(_) => "codes_file",
    };
    let message = match error {
        TwilioError::Sid { form, .. } => {
            format!("must be {form} and 32 hex digits, as Twilio's console shows it")
        }
        TwilioError::Secret(_) => "does not hold the secret itself".to_owned(),
        TwilioError::From => {
            "must be a number as +15005550006, a short code or a name of up to 11 characters"
                .to_owned()
        }
        TwilioError::Codes(error) => error.to_string(),
    };
    Mistake::new(key, message)
}
