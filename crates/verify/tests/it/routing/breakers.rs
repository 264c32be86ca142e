//! The breakers of a gateway, as a whole and at each operator prefix.

use ringproof_verify::limits::BREAKER_PREFIXES_MAX;
use ringproof_verify::phone::PhoneNumber;
use ringproof_verify::routing::Prefix;
use ringproof_verify::routing::breaker::{BreakerOutcome, BreakerState};
use ringproof_verify::routing::breakers::Breakers;
use ringproof_verify::{SignedDuration, Timestamp};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn after(seconds: i64) -> Timestamp {
    NOW + SignedDuration::from_secs(seconds)
}

/// The prefix of this number: four digits behind +372.
fn prefix(digits: usize) -> Prefix {
    Prefix::of(&PhoneNumber::parse(&format!("+372{digits:04}0123")).expect("it is a number"))
}

fn fail(breakers: &mut Breakers, at: Prefix, times: usize, now: Timestamp) {
    (0..times).for_each(|_| breakers.note(at, BreakerOutcome::Failure, now));
}

fn succeed(breakers: &mut Breakers, at: Prefix, times: usize, now: Timestamp) {
    (0..times).for_each(|_| breakers.note(at, BreakerOutcome::Success, now));
}

/// Five failures at a prefix, each between two successes at another one.
fn fail_at(breakers: &mut Breakers, broken: Prefix, well: Prefix, now: Timestamp) {
    for _ in 0..5 {
        fail(breakers, broken, 1, now);
        succeed(breakers, well, 2, now);
    }
}

#[test]
fn failures_at_one_prefix_leave_the_others_alone() {
    let mut breakers = Breakers::default();
    let (broken, well) = (prefix(5550), prefix(5660));
    fail_at(&mut breakers, broken, well, NOW);
    assert_eq!(breakers.state(NOW), BreakerState::Closed);
    let until = after(30);
    assert_eq!(breakers.open_prefixes(NOW), [(broken, BreakerState::Open { until })]);
    assert_eq!(breakers.state_at(broken, NOW), BreakerState::Open { until });
    assert_eq!(breakers.state_at(well, NOW), BreakerState::Closed);
    assert!(!breakers.takes_one(broken, NOW) && breakers.takes_one(well, NOW));
    assert!(breakers.takes_one(prefix(5770), NOW), "nothing is known of it");

    // One message at a time is tried, at that prefix only.
    assert_eq!(breakers.open_prefixes(until), [(broken, BreakerState::Probing)]);
    assert!(breakers.takes_one(broken, until));
    assert!(!breakers.begin_probe(well, until) && breakers.begin_probe(broken, until));
    assert!(!breakers.takes_one(broken, until) && breakers.takes_one(well, until));
    breakers.give_probe_up(well, until);
    assert!(!breakers.takes_one(broken, until), "the probe is another's");
    breakers.give_probe_up(broken, until);
    assert!(breakers.takes_one(broken, until), "it said nothing, so the next one is a probe");
    breakers.begin_probe(broken, until);
    fail(&mut breakers, broken, 1, until);
    let longer = BreakerState::Open { until: after(90) };
    assert_eq!(breakers.open_prefixes(until), [(broken, longer)], "twice as long");
    breakers.begin_probe(broken, after(90));
    succeed(&mut breakers, broken, 1, after(90));
    assert_eq!(breakers.open_prefixes(after(90)), []);
    assert!(breakers.takes_one(broken, after(90)));
}

#[test]
fn a_gateway_that_fails_everywhere_is_one_that_fails_not_many_prefixes() {
    let mut breakers = Breakers::default();
    let (broken, well) = (prefix(5550), prefix(5660));
    fail_at(&mut breakers, broken, well, NOW);
    fail(&mut breakers, well, 5, NOW);
    assert_eq!(breakers.state(NOW), BreakerState::Open { until: after(30) });
    assert_eq!(breakers.open_prefixes(NOW), []);
    assert!(!breakers.takes_one(prefix(5770), NOW), "it is left alone at every prefix");
    // What still fails until then is no word about its prefix.
    fail(&mut breakers, broken, 9, NOW);
    let now = after(30);
    breakers.begin_probe(well, now);
    succeed(&mut breakers, well, 1, now);
    assert_eq!((breakers.state(now), breakers.open_prefixes(now)), (BreakerState::Closed, vec![]));
    assert!(breakers.takes_one(broken, now));
}

#[test]
fn half_of_twenty_at_a_prefix_open_it_though_most_messages_arrive() {
    let mut breakers = Breakers::default();
    let (broken, well) = (prefix(5550), prefix(5660));
    for n in 0..10 {
        assert_eq!(breakers.open_prefixes(NOW), [], "{n}");
        succeed(&mut breakers, broken, 1, NOW);
        fail(&mut breakers, broken, 1, NOW);
        succeed(&mut breakers, well, 3, NOW);
    }
    assert_eq!(breakers.open_prefixes(NOW).len(), 1);
    assert_eq!(breakers.state(NOW), BreakerState::Closed);
}

#[test]
fn a_prefix_that_nobody_sends_to_is_forgotten() {
    let mut breakers = Breakers::default();
    let (broken, well) = (prefix(5550), prefix(5660));
    fail_at(&mut breakers, broken, well, NOW);
    assert_eq!(breakers.open_prefixes(after(629)), [(broken, BreakerState::Probing)]);
    assert_eq!(breakers.open_prefixes(after(630)), []);
    let now = after(629);
    breakers.begin_probe(broken, now);
    assert_eq!(breakers.open_prefixes(after(630)).len(), 1, "its probe is under way");
    fail(&mut breakers, broken, 1, after(630));
    let longer = BreakerState::Open { until: after(690) };
    assert_eq!(breakers.open_prefixes(after(630)), [(broken, longer)]);
    // When it is forgotten, five are needed again, and it is short again.
    let now = after(690 + 600);
    fail_at(&mut breakers, broken, well, now);
    let short = BreakerState::Open { until: after(690 + 630) };
    assert_eq!(breakers.open_prefixes(now), [(broken, short)]);
}

#[test]
fn so_many_prefixes_have_a_breaker_and_those_that_say_nothing_go() {
    let mut breakers = Breakers::default();
    for n in 0..BREAKER_PREFIXES_MAX {
        succeed(&mut breakers, prefix(n + 1_000), 1, NOW);
    }
    let (well, late) = (prefix(1_000), prefix(9_000));
    fail_at(&mut breakers, late, well, NOW);
    assert!(breakers.takes_one(late, NOW), "there is no room for it");
    fail_at(&mut breakers, prefix(1_001), well, NOW);
    let now = after(60);
    fail_at(&mut breakers, late, well, now);
    assert!(!breakers.takes_one(late, now), "the others had nothing for a minute");
    let open = [prefix(1_001), late];
    assert_eq!(breakers.open_prefixes(now).iter().map(|(at, _)| *at).collect::<Vec<_>>(), open);
}
