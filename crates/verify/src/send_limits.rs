//! How often messages may be sent: every throttle with its name, its window
//! and the words a caller gets (D-26, D-27, D-30).
//!
//! The counts are exact: a number remembers when it was last sent to
//! ([`number`]), an account counts by second and by hour ([`account`]), in one part or
//! several ([`parts`]), and an
//! address of a person remembers its starts ([`address`]). Whoever adds a throttle adds it to
//! [`Throttle`], to [`SendLimits`], to the configuration and to
//! `docs/CONFIG.md`.

pub mod account;
pub mod address;
pub mod number;
pub mod parts;

use crate::limits::{NUMBER_LIMIT_MAX, NUMBER_SENDS_KEPT_MIN};
use crate::record::TrafficRule;
use crate::{SignedDuration, Timestamp};

pub use account::{AccountSends, CountrySends, HourSends};
pub use address::{AddressLimits, AddressSends, MESSAGES_WITHOUT_WORK};
pub use number::{NumberSend, NumberSends};
pub use parts::{AccountParts, PartSends};

/// The send limits in force for one account. A limit per number above
/// [`NUMBER_LIMIT_MAX`] is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendLimits {
    /// Messages to one number from one service in 30 s (D-26).
    pub number_service_per_30s: u32,
    /// … in 10 min (D-26).
    pub number_service_per_10min: u32,
    /// … in an hour (D-26).
    pub number_service_per_hour: u32,
    /// … in 24 h (D-26).
    pub number_service_per_day: u32,
    /// Messages to one number from the whole installation in 24 h (D-27).
    pub number_per_day: u32,
    /// Messages of one account in a second (D-30).
    pub account_sms_per_second: u32,
    /// Messages of one account in an hour (D-30).
    pub account_sms_per_hour: u32,
    /// Messages of one account in 24 h (D-30).
    pub account_sms_per_day: u32,
    /// Messages of one account to each foreign country in 24 h (D-31);
    /// [`LIMIT_OFF`](crate::limits::LIMIT_OFF) and more is no limit.
    pub country_sms_per_day: u32,
    /// Several servers count on one database, so that the sends of an account that
    /// may send much are counted in parts ([`parts`]).
    pub is_counted_in_parts: bool,
}

impl Default for SendLimits {
    fn default() -> Self {
        Self {
            number_service_per_30s: 1,
            number_service_per_10min: 3,
            number_service_per_hour: 5,
            number_service_per_day: 10,
            number_per_day: 20,
            account_sms_per_second: 10,
            account_sms_per_hour: u32::MAX,
            account_sms_per_day: 1_000,
            country_sms_per_day: 100,
            is_counted_in_parts: false,
        }
    }
}

/// Overrides of [`SendLimits`] that one account has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SendLimitOverrides {
    /// Instead of [`SendLimits::account_sms_per_second`].
    pub account_sms_per_second: Option<u32>,
    /// Instead of [`SendLimits::account_sms_per_hour`].
    pub account_sms_per_hour: Option<u32>,
    /// Instead of [`SendLimits::account_sms_per_day`].
    pub account_sms_per_day: Option<u32>,
    /// Instead of [`SendLimits::country_sms_per_day`].
    pub country_sms_per_day: Option<u32>,
}

impl SendLimits {
    /// The limits with an account's overrides in place.
    #[must_use]
    pub fn with(mut self, overrides: &SendLimitOverrides) -> Self {
        let own = |limit: &mut u32, instead: Option<u32>| *limit = instead.unwrap_or(*limit);
        own(&mut self.account_sms_per_second, overrides.account_sms_per_second);
        own(&mut self.account_sms_per_hour, overrides.account_sms_per_hour);
        own(&mut self.account_sms_per_day, overrides.account_sms_per_day);
        own(&mut self.country_sms_per_day, overrides.country_sms_per_day);
        self
    }

    /// How many sends of one service a number must remember for these limits.
    fn kept_of_service(&self) -> usize {
        let limits = [
            self.number_service_per_30s,
            self.number_service_per_10min,
            self.number_service_per_hour,
            self.number_service_per_day,
        ];
        limits.into_iter().filter(|l| *l <= NUMBER_LIMIT_MAX).max().unwrap_or(0) as usize
    }

