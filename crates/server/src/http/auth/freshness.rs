//! How old the knowledge of accounts is where several servers share them. What another
//! server's operator revoked must be dead here within a second (S-59), so a server that
//! cannot look lets nobody in.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// How old the knowledge may be before nobody is let in by it (S-59).
pub const KNOWN_FOR: Duration = Duration::from_secs(1);

/// When the accounts were last looked at with success.
#[derive(Debug)]
pub(super) struct Freshness {
    /// The time that the others are counted from.
    origin: Instant,
    /// Milliseconds from there to the beginning of the last look that succeeded, and one
    /// more; zero if there was none.
    looked_at: AtomicU64,
}

impl Freshness {
    pub(super) fn new(now: Instant) -> Self {
        Self { origin: now, looked_at: AtomicU64::new(0) }
    }

    /// Notes that a look succeeded. It has seen whatever was so when it began; what came
    /// later it may have missed.
    pub(super) fn looked(&self, began: Instant) {
        let milliseconds = began.saturating_duration_since(self.origin).as_millis();
        let milliseconds = u64::try_from(milliseconds).unwrap_or(u64::MAX - 1);
        self.looked_at.fetch_max(milliseconds + 1, Ordering::SeqCst);
    }

    /// Whether what is known is young enough to let somebody in by it.
    pub(super) fn is_fresh(&self, now: Instant) -> bool {
        let Some(looked_at) = self.looked_at.load(Ordering::SeqCst).checked_sub(1) else {
            return false;
        };
        let looked_at = self.origin + Duration::from_millis(looked_at);
        now.saturating_duration_since(looked_at) < KNOWN_FOR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knowledge_is_as_old_as_the_beginning_of_the_last_look_that_succeeded() {
        let origin = Instant::now();
        let at = |milliseconds| origin + Duration::from_millis(milliseconds);
        let freshness = Freshness::new(origin);
        assert!(!freshness.is_fresh(at(0)), "nothing is known before the first look");
        freshness.looked(at(0));
        assert!(freshness.is_fresh(at(0)) && freshness.is_fresh(at(999)));
        assert!(!freshness.is_fresh(at(1_000)));
        freshness.looked(at(750));
        assert!(freshness.is_fresh(at(1_749)) && !freshness.is_fresh(at(1_750)));
        // One that began earlier and took longer tells nothing newer.
        freshness.looked(at(500));
        assert!(freshness.is_fresh(at(1_749)));
    }
}
