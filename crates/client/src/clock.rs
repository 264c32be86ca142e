//! The wall clock, for signed requests of the widget and their answers.

use std::time::{SystemTime, UNIX_EPOCH};

/// The time in Unix seconds; 0 where the clock stands before 1970.
pub(crate) fn unix_seconds() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the one place of this library")]
    let now = SystemTime::now();
    let elapsed = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX)
}
