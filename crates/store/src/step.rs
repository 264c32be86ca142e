//! A rule with its type, made into a step without one.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;
use verify::engine::{Change, Decision, Keys, Snapshot};

use crate::engine::{Ended, Step};
use crate::fault::Fault;

pub(crate) struct TypedStep<O, R> {
    keys: Keys,
    rule: R,
    outcome: Option<O>,
    reply: oneshot::Sender<Reply<O>>,
}

/// What the caller of a step is sent.
pub(crate) struct Reply<O> {
    result: Result<O, Fault>,
    /// Dropped, and thereby answered, by whoever takes the result.
    _others: Ended,
}

impl<O> Reply<O> {
    /// The result; answers the steps that came along.
    pub(crate) fn into_result(self) -> Result<O, Fault> {
        self.result
    }
}

impl<O, R> TypedStep<O, R> {
    pub(crate) fn new(keys: Keys, rule: R, reply: oneshot::Sender<Reply<O>>) -> Self {
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
        self.finish_with(result, Ended::default());
    }

    fn finish_with(self: Box<Self>, result: Result<(), Fault>, others: Ended) {
        let outcome = self.outcome;
        let result = result.and_then(|()| outcome.ok_or(Fault::Closed));
        // A caller that went away does not want the answer; the others are
        // answered when it is dropped.
        let _ = self.reply.send(Reply { result, _others: others });
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A decided step with the end at which its caller waits.
    fn step(number: u8) -> (Box<dyn Step>, oneshot::Receiver<Reply<u8>>) {
        let (reply, answer) = oneshot::channel();
        let rule = move |_: &_| Decision::unchanged(number);
        let mut step = TypedStep::new(Keys::default(), rule, reply);
        step.decide(&Snapshot::default()).unwrap();
        (Box::new(step), answer)
    }

    fn three() -> (Ended, [oneshot::Receiver<Reply<u8>>; 3]) {
        let [(first, one), (second, two), (third, three)] = [1, 2, 3].map(step);
        let steps = vec![(first, Ok(())), (second, Err(Fault::Overloaded)), (third, Ok(()))];
        let others = Ended::answer_first(steps);
        (others, [one, two, three])
    }

    #[test]
    fn whoever_takes_the_first_answer_answers_the_others() {
        let (others, [mut first, mut second, mut third]) = three();
        assert!(second.try_recv().is_err() && third.try_recv().is_err(), "woken too early");
        assert!(!others.is_empty());
        assert_eq!(first.try_recv().unwrap().into_result(), Ok(1));
        assert_eq!(second.try_recv().unwrap().into_result(), Err(Fault::Overloaded));
        assert_eq!(third.try_recv().unwrap().into_result(), Ok(3));
        assert!(others.is_empty());
    }

    #[test]
    fn a_first_caller_that_goes_away_or_does_not_look_keeps_no_answer_from_the_others() {
        let (_others, [first, mut second, mut third]) = three();
        drop(first);
        assert!(second.try_recv().is_ok() && third.try_recv().is_ok());

        let (others, [_first, mut second, mut third]) = three();
        drop(others);
        assert!(second.try_recv().is_ok() && third.try_recv().is_ok());
    }
}
