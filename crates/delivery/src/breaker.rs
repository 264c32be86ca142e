//! Leaves a gateway alone for a while that does not answer.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::gateway::GatewayState;
use crate::limits::{CLOSED_FOR, FAILURES_TO_CLOSE};

/// Counts a gateway's failures in a row (`delivery.md` 6.3).
#[derive(Default)]
pub(crate) struct Breaker {
    failures: AtomicU32,
    closed_until: Mutex<Option<Instant>>,
}

impl Breaker {
    /// Whether the gateway did not answer lately. Then one message finds out
    /// whether it does again, and not all that wait.
    pub(crate) fn is_on_trial(&self) -> bool {
        self.failures.load(Ordering::Relaxed) >= FAILURES_TO_CLOSE
    }

    /// Whether the gateway may be asked now.
    pub(crate) fn state(&self) -> GatewayState {
        if !self.is_on_trial() {
            return GatewayState::Open;
        }
        let closed = self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
        match *closed {
            Some(until) if Instant::now() < until => GatewayState::Closed("it does not answer"),
            _ => GatewayState::Open,
        }
    }

    /// The gateway `name` answered.
    pub(crate) fn note_success(&self, name: &str) {
        if self.failures.swap(0, Ordering::Relaxed) >= FAILURES_TO_CLOSE {
            tracing::info!(gateway.name = name, "the gateway answers again");
        }
    }

    /// The gateway `name` did not answer, for this reason.
    pub(crate) fn note_failure(&self, name: &str, reason: &'static str) {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        if failures >= FAILURES_TO_CLOSE {
            let mut closed = self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
            *closed = Some(Instant::now() + CLOSED_FOR);
            tracing::error!(
                gateway.name = name,
                reason,
                failures,
                "the gateway does not answer and is left alone for a while"
            );
        }
    }
}
