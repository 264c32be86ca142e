//! Databases to move, and what is in them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use ringproof_store::Store;
use ringproof_store::moving::{Move, MoveError, Place, TableSum};
use ringproof_store::postgres::PostgresOptions;
use ringproof_store::sqlite::{SqliteEngine, SqliteOptions, VERSION};
use rusqlite::Connection;
use tempfile::TempDir;
use verify::keys::{Keyring, RootKey};

use crate::engines::{self, postgres_options};
use crate::postgres::server::shared;

/// The folder of the database that the program of this version wrote, with a row of each kind.
fn fixture() -> PathBuf {
    PathBuf::from(format!("{}/tests/fixtures/v{VERSION}", env!("CARGO_MANIFEST_DIR")))
}

pub(super) fn fingerprint() -> [u8; 16] {
    let key = fs::read_to_string(fixture().join("root.key")).expect("every version has a key");
    Keyring::new(&RootKey::parse(&key).expect("it is a key")).fingerprint()
}

/// A file in a folder of its own.
pub(super) struct File {
    pub(super) options: SqliteOptions,
    _folder: TempDir,
}

impl File {
    /// None yet.
    pub(super) fn none() -> Self {
        let folder = engines::folder();
        Self { options: options(&folder.path().join("ringproof.db")), _folder: folder }
    }

    /// One that holds a row of each kind.
    pub(super) fn full() -> Self {
        let file = Self::none();
        fs::copy(fixture().join("ringproof.db"), &file.options.path).expect("there is one");
        file
    }

    /// One that holds many users besides.
    pub(super) fn large(users: u32) -> Self {
        let file = Self::full();
        file.execute(&format!(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {users})
             INSERT INTO user SELECT zeroblob(16), CAST(printf('%016d', n * 7919 % {users}) AS BLOB), 'person ' || n,
                 '+37255500000', randomblob(16), 0, n FROM n;
             INSERT INTO guard SELECT service_id, id, 1, 2, NULL, created_at, '' FROM user WHERE login LIKE 'person %';"
        ));
        file
    }

    pub(super) fn place(&self) -> Place {
        Place::Sqlite(self.options.clone())
    }

    pub(super) fn execute(&self, sql: &str) {
        let connection = Connection::open(&self.options.path).expect("it opens");
        connection.execute_batch(sql).expect("it is done");
    }

    pub(super) fn dump(&self) -> String {
        dump(&self.options.path)
    }

    pub(super) fn open(&self) -> Result<Store, ringproof_store::sqlite::OpenError> {
        SqliteEngine::open(&self.options).map(Store::new)
    }
}

pub(super) fn options(path: &Path) -> SqliteOptions {
    let key_fingerprint = fingerprint();
    SqliteOptions { path: path.to_owned(), key_fingerprint, ends_process_on_lost_flush: false }
}

/// An empty PostgreSQL.
pub(super) fn remote() -> PostgresOptions {
    at(&shared().database())
}

pub(super) fn at(address: &str) -> PostgresOptions {
    PostgresOptions { key_fingerprint: fingerprint(), ..postgres_options(address) }
}

/// Everything that moves and stands in a file, its schema too, but for the order in which tables were made.
fn dump(path: &Path) -> String {
    let connection = Connection::open(path).expect("it opens");
    let all = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).expect("it is SQL");
        let rows = statement.query_map([], |row| row.get(0)).expect("it is read");
        rows.map(|row| row.expect("it is text")).collect()
    };
    let mut text =
        all("SELECT name || ' ' || ifnull(sql, '') FROM sqlite_schema ORDER BY name").join("\n");
    for table in all(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'gateway_view' ORDER BY name",
    ) {
        let columns =
            all(&format!("SELECT 'quote(' || name || ')' FROM pragma_table_info('{table}')"));
        let rows = all(&format!("SELECT {} FROM {table} ORDER BY 1", columns.join(" || ',' || ")));
        assert!(
            !rows.is_empty(),
            "the fixture has nothing in {table}, so nobody sees whether it moves"
        );
        write!(text, "\n{table}\n{}", rows.join("\n")).expect("a string takes everything");
    }
    text
}

/// The whole way.
pub(super) fn moved(from: &Place, to: &Place) -> Result<Vec<TableSum>, MoveError> {
    Move::begin(from, to)?.copy(&mut |_| {})?.verify(&mut |_| {})?.finish()
}
