//! Blocks `[[gateway]]`: the ways out for messages. Each kind of provider has a file of its own.

mod aws;
pub(super) mod feedback;
mod generic;
pub(crate) mod http;
mod infobip;
mod messente;
mod smpp;
mod twilio;
mod vonage;

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use ::http::Uri;
use ::http::uri::Scheme;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::formats::optional_path;
use super::problem::Report;
use super::secret::{self, Secret, SecretSource};
use super::server::PublicUrl;

pub use self::aws::AwsGateway;
pub use self::generic::GenericGateway;
pub use self::http::{CallKeys, Material, Mistake, ProviderConfig, SecretKey};
pub use self::infobip::InfobipGateway;
pub use self::messente::{MessenteGateway, MessenteOlderGateway};
pub use self::smpp::{
    SmppAlphabet, SmppBind, SmppGateway, SmppLongMessage, SmppMessageId, SmppValidity, SmppVersion,
    SmscAddress, TonNpiSetting, VendorTlv,
};
pub use self::twilio::TwilioGateway;
pub use self::vonage::{SignatureAlgorithm, VonageGateway};

/// Most gateways in one configuration.
pub const GATEWAYS_MAX: usize = 64;

/// Longest name of a gateway; it is a label of metrics.
const NAME_CHARACTERS_MAX: usize = 32;

/// One way out for messages.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum GatewayConfig {
    /// Keeps messages in memory and shows them at `/dev/inbox`.
    Inbox(InboxGateway),
    /// Posts messages as JSON to a program of the operator.
    Webhook(WebhookGateway),
    /// Speaks SMPP with the SMSC of a carrier or a provider.
    Smpp(Box<SmppGateway>),
    /// Sends by Twilio Messages.
    Twilio(TwilioGateway),
    /// Sends by Vonage SMS.
    Vonage(VonageGateway),
    /// Sends by the Omnichannel interface of Messente.
    Messente(MessenteGateway),
    /// Sends by the older interface of Messente.
    #[serde(rename = "messente-older")]
    MessenteOlder(MessenteOlderGateway),
    /// Sends by Infobip SMS.
    Infobip(InfobipGateway),
    /// Sends by AWS End User Messaging SMS.
    Aws(AwsGateway),
    /// Sends to any other provider over HTTP, as a description says.
    Generic(GenericGateway),
}

/// Keeps messages in memory and shows them at `/dev/inbox`, codes included.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InboxGateway {
    /// Name in logs and metrics: lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// Allows this inbox beside gateways that send real messages.
    #[serde(default)]
    pub allow_beside_real: bool,
}

/// Posts messages as JSON to a program of the operator.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookGateway {
    /// Name in logs and metrics: lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// Where messages are posted: `https://…`, or `http://…` on this machine.
    #[schemars(with = "String")]
    pub url: WebhookUrl,
    /// Allows plain `http://` to another machine.
    #[serde(default)]
    pub allow_plain_http: bool,
    /// File with the token that is sent as `Authorization: Bearer`; empty = none.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub token_file: Option<PathBuf>,
    /// The token itself; only from the environment.
    #[serde(default)]
    #[schemars(with = "String", extend("x-secret" = "RINGPROOF_GATEWAY__NAME__TOKEN"))]
    pub token: Option<Secret>,
    /// File with the token that the gateway's other side sends with receipts and inbound messages; empty = none is
    /// taken from it.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub receipt_token_file: Option<PathBuf>,
    /// That token itself; only from the environment.
    #[serde(default)]
    #[schemars(with = "String", extend("x-secret" = "RINGPROOF_GATEWAY__NAME__RECEIPT_TOKEN"))]
    pub receipt_token: Option<Secret>,
    /// What a part costs there, in euro, such as 0.045; the choice by conversion takes the cheapest of the good ones.
    #[serde(default)]
    #[schemars(with = "f64", range(min = 0.0, max = 100.0), extend("x-unit" = "euro"))]
    pub price_per_part: Option<PricePerPart>,
    /// Messages in one request.
    #[serde(default = "batch_max")]
    #[schemars(range(min = 1, max = 1000), extend("x-unit" = "messages"))]
    pub batch_max: u16,
    /// Requests at the same time.
    #[serde(default = "connections")]
    #[schemars(range(min = 1, max = 256), extend("x-unit" = "requests"))]
    pub connections: u16,
}

fn batch_max() -> u16 {
    64
}

