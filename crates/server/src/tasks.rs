//! The one place where background tasks are started.
//!
//! A task that nobody owns is a task that nobody ends (style.md 2.7, case 7). Everything that runs
//! beside its caller is therefore started here: either as a member of a [`TaskSet`], which counts,
//! drains and aborts its members, or by [`spawn_named`], whose caller names the owner that ends it.

use std::future::Future;
use std::time::Duration;

use tokio::task::{JoinError, JoinHandle, JoinSet};

/// Starts a task that its caller, or something the caller owns, brings to an end.
///
/// `name` is what logs call it; the future itself must end when its owner goes away.
#[expect(clippy::disallowed_methods, reason = "the one place where tasks are started")]
pub fn spawn_named<F>(name: &'static str, future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tracing::trace!(task.name = name, "task started");
    tokio::spawn(future)
}

/// A family of tasks with one owner: counted, waited for, aborted together.
///
/// Dropping the set aborts its members.
#[derive(Debug)]
pub struct TaskSet {
    /// What logs call a member.
    name: &'static str,
    /// The members that have not been reaped yet.
    members: JoinSet<()>,
}

impl TaskSet {
    /// Makes an empty set; `name` is what logs call a member.
    pub fn new(name: &'static str) -> Self {
        Self { name, members: JoinSet::new() }
    }

    /// Starts a member.
    pub fn spawn<F>(&mut self, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.members.spawn(future);
    }

    /// The number of members that are running or have not been reaped.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether no member is left.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Waits until one member has ended and forgets it; never ends while the set is empty.
    ///
    /// A member that panicked is reported in the log once. Cancel safe.
    pub async fn reap(&mut self) {
        match self.members.join_next().await {
            Some(result) => self.report(result),
            None => std::future::pending().await,
        }
    }

    /// Waits at most `limit` for all members, aborts the rest and returns how many were aborted.
    pub async fn drain(mut self, limit: Duration) -> usize {
        let all_ended = async {
            while let Some(result) = self.members.join_next().await {
                self.report(result);
            }
        };
        if tokio::time::timeout(limit, all_ended).await.is_ok() {
            return 0;
        }
        let aborted = self.members.len();
        self.members.shutdown().await;
        aborted
    }

    fn report(&self, result: Result<(), JoinError>) {
        if let Err(error) = result
            && error.is_panic()
        {
            tracing::error!(task.name = self.name, "a task panicked");
        }
    }
}
