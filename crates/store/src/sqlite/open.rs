//! Opening a database file, with an error for every way in which that fails.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _};

use super::{SqliteOptions, schema};

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
    schema::migrate(&mut connection).map_err(explain)?;
    check_key(&connection, options)?;
    Ok(connection)
}

/// Opens for reading an existing database that was opened for writing before.
pub(super) fn read_connection(path: &Path) -> Result<Connection, OpenError> {
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

/// How long another process may hold the write lock before we give up.
const BUSY: Duration = Duration::from_secs(5);

/// More than there are statements, so that none is ever prepared twice.
const STATEMENTS: usize = 128;

/// Pages of the write-ahead log before it is folded into the database: 16 MiB,
/// so that a hot page is copied once for many commits.
const CHECKPOINT_PAGES: i64 = 4_096;

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY);
        return Err(rusqlite::Error::SqliteFailure(code, None));
    }
    // FULL: a commit is on disk before it is reported (S-100).
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // What a deleted row held is overwritten (D-51): a code must not outlive
    // its verification in a free page.
    connection.pragma_update(None, "secure_delete", "FAST")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

fn check_key(connection: &Connection, options: &SqliteOptions) -> Result<(), OpenError> {
    let explain = |e| explain(&options.path, &e);
    let sql = "SELECT value FROM meta WHERE name = 'key_fingerprint'";
    let kept: Option<[u8; 16]> =
        connection.query_row(sql, [], |row| row.get(0)).optional().map_err(explain)?;
    match kept {
        Some(kept) if kept == options.key_fingerprint => Ok(()),
        Some(_) => Err(OpenError::WrongKey(options.path.clone())),
        None => {
            let sql = "INSERT INTO meta (name, value) VALUES ('key_fingerprint', ?1)";
            connection.execute(sql, [options.key_fingerprint]).map_err(explain)?;
            Ok(())
        }
    }
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
