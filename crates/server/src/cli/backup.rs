//! `ringproof backup` and `restore`.

use std::path::Path;

use anyhow::{Context as _, bail};
use store::sqlite::{self, SqliteOptions};

use super::print;
use crate::clock::Clock;
use crate::config::Loaded;
use crate::serve::data::{DataFolder, KeyPolicy};

/// Writes a consistent copy of the database, also while a server runs.
pub(super) fn backup(loaded: &Loaded, file: &Path) -> anyhow::Result<()> {
    leave_to_postgres(loaded, "pg_dump")?;
    let folder = DataFolder::open_existing(&loaded.config.data)?;
    if file.exists() {
        bail!("{} exists: choose another name, a backup overwrites nothing", file.display());
    }
    // Checks the key and the version first, so that the copy is one that opens.
    let keyring = folder.keyring(&loaded.config.data, KeyPolicy::MustExist)?;
    sqlite::backup(folder.database(), file)?;
    sqlite::check(&SqliteOptions { path: file.to_owned(), ..folder.options(&keyring, false) })
        .context("the copy was written but does not open")?;
    let bytes = std::fs::metadata(file).map_or(0, |m| m.len());
    print::line(format_args!("wrote {} ({} KiB)", file.display(), bytes / 1024));
    print::note("The root key is not in it: keep root.key too, apart from the backups.");
    Ok(())
}

/// Puts a backup into an empty data folder.
pub(super) fn restore(loaded: &Loaded, file: &Path) -> anyhow::Result<()> {
    leave_to_postgres(loaded, "pg_restore")?;
    let folder = DataFolder::open(&loaded.config.data)?;
    let _lock = folder.lock()?;
    if !file.is_file() {
        bail!("{} is no file: give a backup that `ringproof backup` wrote", file.display());
    }
    if folder.database().exists() {
        bail!(
            "{} exists: move it away first, a restore overwrites nothing",
            folder.database().display()
        );
    }
    if !is_database(file) {
        bail!("{} is no backup: give a file that `ringproof backup` wrote", file.display());
    }
    let keyring = folder.keyring(&loaded.config.data, KeyPolicy::MustExist)?;
    sqlite::restore(file, &folder.options(&keyring, false), Clock::system().now())?;
    print::line(format_args!("restored {} into {}", file.display(), folder.path().display()));
    print::note(
        "Codes that were pending then are void; people ask for a new one. Failed attempts are kept.",
    );
    Ok(())
}

/// A PostgreSQL has tools of its own for this.
fn leave_to_postgres(loaded: &Loaded, tool: &str) -> anyhow::Result<()> {
    if loaded.config.data.postgres.is_some() {
        bail!(
            "the data are in PostgreSQL: use {tool}, or its archive of write-ahead logs, as \
             docs/OPERATING.md says"
        );
    }
    Ok(())
}

/// Whether a file begins as every SQLite database does.
fn is_database(file: &Path) -> bool {
    use std::io::Read as _;
    let mut head = [0; 16];
    let read = std::fs::File::open(file).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && &head == b"SQLite format 3\0"
}
