//! Opening a database file, with an error for every way in which that fails.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _};

use super::{SqliteOptions, moving, schema};

/// Why a database cannot be opened; each says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The file or its folder cannot be written.
    #[error(
        "cannot write the database {0}: the folder must be writable for this user; \
         change its owner or choose another with --data"
    )]
    NotWritable(PathBuf),
    /// A later program wrote it.
    #[error(
        "the database {path} has version {found}, this program knows up to {known}: \
         start the newer ringproof that wrote it, or restore a backup from before the upgrade"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The version of this program.
        known: u32,
    },
    /// It was written under another root key.
    #[error(
        "the root key does not belong to the database {0}: put the root.key that was made with it \
         beside it, or name it with data.root_key_file or RINGPROOF_ROOT_KEY"
    )]
    WrongKey(PathBuf),
    /// It is no database of ours, or it is damaged.
    #[error(
        "the file {0} is damaged or no database: restore a backup with `ringproof restore FILE`, \
         or move it away to begin anew"
    )]
    Damaged(PathBuf),
    /// There is none, where there should be one.
    #[error("there is no database {0}: check the path")]
    Missing(PathBuf),
    /// There is a file, where there should be none.
    #[error("the file {0} is there already and is not overwritten: move it away first")]
    Exists(PathBuf),
    /// A move into it has not come to its end.
    #[error(
        "the database {0} is a half-done copy: run the `ringproof migrate --from … --to sqlite` that began it again, \
         it goes on where it was; or move the file away to be rid of it"
    )]
    HalfMoved(PathBuf),
    /// Another process writes for long.
    #[error("the database {0} is locked by another process: end that process and try again")]
    Locked(PathBuf),
    /// Anything else, in the words of the database.
    #[error("cannot open the database: {0}")]
    Database(String),
}

/// Opens for writing: sets it up, migrates, checks the key.
pub(super) fn write_connection(options: &SqliteOptions) -> Result<Connection, OpenError> {
    let path = &options.path;
    let explain = |e| explain(path, &e);
    let mut connection = Connection::open(path).map_err(explain)?;
    set_up(&connection).map_err(explain)?;
    let found = schema::version(&connection).map_err(explain)?;
    if found > schema::VERSION {
        return Err(OpenError::Newer { path: path.clone(), found, known: schema::VERSION });
    }
    if moving::is_half_moved(&connection).map_err(explain)? {
        return Err(OpenError::HalfMoved(path.clone()));
    }
    schema::migrate(&mut connection).map_err(explain)?;
    check_key(&connection, options)?;
    Ok(connection)
}

/// Tells a connection not to flush its commits: the flusher does it, before
/// anybody is answered. The log and the file are still flushed around each
/// checkpoint, so that they never contradict each other.
pub(super) fn leave_flushing_to_the_flusher(
    connection: &Connection,
    path: &Path,
) -> Result<(), OpenError> {
    let set_up = connection.pragma_update(None, "synchronous", "NORMAL").and_then(|()| {
        // The checkpointer tells when it is time.
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES_MAX)
    });
    set_up.map_err(|e| explain(path, &e))
}

/// The write-ahead log of a database.
pub(super) fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    PathBuf::from(log)
}

/// Opens for copying the log into the file.
pub(super) fn checkpoint_connection(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| explain(path, &e))?;
    let set_up = connection.busy_timeout(BUSY).and_then(|()| {
        // The file is flushed after the copy and before the log is used anew.
        connection.pragma_update(None, "synchronous", "NORMAL")
    });
    set_up.map_err(|e| explain(path, &e))?;
    Ok(connection)
}

/// Opens the database file beside SQLite, only to flush it.
pub(super) fn file_to_flush(path: &Path) -> Result<File, OpenError> {
    File::options().write(true).open(path).map_err(|_| OpenError::NotWritable(path.to_owned()))
}

/// Opens for reading an existing database that was opened for writing before.
///
/// # Errors
/// [`OpenError::Missing`] if it is not there.
pub(super) fn read_connection(path: &Path) -> Result<Connection, OpenError> {
    must_be_there(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| explain(path, &e))?;
    let set_up = || -> rusqlite::Result<()> {
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "cache_size", -2_048)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(())
    };
    set_up().map_err(|e| explain(path, &e))?;
    Ok(connection)
}

/// A file that is missing must not look like a folder that cannot be written.
pub(super) fn must_be_there(path: &Path) -> Result<(), OpenError> {
    match path.try_exists() {
        Ok(false) => Err(OpenError::Missing(path.to_owned())),
        Ok(true) | Err(_) => Ok(()),
    }
}

