//! When a gateway that fails is left alone, and when it is tried again
//! (`delivery.md` 9, the technical breaker).

use std::collections::VecDeque;

use crate::{SignedDuration, Timestamp};

/// Failures in a row that open it.
const FAILURES_IN_A_ROW: u32 = 5;

/// Or this many outcomes within this time, half of them failures.
const OUTCOMES_MIN: u32 = 20;
const WINDOW_SECONDS: i64 = 60;

/// How long it is open at first, and at most; it doubles each time that the
/// probe fails.
const OPEN_SECONDS: i64 = 30;
const OPEN_SECONDS_MAX: i64 = 600;

/// How long a probe may take before it counts as lost and another may begin:
/// as long as a message is leased.
const PROBE_SECONDS: i64 = crate::limits::LEASE_SECONDS;

/// What became of a hand-over, as far as the gateway's health goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerOutcome {
    /// The gateway answered: it took the message, or refused the message itself.
    Success,
    /// `route_down`, `in_doubt` or `retry`.
    Failure,
}

/// Whether a gateway may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Yes.
    Closed,
    /// No, until then.
    Open {
        /// When a probe may be made.
        until: Timestamp,
    },
    /// One message at a time, to see whether it works again: see
    /// [`Breaker::begin_probe`].
    Probing,
}

/// Counts the failures of one gateway, altogether or at one operator prefix
/// ([`Breakers`](super::breakers::Breakers)).
#[derive(Debug, Clone, Default)]
pub struct Breaker {
    failures_in_a_row: u32,
    /// Outcomes of each second that had some, the last minute's; so it is as
    /// long as a minute has seconds.
    window: VecDeque<Count>,
    /// Since when it is not closed.
    trip: Option<Trip>,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    since_epoch_seconds: i64,
    outcomes: u32,
    failures: u32,
}

#[derive(Debug, Clone, Copy)]
struct Trip {
    until: Timestamp,
    /// How long this opening is.
    seconds: i64,
    probe_since: Option<Timestamp>,
}

impl Trip {
    fn for_seconds(seconds: i64, now: Timestamp) -> Self {
        let until = now + SignedDuration::from_secs(seconds);
        Self { until, seconds, probe_since: None }
    }

    fn has_probe(&self, now: Timestamp) -> bool {
        let lost_after = SignedDuration::from_secs(PROBE_SECONDS);
        self.probe_since.is_some_and(|since| now.duration_since(since) < lost_after)
    }
}

impl Breaker {
    /// Notes an outcome. While it is open, outcomes are of hand-overs from
    /// before, and change nothing; so are failures while it waits for a probe.
    pub fn note(&mut self, outcome: BreakerOutcome, now: Timestamp) {
        let Some(trip) = self.trip else {
            self.count(outcome, now);
            if self.failures_in_a_row >= FAILURES_IN_A_ROW || self.has_failed_by_half() {
                self.trip = Some(Trip::for_seconds(OPEN_SECONDS, now));
            }
            return;
        };
        if now < trip.until {
            return;
        }
        match outcome {
            BreakerOutcome::Success => *self = Self::default(),
            BreakerOutcome::Failure if trip.probe_since.is_some() => {
                let seconds = (trip.seconds * 2).min(OPEN_SECONDS_MAX);
                self.trip = Some(Trip::for_seconds(seconds, now));
            }
            BreakerOutcome::Failure => {}
        }
    }

    /// Whether the gateway may be asked.
    pub fn state(&self, now: Timestamp) -> BreakerState {
        match self.trip {
            None => BreakerState::Closed,
            Some(Trip { until, .. }) if now < until => BreakerState::Open { until },
            Some(_) => BreakerState::Probing,
        }
    }

    /// Whether a message may go to the gateway: it is closed, or a probe may
    /// begin.
    pub fn takes_one(&self, now: Timestamp) -> bool {
        self.trip.is_none_or(|trip| now >= trip.until && !trip.has_probe(now))
    }

    /// Begins a probe, if it is time for one and none is under way; whether it
    /// did. Its outcome is then noted like any other, or it is given up.
    pub fn begin_probe(&mut self, now: Timestamp) -> bool {
        let Some(trip) = &mut self.trip else { return false };
        let may_begin = now >= trip.until && !trip.has_probe(now);
        if may_begin {
            trip.probe_since = Some(now);
        }
        may_begin
    }

    /// The probe that began then said nothing of the gateway, or its message was
    /// handed to nobody: the next message may be one. Another one that is under way by
    /// now, and one whose outcome is noted, are left as they are.
    pub fn give_probe_up(&mut self, since: Timestamp) {
        if let Some(trip) = self.trip.as_mut().filter(|trip| trip.probe_since == Some(since)) {
            trip.probe_since = None;
        }
    }

    /// Whether what it knows counts no more: it is closed and had no outcome in the last
    /// minute, or nobody has tried it for long after it could have been tried.
    pub(super) fn is_stale(&self, now: Timestamp) -> bool {
        let is_over = |last: &Count| last.since_epoch_seconds <= now.as_second() - WINDOW_SECONDS;
        let forgotten = SignedDuration::from_secs(OPEN_SECONDS_MAX);
        match self.trip {
            None => self.window.back().is_none_or(is_over),
            Some(trip) => now.duration_since(trip.until) >= forgotten && !trip.has_probe(now),
        }
    }

    fn count(&mut self, outcome: BreakerOutcome, now: Timestamp) {
        let failures = match outcome {
            BreakerOutcome::Success => 0,
            BreakerOutcome::Failure => 1,
        };
        self.failures_in_a_row = if failures == 0 { 0 } else { self.failures_in_a_row + 1 };
        let second = now.as_second();
        match self.window.back_mut() {
            // A clock that was set back counts to the latest second.
            Some(last) if last.since_epoch_seconds >= second => {
                last.outcomes = last.outcomes.saturating_add(1);
                last.failures = last.failures.saturating_add(failures);
            }
            Some(_) | None => {
                self.window.push_back(Count { since_epoch_seconds: second, outcomes: 1, failures });
            }
        }
        let is_over = |of: &Count| of.since_epoch_seconds <= second - WINDOW_SECONDS;
        while self.window.front().is_some_and(is_over) {
            self.window.pop_front();
        }
    }

    fn has_failed_by_half(&self) -> bool {
        let sum = |of: fn(&Count) -> u32| self.window.iter().map(of).map(u64::from).sum::<u64>();
        let (outcomes, failures) = (sum(|of| of.outcomes), sum(|of| of.failures));
        outcomes >= u64::from(OUTCOMES_MIN) && failures * 2 >= outcomes
    }
}
