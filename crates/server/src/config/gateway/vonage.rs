//! Vonage SMS.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use delivery::provider::Provider;
use delivery::provider::vonage::{
    Vonage, VonageAlgorithm, VonageAuth, VonageError, VonageOptions, VonageSignature,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::http::{
    CallKeys, Material, Mistake, ProviderConfig, SecretKey, given, optional_base_url,
};
use crate::config::formats::optional_path;
use crate::config::secret::Secret;

/// Sends by Vonage SMS.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VonageGateway {
    /// Name in logs, metrics and the address for receipts: lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// The account's API key, as the dashboard shows it; it is no secret.
    pub account_key: String,
    /// File with the account's API secret; not needed with `sign_requests = true`.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub api_secret_file: Option<PathBuf>,
    /// The API secret itself; only from the environment.
    #[serde(default)]
    #[schemars(with = "String", extend("x-secret" = "RINGPROOF_GATEWAY__NAME__API_SECRET"))]
    pub api_secret: Option<Secret>,
    /// File with the signature secret. When there is one, receipts must be signed with it: switch signed webhooks on
    /// in the dashboard.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub signature_secret_file: Option<PathBuf>,
    /// The signature secret itself; only from the environment.
    #[serde(default)]
    #[schemars(with = "String", extend("x-secret" = "RINGPROOF_GATEWAY__NAME__SIGNATURE_SECRET"))]
    pub signature_secret: Option<Secret>,
    /// File with the other signature secret while it is being changed: receipts signed with it are believed too.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub signature_secret_other_file: Option<PathBuf>,
    /// That secret itself; only from the environment.
    #[serde(default)]
    #[schemars(with = "String", extend("x-secret" = "RINGPROOF_GATEWAY__NAME__SIGNATURE_SECRET_OTHER"))]
    pub signature_secret_other: Option<Secret>,
    /// The way of signing that the account is set to.
    #[serde(default)]
    pub signature_algorithm: SignatureAlgorithm,
    /// Signs requests with the signature secret instead of giving the API secret.
    #[serde(default)]
    pub sign_requests: bool,
    /// Number or name that is always shown as sender; empty = the sender of each message.
    #[serde(default)]
    pub from: String,
    /// Principal entity that is registered with the regulator, for India and others; empty = none.
    #[serde(default)]
    pub entity_id: String,
    /// Template that is registered with the regulator; empty = none.
    #[serde(default)]
    pub content_id: String,
    /// Says that Vonage lets this account off its checks for pumped traffic.
    #[serde(default)]
    pub trusted_sender: bool,
    /// Tells Vonage which of its codes were entered; Vonage must have switched that on for the account.
    #[serde(default)]
    pub feedback: bool,
    /// Where it is told so; empty = `https://api.nexmo.com`.
    #[serde(default)]
    pub conversion_base_url: String,
    /// Where Vonage is; empty = `https://rest.nexmo.com`.
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

/// The ways of signing that an account of Vonage can be set to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignatureAlgorithm {
    /// MD5 of the text and the secret behind it; the weakest.
    Md5Hash,
    /// HMAC with MD5.
    Md5,
    /// HMAC with SHA-1.
    Sha1,
    /// HMAC with SHA-256.
    #[default]
    Sha256,
    /// HMAC with SHA-512.
    Sha512,
}

impl From<SignatureAlgorithm> for VonageAlgorithm {
    fn from(algorithm: SignatureAlgorithm) -> Self {
        match algorithm {
            SignatureAlgorithm::Md5Hash => Self::Md5Hash,
            SignatureAlgorithm::Md5 => Self::Md5,
            SignatureAlgorithm::Sha1 => Self::Sha1,
            SignatureAlgorithm::Sha256 => Self::Sha256,
            SignatureAlgorithm::Sha512 => Self::Sha512,
        }
    }
}

impl ProviderConfig for VonageGateway {
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
        let other = SecretKey {
            name: "signature_secret_other",
            value: self.signature_secret_other.as_ref(),
            file: self.signature_secret_other_file.as_ref(),
            is_needed: false,
        };
        let has_other = other.value.is_some() || other.file.is_some();
        vec![
            SecretKey {
                name: "api_secret",
                value: self.api_secret.as_ref(),
                file: self.api_secret_file.as_ref(),
                is_needed: !self.sign_requests,
            },
            SecretKey {
                name: "signature_secret",
                value: self.signature_secret.as_ref(),
                file: self.signature_secret_file.as_ref(),
                is_needed: self.sign_requests || has_other,
            },
            other,
        ]
    }

    fn provider(&self, material: &Material) -> Result<Arc<dyn Provider>, Mistake> {
        let algorithm = self.signature_algorithm.into();
        let auth = if self.sign_requests {
            VonageAuth::Signed { secret: material.needed("signature_secret")?, algorithm }
        } else {
            VonageAuth::Secret(material.needed("api_secret")?)
        };
        let callback_signature = material.secret("signature_secret").map(|secret| {
            let secret_other = material.secret("signature_secret_other");
            VonageSignature { secret, secret_other, algorithm }
        });
        let vonage = Vonage::new(VonageOptions {
            api_key: self.account_key.clone(),
            auth,
            callback_signature,
            from: given(&self.from),
            entity_id: given(&self.entity_id),
            content_id: given(&self.content_id),
            trusted_sender: self.trusted_sender,
            feedback: self.feedback,
            conversion_base_url: optional_base_url(
                "conversion_base_url",
                &self.conversion_base_url,
                &self.calls,
            )?,
            base_url: optional_base_url("base_url", &self.base_url, &self.calls)?,
            code_rows: material.code_rows.clone(),
        });
        Ok(Arc::new(vonage.map_err(mistake)?))
    }
}

fn mistake(error: VonageError) -> Mistake {
    match error {
        VonageError::Value(key) => Mistake::new(
            if key == "api_key" { "account_key" } else { key },
            "must be printable characters without blanks, as Vonage's dashboard shows it",
        ),
        VonageError::From => Mistake::new(
            "from",
            "must be a number of up to 15 digits or a name of up to 11 characters",
        ),
        VonageError::Secret("api_secret") => {
            Mistake::new("api_secret_file", "does not hold the secret itself")
        }
        VonageError::Secret(_) => {
            Mistake::new("signature_secret_file", "does not hold the secret itself")
        }
        VonageError::Feedback => Mistake::new(
            "feedback",
            "needs requests with the API secret: take sign_requests out, or feedback",
        ),
        VonageError::Codes(error) => Mistake::new("codes_file", error.to_string()),
    }
}
