//! Blocks `[[route]]`: which gateways carry the messages to some numbers.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use verify::engine::account::is_username;

use super::GatewayConfig;
use super::account::not_a_name;
use super::problem::Report;

/// Most `[[route]]` blocks in one configuration.
pub const ROUTES_MAX: usize = 1_000;

/// Most prefixes of one route, and most accounts.
const LIST_MAX: usize = 1_000;

/// Longest wait for a receipt; a code lives for five minutes.
const RECEIPT_SECONDS_MAX: u32 = 240;

/// The gateways for some numbers, in order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    /// Name in logs: lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// What numbers begin with, such as "+372" or "+37255"; empty = all numbers. The longest that fits wins.
    #[serde(default)]
    #[schemars(length(max = 1_000))]
    pub prefixes: Vec<String>,
    /// Names of the accounts that it is for; empty = all. A route for an account comes before one for all.
    #[serde(default)]
    #[schemars(length(max = 1_000))]
    pub accounts: Vec<String>,
    /// Names of gateways, the first choice first.
    #[schemars(length(max = 64))]
    pub gateways: Vec<String>,
    /// How one of them is chosen: "conversion" = the cheapest of those whose codes get entered, by what was seen since
    /// the start, and in order where nothing was seen; "order" = always the first that is open.
    #[serde(default)]
    pub choice: RouteChoice,
    /// Ask another gateway when no receipt says within so many seconds that a code was delivered; 0 = never.
    #[serde(default)]
    #[schemars(range(min = 0, max = 240), extend("x-unit" = "seconds"))]
    pub receipt_seconds: u32,
}

/// How a route chooses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RouteChoice {
    /// By what gets verified.
    #[default]
    Conversion,
    /// By the order.
    Order,
}

impl RouteConfig {
    /// Its prefixes as digits.
    pub fn prefix_digits(&self) -> Vec<String> {
        self.prefixes.iter().map(|prefix| digits(prefix).to_owned()).collect()
    }

    fn check(&self, gateways: &[GatewayConfig], report: &mut Report) {
        let key = |key: &str| format!("route.{}.{key}", self.name);
        for prefix in &self.prefixes {
            let digits = digits(prefix);
            let is_prefix = (1..=15).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_digit())
                && !digits.starts_with('0');
            if !is_prefix {
                report.add(
                    key("prefixes"),
                    format!("{prefix:?} is no beginning of a number; write it like \"+372\""),
                );
            }
        }
        for account in self.accounts.iter().filter(|account| !is_username(account)) {
            report.add(key("accounts"), not_a_name(account));
        }
        if self.gateways.is_empty() {
            report.add(key("gateways"), "is empty; name the gateways, the first choice first");
        }
        let mut seen = HashSet::new();
        for name in &self.gateways {
            if !gateways.iter().any(|gateway| gateway.name() == name) {
                let known: Vec<&str> = gateways.iter().map(GatewayConfig::name).collect();
                let known = known.join(", ");
                report.add(
                    key("gateways"),
                    format!("names {name:?}, and there is no such [[gateway]]; there are: {known}"),
                );
            }
            if !seen.insert(name) {
                report.add(key("gateways"), format!("names {name:?} twice"));
            }
        }
        if self.receipt_seconds > RECEIPT_SECONDS_MAX {
            report.add(
                key("receipt_seconds"),
                format!("must be at most {RECEIPT_SECONDS_MAX}: a code lives for five minutes"),
            );
        }
        if self.prefixes.len() > LIST_MAX || self.accounts.len() > LIST_MAX {
            report.add(key("prefixes"), format!("at most {LIST_MAX} prefixes and accounts"));
        }
    }
}

fn digits(prefix: &str) -> &str {
    prefix.trim().trim_start_matches('+')
}

/// Rules for the list as a whole, and for each block in it.
pub(super) fn check(routes: &[RouteConfig], gateways: &[GatewayConfig], report: &mut Report) {
    if routes.len() > ROUTES_MAX {
        let count = routes.len();
        report.add("route", format!("{count} routes are too many; {ROUTES_MAX} are allowed"));
    }
    for route in routes {
        route.check(gateways, report);
    }
}
