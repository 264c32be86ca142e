//! The rule crate's numbers from configuration.

use anyhow::Context as _;
use delivery::outbound::TargetPolicy;
use verify::SignedDuration;
use verify::code::CodeLength;
use verify::guard::GuardPolicy;
use verify::login_throttle::LoginLimits;
use verify::message::{SenderId, Template};
use verify::policy::{CodePolicy, Policy};
use verify::send_limits::{AddressLimits, SendLimits};
use verify::traffic::GuardMode;

use crate::config::{AccountConfig, Config, GuardSetting};
use crate::http::auth::{AccountAdditions, AccountSettings};
use crate::http::stack::EdgeLimits;

/// The numbers that govern verifications.
///
/// # Errors
/// A number beyond its hard limit; the configuration has said so before.
pub fn policy(config: &Config) -> anyhow::Result<Policy> {
    let codes = &config.codes;
    let policy = Policy {
        codes: CodePolicy {
            length: CodeLength::new(codes.length).context("codes.length is no length of a code")?,
            lifetime: signed(codes.lifetime),
            attempts_max: codes.attempts_max.into(),
            sends_max: codes.sends_max.into(),
            resend_cooldowns: codes.resend_cooldown.iter().copied().map(signed).collect(),
            resend_remaining_min: signed(codes.resend_remaining_min),
            ..CodePolicy::default()
        },
        sends: sends(config),
        addresses: addresses(config),
        template: Template::new(&config.sms.template).context("sms.template")?,
        sender: SenderId::parse(&config.sms.sender).context("sms.sender is no sender")?,
        guard: GuardPolicy::default(),
    };
    policy.codes.check()?;
    Ok(policy)
}

/// The send limits of the server.
pub fn sends(config: &Config) -> SendLimits {
    let limits = &config.limits;
    SendLimits {
        number_service_per_30s: limits.number_service_per_30s,
        number_service_per_10min: limits.number_service_per_10min,
        number_service_per_hour: limits.number_service_per_hour,
        number_service_per_day: limits.number_service_per_day,
        number_per_day: limits.number_per_day,
        account_sms_per_second: limits.account_sms_per_second,
        account_sms_per_hour: limits.account_sms_per_hour,
        account_sms_per_day: limits.account_sms_per_day,
        country_sms_per_day: limits.country_sms_per_day,
        is_counted_in_parts: config.data.postgres.is_some(),
    }
}

/// What the guard against pumped traffic does.
pub fn guard_mode(config: &Config) -> GuardMode {
    match config.limits.guard {
        GuardSetting::On => GuardMode::On,
        GuardSetting::Observe => GuardMode::Observe,
        GuardSetting::Off => GuardMode::Off,
    }
}

/// The limits of what comes from one address of a person.
fn addresses(config: &Config) -> AddressLimits {
    let limits = &config.limits;
    AddressLimits {
        starts_per_10min: limits.address_starts_per_10min,
        starts_per_hour: limits.address_starts_per_hour,
        starts_per_day: limits.address_starts_per_day,
        numbers_per_day: limits.address_numbers_per_day,
        checks_per_10min: limits.address_checks_per_10min,
        network_starts_per_day: limits.network_starts_per_day,
    }
}

/// What the configuration says of accounts.
pub fn accounts(config: &Config) -> AccountSettings {
    let additions = |account: &AccountConfig| AccountAdditions {
        senders: account.senders.clone(),
        allow_from: account.allow_from.clone(),
        blocked_numbers: account.blocked_numbers.clone(),
    };
    let named = config.account.iter().map(|account| (account.name.clone(), additions(account)));
    AccountSettings { sends: sends(config), additions: named.collect() }
}

/// The addresses of programs that may be called.
pub fn targets(config: &Config) -> TargetPolicy {
    let reports = &config.reports;
    TargetPolicy {
        allow_http: reports.allow_http,
        ports: reports.ports.clone(),
        allow_private: reports.allow_private.clone(),
    }
}

/// So many days.
pub fn days(days: u8) -> SignedDuration {
    SignedDuration::from_hours(i64::from(days) * 24)
}

/// The limits of failed logins.
pub fn logins(config: &Config) -> LoginLimits {
    LoginLimits {
        per_minute: config.limits.failed_logins_per_minute,
        per_hour_address: config.limits.failed_logins_per_hour_ip,
    }
}

/// The limits of the edge.
pub fn edge(config: &Config) -> EdgeLimits {
    let limits = &config.server.limits;
    EdgeLimits {
        first_byte: limits.first_byte,
        header: limits.header,
        request: limits.request,
        handler: limits.handler,
        idle: limits.idle,
        connections_max: limits.connections_max as usize,
        connections_per_ip_max: limits.connections_per_ip_max as usize,
        ..EdgeLimits::default()
    }
}

fn signed(duration: std::time::Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}
