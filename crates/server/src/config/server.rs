//! Section `[server]` with `[server.tls]` and `[server.limits]`: the listener and its edge.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use delivery::provider::base_url::{BaseUrl, BaseUrlError};
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::formats::{address, check_readable, networks, optional_address, optional_path, seconds};
use super::problem::Report;

/// The listener and its edge.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Address and port of the one listener; port 0 takes a free one.
    #[serde(deserialize_with = "address")]
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// Another address for `/metrics`, `/healthz` and `/readyz`; empty = the same listener.
    #[serde(deserialize_with = "optional_address")]
    #[schemars(with = "String")]
    pub metrics_listen: Option<SocketAddr>,
    /// Address of this server as the internet sees it, such as `https://verify.example.com`: providers send receipts
    /// there. Empty = they are told none.
    #[serde(deserialize_with = "public_url")]
    #[schemars(with = "String")]
    pub public_url: Option<PublicUrl>,
    /// Networks of the proxies whose `Forwarded` and `X-Forwarded-*` headers are believed.
    #[serde(deserialize_with = "networks")]
    #[schemars(with = "Vec<String>", length(max = 64))]
    pub trusted_proxies: Vec<IpNet>,
    /// Accepts API credentials over plain HTTP from other machines.
    pub allow_plain_http: bool,
    /// Status of a creating answer, unless the account has its own.
    pub create_status: CreateStatus,
    /// Threads that serve requests; 0 = one less than the machine has cores, at least one.
    #[schemars(range(min = 0, max = 256), extend("x-unit" = "threads"))]
    pub worker_threads: u16,
    /// Certificate and key; without them the listener speaks plain HTTP.
    pub tls: TlsConfig,
    /// How much and how long one client can hold.
    pub limits: ServerLimits,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            metrics_listen: None,
            public_url: None,
            trusted_proxies: Vec::new(),
            allow_plain_http: false,
            create_status: CreateStatus::Auto,
            worker_threads: 0,
            tls: TlsConfig::default(),
            limits: ServerLimits::default(),
        }
    }
}

impl ServerConfig {
    pub(crate) fn check(&self, report: &mut Report) {
        if self.metrics_listen == Some(self.listen) && self.listen.port() != 0 {
            report.add(
                "server.metrics_listen",
                "is the same as server.listen; leave it empty for one listener",
            );
        }
        if self.public_url.as_ref().is_some_and(|url| !url.is_safe()) && !self.allow_plain_http {
            report.add(
                "server.public_url",
                "would carry receipts over plain http; use https://, or set server.allow_plain_http = true",
            );
        }
        if let Some(all) = self.trusted_proxies.iter().find(|network| network.prefix_len() == 0) {
            report.add(
                "server.trusted_proxies",
                format!("{all} is the whole internet, so anybody could pretend any address; list your proxies"),
            );
        }
        self.tls.check(report);
    }
}

fn public_url<'de, D: Deserializer<'de>>(input: D) -> Result<Option<PublicUrl>, D::Error> {
    let text = String::deserialize(input)?;
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(D::Error::custom) }
}

/// The address of this server as the internet sees it; without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// Where the provider behind a gateway sends receipts.
    pub fn callback_base(&self, gateway: &str) -> String {
        format!("{}/dlr/{gateway}", self.0)
    }

    /// Its host, without a port.
    pub fn host(&self) -> Option<String> {
        let uri: http::Uri = self.0.parse().ok()?;
        uri.host().map(str::to_ascii_lowercase)
    }

    /// Whether it is https, or does not leave this machine.
    fn is_safe(&self) -> bool {
        BaseUrl::parse(&self.0, false).is_ok()
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = BaseUrl::parse(text, true).map_err(|error| match error {
            BaseUrlError::NoAddress | BaseUrlError::PlainHttp => {
                "is no address; write one such as https://verify.example.com".to_owned()
            }
            BaseUrlError::TooMuch => error.to_string(),
        })?;
        Ok(Self(url.join("")))
    }
}

