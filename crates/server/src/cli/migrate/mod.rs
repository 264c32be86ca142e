//! `ringproof migrate`: to the version of this program, or from one engine to the other.

mod progress;

use std::time::{Duration, Instant};

use anyhow::bail;
use store::moving::{Move, Place, TableSum};
use store::{postgres, sqlite};
use verify::keys::Keyring;

use super::args::{EngineName, MigrateFlags};
use super::{open, print};
use crate::config::{Config, Loaded};
use crate::serve::data::{DataFolder, KeyPolicy};
use progress::{Bar, amount, duration};

/// Does what the flags say.
pub(super) fn run(loaded: &Loaded, flags: &MigrateFlags) -> anyhow::Result<()> {
    match (flags.from, flags.to) {
        (Some(from), Some(to)) if from == to => {
            bail!(
                "--from and --to are the same engine: give sqlite and postgres, in the order you want"
            )
        }
        (Some(_), Some(to)) => move_to(&loaded.config, to),
        (None, _) | (_, None) => to_this_version(&loaded.config),
    }
}

fn to_this_version(config: &Config) -> anyhow::Result<()> {
    let opened = open::open(config)?;
    opened.store.close();
    let is_remote = config.data.postgres.is_some();
    let version = if is_remote { postgres::VERSION } else { sqlite::VERSION };
    print::line(format_args!("the database has version {version}"));
    Ok(())
}

fn move_to(config: &Config, to: EngineName) -> anyhow::Result<()> {
    if config.data.postgres.is_none() {
        bail!(
            "it is not said where the PostgreSQL is: set data.postgres, or give --postgres ADDRESS"
        );
    }
    let dir = config.data.dir.display();
    if to == EngineName::Postgres && !config.data.dir.join("ringproof.db").is_file() {
        bail!("there is no database in {dir}, so nothing can be moved from there: check --data");
    }
    // First of all the key: a folder that was named by mistake has none, and is not made.
    let keyring =
        DataFolder::open_existing(&config.data)?.keyring(&config.data, KeyPolicy::MustExist)?;
    let folder = DataFolder::open(&config.data)?;
    let _lock = folder.lock()?;
    let [from, to_place] = ends(&folder, &keyring, to)?;
    if let Place::Postgres(options) = &to_place {
        folder.refuse_another_move(&postgres::place(options)?)?;
    }
    let moving = Move::begin(&from, &to_place)?;
    say_begin(&moving);
    let (source, target) = moving.places();
    let (source, target) = (source.to_owned(), target.to_owned());
    let rows_there = moving.rows_there();

    let (begun, mut bar) = (Instant::now(), Bar::new("copying", rows_there));
    let copied = moving.copy(&mut |progress| bar.tell(progress))?;
    bar.end();
    let copying = begun.elapsed();
    let (begun, mut bar) = (Instant::now(), Bar::new("comparing", 0));
    let verified = copied.verify(&mut |progress| bar.tell(progress))?;
    // Before the target can be used, so that there is no moment at which both can.
    if to == EngineName::Postgres {
        folder.note_move(&target)?;
    }
    let sums = verified.finish()?;
    bar.end();
    if to == EngineName::Sqlite {
        folder.note_return()?;
    }

    for sum in sums.iter().filter(|sum| sum.rows > 0) {
        print::line(format_args!(
            "{:16} {:>13} rows  sha256 {}",
            sum.table,
            amount(sum.rows),
            short(sum)
        ));
    }
    let rows: u64 = sums.iter().map(|sum| sum.rows).sum();
    print::line(format_args!(
        "moved {} rows of {} tables from {source} to {target}",
        amount(rows),
        sums.len()
    ));
    say_times(rows - rows_there, copying, begun.elapsed());
    say_what_next(config, to);
    Ok(())
}

/// Source and target.
fn ends(folder: &DataFolder, keyring: &Keyring, to: EngineName) -> anyhow::Result<[Place; 2]> {
    let Some(remote) = folder.postgres(keyring) else {
        bail!(
            "it is not said where the PostgreSQL is: set data.postgres, or give --postgres ADDRESS"
        )
    };
    let (file, remote) = (Place::Sqlite(folder.options(keyring, false)), Place::Postgres(remote));
    Ok(match to {
        EngineName::Postgres => [file, remote],
        EngineName::Sqlite => [remote, file],
    })
}

fn say_begin(moving: &Move) {
    let (source, target) = moving.places();
    print::note(format_args!("{} rows go from {source} to {target}", amount(moving.total())));
    if moving.rows_there() > 0 {
        print::note(format_args!(
            "an earlier run has brought {} of them over: it goes on from there",
            amount(moving.rows_there())
        ));
    }
}

fn say_times(copied: u64, copying: Duration, comparing: Duration) {
    print::line(format_args!(
        "copied {} rows in {}, compared in {}: every count and every checksum is the same",
        amount(copied),
        duration(copying),
        duration(comparing)
    ));
}

fn say_what_next(config: &Config, to: EngineName) {
    let key = match &config.data.root_key {
        Some(_) => "RINGPROOF_ROOT_KEY".to_owned(),
        None => config.data.root_key_path().display().to_string(),
    };
    print::note(format_args!(
        "The root key is not in the database: every server that uses it needs the one of {key}."
    ));
    print::note(match to {
        EngineName::Postgres => {
            "Now set data.postgres and start the server. None starts on the old ringproof.db any more: codes that are \
             used from now on would be good there. Keep it as a backup, or delete it."
        }
        EngineName::Sqlite => {
            "Now take data.postgres out of the configuration and start the server. Never start one on the old database \
             again: codes that are used from now on would be good there. Keep it as a backup, or drop it."
        }
    });
}

/// So much of a checksum as a person compares.
fn short(sum: &TableSum) -> String {
    sum.digest
        .first_chunk()
        .map_or(String::new(), |start| format!("{:016x}", u64::from_be_bytes(*start)))
}
