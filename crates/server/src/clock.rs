//! The wall clock. This is the one file that reads it; everybody else is handed a [`Clock`] or, in the rules, a
//! time. With `--dev` the clock can be moved, so that an integrator need not wait for a code to expire.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// Farthest the clock can be moved: a hundred years of milliseconds. Beyond it times would leave their columns.
const OFFSET_MILLISECONDS_MAX: i64 = 100 * 366 * 24 * 60 * 60 * 1000;

/// How far the system's clock may be behind before the log says so.
const BEHIND_WARNED: Duration = Duration::from_secs(5);

/// Tells the time of day. Clones share their offset.
///
/// It never goes back, and never slower than time passes: when the system's clock is set back, codes, blocks and
/// limits end when they would have ended (S-104). Only whoever moves a movable clock by hand moves it back.
///
/// ```
/// use jiff::SignedDuration;
/// use ringproof_server::clock::Clock;
/// let clock = Clock::movable();
/// let before = clock.now();
/// clock.advance(SignedDuration::from_secs(301)).unwrap();
/// assert!(clock.now() >= before + SignedDuration::from_secs(301));
/// assert!(Clock::system().advance(SignedDuration::from_secs(1)).is_err());
/// ```
#[derive(Debug, Clone)]
pub struct Clock {
    /// The system's time, going forward only.
    steady: Arc<Steady>,
    /// Milliseconds added to the system's time; none in a clock that cannot be moved.
    offset: Option<Arc<AtomicI64>>,
}

/// Why a clock was not moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// It is the system's clock.
    #[error("the clock can be moved with --dev only")]
    NotMovable,
    /// The new time is more than a hundred years away.
    #[error("the clock can be moved by at most 100 years")]
    TooFar,
}

impl Clock {
    /// The system's clock, which nobody can move.
    pub fn system() -> Self {
        Self { steady: Arc::new(Steady::new()), offset: None }
    }

    /// A clock that starts with the system's time and can be moved; for `--dev` and tests.
    pub fn movable() -> Self {
        Self { steady: Arc::new(Steady::new()), offset: Some(Arc::default()) }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        // A hundred years fit as long as the system's own clock is not thousands of years ahead.
        let now = self.steady.now();
        now.checked_add(SignedDuration::from_millis(self.offset_ms())).unwrap_or(now)
    }

    /// Whether the time of day can be relied on: it is not if the system's clock went
    /// back while this program ran, because one of the two is then wrong (S-28).
    pub fn is_trusted(&self) -> bool {
        !self.steady.is_behind.load(Ordering::Relaxed)
    }

    /// Milliseconds this clock is ahead of the system's; negative when it is behind.
    pub fn offset_ms(&self) -> i64 {
        self.offset.as_ref().map_or(0, |offset| offset.load(Ordering::SeqCst))
    }

    /// Moves the clock by a duration, which may be negative.
    ///
    /// # Errors
    /// When the clock is not movable, or would be more than a hundred years off.
    pub fn advance(&self, by: SignedDuration) -> Result<(), ClockError> {
        let offset = self.offset.as_ref().ok_or(ClockError::NotMovable)?;
        let by = i64::try_from(by.as_millis()).map_err(|_| ClockError::TooFar)?;
        let moved = |old: i64| old.checked_add(by).filter(|new| is_near(*new));
        offset
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, moved)
            .map(drop)
            .map_err(|_| ClockError::TooFar)
    }

    /// Makes the clock tell `time` now; it goes on from there.
    ///
    /// # Errors
    /// As [`advance`](Self::advance).
    pub fn set(&self, time: Timestamp) -> Result<(), ClockError> {
        let offset = self.offset.as_ref().ok_or(ClockError::NotMovable)?;
        let new = time.as_millisecond() - self.steady.now().as_millisecond();
        if !is_near(new) {
            return Err(ClockError::TooFar);
        }
        offset.store(new, Ordering::SeqCst);
        Ok(())
    }

    /// Goes back to the system's time.
    ///
    /// # Errors
    /// When the clock is not movable.
    pub fn reset(&self) -> Result<(), ClockError> {
        self.offset.as_ref().ok_or(ClockError::NotMovable)?.store(0, Ordering::SeqCst);
        Ok(())
    }
}

fn is_near(offset: i64) -> bool {
    (-OFFSET_MILLISECONDS_MAX..=OFFSET_MILLISECONDS_MAX).contains(&offset)
}

/// The system's time of day, carried on by its monotonic clock whenever the time of day goes back.
#[derive(Debug)]
struct Steady {
    began: Instant,
    /// The most microseconds that the time of day was ever ahead of the time since `began`.
    lead_us: AtomicI64,
    /// Whether the log has been told that the system's clock is behind.
    is_behind: AtomicBool,
}

impl Steady {
    fn new() -> Self {
        Self {
            began: Instant::now(),
            lead_us: AtomicI64::new(i64::MIN),
            is_behind: AtomicBool::new(false),
        }
    }