/// How long another process may hold the write lock before we give up.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// Tries to switch to the write-ahead log; each but the first means that
/// somebody else has just opened the same file.
const SWITCHES_MAX: usize = 100;

/// More than there are statements, so that none is ever prepared twice.
const STATEMENTS: usize = 128;

/// Pages of the write-ahead log (64 MiB) at which it is begun anew.
pub(super) const CHECKPOINT_PAGES: i64 = 16_384;

/// Pages of the log at which the writer copies all that is left, however long that
/// takes: the checkpointer cannot keep up.
const CHECKPOINT_PAGES_MAX: i64 = 4 * CHECKPOINT_PAGES;

pub(super) fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    if write_ahead(connection)? != "wal" {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY);
        return Err(rusqlite::Error::SqliteFailure(code, None));
    }
    // FULL: until a flusher takes over, each commit flushes itself (S-100, ADR 5).
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // What a deleted row held is overwritten (D-51). FAST would leave it in the
    // pages that become free: a code must not outlive its verification there.
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

/// Switches to the write-ahead log; gives the mode that is in force then.
///
/// While others open the same new file, SQLite does not wait at this switch
/// but reports a lock at once. So wait for the lock by other means, and try
/// again.
fn write_ahead(connection: &Connection) -> rusqlite::Result<String> {
    let switch =
        || connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0));
    for _ in 1..SWITCHES_MAX {
        match switch() {
            Err(e) if e.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                connection.execute_batch("BEGIN EXCLUSIVE; ROLLBACK")?;
            }
            done => return done,
        }
    }
    switch()
}

fn check_key(connection: &Connection, options: &SqliteOptions) -> Result<(), OpenError> {
    let explain = |e| explain(&options.path, &e);
    let mut kept = kept_key(connection).map_err(explain)?;
    if kept.is_none() {
        // Another process may have been quicker; then its key counts.
        let sql = "INSERT OR IGNORE INTO meta (name, value) VALUES ('key_fingerprint', ?1)";
        connection.execute(sql, [options.key_fingerprint]).map_err(explain)?;
        kept = kept_key(connection).map_err(explain)?;
    }
    if kept == Some(options.key_fingerprint) {
        Ok(())
    } else {
        Err(OpenError::WrongKey(options.path.clone()))
    }
}

/// The root key that a database belongs to.
pub(super) fn kept_key(connection: &Connection) -> rusqlite::Result<Option<[u8; 16]>> {
    let sql = "SELECT value FROM meta WHERE name = 'key_fingerprint'";
    connection.query_row(sql, [], |row| row.get(0)).optional()
}

/// Says what a failure means for an operator.
pub(super) fn explain(path: &Path, error: &rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            OpenError::NotWritable(path)
        }
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => OpenError::Damaged(path),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::Locked(path),
        _ => OpenError::Database(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S-100, D-51: what these settings promise cannot be seen from outside
    /// before the power fails.
    #[test]
    fn a_connection_flushes_every_commit_until_the_flusher_does_and_wipes_what_it_deletes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ringproof.db");
        let options =
            SqliteOptions { path, key_fingerprint: [1; 16], ends_process_on_lost_flush: true };
        let connection = write_connection(&options).unwrap();
        let number =
            |name| -> i64 { connection.pragma_query_value(None, name, |row| row.get(0)).unwrap() };
        let mode: String =
            connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
        assert_eq!(number("synchronous"), 2, "FULL");
        assert_eq!(number("secure_delete"), 1, "ON");
    }

    #[test]
    fn every_failure_has_its_sentence() {
        let path = Path::new("/data/ringproof.db");
        let explained = |code| {
            let code = rusqlite::ffi::Error::new(code);
            explain(path, &rusqlite::Error::SqliteFailure(code, None))
        };
        let owned = || path.to_owned();
        for (code, error) in [
            (rusqlite::ffi::SQLITE_READONLY, OpenError::NotWritable(owned())),
            (rusqlite::ffi::SQLITE_CANTOPEN, OpenError::NotWritable(owned())),
            (rusqlite::ffi::SQLITE_PERM, OpenError::NotWritable(owned())),
            (rusqlite::ffi::SQLITE_NOTADB, OpenError::Damaged(owned())),
            (rusqlite::ffi::SQLITE_CORRUPT, OpenError::Damaged(owned())),
            (rusqlite::ffi::SQLITE_BUSY, OpenError::Locked(owned())),
            (rusqlite::ffi::SQLITE_LOCKED, OpenError::Locked(owned())),
        ] {
            assert_eq!(explained(code), error);
            assert!(error.to_string().contains("/data/ringproof.db"), "{error}");
        }
        assert!(matches!(explained(rusqlite::ffi::SQLITE_NOMEM), OpenError::Database(_)));
    }
}