fn connections() -> u16 {
    4
}

impl GatewayConfig {
    /// The gateway's name, unique in a configuration.
    pub fn name(&self) -> &str {
        match self {
            Self::Inbox(inbox) => &inbox.name,
            Self::Webhook(webhook) => &webhook.name,
            Self::Smpp(smpp) => &smpp.name,
            Self::Twilio(provider) => provider.name(),
            Self::Vonage(provider) => provider.name(),
            Self::Messente(provider) => provider.name(),
            Self::MessenteOlder(provider) => provider.name(),
            Self::Infobip(provider) => provider.name(),
            Self::Aws(provider) => provider.name(),
            Self::Generic(provider) => provider.name(),
        }
    }

    /// What it is as a provider over HTTP, if it is one.
    pub fn provider(&self) -> Option<&dyn ProviderConfig> {
        match self {
            Self::Inbox(_) | Self::Webhook(_) | Self::Smpp(_) => None,
            Self::Twilio(provider) => Some(provider),
            Self::Vonage(provider) => Some(provider),
            Self::Messente(provider) => Some(provider),
            Self::MessenteOlder(provider) => Some(provider),
            Self::Infobip(provider) => Some(provider),
            Self::Aws(provider) => Some(provider),
            Self::Generic(provider) => Some(provider),
        }
    }

    /// What it is as a gateway over SMPP, if it is one.
    pub fn smpp(&self) -> Option<&SmppGateway> {
        match self {
            Self::Smpp(smpp) => Some(smpp),
            Self::Inbox(_)
            | Self::Webhook(_)
            | Self::Twilio(_)
            | Self::Vonage(_)
            | Self::Messente(_)
            | Self::MessenteOlder(_)
            | Self::Infobip(_)
            | Self::Aws(_)
            | Self::Generic(_) => None,
        }
    }

    /// What a part costs there, in 1/100,000 euro, if the operator says so.
    pub fn price(&self) -> Option<u64> {
        let price = match self {
            Self::Webhook(webhook) => webhook.price_per_part,
            Self::Smpp(smpp) => smpp.price_per_part,
            other => other.provider().and_then(|provider| provider.calls().price_per_part),
        };
        price.map(PricePerPart::units)
    }

    /// Whether messages handed to it can reach a phone.
    pub fn is_real(&self) -> bool {
        !matches!(self, Self::Inbox(_))
    }

    pub(crate) fn check_files(&self, report: &mut Report) {
        if let Some(provider) = self.provider() {
            return http::check_files(provider, report);
        }
        match self {
            Self::Webhook(webhook) => webhook.check_files(report),
            Self::Smpp(smpp) => smpp.check_files(report),
            Self::Inbox(_)
            | Self::Twilio(_)
            | Self::Vonage(_)
            | Self::Messente(_)
            | Self::MessenteOlder(_)
            | Self::Infobip(_)
            | Self::Aws(_)
            | Self::Generic(_) => {}
        }
    }
}

impl WebhookGateway {
    /// Where its token comes from, if it has one.
    pub fn token_source(&self) -> Option<SecretSource> {
        secret::source_of(self.token.as_ref(), self.token_file.as_ref())
    }

    /// Where the token of receipts and inbound messages comes from, if they are taken.
    pub fn receipt_token_source(&self) -> Option<SecretSource> {
        secret::source_of(self.receipt_token.as_ref(), self.receipt_token_file.as_ref())
    }

    fn check_files(&self, report: &mut Report) {
        let sources = [
            ("token_file", self.token_source()),
            ("receipt_token_file", self.receipt_token_source()),
        ];
        for (key, source) in sources {
            if let Some(Err(error)) = source.map(|source| source.read()) {
                report.add(format!("gateway.{}.{key}", self.name), error.to_string());
            }
        }
    }

    fn check(&self, report: &mut Report) {
        let key = |key: &str| format!("gateway.{}.{key}", self.name);
        if !self.url.is_encrypted() && !self.url.is_loopback() && !self.allow_plain_http {
            report.add(
                key("url"),
                "would carry codes over plain http to another machine; use https://, or set allow_plain_http = true \
                 on this gateway",
            );
        }
        let secrets = [
            ("token", &self.token, &self.token_file),
            ("receipt_token", &self.receipt_token, &self.receipt_token_file),
        ];
        for (name, value, file) in secrets {
            secret::check(&key(name), value.as_ref(), file.as_ref(), report);
        }
    }
}

