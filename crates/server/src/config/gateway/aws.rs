//! AWS End User Messaging SMS.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use delivery::provider::Provider;
use delivery::provider::aws::{Aws, AwsError, AwsOptions};
use schemars::JsonSchema;
use serde::Deserialize;

use super::http::{
    CallKeys, Material, Mistake, ProviderConfig, SecretKey, given, optional_base_url,
};
use crate::config::formats::optional_path;
use crate::config::secret::Secret;

/// Sends by AWS End User Messaging SMS.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsGateway {
    /// Name in logs, metrics and the address for receipts: lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// Region of the service, such as `eu-west-1`.
    pub region: String,
    /// Id of the access key.
    pub access_key_id: String,
    /// File with the secret access key.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub secret_access_key_file: Option<PathBuf>,
    /// The secret access key itself; only from the environment.
    #[serde(default)]
    #[schemars(with = "String", extend("x-secret" = "RINGPROOF_GATEWAY__NAME__SECRET_ACCESS_KEY"))]
    pub secret_access_key: Option<Secret>,
    /// Phone number, sender, pool or their ARN that all messages come from; empty = the sender of each message.
    #[serde(default)]
    pub origination_identity: String,
    /// Configuration set with the event destination; without one there are no receipts, unless the account has a
    /// default.
    #[serde(default)]
    pub configuration_set: String,
    /// SNS topic of the event destination; receipts are taken from it alone. Empty = no receipts.
    #[serde(default)]
    pub topic_arn: String,
    /// What one part may cost at most in US dollars, such as "0.50"; empty = no limit of its own.
    #[serde(default)]
    pub max_price: String,
    /// Protect configuration that applies to the messages; empty = the account's.
    #[serde(default)]
    pub protect_configuration: String,
    /// Parameters that countries demand, each `NAME=value`, such as `IN_ENTITY_ID=1234`.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub country_parameters: Vec<String>,
    /// Tells AWS which of its codes were entered; empty = yes, but no with `data.postgres`. The access key must be
    /// allowed `sms-voice:PutMessageFeedback`.
    #[serde(default)]
    #[schemars(with = "bool")]
    pub feedback: Option<bool>,
    /// Where the service is; empty = that of the region.
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

impl ProviderConfig for AwsGateway {
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
            name: "secret_access_key",
            value: self.secret_access_key.as_ref(),
            file: self.secret_access_key_file.as_ref(),
            is_needed: true,
        }]
    }

    fn provider(&self, material: &Material) -> Result<Arc<dyn Provider>, Mistake> {
        let parameter = |text: &String| {
            let pair =
                text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
            let message = format!("has {text:?}; write it like \"IN_ENTITY_ID=1234\"");
            pair.ok_or_else(|| Mistake::new("country_parameters", message))
        };
        let aws = Aws::new(AwsOptions {
            region: self.region.clone(),
            access_key_id: self.access_key_id.clone(),
            secret_access_key: material.needed("secret_access_key")?,
            origination_identity: given(&self.origination_identity),
            configuration_set: given(&self.configuration_set),
            topic_arn: given(&self.topic_arn),
            max_price: given(&self.max_price),
            protect_configuration: given(&self.protect_configuration),
            country_parameters: (self.country_parameters.iter().map(parameter))
                .collect::<Result<_, _>>()?,
            feedback: self.feedback.unwrap_or(false),
            base_url: optional_base_url("base_url", &self.base_url, &self.calls)?,
            code_rows: material.code_rows.clone(),
        });
        Ok(Arc::new(aws.map_err(|error| mistake(&error))?))
    }
}

fn mistake(error: &AwsError) -> Mistake {
    let key = match error {
        AwsError::Region(_) => "region",
        AwsError::AccessKeyId => "access_key_id",
        AwsError::SecretAccessKey => "secret_access_key_file",
        AwsError::Topic(_) => "topic_arn",
        AwsError::MaxPrice(_) => "max_price",
        AwsError::Name("origination identity") => "origination_identity",
        AwsError::Name("name of the configuration set") => "configuration_set",
        AwsError::Name(_) => "protect_configuration",
        AwsError::CountryParameter(_) => "country_parameters",
        AwsError::Path => "base_url",
        AwsError::Codes(_) => "codes_file",
    };
    Mistake::new(key, error.to_string())
}
