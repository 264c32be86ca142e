//! How often messages may be sent: every throttle with its name, its window
//! and the words a caller gets (D-26, D-27, D-30).
//!
//! The counts are exact: a number remembers when it was last sent to, an
//! account counts by second and by hour. Whoever adds a throttle adds it to
//! [`Throttle`], to [`SendLimits`], to the configuration and to
//! `docs/CONFIG.md`.

use crate::ids::ServiceId;
use crate::limits::{NUMBER_LIMIT_MAX, NUMBER_SENDS_KEPT_MAX, NUMBER_SENDS_KEPT_MIN};
use crate::{SignedDuration, Timestamp};

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
    /// Messages of one account in 24 h (D-30).
    pub account_sms_per_day: u32,
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
            account_sms_per_day: 1_000,
        }
    }
}

/// Overrides of [`SendLimits`] that one account has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SendLimitOverrides {
    /// Instead of [`SendLimits::account_sms_per_second`].
    pub account_sms_per_second: Option<u32>,
    /// Instead of [`SendLimits::account_sms_per_day`].
    pub account_sms_per_day: Option<u32>,
}

impl SendLimits {
    /// The limits with an account's overrides in place.
    #[must_use]
    pub fn with(mut self, overrides: &SendLimitOverrides) -> Self {
        if let Some(limit) = overrides.account_sms_per_second {
            self.account_sms_per_second = limit;
        }
        if let Some(limit) = overrides.account_sms_per_day {
            self.account_sms_per_day = limit;
        }
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
    /// D-30, 24 hours.
    AccountDay,
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
            Self::AccountDay => "account_sms_per_day",
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

/// One remembered send to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberSend {
    /// When.
    pub at: Timestamp,
    /// The service, shortened; two services that share it (one pair in four
    /// milliards) share their throttles, which only makes them stricter.
    pub service: u32,
}

/// The sends to one number in the last 24 hours, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberSends(pub Vec<NumberSend>);

const DAY: SignedDuration = SignedDuration::from_hours(24);

impl NumberSends {
    /// Which throttle refuses a send at `now`, if any.
    pub fn throttled(
        &self,
        now: Timestamp,
        service: ServiceId,
        limits: &SendLimits,
    ) -> Option<Throttled> {
        let seconds = SignedDuration::from_secs;
        let own = Some(short(service));
        let windows = [
            (Throttle::NumberService30s, own, seconds(30), limits.number_service_per_30s),
            (Throttle::NumberService10min, own, seconds(600), limits.number_service_per_10min),
            (Throttle::NumberServiceHour, own, seconds(3_600), limits.number_service_per_hour),
            (Throttle::NumberServiceDay, own, DAY, limits.number_service_per_day),
            (Throttle::NumberDay, None, DAY, limits.number_per_day),
        ];
        windows
            .into_iter()
            .filter_map(|(throttle, of, window, limit)| {
                let until = self.full_until(now, of, window, limit)?;
                Some(Throttled { throttle, until })
            })
            .max_by_key(|t| (t.until, t.throttle))
    }

    /// When a window has room again; `None` if it has room now.
    fn full_until(
        &self,
        now: Timestamp,
        service: Option<u32>,
        window: SignedDuration,
        limit: u32,
    ) -> Option<Timestamp> {
        if limit > NUMBER_LIMIT_MAX {
            return None;
        }
        let of_service = |send: &&NumberSend| service.is_none_or(|s| s == send.service);
        if limit == 0 {
            return Some(later(now, window));
        }
        let decisive = self.0.iter().rev().filter(of_service).nth(limit as usize - 1)?;
        let until = later(decisive.at, window);
        (now < until).then_some(until)
    }

    /// Notes a send, and forgets the oldest ones that decide nothing any more:
    /// neither for all services together nor for the one that sent them.
    pub fn record(&mut self, now: Timestamp, service: ServiceId, limits: &SendLimits) {
        self.0.retain(|send| now < later(send.at, DAY));
        self.0.push(NumberSend { at: now, service: short(service) });
        let recent = self.0.len().saturating_sub(limits.kept_of_all());
        let of_service = limits.kept_of_service();
        let kept: Vec<bool> = (0..recent)
            .map(|i| {
                let later = self.0[i + 1..].iter().filter(|s| s.service == self.0[i].service);
                later.count() < of_service
            })
            .collect();
        let mut kept = kept.into_iter();
        self.0.retain(|_| kept.next().unwrap_or(true));
        let excess = self.0.len().saturating_sub(NUMBER_SENDS_KEPT_MAX);
        self.0.drain(..excess);
    }

