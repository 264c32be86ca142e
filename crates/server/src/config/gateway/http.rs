//! What the providers over HTTP have in common: keys, secrets, and how a mistake in them is told.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use delivery::provider::Provider;
use delivery::provider::base_url::BaseUrl;
use delivery::provider::tag::TAG_CHARS;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::PricePerPart;
use crate::config::catalogue::FAMILIES;
use crate::config::environment::block_variable;
use crate::config::problem::Report;
use crate::config::secret::{self, Secret, source_of};
use crate::config::server::PublicUrl;

/// Largest file of codes or of a description; a larger one is a mistaken path.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// How a provider is called.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub struct CallKeys {
    /// Calls of the provider at the same time, one message each.
    #[serde(default = "connections")]
    #[schemars(range(min = 1, max = 256), extend("x-unit" = "requests"))]
    pub connections: u16,
    /// Messages that it is given in a second at most, by all servers of a cluster together; 0 = as many as come.
    #[serde(default)]
    #[schemars(range(min = 0, max = 10_000), extend("x-unit" = "messages"))]
    pub messages_per_second: u32,
    /// Allows plain `http://` to another machine.
    #[serde(default)]
    pub allow_plain_http: bool,
    /// What a part costs there, in euro, such as 0.045; the choice by conversion takes the cheapest of the good ones.
    #[serde(default)]
    #[schemars(with = "f64", range(min = 0.0, max = 100.0), extend("x-unit" = "euro"))]
    pub price_per_part: Option<PricePerPart>,
}

fn connections() -> u16 {
    4
}

/// A secret of a gateway: itself from the environment, or a file that holds it.
pub struct SecretKey<'a> {
    /// The key of the secret itself; that of its file has `_file` behind it.
    pub name: &'static str,
    /// The secret itself.
    pub value: Option<&'a Secret>,
    /// Its file.
    pub file: Option<&'a PathBuf>,
    /// Whether the gateway cannot do without.
    pub is_needed: bool,
}

impl SecretKey<'_> {
    fn is_given(&self) -> bool {
        self.value.is_some() || self.file.is_some()
    }
}

/// What is wrong with a gateway, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The key.
    pub key: &'static str,
    /// The sentence behind it; never shows a secret.
    pub message: String,
}

impl Mistake {
    /// Makes one.
    pub fn new(key: &'static str, message: impl Into<String>) -> Self {
        Self { key, message: message.into() }
    }
}

/// A gateway of one of the providers.
pub trait ProviderConfig {
    /// Its name.
    fn name(&self) -> &str;

    /// How it is called.
    fn calls(&self) -> &CallKeys;

    /// Rows that take the place of those of its table of codes.
    fn codes_file(&self) -> Option<&Path>;

    /// Its secrets.
    fn secrets(&self) -> Vec<SecretKey<'_>>;

    /// The provider as configured.
    ///
    /// # Errors
    /// The first thing that cannot be used.
    fn provider(&self, material: &Material) -> Result<Arc<dyn Provider>, Mistake>;

    /// The provider with secrets that are none, to look at everything else; `None` if it cannot be made without its
    /// files.
    ///
    /// # Errors
    /// The first thing that cannot be used.
    fn sample(&self) -> Result<Option<Arc<dyn Provider>>, Mistake> {
        self.provider(&Material::sample(&self.secrets())).map(Some)
    }

    /// Whether its secrets or other parts come from files, which may have changed.
    fn has_files(&self) -> bool {
        self.codes_file().is_some() || self.secrets().iter().any(|secret| secret.file.is_some())
    }
}

/// What is not in the configuration itself.
#[derive(Default)]
pub struct Material {
    secrets: HashMap<&'static str, SecretString>,
    /// Rows of codes, as TOML.
    pub code_rows: Option<String>,
}

impl Material {
    /// Reads all files.
    ///
    /// # Errors
    /// Everything that cannot be read.
    pub fn read(config: &dyn ProviderConfig) -> Result<Self, Vec<(String, String)>> {
        let (mut material, mut mistakes) = (Self::default(), Vec::new());
        for secret in config.secrets() {
            match source_of(secret.value, secret.file).map(|source| source.read()) {
                None => {}
                Some(Ok(value)) => {
                    material.secrets.insert(secret.name, SecretString::from(value.expose()));
                }
                Some(Err(error)) => {
                    mistakes.push((format!("{}_file", secret.name), error.to_string()));
                }
            }
        }
        match config.codes_file().map(read_file) {
            None => {}
            Some(Ok(rows)) => material.code_rows = Some(rows),
            Some(Err(message)) => mistakes.push(("codes_file".to_owned(), message)),
        }
        if mistakes.is_empty() { Ok(material) } else { Err(mistakes) }
    }

