//! How a gateway fails: its breakers, and what went wrong, in words for people.

use std::collections::HashMap;

use verify::Timestamp;
use verify::routing::Prefix;
use verify::routing::breaker::{BreakerOutcome, BreakerState};
use verify::routing::breakers::Breakers;

use crate::gateway::Reason;

/// Prefixes for which alone a gateway is left alone that are told by name.
const PREFIXES_TOLD: usize = 3;

/// The breakers of a gateway, and what went wrong there last.
#[derive(Default)]
pub(crate) struct Watched {
    pub(crate) breakers: Breakers,
    last_failure: Option<Reason>,
    /// The same of the prefixes for which alone it is left alone; others go when one
    /// comes.
    last_failures: HashMap<Prefix, Reason>,
}

impl Watched {
    /// Notes an outcome of a message to this prefix; for this reason, if it failed.
    pub(crate) fn note(
        &mut self,
        prefix: Prefix,
        outcome: BreakerOutcome,
        reason: Option<&Reason>,
        now: Timestamp,
    ) {
        self.breakers.note(prefix, outcome, now);
        let Some(reason) = reason.filter(|_| outcome == BreakerOutcome::Failure) else { return };
        self.last_failure = Some(reason.clone());
        let is_open = |prefix| self.breakers.state_at(prefix, now) != BreakerState::Closed;
        if is_open(prefix) {
            self.last_failures.retain(|other, _| is_open(*other));
            self.last_failures.insert(prefix, reason.clone());
        }
    }

    /// Why messages go elsewhere; none if they do not.
    pub(crate) fn left_alone(&self, now: Timestamp) -> Option<String> {
        if let Some(how) = how(self.breakers.state(now)) {
            return Some(words(&how, self.last_failure.as_ref()));
        }
        let open = self.breakers.open_prefixes(now);
        let told = open.iter().take(PREFIXES_TOLD).filter_map(|(prefix, state)| {
            let how = format!("{prefix}: {}", how(*state)?);
            Some(words(&how, self.last_failures.get(prefix)))
        });
        let more = open.len().checked_sub(PREFIXES_TOLD).filter(|more| *more > 0);
        let more = more.map(|more| format!("so at {more} more prefixes"));
        let told: Vec<String> = told.chain(more).collect();
        (!told.is_empty()).then(|| told.join("\n"))
    }
}

fn how(state: BreakerState) -> Option<String> {
    match state {
        BreakerState::Closed => None,
        BreakerState::Open { until } => Some(format!("left alone until {until:.0}")),
        BreakerState::Probing => Some("one message at a time is tried".to_owned()),
    }
}

fn words(how: &str, last: Option<&Reason>) -> String {
    let last = last.map_or("unknown", |reason| &**reason);
    format!("{how}, since it failed too often; the last time: {last}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use verify::SignedDuration;
    use verify::phone::PhoneNumber;

    use super::*;
    use crate::exits::{Choice, Exits};
    use crate::gateway::stub;
    use crate::routes::Routes;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn number(prefix: &str) -> PhoneNumber {
        PhoneNumber::parse(&format!("{prefix}0123")).expect("it is a number")
    }

    #[test]
    fn each_prefix_is_told_with_what_went_wrong_there() {
        let mut watched = Watched::default();
        let mut note = |prefix: &str, outcome, reason: Option<&'static str>, seconds| {
            let reason = reason.map(Reason::from);
            watched.note(Prefix::of(&number(prefix)), outcome, reason.as_ref(), at(seconds));
            watched.left_alone(at(seconds))
        };
        let (mut told, well) = (None, "+3725770");
        for (prefix, reason) in [("+3725550", "code 7"), ("+3725660", "code 8")] {
            for _ in 0..5 {
                told = note(prefix, BreakerOutcome::Failure, Some(reason), 0);
                note(well, BreakerOutcome::Success, None, 0);
                note(well, BreakerOutcome::Success, None, 0);
            }
        }
        let line = |prefix, last| {
            format!(
                "{prefix}: left alone until 1970-01-01T00:00:30Z, since it failed too often; the \
                 last time: {last}"
            )
        };
        let both = [line("+3725550", "code 7"), line("+3725660", "code 8")].join("\n");
        assert_eq!(told.as_deref(), Some(&*both));
        // What fails elsewhere is no word about them.
        let told = note(well, BreakerOutcome::Failure, Some("code 9"), 1);
        assert_eq!(told.as_deref(), Some(&*both));
        let told = note("+3725550", BreakerOutcome::Success, None, 30).expect("one is left");
        let probing = "+3725660: one message at a time is tried, since it failed too often; the \
                       last time: code 8";
        assert_eq!(told, probing);
    }

    #[test]
    fn a_probe_is_given_up_by_its_own_message_only() {
        let (one, two) = (stub::named("one"), stub::named("two"));
        let exits = Exits::new(Routes::in_order(vec![one, two]), Arc::new(|_| None), 1);
        let message = stub::message(1, true);
        for _ in 0..5 {
            exits.note("one", &message.to, BreakerOutcome::Failure, None, at(0));
        }
        let choose = |seconds| {
            let choice = exits.choose(&message, at(seconds)).expect("one is open");
            let Choice { gateway, probe, .. } = choice;
            (gateway.name().to_owned(), probe)
        };
        let is_at = |choice: &(String, Option<_>), name| choice.0 == name;
        assert!(is_at(&choose(29), "two"));
        let first = choose(30);
        assert!(is_at(&first, "one") && first.1.is_some());
        let other = choose(30);
        assert!(is_at(&other, "two") && other.1.is_none());
        drop(other);
        assert!(is_at(&choose(30), "two"), "the first one is under way");
        drop(first);
        let second = choose(31);
        assert!(is_at(&second, "one") && second.1.is_some());
        // When it is dropped it has decided.
        exits.note("one", &message.to, BreakerOutcome::Failure, None, at(31));
        drop(second);
        assert!(is_at(&choose(90), "two") && is_at(&choose(91), "one"));
    }
}
