//! Two hosts of one interface, of which one is called.

use std::sync::{Mutex, PoisonError};

use http::Uri;
use verify::{SignedDuration, Timestamp};

use crate::limits::CALL_TIMEOUT;

/// The host that is called, until it fails; then the other.
pub(super) struct Hosts {
    /// The one that is called, and the one that waits.
    state: Mutex<State>,
}

struct State {
    called: Uri,
    waiting: Uri,
    /// Whether a request failed since the last one was made.
    has_failed: bool,
    /// When they last changed places.
    changed_at: Option<Timestamp>,
}

impl Hosts {
    pub(super) fn new(first: Uri, backup: Uri) -> Self {
        let state = State { called: first, waiting: backup, has_failed: false, changed_at: None };
        Self { state: Mutex::new(state) }
    }

    /// Where to send a request now. A failure soon after a change is that of a
    /// request which the host before still had, and changes nothing.
    pub(super) fn pick(&self, now: Timestamp) -> Uri {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        if std::mem::take(&mut state.has_failed) {
            let rest = SignedDuration::try_from(CALL_TIMEOUT).unwrap_or(SignedDuration::MAX);
            let is_late = state.changed_at.is_none_or(|at| now.duration_since(at) >= rest);
            if is_late {
                std::mem::swap(&mut state.called, &mut state.waiting);
                state.changed_at = Some(now);
            }
        }
        state.called.clone()
    }

    /// Hears that the host does not take messages.
    pub(super) fn note_failure(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).has_failed = true;
    }
}
