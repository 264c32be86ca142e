//! Infobip SMS.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use delivery::provider::Provider;
use delivery::provider::infobip::{IndiaDlt, Infobip, InfobipError, InfobipOptions};
use schemars::JsonSchema;
use serde::Deserialize;

use super::http::{CallKeys, Material, Mistake, ProviderConfig, SecretKey, base_url, given};
use crate::config::formats::optional_path;
use crate::config::secret::Secret;

/// Sends by Infobip SMS, version 3 of its interface.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InfobipGateway {
    /// Name in logs, metrics and the address for receipts: lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// The account's own address, such as `https://xyz123.api.infobip.com`.
    pub base_url: String,
    /// File with the key of the interface.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub api_key_file: Option<PathBuf>,
    /// The key itself; only from the environment.
    #[serde(default)]
    #[schemars(with = "String", extend("x-secret" = "RINGPROOF_GATEWAY__NAME__API_KEY"))]
    pub api_key: Option<Secret>,
    /// Principal entity that is registered in India, for messages to numbers there; empty = none.
    #[serde(default)]
    pub india_entity_id: String,
    /// Template that is registered in India; empty = none.
    #[serde(default)]
    pub india_template_id: String,
    /// TOML file with rows that take the place of those of the table of codes; empty = the table as shipped.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub codes_file: Option<PathBuf>,
    /// How it is called.
    #[serde(flatten)]
    pub calls: CallKeys,
}

impl ProviderConfig for InfobipGateway {
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
        vec![SecretKey {
            name: "api_key",
            value: self.api_key.as_ref(),
            file: self.api_key_file.as_ref(),
            is_needed: true,
        }]
    }

    fn provider(&self, material: &Material) -> Result<Arc<dyn Provider>, Mistake> {
        let template = given(&self.india_template_id);
        if self.india_entity_id.is_empty() && template.is_some() {
            let message = "is missing beside india_template_id; write the registered entity";
            return Err(Mistake::new("india_entity_id", message));
        }
        let india = given(&self.india_entity_id)
            .map(|entity| IndiaDlt { principal_entity_id: entity, content_template_id: template });
        let infobip = Infobip::new(InfobipOptions {
            base_url: base_url("base_url", &self.base_url, &self.calls)?,
            api_key: material.needed("api_key")?,
            india,
            code_rows: material.code_rows.clone(),
        });
        Ok(Arc::new(infobip.map_err(mistake)?))
    }
}

fn mistake(error: InfobipError) -> Mistake {
    match error {
        InfobipError::BaseUrl => Mistake::new("base_url", "is no address that can be called"),
        InfobipError::ApiKey => Mistake::new("api_key_file", "does not hold the key itself"),
        InfobipError::Codes(error) => Mistake::new("codes_file", error.to_string()),
    }
}
