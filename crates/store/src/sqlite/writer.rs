//! The writer thread with its group commit, and the readers.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{flush, load, lock, open, prepared, query, write};
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
    let connection = prepared::Connection::new(connection);
    loop {
        let next = lock(questions).recv();
        let Ok(Question { read, reply }) = next else { return };
        let answer = query::answer(&connection, read).map_err(|e| Fault::Database(e.to_string()));
        let _ = reply.send(answer);
    }
}

/// How long nothing is written before the log is folded into the file and
/// emptied. The log holds old pages, and so the codes of verifications that
/// ended; it must not keep them for a day because nobody calls (D-51). A busy
/// log overwrites itself.
const QUIET: Duration = Duration::from_mins(1);

/// Where the writer's work goes on.
pub(super) struct Next {
    /// Committed groups, to be flushed and answered.
    pub(super) flusher: SyncSender<Vec<Doing>>,
    /// Told when the log has grown.
    pub(super) checkpointer: SyncSender<()>,
    /// Says that the log is to be begun anew.
    pub(super) is_log_long: Arc<AtomicBool>,
    /// Whether a failed flush ends the process.
    pub(super) ends_process: bool,
}

/// Does steps until the channel is closed: takes whatever waits, does it in
/// one transaction, and hands it on to be flushed and answered.
pub(super) fn run(connection: &Connection, steps: &Receiver<Box<dyn Step>>, next: &Next) {
    let writer = Writer::new(connection);
    loop {
        let mut group = Vec::new();
        match steps.recv_timeout(QUIET) {
            Ok(first) => group.push(Doing::new(first)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        while !group.is_empty() && group.len() < STEPS_PER_COMMIT_MAX {
            match steps.try_recv() {
                Ok(step) => group.push(Doing::new(step)),
                Err(_) => break,
            }
        }
        if !group.is_empty() {
            writer.commit_group(&mut group);
            if group.iter().any(|doing| doing.has_written) {
                // It is told already if it has not come to it yet.
                let _ = next.checkpointer.try_send(());
            }
            // The flusher lives until this end of the channel is dropped.
            let _ = next.flusher.send(group);
            if next.is_log_long.swap(false, Ordering::Relaxed) {
                // The end of it, which nobody can copy while we write: the next commit
                // begins it anew.
                flush::copy(connection, next.ends_process);
            }
        }
        writer.fold_quiet_log(QUIET);
    }
}

/// A step, and how it went.
pub(super) struct Doing {
    pub(super) step: Box<dyn Step>,
    pub(super) result: Result<(), Fault>,
    /// Whether there is something to flush.
    pub(super) has_written: bool,
}

impl Doing {
    fn new(step: Box<dyn Step>) -> Self {
        Self { step, result: Ok(()), has_written: false }
    }
}

/// Why a group was not committed.
enum Failure {
    /// Reading or writing for one step failed; the others may do without it.
    Step(Fault),
    /// It could not begin or not commit. Trying again step by step would only
    /// wait as often for the same lock, or meet the same full disk.
    Group(Fault),
}

struct Writer<'c> {
    connection: prepared::Connection<'c>,
    /// When something was last written that the log may still hold.
    written_at: Cell<Option<Instant>>,
}

impl<'c> Writer<'c> {
    fn new(connection: &'c Connection) -> Self {
        let connection = prepared::Connection::new(connection);
        Self { connection, written_at: Cell::default() }
    }

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
        let begun = self.connection.begin();
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
        self.connection.commit().map_err(|error| {
            self.roll_back();
            Failure::Group(Fault::Database(error.to_string()))
        })
    }

    fn do_step(&self, doing: &mut Doing) -> rusqlite::Result<Result<(), Fault>> {
        let snapshot = load::snapshot(&self.connection, doing.step.keys())?;
        match doing.step.decide(&snapshot) {
            Err(fault) => Ok(Err(fault)),
            Ok(changes) => {
                doing.has_written = !changes.is_empty();
                if doing.has_written {
                    self.written_at.set(Some(Instant::now()));
                }
                for change in &changes {
                    write::change(&self.connection, change)?;
                }
                Ok(Ok(()))
            }
        }
    }

    /// Folds the log into the file and empties it if nothing was written for
    /// so long. Waits for nobody: while somebody reads, the next call does it.
    fn fold_quiet_log(&self, quiet: Duration) {
        if self.written_at.get().is_none_or(|at| at.elapsed() < quiet) {
            return;
        }
        let fold = || -> rusqlite::Result<bool> {
            let connection = self.connection.inner();
            connection.busy_timeout(Duration::ZERO)?;
            let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
            let is_busy = connection.query_row(sql, [], |row| row.get(0));
            connection.busy_timeout(open::BUSY)?;
            is_busy
        };
        match fold() {
            Ok(true) => {}
            Ok(false) => self.written_at.set(None),
            // Nothing is lost: what was answered is in the log and stays there.
            Err(error) => {
                tracing::warn!(%error, "the log could not be folded into the database");
                self.written_at.set(Some(Instant::now()));
            }
        }
    }

    fn roll_back(&self) {
        if let Err(error) = self.connection.roll_back() {
            tracing::error!(%error, "a transaction could not be undone");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use verify::engine::{Decision, Keys};

    use super::*;
    use crate::sqlite::{SqliteOptions, open};
    use crate::step::TypedStep;

    static WAITS: AtomicUsize = AtomicUsize::new(0);

    fn connection(folder: &std::path::Path) -> Connection {
        let options = SqliteOptions {
            path: folder.join("ringproof.db"),
            key_fingerprint: [1; 16],
            ends_process_on_lost_flush: false,
        };
        open::write_connection(&options).unwrap()
    }

    #[test]
    fn a_lock_of_another_process_costs_a_group_one_wait_and_no_rule_runs() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = connection(folder.path());
        let count_waits = |_| {
            WAITS.fetch_add(1, Ordering::SeqCst);
            false
        };
        connection.busy_handler(Some(count_waits)).unwrap();
        let other = Connection::open(folder.path().join("ringproof.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let step = |_| {
            let rule = |_: &_| -> Decision<()> { panic!("no rule may run") };
            Doing::new(Box::new(TypedStep::new(Keys::default(), rule, oneshot::channel().0)))
        };
        let mut group: Vec<_> = (0..3).map(step).collect();
        let writer = Writer::new(&connection);
        writer.commit_group(&mut group);
        assert_eq!(WAITS.load(Ordering::SeqCst), 1);
        for doing in &group {
            assert!(matches!(doing.result, Err(Fault::Database(_))), "{:?}", doing.result);
        }
    }

    #[test]
    fn a_quiet_log_is_emptied_as_soon_as_nobody_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let connection = connection(folder.path());
        let writer = Writer::new(&connection);
        let log = || folder.path().join("ringproof.db-wal").metadata().unwrap().len();
        let write = || {
            let account = verify::ids::AccountId::from_i64(1);
            let sends = verify::send_limits::AccountSends::default();
            let rule = move |_: &_| {
                let change = verify::engine::Change::PutAccountSends(account, sends.clone());
                Decision::with(vec![change], ())
            };
            let step = TypedStep::new(Keys::default(), rule, oneshot::channel().0);
            writer.commit_group(&mut [Doing::new(Box::new(step))]);
        };
        write();
        writer.fold_quiet_log(QUIET);
        assert!(log() > 0, "it was not quiet for long enough");
        let reader = open::read_connection(&folder.path().join("ringproof.db")).unwrap();
        reader.execute_batch("BEGIN; SELECT * FROM meta").unwrap();
        write();
        writer.fold_quiet_log(Duration::ZERO);
        assert!(log() > 0, "somebody reads it");
        reader.execute_batch("COMMIT").unwrap();
        writer.fold_quiet_log(Duration::ZERO);
        assert_eq!(log(), 0);
        assert!(writer.written_at.get().is_none(), "there is nothing more to do");
    }
}
