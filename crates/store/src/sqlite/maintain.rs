//! What an operator does with a database file: check, back up, restore.

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use verify::Timestamp;
use verify::totp::last_step_right_at;

use super::open::explain;
use super::{OpenError, SqliteOptions, moving, open, schema};

/// Writes a consistent copy of the database into a new file, also while a
/// server uses it. The root key is not in it.
///
/// # Errors
/// [`OpenError`]; the target must not exist.
pub fn backup(source: &Path, target: &Path) -> Result<(), OpenError> {
    let connection = open::read_connection(source)?;
    make_private(target)?;
    let text = target.to_string_lossy();
    if let Err(error) = connection.execute("VACUUM INTO ?1", [text]) {
        // Best effort: half a copy is useless.
        let _ = std::fs::remove_file(target);
        return Err(explain(target, &error));
    }
    Ok(())
}

/// Reads the whole file and compares every index with its table; checks the
/// version and the root key. Gives the version of the schema.
///
/// # Errors
/// [`OpenError`] names the first thing that is wrong.
pub fn check(options: &SqliteOptions) -> Result<u32, OpenError> {
    let path = &options.path;
    let explain = |e| explain(path, &e);
    open::must_be_there(path)?;
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(explain)?;
    let found = schema::version(&connection).map_err(explain)?;
    if found > schema::VERSION {
        return Err(OpenError::Newer { path: path.clone(), found, known: schema::VERSION });
    }
    if found == 0 {
        return Err(OpenError::Damaged(path.clone()));
    }
    if moving::is_half_moved(&connection).map_err(explain)? {
        return Err(OpenError::HalfMoved(path.clone()));
    }
    let verdict: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(explain)?;
    if verdict != "ok" {
        return Err(OpenError::Damaged(path.clone()));
    }
    let sql = "SELECT value FROM meta WHERE name = 'key_fingerprint'";
    let kept: [u8; 16] = connection.query_row(sql, [], |row| row.get(0)).map_err(explain)?;
    if kept != options.key_fingerprint {
        return Err(OpenError::WrongKey(path.clone()));
    }
    Ok(found)
}

/// Puts a checked backup in the place of `options.path`, which must not
/// exist, and voids what must not live twice ([`void_live_state`]).
///
/// # Errors
/// [`OpenError`]; then nothing is left at the place.
pub fn restore(backup: &Path, options: &SqliteOptions, now: Timestamp) -> Result<u32, OpenError> {
    let from = SqliteOptions { path: backup.to_owned(), ..options.clone() };
    let version = check(&from)?;
    must_not_be_there(&options.path)?;
    no_log_must_be_left(&options.path)?;
    // Made ready beside its place: a copy that still has live verifications
    // must never be found where a server would open it.
    let mut beside = options.path.clone().into_os_string();
    beside.push(".restoring");
    let ready = SqliteOptions { path: beside.into(), ..options.clone() };
    let restored = make_ready(backup, &ready, now).and_then(|()| {
        std::fs::rename(&ready.path, &options.path)
            .map_err(|_| OpenError::NotWritable(options.path.clone()))
    });
    if let Err(error) = restored {
        // Best effort: the copy is ours and useless.
        let _ = std::fs::remove_file(&ready.path);
        return Err(error);
    }
    sync_folder_of(&options.path)?;
    Ok(version)
}

/// A log that another database left would be replayed into a new one.
fn no_log_must_be_left(path: &Path) -> Result<(), OpenError> {
    for end in ["-wal", "-shm", "-journal"] {
        let mut beside = path.to_owned().into_os_string();
        beside.push(end);
        must_not_be_there(Path::new(&beside))?;
    }
    Ok(())
}

fn make_ready(backup: &Path, ready: &SqliteOptions, now: Timestamp) -> Result<(), OpenError> {
    let not_writable = |_| OpenError::NotWritable(ready.path.clone());
    // What an earlier try left behind.
    let _ = std::fs::remove_file(&ready.path);
    make_private(&ready.path)?;
    let mut from = std::fs::File::open(backup).map_err(not_writable)?;
    let mut to = std::fs::File::create(&ready.path).map_err(not_writable)?;
    std::io::copy(&mut from, &mut to).map_err(not_writable)?;
    void_live_state(ready, now)?;
    to.sync_all().map_err(not_writable)
}

pub(super) fn sync_folder_of(path: &Path) -> Result<(), OpenError> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let synced = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|_| OpenError::NotWritable(path.to_owned()))
}

/// Makes the empty file that a copy goes into: as secret as the data.
fn make_private(path: &Path) -> Result<(), OpenError> {
    must_not_be_there(path)?;
    let mut options = std::fs::OpenOptions::new();
    let made = options.create_new(true).write(true).mode(0o600).open(path);
    made.map(drop).map_err(|_| OpenError::NotWritable(path.to_owned()))
}

/// Makes the empty file of a database that is moved to, if it is not there.
pub(super) fn make_private_if_missing(path: &Path) -> Result<(), OpenError> {
    if path.symlink_metadata().is_ok() {
        return Ok(());
    }
    no_log_must_be_left(path)?;
    make_private(path)
}

fn must_not_be_there(path: &Path) -> Result<(), OpenError> {
    // Also a link that leads nowhere is something.
    if path.symlink_metadata().is_ok() { Err(OpenError::Exists(path.to_owned())) } else { Ok(()) }
}

/// Ends every live verification and every session of the widget, drops every waiting
/// message, forgets all recovery codes, and spends every step up to the last one that could be right at `now`,
/// keeping the failure counters. A restored database is older
/// than the world: a code that was used since must not be accepted again, and an answer
/// that was confirmed since not be confirmed again (S-103).
///
/// # Errors
/// [`OpenError`].
pub fn void_live_state(options: &SqliteOptions, now: Timestamp) -> Result<(), OpenError> {
    let spend = "UPDATE authenticator SET last_step = max(last_step, ?1)";
    let mut connection = open::write_connection(options)?;
    let void = |connection: &mut Connection| {
        let step = connection.transaction()?;
        step.execute_batch(
            "DELETE FROM verification; DELETE FROM outbox; DELETE FROM recovery; \
             DELETE FROM widget_session;",
        )?;
        step.execute(spend, [last_step_right_at(now)])?;
        step.commit()
    };
    void(&mut connection).map_err(|e| explain(&options.path, &e))
}
