//! The engines under test, each opened by one line.

use std::path::Path;

use ringproof_store::Store;
use ringproof_store::memory::MemoryEngine;
use ringproof_store::postgres::{PostgresEngine, PostgresOptions};
use ringproof_store::sqlite::{SqliteEngine, SqliteOptions};
use tempfile::TempDir;
use verify::keys::{Keyring, RootKey};

use crate::postgres::server;

/// A way to open a fresh store.
pub(crate) type Open = fn() -> Opened;

/// A fresh store, and the folder that goes with it.
pub(crate) struct Opened {
    pub(crate) store: Store,
    _folder: Option<TempDir>,
}

/// A store in memory.
pub(crate) fn memory() -> Opened {
    Opened { store: Store::new(MemoryEngine::default()), _folder: None }
}

/// A store in a new SQLite file.
pub(crate) fn sqlite() -> Opened {
    let folder = folder();
    Opened { store: reopen(folder.path()), _folder: Some(folder) }
}

/// A store in a new PostgreSQL database.
pub(crate) fn postgres() -> Opened {
    Opened { store: node(&server::shared().database()), _folder: None }
}

/// A node on a PostgreSQL database.
pub(crate) fn node(address: &str) -> Store {
    Store::new(PostgresEngine::open(&postgres_options(address)).expect("the database opens"))
}

/// How a node comes to a PostgreSQL database.
pub(crate) fn postgres_options(address: &str) -> PostgresOptions {
    PostgresOptions {
        address: address.to_owned(),
        password: None,
        ca_pem: None,
        connections_max: 8,
        key_fingerprint: ring().fingerprint(),
    }
}

/// A folder that goes when it is dropped.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().expect("the folder for temporary files is writable")
}

/// Opens the SQLite file of a folder.
pub(crate) fn reopen(folder: &Path) -> Store {
    Store::new(SqliteEngine::open(&options(folder)).expect("the file opens"))
}

/// Where the SQLite file of a folder is, and its key.
pub(crate) fn options(folder: &Path) -> SqliteOptions {
    SqliteOptions {
        path: folder.join("ringproof.db"),
        key_fingerprint: ring().fingerprint(),
        ends_process_on_lost_flush: true,
    }
}

/// The keys of all tests.
pub(crate) fn ring() -> Keyring {
    Keyring::new(&RootKey::from_bytes([1; 32]))
}