    /// Takes one send back that never left.
    pub fn release(&mut self, at: Timestamp, service: ServiceId) {
        let send = NumberSend { at, service: short(service) };
        if let Some(index) = self.0.iter().position(|kept| *kept == send) {
            self.0.remove(index);
        }
    }
}

/// Messages of an account in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourSends {
    /// Hours since 1970-01-01 UTC.
    pub hour: i64,
    /// Messages.
    pub sends: u32,
}

/// The messages of one account: this second, and by hour for 24 hours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountSends {
    /// The second that is being counted, since 1970-01-01 UTC.
    pub second: i64,
    /// Messages in that second.
    pub second_sends: u32,
    /// Messages per hour, oldest first.
    pub hours: Vec<HourSends>,
}

const HOUR_SECONDS: i64 = 3_600;
const HOURS: i64 = 24;

impl AccountSends {
    /// Which throttle refuses a send at `now`, if any. An hour counts whole
    /// until it lies entirely outside the 24 hours: never more than the limit.
    pub fn throttled(&self, now: Timestamp, limits: &SendLimits) -> Option<Throttled> {
        let this_hour = hour_of(now);
        let counted = || self.hours.iter().filter(move |h| h.hour >= this_hour - HOURS);
        let mut total = counted().fold(0_u32, |sum, h| sum.saturating_add(h.sends));
        if total >= limits.account_sms_per_day {
            let mut free_hour = this_hour + HOURS + 1;
            for hour in counted() {
                total -= hour.sends;
                if total < limits.account_sms_per_day {
                    free_hour = hour.hour + HOURS + 1;
                    break;
                }
            }
            let until = Timestamp::from_second(free_hour * HOUR_SECONDS).unwrap_or(Timestamp::MAX);
            return Some(Throttled { throttle: Throttle::AccountDay, until });
        }
        let second = now.as_second();
        let in_second = if self.second == second { self.second_sends } else { 0 };
        if in_second >= limits.account_sms_per_second {
            let until = Timestamp::from_second(second + 1).unwrap_or(Timestamp::MAX);
            return Some(Throttled { throttle: Throttle::AccountSecond, until });
        }
        None
    }

    /// Notes a send.
    pub fn record(&mut self, now: Timestamp) {
        let (second, hour) = (now.as_second(), hour_of(now));
        if self.second == second {
            self.second_sends = self.second_sends.saturating_add(1);
        } else {
            (self.second, self.second_sends) = (second, 1);
        }
        self.hours.retain(|h| h.hour >= hour - HOURS);
        match self.hours.iter_mut().find(|h| h.hour == hour) {
            Some(h) => h.sends = h.sends.saturating_add(1),
            None => self.hours.push(HourSends { hour, sends: 1 }),
        }
    }

    /// Takes one send back that never left.
    pub fn release(&mut self, at: Timestamp) {
        if let Some(h) = self.hours.iter_mut().find(|h| h.hour == hour_of(at)) {
            h.sends = h.sends.saturating_sub(1);
        }
    }
}

