//! Who may bind, and when: a gateway whose account was refused tries seldom,
//! however many sessions it has (`delivery.md` 3.2).

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use smpp::session::{Backoff, Ended};
use tokio::sync::MutexGuard;
use tokio::time::{Instant, sleep_until};

/// One for all sessions of a gateway.
#[derive(Default)]
pub(super) struct Door {
    /// The account was refused; nobody binds before this time.
    shut_until: Mutex<Option<Instant>>,
    /// Held while a bind is under way, so that one refusal is one try.
    refusals: tokio::sync::Mutex<Backoff>,
}

/// A bind that may be made.
pub(super) struct Pass<'a> {
    door: &'a Door,
    refusals: MutexGuard<'a, Backoff>,
}

impl Door {
    fn shut_until(&self) -> Option<Instant> {
        let until = *self.shut_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.filter(|until| Instant::now() < *until)
    }

    /// Waits until somebody may bind.
    pub(super) async fn opened(&self) {
        while let Some(until) = self.shut_until() {
            sleep_until(until).await;
        }
    }

    /// Waits for the bind of another session; `None` if that was refused.
    pub(super) async fn pass(&self) -> Option<Pass<'_>> {
        let refusals = self.refusals.lock().await;
        self.shut_until().is_none().then_some(Pass { door: self, refusals })
    }
}

impl Pass<'_> {
    /// The account was taken.
    pub(super) fn taken(mut self) {
        *self.refusals = Backoff::default();
    }

    /// The account was refused; gives for how long nobody binds.
    pub(super) fn denied(mut self) -> Duration {
        let wait = self.refusals.wait(Ended::Denied, None, 0);
        let mut until = self.door.shut_until.lock().unwrap_or_else(PoisonError::into_inner);
        *until = Some(Instant::now() + wait);
        wait
    }
}
