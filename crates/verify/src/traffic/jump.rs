//! Whether an area suddenly gets many more messages than usual (`delivery.md` 10, G-4).
//!
//! What is usual is learned from codes that were entered, like all that the guard takes for
//! usual (ADR 22): an attack cannot raise it for the next one. It is in memory only. A
//! program that starts knows of no hour what is usual, so that thirty messages are a jump
//! everywhere; then the codes alone decide, as they do anyway.

use super::outcomes::Counted;
use crate::Timestamp;

/// Messages within ten minutes that are never a jump.
const STARTS_MIN: u32 = 30;

/// How many times as many as usual are one.
const TIMES: f64 = 4.0;

/// Outcomes of the last hour that are needed, and the part of the expected share below
/// which codes count as missing.
const OUTCOMES_MIN: u32 = 20;
const PART: f64 = 0.5;

/// The weight of a week in what is usual: half of it is of the last two.
const WEEK_WEIGHT: f64 = 0.3;

/// Less than this in ten minutes is not worth remembering: four times as many, at the least
/// share that is ever expected, are no more than [`STARTS_MIN`].
const REMEMBERED_MIN: f64 = 1.0;

const MINUTE_SECONDS: i64 = 60;
const MINUTES: u8 = 10;
const HOUR_SECONDS: i64 = 3_600;
const TEN_MINUTES_AN_HOUR: f64 = 6.0;
const WEEK_HOURS: i64 = 7 * 24;

/// The messages to an area, and what is usual there.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Messages that were begun in each of the last ten minutes, by minute modulo ten.
    begun: [u32; MINUTES as usize],
    minute: i64,
    /// Codes that were entered in the present hour.
    entered: u32,
    hour: i64,
    /// Codes entered in ten minutes, on average, by hour of the week; those of few are left
    /// out, so there are 168 at most.
    usual: Vec<(i64, f64)>,
}

impl Pace {
    /// A message is begun.
    pub(super) fn begun(&mut self, now: Timestamp) {
        self.go_to(now.as_second().div_euclid(MINUTE_SECONDS));
        let count = &mut self.begun[place(self.minute)];
        *count = count.saturating_add(1);
    }

    /// One of the last is not begun after all.
    pub(super) fn withdrawn(&mut self) {
        let count = &mut self.begun[place(self.minute)];
        *count = count.saturating_sub(1);
    }

    /// A code was entered.
    pub(super) fn entered(&mut self, now: Timestamp) {
        let hour = now.as_second().div_euclid(HOUR_SECONDS);
        if self.hour != hour {
            self.learn(hour);
            (self.hour, self.entered) = (hour, 0);
        }
        self.entered = self.entered.saturating_add(1);
    }

    /// Whether the codes of the last hour are missing, and, unless that is known already,
    /// many more messages than usual are begun.
    pub(super) fn is_jump(
        &self,
        of_hour: Counted,
        base: f64,
        is_known: bool,
        now: Timestamp,
    ) -> bool {
        if of_hour.sent < OUTCOMES_MIN {
            return false;
        }
        let is_missing = f64::from(of_hour.entered) < PART * base * f64::from(of_hour.sent);
        // So many messages are usual of which as many codes are entered as expected.
        let usual = self.usual(now) / base;
        let most = f64::from(STARTS_MIN).max(TIMES * usual);
        is_missing && (is_known || f64::from(self.lately(now)) > most)
    }

    /// Messages that were begun within the last ten minutes.
    fn lately(&self, now: Timestamp) -> u32 {
        let minute = now.as_second().div_euclid(MINUTE_SECONDS);
        let oldest = minute - i64::from(MINUTES);
        // The places of minutes since the last message have counts of ten minutes before.
        let counted = (oldest + 1..=self.minute).map(|minute| self.begun[place(minute)]);
        counted.take(MINUTES.into()).fold(0, u32::saturating_add)
    }

    fn usual(&self, now: Timestamp) -> f64 {
        let hour = of_week(now.as_second().div_euclid(HOUR_SECONDS));
        self.usual.iter().find(|(of, _)| *of == hour).map_or(0.0, |(_, usual)| *usual)
    }

    fn go_to(&mut self, minute: i64) {
        // A clock that was set back counts in the newest minute; one that was far ahead
        // begins anew.
        if (minute - self.minute).unsigned_abs() >= u64::from(MINUTES) {
            (self.begun, self.minute) = ([0; MINUTES as usize], minute);
        }
        while self.minute < minute {
            self.minute += 1;
            self.begun[place(self.minute)] = 0;
        }
    }

