//! Which gateways may still be asked for a message.

use crate::record::trail::{HandOver, Trail};

/// `retry` ends at one gateway after which another one is asked first
/// (`delivery.md` 8.3: the third time goes to the next).
const RETRIES_MAX: usize = 2;

/// A gateway that could carry a message, in the operator's order.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Its name.
    pub gateway: &'a str,
    /// Whether it takes messages now.
    pub is_open: bool,
    /// What this message costs there, in any unit that all candidates share.
    /// An unknown price counts as the highest of the known ones.
    pub price: Option<u64>,
}

/// How far a gateway is from being asked, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// It has had no part in this message, or may repeat it.
    Ready,
    /// It did not take the message.
    Failed,
    /// It may have the message.
    Doubtful,
}

/// The rank of a gateway, or `None` if it must never get the message: it has
/// it already, it cannot carry it, or it said that the number is wrong.
fn rank(trail: &Trail, gateway: &str) -> Option<Rank> {
    let count = |end| trail.count(gateway, end);
    if [HandOver::Accepted, HandOver::GatewayUnfit, HandOver::Destination]
        .into_iter()
        .any(|end| count(end) > 0)
    {
        None
    } else if count(HandOver::InDoubt) > 0 {
        Some(Rank::Doubtful)
    } else if count(HandOver::GatewayDown) > 0
        || count(HandOver::Unreached) > 0
        || count(HandOver::Temporary) >= RETRIES_MAX
    {
        Some(Rank::Failed)
    } else {
        Some(Rank::Ready)
    }
}

/// Who may be asked.
pub(super) struct Qualified {
    /// Their places among the candidates, in order.
    pub(super) indices: Vec<usize>,
    /// Whether somebody was left out because of the last code.
    pub(super) passes_over_used: bool,
}

/// The open candidates of the best rank that there is; `used` ones only where
/// that rank has no other.
pub(super) fn qualified(candidates: &[Candidate<'_>], trail: &Trail, used: &[&str]) -> Qualified {
    let ranked = candidates.iter().enumerate().filter(|(_, candidate)| candidate.is_open);
    let ranked: Vec<(usize, Rank)> = ranked
        .filter_map(|(index, candidate)| Some((index, rank(trail, candidate.gateway)?)))
        .collect();
    let best = ranked.iter().map(|(_, rank)| *rank).min();
    let all: Vec<usize> =
        ranked.iter().filter(|(_, rank)| Some(*rank) == best).map(|(index, _)| *index).collect();
    let is_used = |index: &usize| used.contains(&candidates[*index].gateway);
    let unused: Vec<usize> = all.iter().copied().filter(|index| !is_used(index)).collect();
    if unused.is_empty() || unused.len() == all.len() {
        return Qualified { indices: all, passes_over_used: false };
    }
    Qualified { indices: unused, passes_over_used: true }
}

/// Whether another gateway than this one is open that has not failed the message
/// yet: then it is asked without a pause.
pub fn has_ready(candidates: &[Candidate<'_>], trail: &Trail, used_gateway: &str) -> bool {
    let mut others = candidates.iter().filter(|candidate| candidate.gateway != used_gateway);
    others.any(|other| other.is_open && rank(trail, other.gateway) == Some(Rank::Ready))
}

/// Whether [`choose`](super::choose) could give another gateway than this one
/// for the message.
pub fn has_other(candidates: &[Candidate<'_>], trail: &Trail, used_gateway: &str) -> bool {
    let mut others = candidates.iter().filter(|candidate| candidate.gateway != used_gateway);
    others.any(|other| other.is_open && rank(trail, other.gateway).is_some())
}
