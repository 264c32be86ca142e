//! Successes and failures that fade.

use super::super::{beta, sampler};
use crate::entropy::Entropy;

/// What is left of older outcomes when a new one comes (`delivery.md` 9): an
/// outcome has half its weight after 69 others, and all together weigh 100 at
/// most.
const DECAY: f64 = 0.99;

/// The share of successes that is expected of an unknown gateway, and how many
/// outcomes that belief weighs (`delivery.md` 9).
const PRIOR_SHARE: f64 = 0.8;
const PRIOR_OBSERVATIONS: f64 = 2.0;

/// What a success is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Measure {
    /// A code was entered.
    Conversion,
    /// A final receipt said "delivered".
    Receipts,
}

/// Outcomes of one gateway at one place, under one measure.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    successes: f64,
    failures: f64,
    /// How many there were, faded or not.
    pub(super) observations: u32,
}

impl Tally {
    pub(super) fn note(&mut self, is_success: bool) {
        self.note_fading(is_success, DECAY);
    }

    /// The same, where so much is left of older outcomes.
    pub(super) fn note_fading(&mut self, is_success: bool, decay: f64) {
        self.successes *= decay;
        self.failures *= decay;
        *(if is_success { &mut self.successes } else { &mut self.failures }) += 1.0;
        self.observations = self.observations.saturating_add(1);
    }

    /// The share of successes, older ones less; `None` before the first outcome.
    pub(super) fn share(&self) -> Option<f64> {
        let sum = self.successes + self.failures;
        (self.observations > 0).then(|| self.successes / sum)
    }

    /// What to believe after these outcomes, if `share` was believed before.
    pub(super) fn estimate(&self, share: Option<f64>) -> Estimate {
        let share = share.unwrap_or(PRIOR_SHARE);
        Estimate {
            // Above zero even where every outcome was of one kind.
            alpha: (self.successes + PRIOR_OBSERVATIONS * share).max(f64::EPSILON),
            beta: (self.failures + PRIOR_OBSERVATIONS * (1.0 - share)).max(f64::EPSILON),
            observations: self.observations,
        }
    }
}

/// A belief about a share: Beta(α, β), and of how many outcomes.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Estimate {
    alpha: f64,
    beta: f64,
    pub(in super::super) observations: u32,
}

impl Estimate {
    pub(in super::super) fn mean(&self) -> f64 {
        self.alpha / (self.alpha + self.beta)
    }

    /// A share that may well be the true one (Thompson).
    pub(in super::super) fn sample(&self, entropy: &mut dyn Entropy) -> f64 {
        sampler::beta(self.alpha, self.beta, entropy)
    }

    /// How likely the true share is below `x`.
    pub(super) fn probability_below(&self, x: f64) -> f64 {
        beta::cdf(x, self.alpha, self.beta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_fade_and_weigh_a_hundred_at_most() {
        let mut tally = Tally::default();
        assert_eq!(tally.share(), None);
        tally.note(true);
        assert_eq!(tally.share(), Some(1.0));
        for _ in 0..69 {
            tally.note(false);
        }
        assert!((tally.successes - 0.5).abs() < 0.001, "{tally:?}");
        for _ in 0..2_000 {
            tally.note(false);
        }
        let weight = tally.successes + tally.failures;
        assert!((99.9..=100.0).contains(&weight), "{tally:?}");
        assert_eq!(tally.observations, 2_070);
    }

    #[test]
    fn a_belief_begins_at_the_prior() {
        let unknown = Tally::default().estimate(None);
        assert!((unknown.alpha - 1.6).abs() < 1e-12 && (unknown.beta - 0.4).abs() < 1e-12);
        let expected = Tally::default().estimate(Some(0.25));
        assert!((expected.alpha - 0.5).abs() < 1e-12 && (expected.beta - 1.5).abs() < 1e-12);
        // Still a distribution where nothing ever went wrong.
        let mut perfect = Tally::default();
        perfect.note(true);
        let estimate = perfect.estimate(Some(1.0));
        assert!(estimate.beta > 0.0 && estimate.mean() > 0.999);
        assert!(estimate.probability_below(0.5) < 0.01);
    }
}
