//! The choice of a gateway.

use super::evidence::{Estimate, Evidence, Measure, OBSERVATIONS_MIN, Standing};
use super::qualify::{Candidate, Qualified, qualified};
use super::reason::{Figure, Reason};
use super::{Destination, sampler};
use crate::entropy::Entropy;
use crate::record::trail::{HandOver, Trail};

/// How much worse a cheaper gateway may do (`delivery.md` 9, 12).
const MARGIN: f64 = 0.05;

/// A gateway that costs more than so many times the cheapest is dear …
const DEAR_TIMES: u64 = 2;

/// … and gets at most this part of a prefix's messages only to learn how it
/// does (`delivery.md` 9).
const DEAR_EXPLORATION_MAX: f64 = 0.10;

/// The part of a prefix's messages that goes to a gateway whose codes got lost,
/// to see whether it does better (`delivery.md` 9).
const BROKEN_TRAFFIC: f64 = 0.05;

/// What a gateway whose receipts are late or missing counts (`delivery.md` 9, "weight"):
/// what is believed of its share is taken times this before it is compared.
const DOUBTED_WEIGHT: f64 = 0.5;

/// What the operator wants to go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    /// The order of the candidates.
    Order,
    /// The cheapest of those that do well, by what is known of each.
    Conversion,
}

/// What was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    /// The place of the gateway among the candidates.
    pub index: usize,
    /// Why.
    pub reason: Reason,
}

/// Chooses the gateway for the next hand-over of a message, or none: no open
/// one may have it. `used` are the gateways that carried earlier messages of
/// the same verification.
///
/// Never one that is not open, that has the message, or that refused its
/// number. One that failed, or that may have it, only where no other is left.
pub fn choose(
    candidates: &[Candidate<'_>],
    trail: &Trail,
    used: &[&str],
    preference: Preference,
    evidence: &Evidence,
    destination: &Destination,
    entropy: &mut dyn Entropy,
) -> Option<Chosen> {
    let Qualified { indices, passes_over_used } = qualified(candidates, trail, used);
    let first = *indices.first()?;
    // A gateway that said "later" is asked again before any other.
    let last_asked = trail.iter().next_back().filter(|(_, end)| *end == HandOver::Temporary);
    let again = last_asked
        .and_then(|(last, _)| indices.iter().find(|index| candidates[**index].gateway == last));
    let picked = match preference {
        Preference::Conversion if again.is_none() && indices.len() > 1 => {
            by_conversion(candidates, &indices, evidence, *destination, entropy)
        }
        Preference::Order | Preference::Conversion => {
            Chosen { index: *again.unwrap_or(&first), reason: Reason::Order }
        }
    };
    let ended = trail.iter().count();
    let reason = if trail.iter().any(|(of, _)| of == candidates[picked.index].gateway) {
        Reason::AgainAfter(ended)
    } else if ended > 0 {
        Reason::NextAfter(ended)
    } else if passes_over_used {
        Reason::OtherThanLastTime
    } else if indices.len() == 1 {
        Reason::Only
    } else {
        picked.reason
    };
    Some(Chosen { reason, ..picked })
}

/// One that qualifies, with all that speaks for and against it.
struct Contender {
    index: usize,
    price: u64,
    /// Messages may go there only to learn how it does.
    may_explore: bool,
    estimate: Estimate,
    /// The share that is believed, and a sample of it, both weighed.
    mean: f64,
    sample: f64,
    standing: Standing,
}

fn by_conversion(
    candidates: &[Candidate<'_>],
    indices: &[usize],
    evidence: &Evidence,
    destination: Destination,
    entropy: &mut dyn Entropy,
) -> Chosen {
    let by_order = Chosen { index: indices[0], reason: Reason::Order };
    let Some(all) = contenders(candidates, indices, evidence, destination, entropy) else {
        return by_order;
    };
    let (free, broken): (Vec<&Contender>, Vec<&Contender>) =
        all.iter().partition(|contender| contender.standing == Standing::Free);
    let Some(bet) = pick(&free, |contender| contender.mean) else { return by_order };
    for contender in broken.iter().filter(|of| of.standing == Standing::Limited) {
        if sampler::uniform(entropy) < BROKEN_TRAFFIC && contender.may_explore {
            return Chosen { index: contender.index, reason: Reason::Explored };
        }
    }
    let is_proven = |of: &Contender| of.estimate.observations >= OBSERVATIONS_MIN;
    let is_allowed = |of: &&Contender| of.may_explore || (of.index == bet.index && is_proven(of));
    let allowed: Vec<&Contender> = free.iter().copied().filter(is_allowed).collect();
    // None is allowed if all cheap ones are broken and nothing is proven.
    let picked = pick(&allowed, |contender| contender.sample).unwrap_or(bet);
    Chosen { index: picked.index, reason: reason(picked, bet, &all) }
}

/// All that qualify, by conversion if any is known of one of them, else by
/// receipts; `None` if nothing is known of any.
fn contenders(
    candidates: &[Candidate<'_>],
    indices: &[usize],
    evidence: &Evidence,
    destination: Destination,
    entropy: &mut dyn Entropy,
) -> Option<Vec<Contender>> {
    let estimates = |measure| {
        let of =
            |index: &usize| evidence.estimate(candidates[*index].gateway, destination, measure);
        let estimates: Vec<Estimate> = indices.iter().map(of).collect();
        estimates.iter().any(|estimate| estimate.observations > 0).then_some(estimates)
    };
    let estimates = estimates(Measure::Conversion).or_else(|| estimates(Measure::Receipts))?;
    let known_prices = || indices.iter().filter_map(|index| candidates[*index].price);
    let cheapest = known_prices().min().unwrap_or(0);
    let dearest = known_prices().max().unwrap_or(0);
    let is_doubted =
        |index: &usize| evidence.receipt_doubt(candidates[*index].gateway, destination).is_some();
    // Where all are doubted it tells nothing between them.
    let is_told = !indices.iter().all(is_doubted);
    let contender = |(&index, estimate): (&usize, Estimate)| {
        let weight = if is_told && is_doubted(&index) { DOUBTED_WEIGHT } else { 1.0 };
        let Candidate { gateway, price, .. } = candidates[index];
        let price = price.unwrap_or(dearest);
        Contender {
            index,
            price,
            may_explore: price <= cheapest.saturating_mul(DEAR_TIMES)
                || evidence.share_with_one_more(gateway, destination) <= DEAR_EXPLORATION_MAX,
            mean: weight * estimate.mean(),
            sample: weight * estimate.sample(entropy),
            estimate,
            standing: evidence.standing(gateway, destination),
        }
    };
    Some(indices.iter().zip(estimates).map(contender).collect())
}

/// The cheapest of those within the margin of the best, the first of equals.
fn pick<'a>(
    contenders: &[&'a Contender],
    value: impl Fn(&Contender) -> f64,
) -> Option<&'a Contender> {
    let best = contenders.iter().map(|contender| value(contender)).fold(0.0, f64::max);
    let good = contenders.iter().filter(|contender| value(contender) >= best - MARGIN);
    good.min_by_key(|contender| contender.price).copied()
}

fn reason(picked: &Contender, bet: &Contender, all: &[Contender]) -> Reason {
    if picked.index != bet.index {
        return Reason::Explored;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share has at most 100 hundredths"
    )]
    let percent = (picked.estimate.mean() * 100.0).round() as u8;
    let figure = Figure { percent, observations: picked.estimate.observations };
    if all.iter().any(|other| other.mean > picked.mean) {
        Reason::Cheapest(figure)
    } else {
        Reason::Conversion(figure)
    }
}
