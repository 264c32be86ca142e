//! How fast a gateway is asked.
//!
//! Two things slow it down: the rate that the operator gives, and the provider
//! that asks to slow down (`delivery.md` 3.3, 6.3).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::Instant;

use crate::limits::{PACE_WAIT_MAX, THROTTLED_FOR_MAX};

/// The pauses when a provider asks to slow down and does not say for how long;
/// the last one repeats.
const PAUSES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// The pace of one gateway.
pub(crate) struct Pace {
    /// Time between two messages; none for as fast as they come.
    interval: Option<Duration>,
    /// How far ahead of its time a message may go: the burst.
    ahead: Duration,
    state: Mutex<State>,
}

struct State {
    /// When the next message would go if all went evenly.
    next: Option<Instant>,
    closed_until: Option<Instant>,
    /// Requests to slow down since a message was taken.
    throttles: usize,
    /// Servers that keep to the rate together.
    servers: u32,
}

impl State {
    /// Time between two messages of this server.
    fn interval(&self, of_all: Duration) -> Duration {
        of_all * self.servers
    }
}

impl Pace {
    /// A bucket of `per_second` messages a second; half a second's worth of
    /// them, and at least one, may go at once.
    pub(crate) fn new(per_second: Option<u32>) -> Self {
        let interval = per_second.map(|rate| Duration::from_secs(1) / rate.max(1));
        let at_once = per_second.map_or(1, |rate| (rate / 2).max(1));
        let ahead = interval.unwrap_or_default() * (at_once - 1);
        let state = State { next: None, closed_until: None, throttles: 0, servers: 1 };
        Self { interval, ahead, state: Mutex::new(state) }
    }

    /// So many servers keep to the rate together: this one has its part of it.
    pub(crate) fn share(&self, servers: u16) {
        self.lock().servers = u32::from(servers.max(1));
    }

    /// Takes the place of one message: how long it has to wait for it.
    ///
    /// # Errors
    /// That time, if it is too long to wait here; then no place was taken.
    pub(crate) fn take(&self, now: Instant) -> Result<Duration, Duration> {
        let Some(interval) = self.interval else { return Ok(Duration::ZERO) };
        let mut state = self.lock();
        let next = state.next.map_or(now, |next| next.max(now));
        let wait = next.saturating_duration_since(now + self.ahead);
        if wait > PACE_WAIT_MAX {
            return Err(wait);
        }
        state.next = Some(next + state.interval(interval));
        Ok(wait)
    }

    /// How many messages may wait for their place at once: all of them get one
    /// in the time that a message waits at most.
    pub(crate) fn waiting_max(&self, now: Instant) -> usize {
        let Some(interval) = self.interval else { return usize::MAX };
        let state = self.lock();
        let (next, interval) = (state.next, state.interval(interval));
        drop(state);
        let next = next.map_or(now, |next| next.max(now));
        let wait = next.saturating_duration_since(now + self.ahead);
        let left = PACE_WAIT_MAX.saturating_sub(wait);
        let more = left.as_nanos() / interval.as_nanos().max(1);
        // However many servers share a slow rate, one that may go at once is next.
        usize::try_from(more).unwrap_or(usize::MAX).max(usize::from(wait.is_zero()))
    }

    /// The provider asks to slow down, for this time if it says so; gives the
    /// time for which the gateway is closed. Calls that were under way with
    /// the first one that heard it count as one. To be told no time at all is
    /// not to be told: a message that costs no attempt would go round at once.
    pub(crate) fn throttle(&self, told: Option<SignedDuration>, now: Instant) -> Duration {
        let mut state = self.lock();
        let told = told.and_then(|told| Duration::try_from(told).ok());
        let told = told.filter(|told| !told.is_zero());
        let closed = state.closed_until.filter(|until| *until > now);
        let pause = match (told, closed) {
            (Some(told), _) => told,
            (None, Some(until)) => until - now,
            (None, None) => {
                let pause = PAUSES[state.throttles.min(PAUSES.len() - 1)];
                state.throttles += 1;
                pause
            }
        };
        let until = now + pause.min(THROTTLED_FOR_MAX);
        let until = closed.map_or(until, |closed| closed.max(until));
        state.closed_until = Some(until);
        until - now
    }

    /// The provider took a message.
    pub(crate) fn note_taken(&self) {
        self.lock().throttles = 0;
    }

