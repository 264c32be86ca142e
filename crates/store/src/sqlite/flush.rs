//! Durability, beside the writer.
//!
//! The writer commits a group into the write-ahead log and goes on to the next
//! one; the flusher brings the log to the disk and only then answers. So the
//! disk is busy with one group while the writer works on the next, and no
//! answer leaves before its group is on disk (S-100, ADR 5). Groups are
//! answered in the order of their commits, those without writes too: what they
//! saw may not be on disk yet.
//!
//! Beside it the checkpointer copies the log into the database file, so that
//! the writer need not.

use std::cell::Cell;
use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::writer::Doing;
use crate::engine::Ended;
use crate::fault::Fault;

/// Groups that the writer may be ahead of the disk.
pub(super) const GROUPS_AHEAD_MAX: usize = 2;

/// How long a group waits for its first caller to answer the others. That one
/// may have turned to something else for which it waits first.
const ANSWERED_WITHIN: Duration = Duration::from_millis(10);

/// Brings a file to the disk: [`File::sync_data`], except in tests.
pub type FileSync = Box<dyn Fn(&File) -> std::io::Result<()> + Send>;

/// Flushes and answers groups until the channel is closed.
pub(super) fn run(groups: &Receiver<Vec<Doing>>, log: PathBuf, sync: FileSync, ends_process: bool) {
    let mut flusher = Flusher { log, file: None, sync, ends_process };
    let mut answered = VecDeque::new();
    while let Some(mut group) = next_group(groups, &mut answered) {
        // What came meanwhile shares the flush.
        while let Ok(next) = groups.try_recv() {
            group.extend(next);
        }
        if group.iter().any(|doing| doing.has_written)
            && let Err(fault) = flusher.flush()
        {
            for doing in &mut group {
                doing.result = Err(fault.clone());
            }
        }
        let steps = group.into_iter().map(|doing| (doing.step, doing.result)).collect();
        answered.push_back((Instant::now(), Ended::answer_first(steps)));
    }
}

