//! Section `[limits]`: how often. Numbers: security rules D-26 to D-31, D-37.
//!
//! Every limit of messages goes up to 1,000,000,000, so that a benchmark or a large operator can lift it; none can be
//! zero, since a server that sends nothing is better stopped. Each start from an address is remembered, so those
//! limits end where that would cost too much; an account need not enforce them.

use schemars::JsonSchema;
use serde::Deserialize;

/// How often messages and failed logins are allowed. All windows slide.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Messages to one phone number by one service in 30 seconds.
    #[schemars(range(min = 1, max = 1_000_000_000), extend("x-unit" = "messages", "x-rule" = "D-26"))]
    pub number_service_per_30s: u32,
    /// Messages to one phone number by one service in 10 minutes.
    #[schemars(range(min = 1, max = 1_000_000_000), extend("x-unit" = "messages", "x-rule" = "D-26"))]
    pub number_service_per_10min: u32,
    /// Messages to one phone number by one service in an hour.
    #[schemars(range(min = 1, max = 1_000_000_000), extend("x-unit" = "messages", "x-rule" = "D-26"))]
    pub number_service_per_hour: u32,
    /// Messages to one phone number by one service in 24 hours.
    #[schemars(range(min = 1, max = 1_000_000_000), extend("x-unit" = "messages", "x-rule" = "D-26"))]
    pub number_service_per_day: u32,
    /// Messages to one phone number by all accounts together in 24 hours.
    #[schemars(range(min = 1, max = 1_000_000_000), extend("x-unit" = "messages", "x-rule" = "D-27"))]
    pub number_per_day: u32,
    /// Messages of one account in a second; an account can have its own.
    #[schemars(range(min = 1, max = 1_000_000_000), extend("x-unit" = "messages", "x-rule" = "D-30"))]
    pub account_sms_per_second: u32,
    /// Messages of one account in an hour; an account can have its own.
    #[schemars(range(min = 1, max = 1_000_000_000), extend("x-unit" = "messages", "x-rule" = "D-30"))]
    pub account_sms_per_hour: u32,
    /// Messages of one account in 24 hours; an account can have its own.
    #[schemars(range(min = 1, max = 1_000_000_000), extend("x-unit" = "messages", "x-rule" = "D-30"))]
    pub account_sms_per_day: u32,
    /// Messages of one account to each country but its own in 24 hours; an account can have its own limit.
    #[schemars(range(min = 1, max = 1_000_000_000), extend("x-unit" = "messages", "x-rule" = "D-31"))]
    pub country_sms_per_day: u32,
    /// Starts of number confirmations from one address of a person in 10 minutes.
    ///
    /// These limits refuse only for accounts with `--address-limits on`; for all others they count.
    #[schemars(range(min = 1, max = 10_000), extend("x-unit" = "starts", "x-rule" = "D-28"))]
    pub address_starts_per_10min: u32,
    /// Starts of number confirmations from one address of a person in an hour.
    #[schemars(range(min = 1, max = 10_000), extend("x-unit" = "starts", "x-rule" = "D-28"))]
    pub address_starts_per_hour: u32,
    /// Starts of number confirmations from one address of a person in 24 hours.
    #[schemars(range(min = 1, max = 10_000), extend("x-unit" = "starts", "x-rule" = "D-28"))]
    pub address_starts_per_day: u32,
    /// Different numbers that are confirmed from one address of a person in 24 hours.
    #[schemars(range(min = 1, max = 10_000), extend("x-unit" = "numbers", "x-rule" = "D-28"))]
    pub address_numbers_per_day: u32,
    /// Codes that are entered from one address of a person in 10 minutes.
    #[schemars(range(min = 1, max = 60), extend("x-unit" = "checks", "x-rule" = "D-28"))]
    pub address_checks_per_10min: u32,
    /// Starts of number confirmations from one network (IPv4 /24, IPv6 /48) in 24 hours.
    #[schemars(range(min = 1, max = 10_000), extend("x-unit" = "starts", "x-rule" = "D-29"))]
    pub network_starts_per_day: u32,
    /// Failed logins from one address for one username in a minute.
    #[schemars(range(min = 1, max = 1_000_000_000), extend("x-unit" = "failed logins", "x-rule" = "D-37"))]
    pub failed_logins_per_minute: u32,
    /// Failed logins from one address in an hour.
    #[schemars(range(min = 1, max = 1_000_000_000), extend("x-unit" = "failed logins", "x-rule" = "D-37"))]
    pub failed_logins_per_hour_ip: u32,
    /// What the guard against pumped traffic does: `on` refuses, `observe` tells what it would refuse, `off` does
    /// not look.
    ///
    /// It limits how many codes of a service are on their way to a country, an operator's prefix or a block of
    /// numbers, and holds those whose codes are not entered. With `--dev` it is `observe` where nothing is said.
    #[schemars(extend("x-rule" = "D-32, D-33"))]
    pub guard: GuardSetting,
}

/// What the guard against pumped traffic does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GuardSetting {
    /// It refuses.
    #[default]
    On,
    /// It tells what it would refuse.
    Observe,
    /// It does not look.
    Off,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            number_service_per_30s: 1,
            number_service_per_10min: 3,
            number_service_per_hour: 5,
            number_service_per_day: 10,
            number_per_day: 20,
            account_sms_per_second: 10,
            account_sms_per_hour: 1_000_000_000,
            account_sms_per_day: 1000,
            country_sms_per_day: 100,
            address_starts_per_10min: 10,
            address_starts_per_hour: 30,
            address_starts_per_day: 100,
            address_numbers_per_day: 50,
            address_checks_per_10min: 60,
            network_starts_per_day: 1000,
            failed_logins_per_minute: 10,
            failed_logins_per_hour_ip: 100,
            guard: GuardSetting::On,
        }
    }
}
