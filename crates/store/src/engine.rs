//! What an engine must do.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use verify::engine::{Change, Keys, Snapshot};

use crate::fault::Fault;
use crate::read::{Read, ReadAnswer};

/// A way of keeping. All engines give the same visible answers; the suite in
/// `tests/it/suite` holds them to it.
pub trait Engine: Send + Sync + 'static {
    /// Takes a step to be done. Never blocks; a step that cannot be taken is
    /// finished with a fault.
    ///
    /// The engine reads the records that [`Step::keys`] names, calls
    /// [`Step::decide`], writes the changes, makes them durable, and only then
    /// calls [`Step::finish`]. The changes of one step happen all or not at
    /// all. A step that panics or fails does not touch its neighbours. Steps are
    /// done as if one after the other; in which order is nobody's affair, unless
    /// one was submitted after another was finished.
    fn submit(&self, step: Box<dyn Step>);

    /// Takes a read to be answered. Never blocks. It sees every step that was
    /// finished before it was asked.
    fn read(&self, read: Read, reply: oneshot::Sender<Result<ReadAnswer, Fault>>);

    /// Waits until what was submitted is done; afterwards every call gives
    /// [`Fault::Closed`].
    fn close(&self);
}

/// One rule with its keys and its waiting caller.
pub trait Step: Send {
    /// The records that the rule needs.
    fn keys(&self) -> &Keys;

    /// Runs the rule; may be called again if the writes could not be done. A
    /// panic of the rule is caught here and comes back as a fault.
    ///
    /// # Errors
    /// [`Fault::RulePanicked`].
    fn decide(&mut self, snapshot: &Snapshot) -> Result<Vec<Change>, Fault>;

    /// Answers the caller: with the outcome of the last [`Step::decide`], or
    /// with a fault.
    fn finish(self: Box<Self>, result: Result<(), Fault>);

    /// As [`Step::finish`], and takes others along that have ended too: the
    /// thread that comes for this answer wakes them. One wake from another
    /// thread costs a system call; those within a thread cost next to nothing.
    fn finish_with(self: Box<Self>, result: Result<(), Fault>, others: Ended) {
        self.finish(result);
        drop(others);
    }
}

/// A step with its result.
type Ending = (Box<dyn Step>, Result<(), Fault>);

/// Steps that have ended, each with its result, on the way to their callers.
/// The first of its clones that is dropped answers them, so that nobody is
/// forgotten whatever becomes of the others.
#[derive(Clone, Default)]
pub struct Ended(Arc<Mutex<Vec<Ending>>>);

impl Ended {
    /// Answers the caller of the first step, which is to answer the others.
    /// Gives those. A caller that has asked need not look for its answer soon,
    /// so keep them and drop them a little later.
    pub fn answer_first(mut steps: Vec<Ending>) -> Self {
        if steps.is_empty() {
            return Self::default();
        }
        let (first, result) = steps.remove(0);
        let others = Self(Arc::new(Mutex::new(steps)));
        first.finish_with(result, others.clone());
        others
    }

    /// Whether nobody is left to be answered.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Ending>> {
        // Nothing that could panic is done under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        let steps = std::mem::take(&mut *self.lock());
        for (step, result) in steps {
            step.finish(result);
        }
    }
}
