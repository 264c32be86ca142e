//! A rule with its type, made into a step without one.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;
use verify::engine::{Change, Decision, Keys, Snapshot};

use crate::engine::Step;
use crate::fault::Fault;

pub(crate) struct TypedStep<O, R> {
    keys: Keys,
    rule: R,
    outcome: Option<O>,
    reply: oneshot::Sender<Result<O, Fault>>,
}

impl<O, R> TypedStep<O, R> {
    pub(crate) fn new(keys: Keys, rule: R, reply: oneshot::Sender<Result<O, Fault>>) -> Self {
        Self { keys, rule, outcome: None, reply }
    }
}

impl<O, R> Step for TypedStep<O, R>
where
    O: Send,
    R: FnMut(&Snapshot) -> Decision<O> + Send,
{
    fn keys(&self) -> &Keys {
        &self.keys
    }

    fn decide(&mut self, snapshot: &Snapshot) -> Result<Vec<Change>, Fault> {
        self.outcome = None;
        // A rule owns only what it was given and returns everything it
        // decided, so a panic leaves nothing half done.
        let decided = catch_unwind(AssertUnwindSafe(|| (self.rule)(snapshot)));
        let decision = decided.map_err(|panic| Fault::RulePanicked(panic_text(&*panic)))?;
        self.outcome = Some(decision.outcome);
        Ok(decision.changes)
    }

    fn finish(self: Box<Self>, result: Result<(), Fault>) {
        let outcome = self.outcome;
        let answer = result.and_then(|()| outcome.ok_or(Fault::Closed));
        // A caller that went away does not want the answer.
        let _ = self.reply.send(answer);
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