/// The next group; none when the channel is closed. Answers those of the
/// groups before whose first caller was too long about it.
fn next_group(
    groups: &Receiver<Vec<Doing>>,
    answered: &mut VecDeque<(Instant, Ended)>,
) -> Option<Vec<Doing>> {
    loop {
        let is_over = |(since, others): &(Instant, Ended)| {
            others.is_empty() || since.elapsed() >= ANSWERED_WITHIN
        };
        while answered.front().is_some_and(is_over) {
            answered.pop_front();
        }
        let Some((since, _)) = answered.front() else { return groups.recv().ok() };
        match groups.recv_timeout(ANSWERED_WITHIN.saturating_sub(since.elapsed())) {
            Ok(group) => return Some(group),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

struct Flusher {
    log: PathBuf,
    /// The open log. SQLite keeps using one file as long as a connection is
    /// open, and the writer's is.
    file: Option<File>,
    sync: FileSync,
    ends_process: bool,
}

impl Flusher {
    fn flush(&mut self) -> Result<(), Fault> {
        let flushed = match &self.file {
            Some(file) => (self.sync)(file),
            None => self.open_and_flush(),
        };
        flushed.map_err(|error| self.lost(&error))
    }

    /// The first flush: the log's name must be on disk as well.
    fn open_and_flush(&mut self) -> std::io::Result<()> {
        let file = File::open(&self.log)?;
        (self.sync)(&file)?;
        let folder = self.log.parent().filter(|p| !p.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        self.file = Some(file);
        Ok(())
    }

    /// A commit that could not be flushed is neither done nor undone: what it
    /// wrote may or may not be there after a crash, and the kernel may report
    /// the next flush as good although it dropped pages of this one. A server
    /// ends here and finds out when it starts again; nobody was answered.
    fn lost(&self, error: &std::io::Error) -> Fault {
        tracing::error!(%error, "the disk did not keep a commit");
        if self.ends_process {
            // The log is written by a thread of its own, which ends here too.
            eprintln!("ringproof: the disk did not keep a commit ({error}); the server ends");
            std::process::abort();
        }
        Fault::Unknown(error.to_string())
    }
}

/// How often the log is copied into the database file while there is work.
const CHECKPOINT_EVERY: Duration = Duration::from_millis(500);

/// Copies the log into the database file, without ever stopping the writer.
pub(super) struct Copier {
    pub(super) connection: Connection,
    /// The database file. While the writer goes on, SQLite copies and leaves the flush of
    /// the file to whoever copies the last page: the writer, which would stand still for as
    /// long as the disk needs for all that was copied since. So it is flushed here.
    pub(super) file: File,
    /// How the file is flushed.
    pub(super) sync: FileSync,
    /// Whether a failed flush ends the process.
    pub(super) ends_process: bool,
    /// A flush has failed: what was copied may be lost, so the log must stay as it is.
    pub(super) is_lost: Cell<bool>,
    /// Pages of the log at which it is to be begun anew.
    pub(super) pages_max: i64,
    /// Tells the writer that it is time, and little is left for it to copy.
    pub(super) is_log_long: Arc<AtomicBool>,
}

impl Copier {
    /// Works until the channel is closed. Gives back what it held: the file must not be
    /// closed before the last connection is, since that would take away its locks.
    pub(super) fn run(self, work: &Receiver<()>) -> File {
        loop {
            // Sleeps while nothing is written.
            if work.recv().is_err() {
                return self.file;
            }
            let next = Instant::now() + CHECKPOINT_EVERY;
            loop {
                match work.recv_timeout(next.saturating_duration_since(Instant::now())) {
                    Ok(()) => {}
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return self.file,
                }
            }
            self.look();
        }
    }

    fn look(&self) {
        if !self.is_lost.get() && self.copy() >= self.pages_max && !self.is_lost.get() {
            // What came meanwhile, so that the writer finds next to nothing.
            self.copy();
            self.is_log_long.store(true, Ordering::Relaxed);
        }
    }

    /// Copies what is there; gives the length of the log in pages.
    fn copy(&self) -> i64 {
        let pages = copy(&self.connection, self.ends_process);
        if let Err(error) = (self.sync)(&self.file) {
            self.is_lost.set(true);
            lost(&error, self.ends_process);
        }
        pages
    }
}

/// The kernel may drop what could not be flushed and report the next flush as good. What
/// was copied counts as copied while the process lives, so the log would be begun anew
/// over it; a new process copies all of the log again.
fn lost(error: &dyn std::fmt::Display, ends_process: bool) {
    tracing::error!(%error, "the disk did not keep what was copied into the database");
    if ends_process {
        // The log is written by a thread of its own, which ends here too.
        eprintln!(
            "ringproof: the disk did not keep what was copied into the database ({error}); the server ends"
        );
        std::process::abort();
    }
}

/// Copies as much of the log into the database file as can be without waiting for
/// anybody; gives the length of the log in pages. If all of it was copied, the next
/// commit begins it anew.
pub(super) fn copy(connection: &Connection, ends_process: bool) -> i64 {
    let copied = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1));
    copied.unwrap_or_else(|error| {
        let code = error.sqlite_error().map(|error| error.extended_code);
        if code == Some(rusqlite::ffi::SQLITE_IOERR_FSYNC) {
            lost(&error, ends_process);
        }
        tracing::warn!(%error, "the log could not be copied into the database");
        0
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::{SqliteOptions, open};

    /// A database with a log of some pages, its writer, and a copier for which the log is
    /// long at once.
    fn long_log(folder: &Path, sync: FileSync) -> (Connection, Copier) {
        let path = folder.join("ringproof.db");
        let options = SqliteOptions {
            path: path.clone(),
            key_fingerprint: [1; 16],
            ends_process_on_lost_flush: false,
        };
        let writer = open::write_connection(&options).unwrap();
        let copier = Copier {
            connection: open::checkpoint_connection(&path).unwrap(),
            file: open::file_to_flush(&path).unwrap(),
            sync,
            ends_process: false,
            is_lost: Cell::new(false),
            pages_max: 1,
            is_log_long: Arc::default(),
        };
        (writer, copier)
    }

    fn commit(writer: &Connection, name: &str) {
        writer.execute("INSERT INTO meta (name, value) VALUES (?1, 'x')", [name]).unwrap();
    }

    #[test]
    fn a_long_log_is_begun_anew_by_the_next_commit_after_its_end_was_copied() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, copier) = long_log(folder.path(), Box::new(File::sync_data));
        // The header of the log has other salts each time that it is begun anew.
        let salts =
            || std::fs::read(folder.path().join("ringproof.db-wal")).unwrap()[16..24].to_vec();
        let is_long = |copier: &Copier| copier.is_log_long.load(Ordering::Relaxed);
        commit(&writer, "first");
        let patient = Copier { pages_max: 1_000, ..copier };
        patient.look();
        assert!(!is_long(&patient));
        let copier = Copier { pages_max: 1, ..patient };
        copier.look();
        assert!(is_long(&copier));
        commit(&writer, "begins it anew, as all was copied");
        let before = salts();
        commit(&writer, "goes on");
        assert_eq!(salts(), before);
        copy(&writer, false);
        commit(&writer, "begins it anew");
        assert_ne!(salts(), before);
    }

    #[test]
    fn a_database_that_could_not_be_flushed_keeps_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let fails = std::sync::Mutex::new(true);
        // As the kernel does: it tells of the failure once.
        let sync: FileSync = Box::new(move |_| {
            let fails = std::mem::take(&mut *fails.lock().unwrap());
            if fails { Err(std::io::Error::other("lost")) } else { Ok(()) }
        });
        let (writer, copier) = long_log(folder.path(), sync);
        for name in ["first", "second"] {
            commit(&writer, name);
            copier.look();
            assert!(!copier.is_log_long.load(Ordering::Relaxed));
        }
    }

    #[test]
    fn a_log_that_cannot_be_flushed_is_an_unknown_outcome() {
        let log = PathBuf::from("/nowhere/ringproof.db-wal");
        let sync = Box::new(File::sync_data);
        let mut flusher = Flusher { log, file: None, sync, ends_process: false };
        assert!(matches!(flusher.flush(), Err(Fault::Unknown(_))));
    }
}
