//! Blocks `[[inbound]]`: the numbers to which persons write, and the address that gets what they write.

use std::path::PathBuf;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use verify::engine::account::is_username;

use super::account::not_a_name;
use super::formats::optional_path;
use super::problem::Report;
use super::secret::{self, Secret, SecretSource};
use super::{ReportsConfig, WebhookUrl};

/// Most `[[inbound]]` blocks in one configuration.
pub const INBOUND_MAX: usize = 1_000;

/// A number to which persons write.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InboundConfig {
    /// The number: a short code, or a phone number with country code.
    #[schemars(with = "String")]
    pub number: InboundNumber,
    /// Name of the account that the messages are for.
    pub account: String,
    /// Where messages are posted as JSON: `https://…`, or `http://…` where `reports.allow_http` is true.
    #[schemars(with = "String")]
    pub url: WebhookUrl,
    /// File with the secret under which they are signed.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub secret_file: Option<PathBuf>,
    /// The secret itself; only from the environment.
    #[serde(default)]
    #[schemars(with = "String", extend("x-secret" = "RINGPROOF_INBOUND__NUMBER__SECRET"))]
    pub secret: Option<Secret>,
}

impl InboundConfig {
    /// Where its secret comes from; [`load`](super::load) makes sure that there is one.
    pub fn secret_source(&self) -> Option<SecretSource> {
        secret::source_of(self.secret.as_ref(), self.secret_file.as_ref())
    }

    fn key(&self, key: &str) -> String {
        format!("inbound.{}.{key}", self.number.as_str())
    }

    pub(crate) fn check_files(&self, report: &mut Report) {
        if let Some(Err(error)) = self.secret_source().map(|source| source.read()) {
            report.add(self.key("secret_file"), error.to_string());
        }
    }

    fn check(&self, reports: &ReportsConfig, report: &mut Report) {
        if !is_username(&self.account) {
            report.add(self.key("account"), not_a_name(&self.account));
        }
        if !self.url.is_encrypted() && !reports.allow_http {
            report.add(
                self.key("url"),
                "would carry messages over plain http; use https://, or set reports.allow_http = true",
            );
        }
        if self.secret_source().is_none() {
            report.add(
                self.key("secret_file"),
                "is missing; name a file with the secret under which messages are signed",
            );
        }
        secret::check(&self.key("secret"), self.secret.as_ref(), self.secret_file.as_ref(), report);
    }
}

/// Rules for the list as a whole, and for each block in it.
pub(super) fn check(inbound: &[InboundConfig], reports: &ReportsConfig, report: &mut Report) {
    if inbound.len() > INBOUND_MAX {
        let count = inbound.len();
        report.add("inbound", format!("{count} blocks are too many; {INBOUND_MAX} are allowed"));
    }
    for (index, one) in inbound.iter().enumerate() {
        if inbound[..index].iter().any(|other| other.number.is(one.number.digits())) {
            report.add(one.key("number"), "is there twice, with and without +; remove one");
        }
        one.check(reports, report);
    }
}

/// A short code or a phone number: 3 to 15 digits, perhaps with `+` before them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundNumber(String);

impl InboundNumber {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its digits.
    pub fn digits(&self) -> &str {
        self.0.strip_prefix('+').unwrap_or(&self.0)
    }

    /// Whether a gateway means this number, with or without `+`.
    pub fn is(&self, recipient: &str) -> bool {
        recipient.strip_prefix('+').unwrap_or(recipient) == self.digits()
    }
}

impl FromStr for InboundNumber {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let is_number =
            (3..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        let number = is_number.then(|| Self(text.to_owned()));
        number.ok_or("is no number to write to; write 3 to 15 digits, with + and the country code if it has one")
    }
}

impl<'de> Deserialize<'de> for InboundNumber {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_meant_with_and_without_its_plus() {
        let number: InboundNumber = "+37255500123".parse().unwrap();
        assert!(number.is("37255500123") && number.is("+37255500123"));
        assert!(!number.is("+37255500124") && !number.is("") && !number.is("++37255500123"));
        assert!("1234".parse::<InboundNumber>().unwrap().is("1234"));
        for bad in ["", "+", "12", "1234567890123456", "12 34", "STOP", "１２３"] {
            assert!(bad.parse::<InboundNumber>().is_err(), "{bad}");
        }
    }
}
