//! Section `[push]`: how the authenticator app is woken.

use delivery::push::{Contact, PushHost, PushServices};
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::PublicUrl;
use super::formats::networks;

/// How the authenticator app is woken: by Web Push, through the push service of the person's browser.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PushConfig {
    /// Whether pushes are sent; without them the app finds a prompt when it is opened.
    pub enabled: bool,
    /// Where the people of a push service reach you: `mailto:…` or `https://…`. Empty = `server.public_url`, if that
    /// is `https://`; some services refuse pushes without a contact.
    #[serde(deserialize_with = "contact")]
    #[schemars(with = "String")]
    pub contact: Option<Contact>,
    /// Hosts of the push services that are known: names, or `*.` and the end of names, with `:PORT` if it is not 443.
    /// An app at any other is not subscribed.
    #[serde(deserialize_with = "hosts")]
    #[schemars(with = "Vec<String>", length(min = 1, max = 64), extend("x-rule" = "D-24"))]
    pub hosts: Vec<PushHost>,
    /// Private networks where a push service of your own may run; pushes to all other private addresses are refused.
    #[serde(deserialize_with = "networks")]
    #[schemars(with = "Vec<String>", length(max = 64))]
    pub allow_private: Vec<IpNet>,
}

impl Default for PushConfig {
    fn default() -> Self {
        let services = PushServices::default();
        let hosts = services.hosts().to_vec();
        Self { enabled: true, contact: None, hosts, allow_private: Vec::new() }
    }
}

impl PushConfig {
    /// The push services that may be called.
    pub fn services(&self) -> PushServices {
        PushServices::new(self.hosts.clone(), self.allow_private.clone())
    }

    /// The contact that push services are told: the one that is set, else the address of this server.
    pub fn contact_or(&self, public_url: Option<&PublicUrl>) -> Option<Contact> {
        let of_server = || public_url?.to_string().parse().ok();
        self.contact.clone().or_else(of_server)
    }
}

fn contact<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Contact>, D::Error> {
    let text = String::deserialize(input)?;
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(D::Error::custom) }
}

fn hosts<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<PushHost>, D::Error> {
    let list = Vec::<String>::deserialize(input)?;
    let host =
        |text: &String| text.parse().map_err(|no| D::Error::custom(format!("{text:?} {no}")));
    list.iter().map(host).collect()
}
