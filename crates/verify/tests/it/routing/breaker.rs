//! The technical breaker.

use ringproof_verify::limits::LEASE_SECONDS;
use ringproof_verify::routing::breaker::{Breaker, BreakerOutcome, BreakerState};
use ringproof_verify::{SignedDuration, Timestamp};

/// A breaker and a clock that is moved by hand.
struct Watch {
    breaker: Breaker,
    now: Timestamp,
}

impl Watch {
    fn new() -> Self {
        Self { breaker: Breaker::default(), now: Timestamp::UNIX_EPOCH }
    }

    fn advance(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    fn succeeds(&mut self, times: usize) {
        (0..times).for_each(|_| self.breaker.note(BreakerOutcome::Success, self.now));
    }

    fn fails(&mut self, times: usize) {
        (0..times).for_each(|_| self.breaker.note(BreakerOutcome::Failure, self.now));
    }

    fn state(&self) -> BreakerState {
        self.breaker.state(self.now)
    }

    /// For how many seconds it is still open.
    #[track_caller]
    fn open_seconds(&self) -> i64 {
        let BreakerState::Open { until } = self.state() else { panic!("{:?}", self.state()) };
        assert!(!self.breaker.takes_one(self.now));
        until.duration_since(self.now).as_secs()
    }
}

#[test]
fn five_failures_in_a_row_open_it_for_half_a_minute() {
    let mut watch = Watch::new();
    watch.fails(4);
    watch.succeeds(1);
    watch.fails(4);
    assert_eq!(watch.state(), BreakerState::Closed);
    assert!(watch.breaker.takes_one(watch.now) && !watch.breaker.begin_probe(watch.now));
    watch.fails(1);
    assert_eq!(watch.open_seconds(), 30);
    watch.advance(29);
    assert_eq!(watch.open_seconds(), 1);
    assert!(!watch.breaker.begin_probe(watch.now));
    watch.advance(1);
    assert_eq!(watch.state(), BreakerState::Probing);
}

#[test]
fn half_of_twenty_within_a_minute_open_it() {
    let mixed = |failures: usize, successes: usize| {
        let mut watch = Watch::new();
        for number in 0..failures.max(successes) {
            watch.succeeds(usize::from(number < successes));
            watch.fails(usize::from(number < failures));
            watch.advance(2);
        }
        watch.breaker.state(watch.now - SignedDuration::from_secs(2))
    };
    assert_eq!(mixed(9, 10), BreakerState::Closed);
    assert_eq!(mixed(9, 20), BreakerState::Closed);
    assert!(matches!(mixed(10, 10), BreakerState::Open { .. }));
}

#[test]
fn failures_of_more_than_a_minute_ago_are_forgotten() {
    let after = |pause: i64| {
        let mut watch = Watch::new();
        for _ in 0..4 {
            watch.fails(2);
            watch.succeeds(1);
        }
        watch.advance(pause);
        watch.succeeds(6);
        watch.fails(1);
        // Nineteen outcomes, nine of them failures; this one is the tenth of twenty.
        watch.fails(1);
        watch.state()
    };
    assert!(matches!(after(59), BreakerState::Open { .. }));
    assert_eq!(after(60), BreakerState::Closed);
}

#[test]
fn one_probe_at_a_time_decides() {
    let mut watch = Watch::new();
    watch.fails(5);
    watch.advance(30);
    assert!(watch.breaker.takes_one(watch.now));
    assert!(watch.breaker.begin_probe(watch.now));
    assert!(!watch.breaker.begin_probe(watch.now) && !watch.breaker.takes_one(watch.now));
    assert_eq!(watch.state(), BreakerState::Probing);
    watch.succeeds(1);
    assert_eq!(watch.state(), BreakerState::Closed);
    // It starts anew.
    watch.fails(4);
    assert_eq!(watch.state(), BreakerState::Closed);
    watch.fails(1);
    assert_eq!(watch.open_seconds(), 30);
}

#[test]
fn each_failed_probe_doubles_the_pause_up_to_ten_minutes() {
    let mut watch = Watch::new();
    watch.fails(5);
    for expected in [30, 60, 120, 240, 480, 600, 600] {
        assert_eq!(watch.open_seconds(), expected);
        watch.advance(expected);
        assert!(watch.breaker.begin_probe(watch.now));
        watch.fails(1);
    }
}

#[test]
fn a_lost_probe_does_not_close_the_door_for_ever() {
    let mut watch = Watch::new();
    watch.fails(5);
    watch.advance(30);
    assert!(watch.breaker.begin_probe(watch.now));
    watch.advance(LEASE_SECONDS - 1);
    assert!(!watch.breaker.begin_probe(watch.now));
    watch.advance(1);
    assert!(watch.breaker.takes_one(watch.now) && watch.breaker.begin_probe(watch.now));
}

#[test]
fn a_probe_is_given_up_by_its_own_message_only() {
    let mut watch = Watch::new();
    watch.fails(5);
    watch.advance(30);
    let first = watch.now;
    assert!(watch.breaker.begin_probe(first));
    watch.breaker.give_probe_up(first - SignedDuration::from_secs(1));
    assert!(!watch.breaker.takes_one(watch.now), "that was none");
    watch.breaker.give_probe_up(first);
    assert!(watch.breaker.takes_one(watch.now));
    // The first is lost; when it is given up, the second is under way.
    assert!(watch.breaker.begin_probe(first));
    watch.advance(LEASE_SECONDS);
    assert!(watch.breaker.begin_probe(watch.now));
    watch.breaker.give_probe_up(first);
    assert!(!watch.breaker.takes_one(watch.now));
    // One that has failed is over.
    let second = watch.now;
    watch.fails(1);
    watch.breaker.give_probe_up(second);
    assert_eq!(watch.open_seconds(), 60);
}

#[test]
fn what_began_before_changes_nothing_while_it_is_open() {
    let mut watch = Watch::new();
    watch.fails(5);
    watch.succeeds(1);
    watch.fails(10);
    assert_eq!(watch.open_seconds(), 30);
    watch.advance(30);
    // A late failure is not the probe's.
    watch.fails(1);
    assert!(watch.breaker.begin_probe(watch.now));
}
