//! Keeping in SQLite, the embedded default.
//!
//! One writer thread owns the write connection and does **group commit**: it
//! takes whatever waits, runs each step in turn inside one SQLite transaction,
//! commits once, and hands the group on; the flusher brings the log to the disk
//! and then answers all. An answered step is on disk (S-100). Reads that decide
//! nothing go to a small pool of readers.
//!
//! Other processes may open the same file (`account create` beside a running
//! server), so the file is not locked exclusively; only `serve` is alone, by a
//! lock file of its own.

mod flush;
mod load;
mod maintain;
mod moving;
mod open;
mod prepared;
mod query;
mod row;
mod schema;
mod sql;
mod write;
mod writer;

use std::fs::File;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

pub use flush::FileSync;
pub use maintain::{backup, check, restore, void_live_state};
pub(crate) use moving::{MoveSource, MoveTarget};
pub use open::OpenError;
pub use schema::VERSION;

use crate::engine::{Engine, Step};
use crate::fault::Fault;
use crate::limits::{READERS, READS_WAITING_MAX, STEPS_WAITING_MAX};
use crate::read::{Read, ReadAnswer};

/// Where the database is and which root key it belongs to.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// The database file; made if it is missing.
    pub path: PathBuf,
    /// [`verify::keys::Keyring::fingerprint`] of the root key.
    pub key_fingerprint: [u8; 16],
    /// Whether a failed flush to disk ends the process. After one, the kernel
    /// may drop what was not written and report the next flush as good, so a
    /// server must not go on (S-101).
    pub ends_process_on_lost_flush: bool,
}

/// The engine.
pub struct SqliteEngine {
    writer: Mutex<Option<SyncSender<Box<dyn Step>>>>,
    readers: Mutex<Option<SyncSender<writer::Question>>>,
    writer_thread: Mutex<Option<JoinHandle<()>>>,
    reader_threads: Mutex<Vec<JoinHandle<()>>>,
}

impl SqliteEngine {
    /// Opens the database, brings it to the present version, checks that it
    /// belongs to the root key, and starts the threads.
    ///
    /// # Errors
    /// [`OpenError`], each a sentence that says what to do.
    pub fn open(options: &SqliteOptions) -> Result<Self, OpenError> {
        Self::open_with(options, Box::new(File::sync_data))
    }

    /// As [`SqliteEngine::open`], with another way to bring the log to the
    /// disk: tests hold it up and let it fail.
    ///
    /// # Errors
    /// As [`SqliteEngine::open`].
    pub fn open_with(options: &SqliteOptions, sync: FileSync) -> Result<Self, OpenError> {
        let connection = open::write_connection(options)?;
        open::leave_flushing_to_the_flusher(&connection, &options.path)?;
        let (writer, steps) = sync_channel(STEPS_WAITING_MAX);
        let (flusher, groups) = sync_channel(flush::GROUPS_AHEAD_MAX);
        let (checkpointer, work) = sync_channel(1);
        let log = open::log_of(&options.path);
        let ends_process = options.ends_process_on_lost_flush;
        let is_log_long = std::sync::Arc::default();
        let copier = flush::Copier {
            connection: open::checkpoint_connection(&options.path)?,
            file: open::file_to_flush(&options.path)?,
            sync: Box::new(File::sync_data),
            ends_process,
            is_lost: std::cell::Cell::new(false),
            pages_max: open::CHECKPOINT_PAGES,
            is_log_long: std::sync::Arc::clone(&is_log_long),
        };
        let next = writer::Next { flusher, checkpointer, is_log_long, ends_process };
        let flusher_thread =
            spawn("store-flusher", move || flush::run(&groups, log, sync, ends_process))?;
        let copier_thread = spawn("store-copier", move || copier.run(&work))?;
        let write = move || {
            writer::run(&connection, &steps, &next);
            let writer::Next { flusher, checkpointer, .. } = next;
            // A thread that panicked has answered nobody and written nothing.
            drop(flusher);
            let _ = flusher_thread.join();
            drop(checkpointer);
            let file = copier_thread.join();
            // The writer is the last to leave: it folds the log into the file,
            // so that a closed database is one file.
            drop(connection);
            drop(file);
        };
        let writer_thread = spawn("store-writer", write)?;
        let (readers, questions) = sync_channel(READS_WAITING_MAX);
        let questions = std::sync::Arc::new(Mutex::new(questions));
        let mut reader_threads = Vec::with_capacity(READERS);
        for _ in 0..READERS {
            let connection = open::read_connection(&options.path)?;
            let questions = questions.clone();
            let answer = move || writer::answer(&connection, &questions);
            reader_threads.push(spawn("store-reader", answer)?);
        }
        Ok(Self {
            writer: Mutex::new(Some(writer)),
            readers: Mutex::new(Some(readers)),
            writer_thread: Mutex::new(Some(writer_thread)),
            reader_threads: Mutex::new(reader_threads),
        })
    }
}

fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, OpenError> {
    let builder = std::thread::Builder::new().name(name.to_owned());
    builder.spawn(work).map_err(|e| OpenError::Database(format!("no thread: {e}")))
}

impl Engine for SqliteEngine {
    fn submit(&self, step: Box<dyn Step>) {
        let sent = match &*lock(&self.writer) {
            Some(writer) => writer.try_send(step),
            None => Err(TrySendError::Disconnected(step)),
        };
        match sent {
            Ok(()) => {}
            Err(TrySendError::Full(step)) => step.finish(Err(Fault::Overloaded)),
            Err(TrySendError::Disconnected(step)) => step.finish(Err(Fault::Closed)),
        }
    }

    fn read(&self, read: Read, reply: oneshot::Sender<Result<ReadAnswer, Fault>>) {
        let question = writer::Question { read, reply };
        let sent = match &*lock(&self.readers) {
            Some(readers) => readers.try_send(question),
            None => Err(TrySendError::Disconnected(question)),
        };
        match sent {
            Ok(()) => {}
            Err(TrySendError::Full(q)) => drop(q.reply.send(Err(Fault::Overloaded))),
            Err(TrySendError::Disconnected(q)) => drop(q.reply.send(Err(Fault::Closed))),
        }
    }

    fn close(&self) {
        let writer = lock(&self.writer).take();
        lock(&self.readers).take();
        // A thread that panicked has already answered with a fault.
        for thread in lock(&self.reader_threads).drain(..) {
            let _ = thread.join();
        }
        drop(writer);
        if let Some(thread) = lock(&self.writer_thread).take() {
            let _ = thread.join();
        }
    }
}

impl Drop for SqliteEngine {
    fn drop(&mut self) {
        self.close();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
