//! What an engine must do.

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
    /// all. A step that panics or fails does not touch its neighbours.
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

/// Steps that have ended, each with its result. Dropping it answers their
/// callers, so that nobody is forgotten whatever becomes of it.
#[derive(Default)]
pub struct Ended(Vec<(Box<dyn Step>, Result<(), Fault>)>);

impl Ended {
    /// Adds a step.
    pub fn push(&mut self, step: Box<dyn Step>, result: Result<(), Fault>) {
        self.0.push((step, result));
    }

    /// Answers the caller of the first step, which answers the others.
    pub fn answer(mut self) {
        let mut steps = std::mem::take(&mut self.0).into_iter();
        if let Some((first, result)) = steps.next() {
            first.finish_with(result, Self(steps.collect()));
        }
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        for (step, result) in self.0.drain(..) {
            step.finish(result);
        }
    }
}