/// A price in euro.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PricePerPart(u64);

impl PricePerPart {
    /// In 1/100,000 euro.
    pub fn units(self) -> u64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for PricePerPart {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is looked at first"
    )]
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let euro = f64::deserialize(input)?;
        if (0.0..=100.0).contains(&euro) {
            return Ok(Self((euro * 100_000.0).round() as u64));
        }
        Err(serde::de::Error::custom("must be a price in euro from 0 to 100"))
    }
}

/// Rules for the list as a whole, and for each gateway in it.
pub(super) fn check(
    gateways: &[GatewayConfig],
    public_url: Option<&PublicUrl>,
    report: &mut Report,
) {
    if gateways.len() > GATEWAYS_MAX {
        report.add(
            "gateway",
            format!("{} gateways are too many; {GATEWAYS_MAX} are allowed", gateways.len()),
        );
    }
    let has_real = gateways.iter().any(GatewayConfig::is_real);
    for gateway in gateways {
        let name = gateway.name();
        if !is_name(name) {
            report.add(
                format!("gateway.{name}.name"),
                format!(
                    "{name:?} cannot be a name; give 1 to {NAME_CHARACTERS_MAX} lower-case letters, digits, - and _, \
                     a letter or digit first"
                ),
            );
        }
        if let Some(provider) = gateway.provider() {
            http::check(provider, public_url, report);
        }
        match gateway {
            GatewayConfig::Inbox(inbox) if has_real && !inbox.allow_beside_real => report.add(
                format!("gateway.{name}.kind"),
                "an inbox shows codes to whoever opens its page, so it is refused beside real gateways; remove it, or \
                 set allow_beside_real = true on it",
            ),
            GatewayConfig::Webhook(webhook) => webhook.check(report),
            GatewayConfig::Smpp(smpp) => smpp.check(report),
            GatewayConfig::Inbox(_)
            | GatewayConfig::Twilio(_)
            | GatewayConfig::Vonage(_)
            | GatewayConfig::Messente(_)
            | GatewayConfig::MessenteOlder(_)
            | GatewayConfig::Infobip(_)
            | GatewayConfig::Aws(_)
            | GatewayConfig::Generic(_) => {}
        }
    }
}

fn is_name(name: &str) -> bool {
    name.len() <= NAME_CHARACTERS_MAX
        && name.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte))
}

/// An address that messages are posted to: http or https, a host, and no credentials inside.
///
/// [`Display`](std::fmt::Display) cuts path and query, since providers put keys there.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(Uri);

impl WebhookUrl {
    /// The whole address, for the one who connects.
    pub fn uri(&self) -> &Uri {
        &self.0
    }

    /// Whether it is https.
    pub fn is_encrypted(&self) -> bool {
        self.0.scheme() == Some(&Scheme::HTTPS)
    }

    /// Whether it leads back to this machine: a loopback address, or the name `localhost`.
    pub fn is_loopback(&self) -> bool {
        let host = self.0.host().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost")
            || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl FromStr for WebhookUrl {
    type Err = &'static str;

    /// The message never repeats the text: it may hold a key.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "is not an address for a webhook; write https://HOST/PATH";
        let uri = text.parse::<Uri>().map_err(|_| WRONG)?;
        let is_http = uri.scheme() == Some(&Scheme::HTTP) || uri.scheme() == Some(&Scheme::HTTPS);
        let authority =
            uri.authority().filter(|authority| !authority.host().is_empty()).ok_or(WRONG)?;
        if !is_http {
            return Err("must begin with https:// or http://");
        }
        if authority.as_str().contains('@') {
            return Err("has credentials in it; put them into token_file");
        }
        if authority.as_str() != authority.host()
            && authority.port_u16().is_none_or(|port| port == 0)
        {
            return Err("has no usable port; write a number from 1 to 65535 after the colon");
        }
        Ok(Self(uri))
    }
}

impl std::fmt::Display for WebhookUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = self.0.scheme_str().unwrap_or_default();
        let authority = self.0.authority().map_or("", ::http::uri::Authority::as_str);
        let is_short = self.0.query().is_none() && self.0.path() == "/";
        write!(formatter, "{scheme}://{authority}/{}", if is_short { "" } else { "…" })
    }
}

impl std::fmt::Debug for WebhookUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "\"{self}\"")
    }
}

impl<'de> Deserialize<'de> for WebhookUrl {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(serde::de::Error::custom)
    }
}
