//! Tells the operator when a cap of an account is nearly full (`delivery.md` 10, G-5).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use verify::ids::AccountId;
use verify::phone::Country;
use verify::send_limits::Throttle;
use verify::{SignedDuration, Timestamp};

use crate::telemetry::names;

/// How long nothing more is told of a cap of an hour, and of one of a day.
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Caps that are remembered as told; when there are more, all are forgotten.
const TOLD_MAX: usize = 10_000;

/// A cap: whose, which, and of which foreign country.
type Cap = (AccountId, Throttle, Option<Country>);

/// What was told, in memory; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Caps(Arc<Mutex<BTreeMap<Cap, Timestamp>>>);

impl Caps {
    /// Four fifths of a cap are used.
    pub fn nearly_full(&self, cap: Cap, now: Timestamp) {
        if !self.is_news(cap, now) {
            return;
        }
        let (account, throttle, country) = cap;
        metrics::counter!(names::LIMITS_NEARLY_FULL, "throttle" => throttle.name()).increment(1);
        tracing::warn!(
            account.id = %account, throttle = throttle.name(),
            phone.country = country.as_ref().map(Country::as_str),
            "four fifths of a limit of an account are used; at its end messages are refused"
        );
    }

    fn is_news(&self, cap: Cap, now: Timestamp) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let again_after = if cap.1 == Throttle::AccountHour { HOUR } else { DAY };
        let is_told = |at: &Timestamp| now.duration_since(*at).abs() < again_after;
        if told.get(&cap).is_some_and(is_told) {
            return false;
        }
        if told.len() >= TOLD_MAX {
            told.clear();
        }
        told.insert(cap, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_is_told_once_until_its_time_is_over() {
        let at = |hours: i64| Timestamp::from_second(1_800_000_000 + 3_600 * hours).unwrap();
        let cap = |account, throttle| (AccountId::from_i64(account), throttle, None);
        let caps = Caps::default();
        let (hour, day) = (cap(1, Throttle::AccountHour), cap(1, Throttle::AccountDay));
        for (cap, hours, expected) in [
            (hour, 0, true),
            (hour, 0, false),
            (day, 0, true),
            (cap(2, Throttle::AccountHour), 0, true),
            (hour, 1, true),
            (day, 23, false),
            (day, 24, true),
        ] {
            assert_eq!(caps.is_news(cap, at(hours)), expected, "{cap:?} after {hours}");
        }
        let finland = (day.0, Throttle::CountryDay, Country::parse("FI"));
        assert!(caps.is_news(finland, at(24)));
    }
}
