//! The breakers of a gateway: one for all its messages, and one for each operator
//! prefix (`delivery.md` 9). A gateway whose way to one operator is broken is left
//! alone for that operator only.

use std::collections::HashMap;

use super::Prefix;
use super::breaker::{Breaker, BreakerOutcome, BreakerState};
use crate::Timestamp;
use crate::limits::BREAKER_PREFIXES_MAX;

/// All breakers of one gateway.
#[derive(Debug, Clone, Default)]
pub struct Breakers {
    whole: Breaker,
    by_prefix: HashMap<Prefix, Breaker>,
}

impl Breakers {
    /// Notes an outcome of a message to this prefix. While the gateway is left alone
    /// as a whole, that says nothing of single prefixes; what was known of them is
    /// forgotten then, also of one that had failed before.
    pub fn note(&mut self, prefix: Prefix, outcome: BreakerOutcome, now: Timestamp) {
        self.whole.note(outcome, now);
        if self.whole.state(now) != BreakerState::Closed {
            self.by_prefix.clear();
        } else if let Some(breaker) = self.of_prefix(prefix, now) {
            breaker.note(outcome, now);
        }
    }

    /// Whether the gateway may be asked for messages to any prefix.
    pub fn state(&self, now: Timestamp) -> BreakerState {
        self.whole.state(now)
    }

    /// The prefixes for which alone it is left alone or tried again, and whether it
    /// may be asked; in their order.
    pub fn open_prefixes(&self, now: Timestamp) -> Vec<(Prefix, BreakerState)> {
        let known = self.by_prefix.iter().filter(|(_, breaker)| !breaker.is_stale(now));
        let states = known.map(|(prefix, breaker)| (*prefix, breaker.state(now)));
        let mut open: Vec<_> = states.filter(|(_, state)| *state != BreakerState::Closed).collect();
        open.sort_unstable_by_key(|(prefix, _)| *prefix);
        open
    }

    /// The same for this prefix alone.
    pub fn state_at(&self, prefix: Prefix, now: Timestamp) -> BreakerState {
        let known = self.by_prefix.get(&prefix).filter(|breaker| !breaker.is_stale(now));
        known.map_or(BreakerState::Closed, |breaker| breaker.state(now))
    }

    /// Whether a message to this prefix may go to the gateway: see
    /// [`Breaker::takes_one`].
    pub fn takes_one(&self, prefix: Prefix, now: Timestamp) -> bool {
        let of_prefix = self.by_prefix.get(&prefix);
        self.whole.takes_one(now) && of_prefix.is_none_or(|breaker| breaker.takes_one(now))
    }

    /// A message to this prefix is on its way: a probe, if it is time for one; whether
    /// it is.
    pub fn begin_probe(&mut self, prefix: Prefix, now: Timestamp) -> bool {
        let of_whole = self.whole.begin_probe(now);
        let of_prefix = self.by_prefix.get_mut(&prefix).is_some_and(|b| b.begin_probe(now));
        of_whole || of_prefix
    }

    /// The probe that a message to this prefix began then is none: see
    /// [`Breaker::give_probe_up`].
    pub fn give_probe_up(&mut self, prefix: Prefix, since: Timestamp) {
        self.whole.give_probe_up(since);
        if let Some(breaker) = self.by_prefix.get_mut(&prefix) {
            breaker.give_probe_up(since);
        }
    }

    /// The breaker of a prefix. If there are too many, those go that say nothing; if
    /// all say something, there is none for a new one.
    fn of_prefix(&mut self, prefix: Prefix, now: Timestamp) -> Option<&mut Breaker> {
        if self.by_prefix.len() >= BREAKER_PREFIXES_MAX && !self.by_prefix.contains_key(&prefix) {
            self.by_prefix.retain(|_, breaker| !breaker.is_stale(now));
            if self.by_prefix.len() >= BREAKER_PREFIXES_MAX {
                return None;
            }
        }
        let breaker = self.by_prefix.entry(prefix).or_default();
        if breaker.is_stale(now) {
            *breaker = Breaker::default();
        }
        Some(breaker)
    }
}
