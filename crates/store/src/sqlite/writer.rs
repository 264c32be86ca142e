//! The writer thread with its group commit, and the readers.

use std::sync::Mutex;
use std::sync::mpsc::Receiver;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{load, lock, query, write};
use crate::engine::Step;
use crate::fault::Fault;
use crate::limits::STEPS_PER_COMMIT_MAX;
use crate::read::{Read, ReadAnswer};

/// A read with its waiting caller.
pub(super) struct Question {
    pub(super) read: Read,
    pub(super) reply: oneshot::Sender<Result<ReadAnswer, Fault>>,
}

/// Answers questions until the channel is closed.
pub(super) fn answer(connection: &Connection, questions: &Mutex<Receiver<Question>>) {
    loop {
        let next = lock(questions).recv();
        let Ok(Question { read, reply }) = next else { return };
        let answer = query::answer(connection, read).map_err(|e| Fault::Database(e.to_string()));
        let _ = reply.send(answer);
    }
}

/// Does steps until the channel is closed: takes whatever waits, does it in
/// one transaction, then answers all.
pub(super) fn run(connection: Connection, steps: &Receiver<Box<dyn Step>>, ends_process: bool) {
    let writer = Writer { connection, ends_process };
    let mut group = Vec::with_capacity(STEPS_PER_COMMIT_MAX);
    while let Ok(first) = steps.recv() {
        group.push(Doing::new(first));
        while group.len() < STEPS_PER_COMMIT_MAX {
            match steps.try_recv() {
                Ok(step) => group.push(Doing::new(step)),
                Err(_) => break,
            }
        }
        writer.commit_group(&mut group);
        for doing in group.drain(..) {
            doing.step.finish(doing.result);
        }
    }
}

/// A step, and how it went.
struct Doing {
    step: Box<dyn Step>,
    result: Result<(), Fault>,
}

impl Doing {
    fn new(step: Box<dyn Step>) -> Self {
        Self { step, result: Ok(()) }
    }
}

/// Why a group was not committed.
enum Failure {
    /// Reading or writing for one step failed; the others may do without it.
    Step(Fault),
    /// It could not begin or not commit. Trying again step by step would only
    /// wait as often for the same lock, or repeat a lost flush (S-101).
    Group(Fault),
}

struct Writer {
    connection: Connection,
    ends_process: bool,
}

impl Writer {
    /// Does all steps in one transaction. If the work of one fails, each is
    /// done again in a transaction of its own, so that the failing one stands
    /// alone.
    fn commit_group(&self, group: &mut [Doing]) {
        match self.commit(group) {
            Ok(()) => {}
            Err(Failure::Step(_)) if group.len() > 1 => {
                for doing in group {
                    self.commit_group(std::slice::from_mut(doing));
                }
            }
            Err(Failure::Step(fault) | Failure::Group(fault)) => {
                for doing in group {
                    doing.result = Err(fault.clone());
                }
            }
        }
    }

    /// One transaction over some steps. A rule that panics is noted with its
    /// step and has no writes; a failing database undoes everything.
    fn commit(&self, group: &mut [Doing]) -> Result<(), Failure> {
        let begun = self.execute("BEGIN IMMEDIATE");
        begun.map_err(|e| Failure::Group(Fault::Database(e.to_string())))?;
        for doing in group.iter_mut() {
            match self.do_step(doing) {
                Ok(result) => doing.result = result,
                Err(error) => {
                    self.roll_back();
                    return Err(Failure::Step(Fault::Database(error.to_string())));
                }
            }
        }
        self.execute("COMMIT").map_err(|error| Failure::Group(self.commit_failed(&error)))
    }

    fn do_step(&self, doing: &mut Doing) -> rusqlite::Result<Result<(), Fault>> {
        let snapshot = load::snapshot(&self.connection, doing.step.keys())?;
        match doing.step.decide(&snapshot) {
            Err(fault) => Ok(Err(fault)),
            Ok(changes) => {
                for change in &changes {
                    write::change(&self.connection, change)?;
                }
                Ok(Ok(()))
            }
        }
    }

    /// A commit that could not be flushed is neither done nor undone: what it
    /// wrote may or may not be there after a crash. A server ends here and
    /// finds out when it starts again; nobody was answered.
    fn commit_failed(&self, error: &rusqlite::Error) -> Fault {
        let is_lost_flush = matches!(
            error.sqlite_error().map(|e| e.extended_code),
            Some(rusqlite::ffi::SQLITE_IOERR_FSYNC | rusqlite::ffi::SQLITE_IOERR_DIR_FSYNC)
        );
        if is_lost_flush {
            tracing::error!(%error, "the disk did not keep a commit");
            if self.ends_process {
                std::process::abort();
            }
            self.roll_back();
            return Fault::Unknown(error.to_string());
        }
        self.roll_back();
        Fault::Database(error.to_string())
    }

    fn roll_back(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.execute("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be undone");
        }
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use verify::engine::{Decision, Keys};

    use super::*;
    use crate::sqlite::{SqliteOptions, open};
    use crate::step::TypedStep;

    static WAITS: AtomicUsize = AtomicUsize::new(0);

    fn writer(folder: &std::path::Path) -> Writer {
        let options = SqliteOptions {
            path: folder.join("ringproof.db"),
            key_fingerprint: [1; 16],
            ends_process_on_lost_flush: false,
        };
        let connection = open::write_connection(&options).unwrap();
        Writer { connection, ends_process: false }
    }

    #[test]
    fn a_lock_of_another_process_costs_a_group_one_wait_and_no_rule_runs() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path());
        let count_waits = |_| {
            WAITS.fetch_add(1, Ordering::SeqCst);
            false
        };
        writer.connection.busy_handler(Some(count_waits)).unwrap();
        let other = Connection::open(folder.path().join("ringproof.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let step = |_| {
            let rule = |_: &_| -> Decision<()> { panic!("no rule may run") };
            Doing::new(Box::new(TypedStep::new(Keys::default(), rule, oneshot::channel().0)))
        };
        let mut group: Vec<_> = (0..3).map(step).collect();
        writer.commit_group(&mut group);
        assert_eq!(WAITS.load(Ordering::SeqCst), 1);
        for doing in &group {
            assert!(matches!(doing.result, Err(Fault::Database(_))), "{:?}", doing.result);
        }
    }

    #[test]
    fn a_lost_flush_is_an_unknown_outcome_and_any_other_failure_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path());
        let fault = |code| {
            let code = rusqlite::ffi::Error::new(code);
            writer.commit_failed(&rusqlite::Error::SqliteFailure(code, None))
        };
        for code in [rusqlite::ffi::SQLITE_IOERR_FSYNC, rusqlite::ffi::SQLITE_IOERR_DIR_FSYNC] {
            assert!(matches!(fault(code), Fault::Unknown(_)));
        }
        for code in [rusqlite::ffi::SQLITE_FULL, rusqlite::ffi::SQLITE_IOERR_WRITE] {
            assert!(matches!(fault(code), Fault::Database(_)));
        }
    }
}
