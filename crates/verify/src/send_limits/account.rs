//! The sends of one account (D-30) and to foreign countries (D-31).

use super::{SendLimits, Throttle, Throttled};
use crate::Timestamp;
use crate::limits::CLOCK_GAP_MAX_SECONDS;
use crate::phone::Country;

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
    /// Messages per hour to each foreign country, oldest first (D-31).
    pub countries: Vec<CountrySends>,
    /// Of the first part: in how many parts the account was last divided; 0 if it
    /// never was ([`super::AccountParts`]).
    pub divided: u16,
}

/// Messages of an account to one country in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountrySends {
    /// The country.
    pub country: Country,
    /// Hours since 1970-01-01 UTC.
    pub hour: i64,
    /// Messages.
    pub sends: u32,
}

const HOUR_SECONDS: i64 = 3_600;
const HOURS: i64 = 24;

impl AccountSends {
    /// Which throttle refuses a send at `now`, if any. An hour counts whole
    /// until it lies entirely outside the time it counts for: never more than
    /// the limit.
    pub fn throttled(&self, now: Timestamp, limits: &SendLimits) -> Option<Throttled> {
        let all = || self.hours.iter().map(|h| (h.hour, h.sends));
        let windows = [
            (Throttle::AccountDay, HOURS, limits.account_sms_per_day),
            (Throttle::AccountHour, 1, limits.account_sms_per_hour),
        ];
        let full = windows.into_iter().find_map(|(throttle, hours, limit)| {
            let until = full_until(all(), now, hours, limit)?;
            Some(Throttled { throttle, until })
        });
        full.or_else(|| self.second_throttled(now, limits))
    }

    /// The second in which a message of `now` counts, and how many do already. A
    /// server whose clock is behind counts in the second of the one that is ahead:
    /// else each would begin it anew for the other, and nothing would be limited.
    pub(super) fn second_of(&self, now: Timestamp) -> (i64, u32) {
        let second = now.as_second();
        if (second..=second + CLOCK_GAP_MAX_SECONDS).contains(&self.second) {
            (self.second, self.second_sends)
        } else {
            (second, 0)
        }
    }

    fn second_throttled(&self, now: Timestamp, limits: &SendLimits) -> Option<Throttled> {
        let (second, in_second) = self.second_of(now);
        (in_second >= limits.account_sms_per_second).then(|| {
            let until = Timestamp::from_second(second + 1).unwrap_or(Timestamp::MAX);
            Throttled { throttle: Throttle::AccountSecond, until }
        })
    }

    /// Whether a send to a foreign country is refused at `now` (D-31).
    pub fn country_throttled(
        &self,
        now: Timestamp,
        country: Country,
        limits: &SendLimits,
    ) -> Option<Throttled> {
        let of_country = self.countries.iter().filter(|c| c.country == country);
        let hours = of_country.map(|c| (c.hour, c.sends));
        let until = full_until(hours, now, HOURS, limits.country_sms_per_day)?;
        Some(Throttled { throttle: Throttle::CountryDay, until })
    }

    /// Which throttle refuses a message, to a foreign country if one is named; if
    /// several do, the one that lasts longest.
    pub(super) fn refuses(
        &self,
        now: Timestamp,
        country: Option<Country>,
        limits: &SendLimits,
    ) -> Option<Throttled> {
        let foreign = country.and_then(|c| self.country_throttled(now, c, limits));
        self.throttled(now, limits).into_iter().chain(foreign).max_by_key(|t| t.until)
    }

    /// Whether more is counted than these limits allow.
    pub(super) fn exceeds(
        &self,
        now: Timestamp,
        country: Option<Country>,
        limits: &SendLimits,
    ) -> bool {
        let (_, in_second) = self.second_of(now);
        let is_above = |(_, sends, limit): (Throttle, u32, u32)| sends > limit;
        in_second > limits.account_sms_per_second
            || self.counted(now, country, limits).into_iter().any(is_above)
    }

    /// The caps of an hour and a day, with what counts against each now and with each limit.
    pub(super) fn counted(
        &self,
        now: Timestamp,
        country: Option<Country>,
        limits: &SendLimits,
    ) -> [(Throttle, u32, u32); 3] {
        let within = |counts: &mut dyn Iterator<Item = (i64, u32)>, hours| {
            let counted = counts.filter(|(hour, _)| *hour >= hour_of(now) - hours);
            counted.fold(0_u32, |sum, (_, sends)| sum.saturating_add(sends))
        };
        let all = || self.hours.iter().map(|h| (h.hour, h.sends));
        let mut to_country =
            self.countries.iter().filter(|c| Some(c.country) == country).map(|c| (c.hour, c.sends));
        [
            (Throttle::AccountHour, within(&mut all(), 1), limits.account_sms_per_hour),
            (Throttle::AccountDay, within(&mut all(), HOURS), limits.account_sms_per_day),
            (Throttle::CountryDay, within(&mut to_country, HOURS), limits.country_sms_per_day),
        ]
    }