    /// The hours since the last code are over: that one's and those without any.
    fn learn(&mut self, now: i64) {
        let passed = now.saturating_sub(self.hour);
        let counted = f64::from(self.entered) / TEN_MINUTES_AN_HOUR;
        let last = of_week(self.hour);
        if !self.usual.iter().any(|(of, _)| *of == last) {
            self.usual.push((last, counted));
        }
        for (of, usual) in &mut self.usual {
            let ago = of_week(now - *of);
            if *of == last {
                *usual += WEEK_WEIGHT * (counted - *usual);
            } else if ago > 0 && ago < passed {
                *usual -= WEEK_WEIGHT * *usual;
            }
        }
        self.usual.retain(|(_, usual)| *usual >= REMEMBERED_MIN);
    }
}

fn of_week(hour: i64) -> i64 {
    hour.rem_euclid(WEEK_HOURS)
}

fn place(minute: i64) -> usize {
    usize::try_from(minute.rem_euclid(i64::from(MINUTES))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: f64 = 0.8;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    /// Messages within ten minutes.
    fn begin(pace: &mut Pace, messages: u32, from: i64) {
        (0..i64::from(messages)).for_each(|n| pace.begun(at(from + n * 600 / 1_000 % 540)));
    }

    fn missing(sent: u32) -> Counted {
        Counted { sent, entered: 0 }
    }

    fn is_jump(pace: &Pace, second: i64) -> bool {
        pace.is_jump(missing(20), BASE, false, at(second))
    }

    #[test]
    fn more_than_thirty_messages_are_a_jump_where_nothing_is_usual() {
        let mut pace = Pace::default();
        begin(&mut pace, 30, 0);
        assert!(!is_jump(&pace, 540));
        pace.begun(at(540));
        assert!(is_jump(&pace, 540));
        pace.withdrawn();
        assert!(!is_jump(&pace, 540));
        pace.begun(at(540));
        assert!(!is_jump(&pace, 620), "the first are more than ten minutes old");
        assert!(!is_jump(&pace, 86_400));
    }

    #[test]
    fn codes_that_are_entered_are_no_jump_and_few_outcomes_prove_nothing() {
        let mut pace = Pace::default();
        begin(&mut pace, 100, 0);
        let is_jump = |sent, entered| pace.is_jump(Counted { sent, entered }, BASE, false, at(540));
        assert!(!is_jump(19, 0));
        assert!(is_jump(20, 7), "fewer than four tenths");
        assert!(!is_jump(20, 8));
    }

    #[test]
    fn it_lasts_until_codes_are_entered_although_the_messages_are_few_again() {
        let pace = Pace::default();
        assert!(pace.is_jump(missing(20), BASE, true, at(0)));
        assert!(!pace.is_jump(Counted { sent: 20, entered: 8 }, BASE, true, at(0)));
    }

    #[test]
    fn four_times_as_many_as_usual_at_this_hour_of_the_week_are_a_jump() {
        const WEEK: i64 = WEEK_HOURS * HOUR_SECONDS;
        let mut pace = Pace::default();
        for week in 0..6 {
            // Eight codes in ten minutes, of ten messages.
            (0..48).for_each(|n| pace.entered(at(week * WEEK + n * 75 % 3_600)));
            pace.entered(at(week * WEEK + 3_600));
        }
        for (messages, expected) in [(40, false), (41, true)] {
            let mut pace = Pace { usual: pace.usual.clone(), ..Pace::default() };
            begin(&mut pace, messages, 6 * WEEK);
            assert_eq!(is_jump(&pace, 6 * WEEK + 540), expected, "{messages}");
            let mut pace = Pace { usual: pace.usual.clone(), ..Pace::default() };
            begin(&mut pace, 31, 6 * WEEK + 7_200);
            assert!(is_jump(&pace, 6 * WEEK + 7_740), "two hours later it is quiet else");
        }
        // Weeks without a code are forgotten.
        pace.entered(at(7 * WEEK + 7_200));
        pace.entered(at(8 * WEEK + 7_200));
        begin(&mut pace, 31, 9 * WEEK);
        let before = pace.usual(at(9 * WEEK));
        assert!(before < 6.0, "{before}");
    }
}
