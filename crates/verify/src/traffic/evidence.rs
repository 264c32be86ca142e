//! Whether so few codes are entered that the messages are probably pumped
//! (`delivery.md` 10, G-2; D-33).

use super::outcomes::Counted;
use crate::record::{Stage, TrafficRule};
use crate::routing::beta;

/// What is expected before anything is known of a country.
pub(super) const BASE_UNKNOWN: f64 = 0.6;

/// So sure is the rule before it holds an area, and this sure it stays.
const SURE: f64 = 0.99;
const STILL_SURE: f64 = 0.8;

/// One rule of G-2.
struct Test {
    /// Outcomes that it needs.
    outcomes_min: u32,
    /// The part of the expected share below which codes count as missing.
    part: f64,
    /// How many outcomes the expectation weighs.
    prior: f64,
}

const CHALLENGE: Test = Test { outcomes_min: 20, part: 0.65, prior: 8.0 };
const BLOCK: Test = Test { outcomes_min: 12, part: 0.35, prior: 4.0 };

/// Shares of the last fifty below which a country is closed, or the operator is told.
const CLOSED_BELOW: f64 = 0.10;
const ALERT_BELOW: f64 = 0.25;

/// From here on the operator is told again when it is low: not at each step across
/// one line.
const WELL_FROM: f64 = 0.40;

impl Test {
    fn holds(&self, counted: Counted, base: f64, sure: f64) -> bool {
        if counted.sent < self.outcomes_min {
            return false;
        }
        let (entered, sent) = (f64::from(counted.entered), f64::from(counted.sent));
        let alpha = self.prior * base + entered;
        let beta = self.prior * (1.0 - base) + sent - entered;
        // Below the middle of what is believed, nothing is this sure, and that is told
        // faster.
        let limit = self.part * base;
        alpha / (alpha + beta) < limit && beta::cdf(limit, alpha, beta) > sure
    }
}

/// What the outcomes of a day ask for, where `base` is the share that is expected.
pub(super) fn judge(counted: Counted, base: f64, now: Option<Stage>) -> Option<Stage> {
    let sure = if now == Some(Stage::Challenge) { STILL_SURE } else { SURE };
    if BLOCK.holds(counted, base, SURE) {
        Some(Stage::Closed)
    } else if CHALLENGE.holds(counted, base, sure) {
        Some(Stage::Challenge)
    } else {
        None
    }
}

/// Whether so many outcomes are known that a challenge could begin.
pub(super) fn is_enough(counted: Counted) -> bool {
    counted.sent >= CHALLENGE.outcomes_min
}

/// What D-33 says of a country's last fifty outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Completion {
    Fine,
    /// The operator is told.
    Low,
    /// The country is closed.
    Closed,
}

pub(super) fn completion(last: Option<Counted>) -> Completion {
    let Some(last) = last else { return Completion::Fine };
    let share = f64::from(last.entered) / f64::from(last.sent);
    if share < CLOSED_BELOW {
        Completion::Closed
    } else if share < ALERT_BELOW {
        Completion::Low
    } else {
        Completion::Fine
    }
}

/// Whether a country of which the operator was told is well again, or unknown.
pub(super) fn is_well_again(last: Option<Counted>) -> bool {
    last.is_none_or(|last| f64::from(last.entered) / f64::from(last.sent) >= WELL_FROM)
}

/// How many messages are more than the entered codes pay for, if so few are entered
/// as closes an area.
pub(super) fn owed(counted: Counted, base: f64) -> u32 {
    let paid = f64::from(counted.entered) / (BLOCK.part * base);
    whole((f64::from(counted.sent) - paid).max(0.0))
}

/// A share in thousandths.
pub(super) fn permille(share: f64) -> u32 {
    whole(share * 1_000.0)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
fn whole(value: f64) -> u32 {
    value as u32
}

/// The rule's name in what is kept.
pub(super) const RULE: TrafficRule = TrafficRule::Evidence;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_outcomes_prove_nothing_and_many_do() {
        let none = |sent| Counted { sent, entered: 0 };
        assert_eq!(judge(none(11), 0.85, None), None);
        assert_eq!(judge(none(20), 0.85, None), Some(Stage::Challenge));
        assert_eq!(judge(none(24), 0.85, None), Some(Stage::Closed));
        let fine = Counted { sent: 400, entered: 320 };
        assert_eq!(judge(fine, 0.85, Some(Stage::Challenge)), None);
    }

    #[test]
    fn the_last_fifty_have_two_lines() {
        let last = |entered| Some(Counted { sent: 50, entered });
        assert_eq!(completion(None), Completion::Fine);
        assert_eq!(completion(last(13)), Completion::Fine);
        assert_eq!(completion(last(12)), Completion::Low);
        assert_eq!(completion(last(5)), Completion::Low);
        assert_eq!(completion(last(4)), Completion::Closed);
    }
}