    fn sample(secrets: &[SecretKey<'_>]) -> Self {
        let used = secrets.iter().filter(|secret| secret.is_needed || secret.is_given());
        let secrets = used.map(|secret| (secret.name, SecretString::from("sample"))).collect();
        Self { secrets, code_rows: None }
    }

    /// A secret, if it is given.
    pub fn secret(&self, name: &str) -> Option<SecretString> {
        self.secrets.get(name).cloned()
    }

    /// A secret that the gateway cannot do without.
    ///
    /// # Errors
    /// It is missing.
    pub fn needed(&self, name: &'static str) -> Result<SecretString, Mistake> {
        self.secret(name).ok_or_else(|| Mistake::new(name, "is missing"))
    }
}

/// Reads a whole text file.
pub(super) fn read_file(path: &Path) -> Result<String, String> {
    use std::io::Read as _;
    let mut text = String::new();
    let unreadable = |cause| format!("could not read {}: {cause}", path.display());
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("{} has more than {FILE_BYTES_MAX} bytes", path.display()));
    }
    Ok(text)
}

/// Reads the address of a provider.
pub(super) fn base_url(
    key: &'static str,
    text: &str,
    calls: &CallKeys,
) -> Result<BaseUrl, Mistake> {
    let parsed = BaseUrl::parse(text, calls.allow_plain_http);
    parsed.map_err(|error| Mistake::new(key, error.to_string()))
}

/// The same for an address that may be left out: `None` for the provider's own.
pub(super) fn optional_base_url(
    key: &'static str,
    text: &str,
    calls: &CallKeys,
) -> Result<Option<BaseUrl>, Mistake> {
    if text.is_empty() { Ok(None) } else { base_url(key, text, calls).map(Some) }
}

/// An empty text is none.
pub(super) fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Everything that can be looked at without files.
pub(super) fn check(
    gateway: &dyn ProviderConfig,
    public_url: Option<&PublicUrl>,
    report: &mut Report,
) {
    let name = gateway.name();
    let path = |key: &str| format!("gateway.{name}.{key}");
    let mut lacks_secret = false;
    for secret in gateway.secrets() {
        secret::check(&path(secret.name), secret.value, secret.file, report);
        if secret.is_needed && !secret.is_given() {
            lacks_secret = true;
            let variable = block_variable(&FAMILIES[0], name, secret.name);
            report.add(
                path(&format!("{}_file", secret.name)),
                format!("is missing; name a file with the secret, or set {variable}"),
            );
        }
    }
    match gateway.sample() {
        Err(mistake) if lacks_secret && mistake.message == "is missing" => {}
        Err(mistake) => report.add(path(mistake.key), mistake.message),
        Ok(provider) => {
            let chars_max = provider.map(|provider| provider.callback_url_chars_max());
            let base = public_url.map(|url| url.callback_base(name).chars().count());
            if let (Some(chars_max), Some(base)) = (chars_max, base) {
                check_callback_base(&path("name"), base + 1 + TAG_CHARS, chars_max, report);
            }
        }
    }
}

fn check_callback_base(key: &str, chars: usize, chars_max: usize, report: &mut Report) {
    if chars > chars_max {
        report.add(
            key,
            format!(
                "makes the address for receipts {chars} characters long, and this provider takes {chars_max}: choose \
                 a shorter name, or a shorter server.public_url"
            ),
        );
    }
}

/// Looks at the files of a gateway, and at the gateway with them.
pub(super) fn check_files(gateway: &dyn ProviderConfig, report: &mut Report) {
    let path = |key: &str| format!("gateway.{}.{key}", gateway.name());
    match Material::read(gateway) {
        Err(mistakes) => {
            for (key, message) in mistakes {
                report.add(path(&key), message);
            }
        }
        Ok(material) => {
            if let Err(mistake) = gateway.provider(&material) {
                report.add(path(mistake.key), mistake.message);
            }
        }
    }
}
