//! Which share of a service's codes is usually entered in a country.

use super::evidence::BASE_UNKNOWN;
use crate::Timestamp;
use crate::record::DayTraffic;

const DAY_SECONDS: i64 = 86_400;
const KEPT_DAYS: i64 = 30;

/// With fewer outcomes the share is not known.
const OUTCOMES_MIN: u32 = 100;

/// The share is taken to be between these: a service that loses most of its codes
/// is not to be held for losing some more, and none is entered always.
const SHARE_MIN: f64 = 0.2;
const SHARE_MAX: f64 = 0.95;

/// The outcomes of thirty days.
#[derive(Debug, Default)]
pub(super) struct Base(Vec<DayTraffic>);

impl Base {
    pub(super) fn restore(days: &[DayTraffic]) -> Self {
        Self(days.to_vec())
    }

    pub(super) fn note(&mut self, now: Timestamp, is_entered: bool) {
        let day = day_of(now);
        if self.0.last().is_none_or(|last| last.day < day) {
            self.0.retain(|kept| day.saturating_sub(kept.day) < KEPT_DAYS);
            self.0.push(DayTraffic { day, sent: 0, entered: 0 });
        }
        if let Some(last) = self.0.last_mut() {
            last.sent = last.sent.saturating_add(1);
            last.entered = last.entered.saturating_add(u32::from(is_entered));
        }
    }

    /// The share of the days before today: an attack of today does not lower what
    /// it is judged by.
    pub(super) fn share(&self, now: Timestamp) -> f64 {
        let today = day_of(now);
        let before =
            self.0.iter().filter(|d| d.day < today && today.saturating_sub(d.day) <= KEPT_DAYS);
        let (sent, entered) = before.fold((0_u32, 0_u32), |(sent, entered), day| {
            (sent.saturating_add(day.sent), entered.saturating_add(day.entered))
        });
        if sent < OUTCOMES_MIN {
            return BASE_UNKNOWN;
        }
        (f64::from(entered) / f64::from(sent)).clamp(SHARE_MIN, SHARE_MAX)
    }

    pub(super) fn days(&self) -> &[DayTraffic] {
        &self.0
    }

    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        let today = day_of(now);
        self.0.iter().all(|day| today.saturating_sub(day.day) > KEPT_DAYS)
    }
}

fn day_of(time: Timestamp) -> i64 {
    time.as_second().div_euclid(DAY_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + day * DAY_SECONDS).unwrap()
    }

    fn is(share: f64, expected: f64) -> bool {
        (share - expected).abs() < 1e-9
    }

    #[test]
    fn the_days_before_today_are_the_measure() {
        let mut base = Base::default();
        for number in 0..99 {
            base.note(at(0), number % 4 != 0);
        }
        assert!(is(base.share(at(1)), BASE_UNKNOWN));
        for _ in 0..101 {
            base.note(at(0), true);
        }
        assert!(is(base.share(at(0)), BASE_UNKNOWN), "today does not count");
        assert!(is(base.share(at(1)), 0.875), "{}", base.share(at(1)));
        assert!(is(base.share(at(31)), BASE_UNKNOWN), "a month is over");
        for _ in 0..10_000 {
            base.note(at(2), false);
        }
        assert!(is(base.share(at(3)), SHARE_MIN));
        assert!(is(Base::restore(base.days()).share(at(3)), SHARE_MIN));
    }
}