impl std::fmt::Display for PublicUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Status of the answer to a call that creates something (verigator-api.md section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema, clap::ValueEnum)]
pub enum CreateStatus {
    /// 200 for the known Java client, 201 for everybody else.
    #[default]
    #[serde(rename = "auto")]
    #[value(name = "auto")]
    Auto,
    /// Always 200.
    #[serde(rename = "200")]
    #[value(name = "200")]
    Ok,
    /// Always 201.
    #[serde(rename = "201")]
    #[value(name = "201")]
    Created,
}

/// Certificate and key; without them the listener speaks plain HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// Certificate chain, PEM, the server's own certificate first.
    #[serde(deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub cert_file: Option<PathBuf>,
    /// Private key, PEM.
    #[serde(deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub key_file: Option<PathBuf>,
}

impl TlsConfig {
    /// Certificate and key file when TLS is on.
    pub fn files(&self) -> Option<(&Path, &Path)> {
        self.cert_file.as_deref().zip(self.key_file.as_deref())
    }

    pub(crate) fn check(&self, report: &mut Report) {
        let missing = match (&self.cert_file, &self.key_file) {
            (Some(_), None) => ("server.tls.cert_file", "has no key; set server.tls.key_file too"),
            (None, Some(_)) => {
                ("server.tls.key_file", "has no certificate; set server.tls.cert_file too")
            }
            (Some(_), Some(_)) | (None, None) => return,
        };
        report.add(missing.0, missing.1);
    }

    pub(crate) fn check_files(&self, report: &mut Report) {
        if let Some((cert, key)) = self.files() {
            check_readable("server.tls.cert_file", cert, report);
            check_readable("server.tls.key_file", key, report);
        }
    }
}

/// How much and how long one client can hold (security rules D-46 and D-47).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServerLimits {
    /// Open connections in all.
    #[schemars(range(min = 1, max = 1_000_000), extend("x-unit" = "connections", "x-rule" = "D-47"))]
    pub connections_max: u32,
    /// Open connections from one IP address.
    #[schemars(range(min = 1, max = 1_000_000), extend("x-unit" = "connections", "x-rule" = "D-47"))]
    pub connections_per_ip_max: u32,
    /// From accepting a connection to its first byte.
    #[serde(rename = "first_byte_seconds", deserialize_with = "seconds")]
    #[schemars(with = "u64", range(min = 1, max = 300), extend("x-unit" = "seconds", "x-rule" = "D-46"))]
    pub first_byte: Duration,
    /// From the first byte to the end of the header.
    #[serde(rename = "header_seconds", deserialize_with = "seconds")]
    #[schemars(with = "u64", range(min = 1, max = 300), extend("x-unit" = "seconds", "x-rule" = "D-46"))]
    pub header: Duration,
    /// From the first byte to the end of the body.
    #[serde(rename = "request_seconds", deserialize_with = "seconds")]
    #[schemars(with = "u64", range(min = 1, max = 300), extend("x-unit" = "seconds", "x-rule" = "D-46"))]
    pub request: Duration,
    /// From the whole request to the answer.
    #[serde(rename = "handler_seconds", deserialize_with = "seconds")]
    #[schemars(with = "u64", range(min = 1, max = 300), extend("x-unit" = "seconds", "x-rule" = "D-46"))]
    pub handler: Duration,
    /// Rest between two requests on one connection.
    #[serde(rename = "idle_seconds", deserialize_with = "seconds")]
    #[schemars(with = "u64", range(min = 1, max = 3600), extend("x-unit" = "seconds", "x-rule" = "D-46"))]
    pub idle: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            connections_max: 10_000,
            connections_per_ip_max: 100,
            first_byte: Duration::from_secs(5),
            header: Duration::from_secs(5),
            request: Duration::from_secs(15),
            handler: Duration::from_secs(10),
            idle: Duration::from_mins(1),
        }
    }
}
