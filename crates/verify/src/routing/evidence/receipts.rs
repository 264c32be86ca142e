//! Whether the receipts of a gateway are late or missing (`delivery.md` 9, the breaker by
//! receipts).
//!
//! Judged for each country, since some networks give no receipts and others do. A gateway
//! that is doubted has half its weight in the choice for ten minutes; then it is looked at
//! afresh. So one that does well again is trusted again, although hardly any message went
//! there meanwhile to show it.

use super::places::OBSERVATIONS_MIN;
use super::tally::Tally;
use crate::{SignedDuration, Timestamp};

/// A message that is delivered later than this is slow …
const PROMPT_SECONDS: i64 = 60;

/// … and more than this part of them is too much: the 95th percentile is above a minute.
const SLOW_PART: f64 = 0.05;

/// Fewer final receipts than this are too few …
const GIVEN_PART: f64 = 0.5;

/// … of a gateway that usually gives so many, of so many messages.
const USUALLY_GIVEN_PART: f64 = 0.7;
const USUAL_OBSERVATIONS_MIN: u32 = 100;

/// What is left of the weight of older outcomes in what is usual: it remembers ten times
/// as many as what is compared with it.
const USUAL_DECAY: f64 = 0.999;

/// So sure is the rule before it doubts a gateway.
const SURE: f64 = 0.99;

/// How long a gateway is doubted.
const DOUBTED_SECONDS: i64 = 600;

/// What is wrong with the receipts of a gateway in a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptDoubt {
    /// Too many say "delivered" later than after a minute.
    Slow,
    /// Most messages get none within the time a code has to be entered, and usually get one.
    Missing,
}

/// The receipts of one gateway in one country.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    /// Messages that got a final receipt within the time that is waited for it.
    given: Tally,
    /// The same, remembered for longer.
    usual: Tally,
    /// Messages that were delivered, and of those the prompt ones.
    prompt: Tally,
    doubt: Option<(ReceiptDoubt, Timestamp)>,
}

impl Receipts {
    /// A message got a final receipt in time, or did not.
    pub(super) fn note_given(&mut self, is_given: bool, now: Timestamp) {
        if self.is_looked_at(now) {
            self.given.note(is_given);
            self.usual.note_fading(is_given, USUAL_DECAY);
            self.judge(now);
        }
    }

    /// A message was delivered after this time, by the word of the gateway.
    pub(super) fn note_delivered(&mut self, after: SignedDuration, now: Timestamp) {
        if self.is_looked_at(now) {
            self.prompt.note(after.as_secs() <= PROMPT_SECONDS);
            self.judge(now);
        }
    }

    /// The doubt in force.
    pub(super) fn doubt(&self, now: Timestamp) -> Option<ReceiptDoubt> {
        self.doubt.filter(|(_, until)| now < *until).map(|(doubt, _)| doubt)
    }

    /// Whether outcomes count. While the gateway is doubted they do not, so that what it
    /// does then does not become usual; afterwards it begins anew.
    fn is_looked_at(&mut self, now: Timestamp) -> bool {
        if self.doubt(now).is_some() {
            return false;
        }
        if self.doubt.take().is_some() {
            (self.given, self.prompt) = (Tally::default(), Tally::default());
        }
        true
    }

    fn judge(&mut self, now: Timestamp) {
        let is_usual = self.usual.observations >= USUAL_OBSERVATIONS_MIN
            && self.usual.share().is_some_and(|share| share >= USUALLY_GIVEN_PART);
        let is_below = |tally: &Tally, part: f64| {
            let is_known = tally.observations >= OBSERVATIONS_MIN;
            is_known && tally.estimate(None).probability_below(part) > SURE
        };
        let doubt = if is_usual && is_below(&self.given, GIVEN_PART) {
            ReceiptDoubt::Missing
        } else if is_below(&self.prompt, 1.0 - SLOW_PART) {
            ReceiptDoubt::Slow
        } else {
            return;
        };
        self.doubt = Some((doubt, now + SignedDuration::from_secs(DOUBTED_SECONDS)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn seconds(seconds: i64) -> SignedDuration {
        SignedDuration::from_secs(seconds)
    }

    fn given(receipts: &mut Receipts, times: u32, is_given: bool) {
        (0..times).for_each(|_| receipts.note_given(is_given, at(0)));
    }

    #[test]
    fn receipts_are_missing_only_where_they_usually_come() {
        let mut never = Receipts::default();
        given(&mut never, 1_000, false);
        assert_eq!(never.doubt(at(0)), None);
        let mut unknown = Receipts::default();
        given(&mut unknown, 49, true);
        given(&mut unknown, 50, false);
        assert_eq!(unknown.doubt(at(0)), None, "a hundred show what is usual");
        let mut stopped = Receipts::default();
        given(&mut stopped, 1_000, true);
        given(&mut stopped, 60, false);
        assert_eq!(stopped.doubt(at(0)), None, "more than half of the last hundred came");
        given(&mut stopped, 40, false);
        assert_eq!(stopped.doubt(at(0)), Some(ReceiptDoubt::Missing));
    }

    #[test]
    fn receipts_are_slow_when_more_than_one_of_twenty_takes_longer_than_a_minute() {
        let slow_of_hundred = |slow: i64| {
            let mut receipts = Receipts::default();
            for number in 0..1_000 {
                let after = if number * slow % 100 < slow { 61 } else { 60 };
                receipts.note_delivered(seconds(after), at(0));
            }
            receipts.doubt(at(0))
        };
        assert_eq!(slow_of_hundred(3), None);
        assert_eq!(slow_of_hundred(20), Some(ReceiptDoubt::Slow));
        let mut all = Receipts::default();
        (0..19).for_each(|_| all.note_delivered(seconds(90), at(0)));
        assert_eq!(all.doubt(at(0)), None, "nineteen show nothing");
        all.note_delivered(seconds(90), at(0));
        assert_eq!(all.doubt(at(0)), Some(ReceiptDoubt::Slow));
    }

    #[test]
    fn a_doubt_ends_after_ten_minutes_and_is_found_anew_if_nothing_changed() {
        let mut receipts = Receipts::default();
        (0..20).for_each(|_| receipts.note_delivered(seconds(90), at(0)));
        assert_eq!(receipts.doubt(at(599)), Some(ReceiptDoubt::Slow));
        assert_eq!(receipts.doubt(at(600)), None);
        (0..19).for_each(|_| receipts.note_delivered(seconds(90), at(600)));
        assert_eq!(receipts.doubt(at(600)), None);
        receipts.note_delivered(seconds(90), at(600));
        assert_eq!(receipts.doubt(at(600)), Some(ReceiptDoubt::Slow));
    }

    #[test]
    fn what_goes_on_for_long_becomes_usual() {
        let mut receipts = Receipts::default();
        given(&mut receipts, 3_000, true);
        let mut doubted = 0;
        for round in 0..100 {
            let now = at(round * DOUBTED_SECONDS);
            (0..100).for_each(|_| receipts.note_given(false, now));
            doubted += u32::from(receipts.doubt(now).is_some());
        }
        assert!((5..30).contains(&doubted), "{doubted}");
    }
}