    fn now(&self) -> Timestamp {
        // In this order a pause between the two makes the lead smaller, and a smaller one is not kept.
        let time_of_day = system_now();
        self.at(time_of_day, self.began.elapsed())
    }

    /// The time when the system tells `time_of_day`, and `passed` has passed since the beginning.
    fn at(&self, time_of_day: Timestamp, passed: Duration) -> Timestamp {
        let passed_us = i64::try_from(passed.as_micros()).unwrap_or(i64::MAX);
        let lead_us = time_of_day.as_microsecond().saturating_sub(passed_us);
        let before_us = self.lead_us.fetch_max(lead_us, Ordering::SeqCst);
        self.tell_if_behind(before_us.saturating_sub(lead_us));
        let now_us = passed_us.saturating_add(before_us.max(lead_us));
        // Records keep milliseconds, so nothing finer may ever be decided by.
        Timestamp::from_millisecond(now_us.div_euclid(1_000)).unwrap_or(time_of_day)
    }

    fn tell_if_behind(&self, behind_us: i64) {
        let is_behind = u128::try_from(behind_us).is_ok_and(|us| us > BEHIND_WARNED.as_micros());
        // Nothing is written while all is well, which is always.
        if self.is_behind.load(Ordering::Relaxed) != is_behind
            && self.is_behind.swap(is_behind, Ordering::Relaxed) != is_behind
        {
            if is_behind {
                let seconds = behind_us / 1_000_000;
                tracing::warn!(seconds, "the system's clock went back; time goes on without it");
            } else {
                tracing::info!("the system's clock has caught up");
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
fn system_now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_clock_is_ahead_for_all_its_clones() {
        let clock = Clock::movable();
        let clone = clock.clone();
        clock.advance(SignedDuration::from_millis(31_500)).unwrap();
        assert_eq!(clone.offset_ms(), 31_500);
        let ahead = clone.now().duration_since(Clock::system().now());
        // Each clock has a lead of its own; between two of them a millisecond may be rounded.
        assert!((31_000..=31_501).contains(&ahead.as_millis()), "{ahead:?}");
        clone.advance(SignedDuration::from_millis(-500)).unwrap();
        assert_eq!(clock.offset_ms(), 31_000);
        clone.reset().unwrap();
        assert_eq!(clock.offset_ms(), 0);
    }

    #[test]
    fn a_set_clock_goes_on_from_the_time_it_was_given() {
        let clock = Clock::movable();
        let time: Timestamp = "2031-05-06T07:08:09Z".parse().unwrap();
        clock.set(time).unwrap();
        let passed = clock.now().duration_since(time);
        assert!((-1..5_000).contains(&passed.as_millis()), "{passed:?}");
    }

    #[test]
    fn time_goes_on_when_the_time_of_day_goes_back() {
        let steady = Steady::new();
        let time = |ms: i64| Timestamp::from_millisecond(1_760_400_000_000 + ms).unwrap();
        let at = |told, passed| steady.at(time(told), Duration::from_millis(passed));
        assert_eq!(at(0, 0), time(0));
        assert_eq!(at(1_000, 1_000), time(1_000));
        // Set back by an hour: a code of 300 seconds still ends after 300 seconds.
        assert_eq!(at(1_000 - 3_600_000, 1_000), time(1_000));
        assert!(steady.is_behind.load(Ordering::Relaxed), "codes of a time are no proof now");
        assert_eq!(at(301_000 - 3_600_000, 301_000), time(301_000));
        // Set right, and set forward.
        assert_eq!(at(302_000, 302_000), time(302_000));
        assert!(!steady.is_behind.load(Ordering::Relaxed));
        assert_eq!(at(903_000, 303_000), time(903_000));
        assert_eq!(at(304_000, 304_000), time(904_000));
    }

    #[test]
    fn the_system_clock_cannot_be_moved() {
        let clock = Clock::system();
        assert_eq!(clock.advance(SignedDuration::from_secs(1)), Err(ClockError::NotMovable));
        assert_eq!(clock.set(Timestamp::UNIX_EPOCH), Err(ClockError::NotMovable));
        assert_eq!(clock.reset(), Err(ClockError::NotMovable));
        assert_eq!(clock.offset_ms(), 0);
    }

    #[test]
    fn a_clock_is_not_moved_beyond_a_hundred_years() {
        let clock = Clock::movable();
        for far in [
            SignedDuration::MAX,
            SignedDuration::MIN,
            SignedDuration::from_millis(OFFSET_MILLISECONDS_MAX + 1),
        ] {
            assert_eq!(clock.advance(far), Err(ClockError::TooFar));
        }
        assert_eq!(clock.set(Timestamp::MAX), Err(ClockError::TooFar));
        assert_eq!(clock.offset_ms(), 0);
        clock.advance(SignedDuration::from_millis(OFFSET_MILLISECONDS_MAX)).unwrap();
        assert_eq!(clock.advance(SignedDuration::from_millis(1)), Err(ClockError::TooFar));
    }
}