    /// Both counted together, each hour once.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        if other.second > self.second {
            (self.second, self.second_sends) = (other.second, other.second_sends);
        } else if other.second == self.second {
            self.second_sends = self.second_sends.saturating_add(other.second_sends);
        }
        self.hours.extend(&other.hours);
        self.countries.extend(&other.countries);
        // Oldest first, which says when there is room again.
        self.hours.sort_by_key(|h| h.hour);
        self.hours.dedup_by(|next, kept| {
            let is_same = next.hour == kept.hour;
            kept.sends = kept.sends.saturating_add(if is_same { next.sends } else { 0 });
            is_same
        });
        self.countries.sort_by_key(|c| (c.hour, c.country));
        self.countries.dedup_by(|next, kept| {
            let is_same = (next.hour, next.country) == (kept.hour, kept.country);
            kept.sends = kept.sends.saturating_add(if is_same { next.sends } else { 0 });
            is_same
        });
        self
    }

    /// Whether a send of that hour is counted here.
    pub(super) fn has_sent(&self, at: Timestamp) -> bool {
        self.hours.iter().any(|h| h.hour == hour_of(at) && h.sends > 0)
    }

    /// Whether a send of that hour to a foreign country is counted here.
    pub(super) fn has_sent_to(&self, at: Timestamp, country: Country) -> bool {
        let is_it = |c: &CountrySends| c.hour == hour_of(at) && c.country == country && c.sends > 0;
        self.countries.iter().any(is_it)
    }

    /// Notes a send.
    pub fn record(&mut self, now: Timestamp) {
        let (hour, (second, in_second)) = (hour_of(now), self.second_of(now));
        (self.second, self.second_sends) = (second, in_second.saturating_add(1));
        self.hours.retain(|h| h.hour >= hour - HOURS);
        match self.hours.iter_mut().find(|h| h.hour == hour) {
            Some(h) => h.sends = h.sends.saturating_add(1),
            None => self.hours.push(HourSends { hour, sends: 1 }),
        }
    }

    /// Notes a send to a foreign country.
    pub fn record_country(&mut self, now: Timestamp, country: Country) {
        let hour = hour_of(now);
        self.countries.retain(|c| c.hour >= hour - HOURS);
        match self.countries.iter_mut().find(|c| c.hour == hour && c.country == country) {
            Some(c) => c.sends = c.sends.saturating_add(1),
            None => self.countries.push(CountrySends { country, hour, sends: 1 }),
        }
    }

    /// Takes one send to a foreign country back that never left.
    pub fn release_country(&mut self, at: Timestamp, country: Country) {
        let of_hour = |c: &&mut CountrySends| c.hour == hour_of(at) && c.country == country;
        if let Some(c) = self.countries.iter_mut().find(of_hour) {
            c.sends = c.sends.saturating_sub(1);
        }
    }

    /// Takes one send back that never left.
    pub fn release(&mut self, at: Timestamp) {
        if let Some(h) = self.hours.iter_mut().find(|h| h.hour == hour_of(at)) {
            h.sends = h.sends.saturating_sub(1);
        }
    }
}

/// When the messages of the last `hours` hours are fewer than `limit` again;
/// `None` if they are now.
fn full_until(
    counts: impl Iterator<Item = (i64, u32)> + Clone,
    now: Timestamp,
    hours: i64,
    limit: u32,
) -> Option<Timestamp> {
    let this_hour = hour_of(now);
    let counted = counts.filter(|(hour, _)| *hour >= this_hour - hours);
    let mut total = counted.clone().fold(0_u32, |sum, (_, sends)| sum.saturating_add(sends));
    if total < limit {
        return None;
    }
    let mut free_hour = this_hour + hours + 1;
    for (hour, sends) in counted {
        total = total.saturating_sub(sends);
        if total < limit {
            free_hour = hour + hours + 1;
            break;
        }
    }
    Some(Timestamp::from_second(free_hour * HOUR_SECONDS).unwrap_or(Timestamp::MAX))
}

fn hour_of(time: Timestamp) -> i64 {
    time.as_second().div_euclid(HOUR_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_760_400_000 + seconds).unwrap()
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
    fn clocks_that_differ_begin_no_second_anew() {
        let limits = SendLimits::default();
        let mut account = AccountSends::default();
        let mut goes = |second| {
            let is_free = account.throttled(at(second), &limits).is_none();
            if is_free {
                account.record(at(second));
            }
            is_free
        };
        // One server is 3 s ahead of the other, and each asks in turn.
        let sent = (0..40).filter(|n| goes(100 + 3 * (n % 2))).count();
        assert_eq!(sent, 11, "one before the other was there, ten in its second");
        assert!(!goes(102) && goes(104), "until both are past it");
        assert!(goes(93), "a clock that was set back by more begins anew");
    }

    #[test]
    fn an_hour_and_a_country_hold_their_limits() {
        let limits =
            SendLimits { account_sms_per_hour: 3, country_sms_per_day: 2, ..SendLimits::default() };
        let (finland, estonia) = (Country::parse("FI").unwrap(), Country::parse("EE").unwrap());
        let mut account = AccountSends::default();
        for second in 0..3 {
            assert_eq!(account.throttled(at(second), &limits), None);
            account.record(at(second));
        }
        let refused = account.throttled(at(10), &limits).unwrap();
        assert_eq!(refused.throttle, Throttle::AccountHour);
        assert!(refused.until >= at(3_600), "never before the hour is over");
        assert_eq!(account.throttled(refused.until, &limits), None);

        for second in 0..2 {
            assert_eq!(account.country_throttled(at(second), finland, &limits), None);
            account.record_country(at(second), finland);
        }
        let refused = account.country_throttled(at(2), finland, &limits).unwrap();
        assert_eq!(refused.throttle, Throttle::CountryDay);
        assert!(refused.until >= at(86_400), "never before 24 hours are over");
        assert_eq!(account.country_throttled(at(2), estonia, &limits), None);
        account.release_country(at(1), finland);
        assert_eq!(account.country_throttled(at(2), finland, &limits), None);
    }
}