    /// How much longer the gateway is closed, if the provider has asked to slow
    /// down.
    pub(crate) fn closed_for(&self, now: Instant) -> Option<Duration> {
        self.lock().closed_until.filter(|until| now < *until).map(|until| until - now)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_burst_goes_at_once_and_the_rest_evenly() {
        let (pace, now) = (Pace::new(Some(10)), Instant::now());
        let waits: Vec<_> = (0..8).map(|_| pace.take(now).unwrap()).collect();
        let expected = [0, 0, 0, 0, 0, 100, 200, 300].map(|ms| ms * MS);
        assert_eq!(waits, expected);
        assert_eq!(pace.take(now + 400 * MS), Ok(Duration::ZERO));
        assert_eq!(pace.take(now + 9_000 * MS), Ok(Duration::ZERO));
    }

    #[test]
    fn no_more_than_the_rate_goes_in_any_long_time() {
        let (pace, start) = (Pace::new(Some(30)), Instant::now());
        let mut sent = Vec::new();
        for step in 0..4_000 {
            let now = start + step * 5 * MS;
            if let Ok(wait) = pace.take(now) {
                sent.push(now + wait);
            }
        }
        let within = |from: u64, to: u64| {
            let (from, to) = (start + Duration::from_secs(from), start + Duration::from_secs(to));
            sent.iter().filter(|at| (from..to).contains(*at)).count()
        };
        assert!((300..=315).contains(&within(0, 10)), "{}", within(0, 10));
        assert!((299..=301).contains(&within(10, 20)), "{}", within(10, 20));
    }

    #[test]
    fn servers_share_the_rate() {
        let (pace, now) = (Pace::new(Some(10)), Instant::now());
        pace.share(2);
        let waits: Vec<_> = (0..5).map(|_| pace.take(now).unwrap()).collect();
        assert_eq!(waits, [0, 0, 0, 200, 400].map(|ms| ms * MS), "5 a second, and half the burst");
        assert_eq!(pace.waiting_max(now), 12, "as many as get a place within three seconds");
        pace.share(0);
        assert_eq!(pace.take(now), Ok(600 * MS));
        assert_eq!(pace.take(now), Ok(700 * MS), "alone again");
        let slow = Pace::new(Some(1));
        slow.share(4);
        assert_eq!(slow.waiting_max(now), 1, "a message is due every four seconds");
    }

    #[test]
    fn who_would_wait_too_long_takes_no_place() {
        let (pace, now) = (Pace::new(Some(1)), Instant::now());
        let waits: Vec<_> = (0..6).map(|_| pace.take(now)).collect();
        let seconds = Duration::from_secs;
        let expected =
            [Ok(0), Ok(1), Ok(2), Ok(3), Err(4), Err(4)].map(|r| r.map(seconds).map_err(seconds));
        assert_eq!(waits, expected);
    }

    #[test]
    fn a_provider_that_asks_to_slow_down_is_left_alone_longer_each_time() {
        let (pace, start) = (Pace::new(None), Instant::now());
        let mut now = start;
        for seconds in [1, 2, 4, 4] {
            assert_eq!(pace.closed_for(now), None);
            assert_eq!(pace.throttle(None, now), Duration::from_secs(seconds));
            assert!(pace.closed_for(now).is_some());
            assert_eq!(pace.throttle(None, now), Duration::from_secs(seconds), "under way too");
            now += Duration::from_secs(seconds);
        }
        pace.note_taken();
        assert_eq!(pace.throttle(None, now), Duration::from_secs(1));
    }

    #[test]
    fn a_time_that_is_told_holds_but_not_for_ever() {
        let (pace, now) = (Pace::new(None), Instant::now());
        let told = |seconds| Some(SignedDuration::from_secs(seconds));
        assert_eq!(pace.throttle(told(7), now), Duration::from_secs(7));
        assert_eq!(pace.throttle(told(3), now), Duration::from_secs(7), "the longer one holds");
        assert_eq!(pace.closed_for(now + Duration::from_secs(6)), Some(Duration::from_secs(1)));
        assert_eq!(pace.closed_for(now + Duration::from_secs(7)), None);
        assert_eq!(pace.throttle(told(i64::MAX), now), THROTTLED_FOR_MAX);
        for nothing in [told(-5), told(0), Some(SignedDuration::from_secs(i64::MIN))] {
            assert_eq!(Pace::new(None).throttle(nothing, now), Duration::from_secs(1));
        }
    }

    #[test]
    fn as_many_may_wait_as_get_their_place_in_time() {
        let (pace, now) = (Pace::new(Some(1)), Instant::now());
        let first = pace.waiting_max(now);
        assert!((1..=4).contains(&first), "{first}: one a second, and three seconds at most");
        let mut taken = 0;
        while pace.waiting_max(now) > 0 {
            pace.take(now).expect("it has a place");
            taken += 1;
        }
        assert_eq!(taken, first);
        assert_eq!(Pace::new(None).waiting_max(now), usize::MAX);
    }
}
