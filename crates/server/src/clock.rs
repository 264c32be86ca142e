//! The wall clock. This is the one file that reads it; everybody else is handed a [`Clock`] or, in the rules, a
//! time. With `--dev` the clock can be moved, so that an integrator need not wait for a code to expire.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Farthest the clock can be moved: a hundred years of milliseconds. Beyond it times would leave their columns.
const OFFSET_MILLISECONDS_MAX: i64 = 100 * 366 * 24 * 60 * 60 * 1000;

/// Tells the time of day. Clones share their offset.
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
        Self { offset: None }
    }

    /// A clock that starts with the system's time and can be moved; for `--dev` and tests.
    pub fn movable() -> Self {
        Self { offset: Some(Arc::default()) }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        // A hundred years fit as long as the system's own clock is not thousands of years ahead.
        let now = system_now();
        now.checked_add(SignedDuration::from_millis(self.offset_ms())).unwrap_or(now)
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
        let new = time.as_millisecond() - system_now().as_millisecond();
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

#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
fn system_now() -> Timestamp {
    let now = Timestamp::now();
    // Records keep milliseconds, so nothing finer may ever be decided by.
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
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
        assert!((31_000..=31_500).contains(&ahead.as_millis()), "{ahead:?}");
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