    /// How many sends of all services a number must remember for these limits.
    fn kept_of_all(&self) -> usize {
        let limit = Some(self.number_per_day).filter(|l| *l <= NUMBER_LIMIT_MAX);
        (limit.unwrap_or(0) as usize).max(NUMBER_SENDS_KEPT_MIN)
    }
}

/// A throttle by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Throttle {
    /// D-26, 30 seconds.
    NumberService30s,
    /// D-26, 10 minutes.
    NumberService10min,
    /// D-26, one hour.
    NumberServiceHour,
    /// D-26, 24 hours.
    NumberServiceDay,
    /// D-27.
    NumberDay,
    /// D-30, one second.
    AccountSecond,
    /// D-30, one hour.
    AccountHour,
    /// D-30, 24 hours.
    AccountDay,
    /// D-31.
    CountryDay,
    /// The guard against pumped traffic (D-32, D-33), by one of its rules.
    Traffic(TrafficRule),
}

impl Throttle {
    /// Whether it protects a number, rather than the account's purse.
    pub fn is_of_number(self) -> bool {
        match self {
            Self::NumberService30s
            | Self::NumberService10min
            | Self::NumberServiceHour
            | Self::NumberServiceDay
            | Self::NumberDay => true,
            Self::AccountSecond
            | Self::AccountHour
            | Self::AccountDay
            | Self::CountryDay
            | Self::Traffic(_) => false,
        }
    }
}

impl Throttle {
    /// The name in logs, metrics and configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::NumberService30s => "number_service_per_30s",
            Self::NumberService10min => "number_service_per_10min",
            Self::NumberServiceHour => "number_service_per_hour",
            Self::NumberServiceDay => "number_service_per_day",
            Self::NumberDay => "number_per_day",
            Self::AccountSecond => "account_sms_per_second",
            Self::AccountHour => "account_sms_per_hour",
            Self::AccountDay => "account_sms_per_day",
            Self::CountryDay => "country_sms_per_day",
            Self::Traffic(TrafficRule::InFlight) => "guard_in_flight",
            Self::Traffic(TrafficRule::Evidence) => "guard_evidence",
            Self::Traffic(TrafficRule::Neighbours) => "guard_neighbours",
            Self::Traffic(TrafficRule::Block) => "guard_block",
            Self::Traffic(TrafficRule::Completion) => "guard_completion",
            Self::Traffic(TrafficRule::Jump) => "guard_jump",
        }
    }

    /// What the caller is told, without saying anything about the number.
    pub fn message(self) -> &'static str {
        match self {
            Self::NumberService30s
            | Self::NumberService10min
            | Self::NumberServiceHour
            | Self::NumberServiceDay
            | Self::NumberDay => "too many messages to this number, try again later",
            Self::AccountSecond => "this account sends too many messages a second, slow down",
            Self::AccountHour => {
                "this account has used up its messages for this hour; the operator can raise the limit"
            }
            Self::CountryDay => {
                "this account has used up its messages to this country for 24 hours; the operator can raise the limit"
            }
            Self::Traffic(TrafficRule::InFlight) => {
                "many messages to numbers like this one are on their way and their codes are not entered yet, try again later"
            }
            Self::Traffic(TrafficRule::Block) => {
                "too few codes sent to numbers next to this one are entered, try again later"
            }
            Self::Traffic(_) => {
                "too few codes sent to numbers like this one are entered, so none is sent; the operator can see why with `ringproof guard list`"
            }
            Self::AccountDay => {
                "this account has used up its messages for 24 hours; the operator can raise the limit"
            }
        }
    }
}

/// A refusal by a throttle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttled {
    /// Which throttle; if several refuse, the one that lasts longest.
    pub throttle: Throttle,
    /// When it lifts.
    pub until: Timestamp,
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_overrides_its_own_limits_only() {
        let overrides =
            SendLimitOverrides { account_sms_per_day: Some(3), ..SendLimitOverrides::default() };
        let limits = SendLimits::default().with(&overrides);
        assert_eq!(limits, SendLimits { account_sms_per_day: 3, ..SendLimits::default() });
    }
}