fn short(service: ServiceId) -> u32 {
    let bytes = service.as_bytes();
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fn hour_of(time: Timestamp) -> i64 {
    time.as_second().div_euclid(HOUR_SECONDS)
}

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_760_400_000 + seconds).unwrap()
    }

    fn services() -> [ServiceId; 2] {
        let mut entropy = SeededEntropy::new(1);
        [ServiceId::random(&mut entropy), ServiceId::random(&mut entropy)]
    }

    /// Sends as fast as the limits allow; gives the seconds of the sends.
    fn pump(limits: &SendLimits, until: i64) -> Vec<i64> {
        let [service, _] = services();
        let (mut number, mut now, mut sent) = (NumberSends::default(), 0, Vec::new());
        while now < until {
            if let Some(t) = number.throttled(at(now), service, limits) {
                now = t.until.as_second() - 1_760_400_000;
            } else {
                number.record(at(now), service, limits);
                sent.push(now);
            }
        }
        sent
    }

    #[test]
    fn each_window_holds_exactly_its_limit() {
        let limits = SendLimits::default();
        let sent = pump(&limits, 3 * 86_400);
        for (window, limit) in [(30, 1), (600, 3), (3_600, 5), (86_400, 10)] {
            let most = sent
                .iter()
                .enumerate()
                .map(|(i, first)| sent[i..].iter().take_while(|s| **s < first + window).count())
                .max();
            assert_eq!(most, Some(limit), "window {window}");
        }
        assert_eq!(&sent[..4], [0, 30, 60, 600]);
    }

    #[test]
    fn a_number_is_protected_across_services() {
        let limits = SendLimits {
            number_service_per_30s: u32::MAX,
            number_service_per_10min: u32::MAX,
            number_service_per_hour: u32::MAX,
            number_service_per_day: 15,
            ..SendLimits::default()
        };
        let [one, two] = services();
        let mut number = NumberSends::default();
        for second in 0..15 {
            assert_eq!(number.throttled(at(second), one, &limits), None);
            number.record(at(second), one, &limits);
        }
        let refused = number.throttled(at(15), one, &limits).unwrap();
        assert_eq!((refused.throttle, refused.until), (Throttle::NumberServiceDay, at(86_400)));
        for second in 15..20 {
            assert_eq!(number.throttled(at(second), two, &limits), None);
            number.record(at(second), two, &limits);
        }
        assert_eq!(number.throttled(at(20), two, &limits).unwrap().throttle, Throttle::NumberDay);
        assert_eq!(number.throttled(at(86_400), two, &limits), None);
    }

    #[test]
    fn a_send_that_never_left_is_given_back() {
        let limits = SendLimits::default();
        let [service, _] = services();
        let mut number = NumberSends::default();
        number.record(at(0), service, &limits);
        assert!(number.throttled(at(29), service, &limits).is_some());
        number.release(at(0), service);
        assert_eq!(number.throttled(at(29), service, &limits), None);
    }

    #[test]
    fn the_sends_of_many_services_stay_bounded() {
        let limits = SendLimits { number_per_day: u32::MAX, ..SendLimits::default() };
        let mut entropy = SeededEntropy::new(2);
        let mut number = NumberSends::default();
        for _ in 0..NUMBER_SENDS_KEPT_MAX + 10 {
            number.record(at(0), ServiceId::random(&mut entropy), &limits);
        }
        assert_eq!(number.0.len(), NUMBER_SENDS_KEPT_MAX);
    }

    #[test]
    fn limits_switched_off_still_remember_a_bounded_number_of_sends() {
        let off = u32::MAX;
        let limits = SendLimits {
            number_service_per_30s: off,
            number_service_per_10min: off,
            number_service_per_hour: off,
            number_service_per_day: off,
            number_per_day: off,
            account_sms_per_second: off,
            account_sms_per_day: off,
        };
        let [service, _] = services();
        let mut number = NumberSends::default();
        for _ in 0..1_000 {
            assert_eq!(number.throttled(at(0), service, &limits), None);
            number.record(at(0), service, &limits);
        }
        assert_eq!(number.0.len(), NUMBER_SENDS_KEPT_MIN);
    }

    #[test]
    fn an_account_keeps_to_its_second_and_its_day() {
        let limits = SendLimits { account_sms_per_day: 25, ..SendLimits::default() };
        let mut account = AccountSends::default();
        for _ in 0..10 {
            assert_eq!(account.throttled(at(0), &limits), None);
            account.record(at(0));
        }
        let refused = account.throttled(at(0), &limits).unwrap();
        assert_eq!((refused.throttle, refused.until), (Throttle::AccountSecond, at(1)));
        for second in 1..=15 {
            assert_eq!(account.throttled(at(second), &limits), None);
            account.record(at(second));
        }
        let refused = account.throttled(at(20), &limits).unwrap();
        assert_eq!(refused.throttle, Throttle::AccountDay);
        assert!(refused.until >= at(86_400), "never before 24 hours are over");
        assert_eq!(account.throttled(refused.until, &limits), None);
        account.release(at(15));
        assert_eq!(account.throttled(at(20), &limits), None);
    }

    #[test]
    fn an_account_overrides_its_own_limits_only() {
        let overrides =
            SendLimitOverrides { account_sms_per_day: Some(3), ..SendLimitOverrides::default() };
        let limits = SendLimits::default().with(&overrides);
        assert_eq!(limits, SendLimits { account_sms_per_day: 3, ..SendLimits::default() });
    }
}
