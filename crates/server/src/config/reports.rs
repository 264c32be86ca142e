//! Section `[reports]`: the calls that the server makes to programs, for delivery reports and inbound messages.

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::Deserialize;

use super::formats::networks;

/// The calls that the server makes to programs: delivery reports and inbound messages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReportsConfig {
    /// Private networks that may be called, such as the one where your programs run; all others are refused.
    #[serde(deserialize_with = "networks")]
    #[schemars(with = "Vec<String>", length(max = 64))]
    pub allow_private: Vec<IpNet>,
    /// Ports that may be called.
    #[schemars(with = "Vec<u64>", length(min = 1, max = 64), inner(range(min = 1, max = 65_535)))]
    pub ports: Vec<u16>,
    /// Allows plain `http://` addresses.
    pub allow_http: bool,
}

impl Default for ReportsConfig {
    fn default() -> Self {
        Self { allow_private: Vec::new(), ports: vec![80, 443, 8080, 8443], allow_http: true }
    }
}
