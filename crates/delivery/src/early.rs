//! How many receipts of messages that are not known are kept. A receipt may be ahead of
//! the answer to its message, so it is kept for a while (`delivery.md` 5.3); one that
//! names nobody's message costs as much. A gateway that makes them up, or whose account
//! another program uses too, must not hold the others up by that (security rule S-89).
//! Each server counts for itself.

use std::collections::HashMap;

use verify::{SignedDuration, Timestamp};

use crate::limits::{EARLY_RECEIPTS_AT_ONCE, EARLY_RECEIPTS_PER_SECOND};

/// Calls are counted in another order than they read the time; what is further back is a
/// clock that was set back.
const OUT_OF_ORDER: SignedDuration = SignedDuration::from_secs(1);

/// After a warning of a gateway the same one is not given again for so long.
const WARNED_FOR: SignedDuration = SignedDuration::from_mins(1);

/// What each gateway may still keep: a token bucket that is full in the beginning.
#[derive(Default)]
pub(crate) struct Early(HashMap<String, Budget>);

struct Budget {
    /// Thousandths of a receipt.
    left: i64,
    /// When that was reckoned.
    at: Timestamp,
    /// When each warning was last given.
    warned: HashMap<Warning, Timestamp>,
}

/// What an operator is told of a gateway's receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Warning {
    /// More of them are of messages that are not known than are kept.
    TooMany,
    /// One names no message of ours.
    Nobody,
}

impl Early {
    /// Takes a place for one more receipt of this gateway, if there is one.
    pub(crate) fn take(&mut self, gateway: &str, now: Timestamp) -> bool {
        let budget = self.of(gateway, now);
        let passed = now.duration_since(budget.at).as_millis().max(0);
        let more = i64::try_from(passed).unwrap_or(i64::MAX);
        let more = more.saturating_mul(EARLY_RECEIPTS_PER_SECOND.into());
        let full = 1_000 * i64::from(EARLY_RECEIPTS_AT_ONCE);
        budget.left = budget.left.saturating_add(more).min(full);
        if now > budget.at || budget.at.duration_since(now) > OUT_OF_ORDER {
            budget.at = now;
        }
        let has_place = budget.left >= 1_000;
        if has_place {
            budget.left -= 1_000;
        }
        has_place
    }

    /// Gives a place back: nothing had to be kept.
    pub(crate) fn give_back(&mut self, gateway: &str) {
        if let Some(budget) = self.0.get_mut(gateway) {
            budget.left = budget.left.saturating_add(1_000);
        }
    }

    /// Whether it is time to give this warning; then it counts as given.
    pub(crate) fn is_warning_due(
        &mut self,
        gateway: &str,
        warning: Warning,
        now: Timestamp,
    ) -> bool {
        let warned = &mut self.of(gateway, now).warned;
        let is_due = warned.get(&warning).is_none_or(|at| now.duration_since(*at) >= WARNED_FOR);
        if is_due {
            warned.insert(warning, now);
        }
        is_due
    }

    fn of(&mut self, gateway: &str, now: Timestamp) -> &mut Budget {
        let full = 1_000 * i64::from(EARLY_RECEIPTS_AT_ONCE);
        let budget = || Budget { left: full, at: now, warned: HashMap::new() };
        self.0.entry(gateway.to_owned()).or_insert_with(budget)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).unwrap()
    }

    /// How many of so many that come at one time are kept.
    fn kept(early: &mut Early, gateway: &str, millisecond: i64, count: u32) -> u32 {
        (0..count).map(|_| u32::from(early.take(gateway, at(millisecond)))).sum()
    }

    #[test]
    fn a_gateway_keeps_so_many_at_once_and_then_so_many_a_second() {
        let mut early = Early::default();
        let (at_once, a_second) = (EARLY_RECEIPTS_AT_ONCE, EARLY_RECEIPTS_PER_SECOND);
        assert_eq!(kept(&mut early, "one", 0, 10 * at_once), at_once);
        assert_eq!(kept(&mut early, "two", 0, 1), 1, "each gateway has its own");
        assert_eq!(kept(&mut early, "one", 500, a_second), a_second / 2);
        assert_eq!(kept(&mut early, "one", 501, 1), 0);
        // The time of single ones adds up.
        let single: u32 = (0..1_000).map(|n| kept(&mut early, "one", 501 + n, 1)).sum();
        assert!(single.abs_diff(a_second) <= 1, "{single}");
        assert_eq!(kept(&mut early, "one", 3_600_000, 10 * at_once), at_once, "and no more");
        early.give_back("one");
        assert_eq!(kept(&mut early, "one", 3_600_000, 2), 1, "what was given back");
    }

    #[test]
    fn no_time_counts_twice() {
        let mut early = Early::default();
        let _ = kept(&mut early, "one", 0, EARLY_RECEIPTS_AT_ONCE);
        let more = kept(&mut early, "one", 1_000, 2 * EARLY_RECEIPTS_PER_SECOND);
        assert_eq!(more, EARLY_RECEIPTS_PER_SECOND);
        // Calls in another order.
        let again: u32 =
            [500, 1_000, 500, 1_000].map(|at| kept(&mut early, "one", at, 1)).iter().sum();
        assert_eq!(again, 0);
        // A clock that was set back gives nothing at once, and goes on from there.
        assert_eq!(kept(&mut early, "one", -60_000, 1), 0);
        let more = kept(&mut early, "one", -59_000, 2 * EARLY_RECEIPTS_PER_SECOND);
        assert_eq!(more, EARLY_RECEIPTS_PER_SECOND);
    }

    #[test]
    fn a_warning_is_given_once_a_minute_for_each_gateway() {
        let mut early = Early::default();
        let mut warns = |gateway, warning, second: i64| {
            early.is_warning_due(gateway, warning, at(second * 1_000))
        };
        assert!(warns("one", Warning::Nobody, 0));
        assert!(!warns("one", Warning::Nobody, 59));
        assert!(warns("one", Warning::TooMany, 59));
        assert!(warns("two", Warning::Nobody, 59));
        assert!(warns("one", Warning::Nobody, 60));
    }
}
