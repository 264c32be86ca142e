//! One life of the server, as its callers see it: calls are answered until the
//! kill, and then they are not.

use ringproof_blackbox::answer::Answer;
use ringproof_blackbox::http::{Client, Request};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A life that lasts until [`Life::end`] is announced.
pub(crate) struct Life {
    address: SocketAddr,
    is_ending: AtomicBool,
    answered: Mutex<u64>,
    changed: Condvar,
}

impl Life {
    pub(crate) fn of(address: SocketAddr) -> Self {
        let (is_ending, answered) = (AtomicBool::new(false), Mutex::new(0));
        Self { address, is_ending, answered, changed: Condvar::new() }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Announces the kill: from now on a call may stay without an answer.
    pub(crate) fn end(&self) {
        self.is_ending.store(true, Ordering::SeqCst);
    }

    /// Makes a call. `None` says that the kill came before the answer, so that
    /// nobody knows whether it was obeyed.
    pub(crate) fn call(&self, client: &mut Client, request: &Request) -> Option<Answer> {
        match client.send(request) {
            Ok(response) => {
                *self.answered.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                self.changed.notify_all();
                Some(Answer::checked(request, response))
            }
            Err(error) => {
                let was_killed = self.is_ending.load(Ordering::SeqCst);
                assert!(
                    was_killed,
                    "{} got no answer from a living server: {error}",
                    request.target
                );
                None
            }
        }
    }

    /// Marks the calling thread as one whose failure ends the waiting for answers.
    pub(crate) fn worker(&self) -> Worker<'_> {
        Worker(self)
    }

    /// Tells how many calls have been answered.
    pub(crate) fn answered(&self) -> u64 {
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until so many calls have been answered.
    pub(crate) fn wait_for_answers(&self, count: u64, within: Duration) -> bool {
        let answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        let waited =
            self.changed.wait_timeout_while(answered, within, |answered| *answered < count);
        *waited.unwrap_or_else(PoisonError::into_inner).0 >= count
    }
}

/// A thread that makes calls in a life.
pub(crate) struct Worker<'life>(&'life Life);

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            *self.0.answered.lock().unwrap_or_else(PoisonError::into_inner) = u64::MAX / 2;
            self.0.changed.notify_all();
        }
    }
}
