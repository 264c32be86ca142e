//! Messente: its Omnichannel interface, and the older one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use delivery::provider::Provider;
use delivery::provider::messente::{
    Messente, MessenteError, MessenteOlder, MessenteOlderOptions, MessenteOptions,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::http::{CallKeys, Material, Mistake, ProviderConfig, SecretKey, optional_base_url};
use crate::config::formats::optional_path;
use crate::config::secret::Secret;

/// Sends by the Omnichannel interface of Messente.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessenteGateway {
    /// Name in logs, metrics and the address for receipts: lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// User name of the interface.
    pub username: String,
    /// File with the password of the interface.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub password_file: Option<PathBuf>,
    /// The password itself; only from the environment.
    #[serde(default)]
    #[schemars(with = "String", extend("x-secret" = "RINGPROOF_GATEWAY__NAME__PASSWORD"))]
    pub password: Option<Secret>,
    /// Where the interface is; empty = `https://api.messente.com`.
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

/// Sends by the older interface of Messente, over HTML forms.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessenteOlderGateway {
    /// Name in logs, metrics and the address for receipts: lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// User name of the interface.
    pub username: String,
    /// File with the password of the interface.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub password_file: Option<PathBuf>,
    /// The password itself; only from the environment.
    #[serde(default)]
    #[schemars(with = "String", extend("x-secret" = "RINGPROOF_GATEWAY__NAME__PASSWORD"))]
    pub password: Option<Secret>,
    /// Where the interface is; empty = `https://api2.messente.com`.
    #[serde(default)]
    pub base_url: String,
    /// Where requests go for a while when that does not answer; empty = `https://api3.messente.com`.
    #[serde(default)]
    pub backup_url: String,
    /// TOML file with rows that take the place of those of the table of codes; empty = the table as shipped.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub codes_file: Option<PathBuf>,
    /// How it is called.
    #[serde(flatten)]
    pub calls: CallKeys,
}

impl ProviderConfig for MessenteGateway {
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
        vec![password(self.password.as_ref(), self.password_file.as_ref())]
    }

    fn provider(&self, material: &Material) -> Result<Arc<dyn Provider>, Mistake> {
        let messente = Messente::new(MessenteOptions {
            username: self.username.clone(),
            password: material.needed("password")?,
            base_url: optional_base_url("base_url", &self.base_url, &self.calls)?,
            code_rows: material.code_rows.clone(),
        });
        Ok(Arc::new(messente.map_err(mistake)?))
    }
}

impl ProviderConfig for MessenteOlderGateway {
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
        vec![password(self.password.as_ref(), self.password_file.as_ref())]
    }

    fn provider(&self, material: &Material) -> Result<Arc<dyn Provider>, Mistake> {
        let messente = MessenteOlder::new(MessenteOlderOptions {
            username: self.username.clone(),
            password: material.needed("password")?,
            base_url: optional_base_url("base_url", &self.base_url, &self.calls)?,
            backup_url: optional_base_url("backup_url", &self.backup_url, &self.calls)?,
            code_rows: material.code_rows.clone(),
        });
        Ok(Arc::new(messente.map_err(mistake)?))
    }
}

fn password<'a>(value: Option<&'a Secret>, file: Option<&'a PathBuf>) -> SecretKey<'a> {
    SecretKey { name: "password", value, file, is_needed: true }
}

fn mistake(error: MessenteError) -> Mistake {
    match error {
        MessenteError::BaseUrl => Mistake::new("base_url", "is no address that can be called"),
        MessenteError::Username => {
            Mistake::new("username", "must not be empty or contain a colon or control characters")
        }
        MessenteError::Password => {
            Mistake::new("password_file", "does not hold the password itself")
        }
        MessenteError::Codes(error) => Mistake::new("codes_file", error.to_string()),
    }
}
