//! The database as a thief would have it: the files, without the key.

use crate::needles::{Needles, hex};
use ringproof_blackbox::folder::Folder;
use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

const FILES: [&str; 3] = ["ringproof.db", "ringproof.db-wal", "ringproof.db-shm"];
/// Where a clear phone number may stand (security.md 2.5, S-72): the user whom
/// messages go to, the message that is on its way, the verification or the
/// confirmation it is for, and a program's message until a gateway has it.
const TABLES_WITH_NUMBERS: [&str; 5] = ["user", "outbox", "verification", "confirmation", "sms"];
/// States in which a program's message still needs its number.
const STATES_WITH_NUMBERS: [&[u8]; 2] = [b"scheduled", b"queued"];
/// A value shorter than this is no hash of anything.
const HASH_MIN: usize = 16;

/// A copy of the files at one moment.
pub(crate) struct Stolen {
    when: &'static str,
    folder: tempfile::TempDir,
}

/// One value of one row: its column and its bytes.
type Value = (String, Vec<u8>);

impl Stolen {
    /// Copies the files; no call should be under way.
    pub(crate) fn from(folder: &Folder, when: &'static str) -> Self {
        let copy = tempfile::tempdir().expect("temporary folders can be made");
        for name in FILES {
            if folder.file(name).exists() {
                fs::copy(folder.file(name), copy.path().join(name)).expect("files can be copied");
            }
        }
        Self { when, folder: copy }
    }

    /// Searches the bytes of all files.
    pub(crate) fn search(&self, needles: &Needles) -> Vec<String> {
        let mut found = Vec::new();
        for name in FILES {
            let bytes = fs::read(self.folder.path().join(name)).unwrap_or_default();
            let hits = needles.found_in(&bytes);
            found.extend(hits.into_iter().map(|hit| format!("{name}, {}: {hit}", self.when)));
        }
        found
    }

    /// Tries every value of every row as a hash of a code that somebody without
    /// the key could compute: salted with nothing, or with any value of the row.
    pub(crate) fn try_unkeyed_hashes(&self, codes: &[String]) -> Vec<String> {
        let mut found = Vec::new();
        for (table, rows) in self.tables() {
            for row in &rows {
                for (column, _) in guessable(row, codes) {
                    found.push(format!(
                        "{table}.{column}, {}: an unkeyed hash of a code",
                        self.when
                    ));
                }
            }
        }
        found
    }

    /// Lists clear phone numbers where none may stand, and indexes over those that may.
    pub(crate) fn misplaced_numbers(&self, numbers: &Needles) -> Vec<String> {
        let mut found = Vec::new();
        for (table, rows) in self.tables() {
            let columns: BTreeSet<&String> = rows
                .iter()
                .flatten()
                .filter(|(_, bytes)| !numbers.found_in(bytes).is_empty())
                .map(|(column, _)| column)
                .collect();
            if table == "sms" && rows.iter().any(|row| is_spent(row, numbers)) {
                found.push(format!("sms, {}: the number of a message that has left", self.when));
            }
            let may_hold = TABLES_WITH_NUMBERS.contains(&table.as_str());
            for column in columns {
                if !may_hold {
                    found.push(format!("{table}.{column}, {}: a clear phone number", self.when));
                }
                if self.is_indexed(&table, column) {
                    found.push(format!("{table}.{column}: clear phone numbers are indexed"));
                }
            }
        }
        found
    }

    /// Tells whether these bytes stand in some value, to show that the rows were read.
    pub(crate) fn contains(&self, wanted: &[u8]) -> bool {
        let holds = |bytes: &[u8]| bytes.windows(wanted.len()).any(|window| window == wanted);
        self.tables().values().flatten().flatten().any(|(_, bytes)| holds(bytes))
    }

    fn open(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join(FILES[0])).expect("a copy can be opened")
    }

    /// Gives every row of every table.
    fn tables(&self) -> BTreeMap<String, Vec<Vec<Value>>> {
        let database = self.open();
        let names = "SELECT name FROM sqlite_schema WHERE type = 'table'";
        let mut names = database.prepare(names).expect("the schema can be asked");
        let names = names.query_map([], |row| row.get::<_, String>(0)).expect("the schema answers");
        names
            .map(|name| {
                let name = name.expect("a table has a name");
                let rows = rows_of(&database, &name);
                (name, rows)
            })
            .collect()
    }

    fn is_indexed(&self, table: &str, column: &str) -> bool {
        let indexed = "SELECT count(*) FROM pragma_index_list(?1) AS list, \
                       pragma_index_info(list.name) AS info WHERE info.name = ?2";
        let count = self.open().query_row(indexed, [table, column], |row| row.get::<_, i64>(0));
        count.expect("the schema answers") > 0
    }
}

/// Whether a program's message has its number although it needs it no more.
fn is_spent(row: &[Value], numbers: &Needles) -> bool {
    let waits = |(column, state): &Value| {
        column == "state" && STATES_WITH_NUMBERS.contains(&state.as_slice())
    };
    let has_number = |(_, bytes): &Value| !numbers.found_in(bytes).is_empty();
    row.iter().any(has_number) && !row.iter().any(waits)
}

fn rows_of(database: &rusqlite::Connection, table: &str) -> Vec<Vec<Value>> {
    let mut select = database.prepare(&format!("SELECT * FROM \"{table}\"")).expect("a table");
    let columns: Vec<String> = select.column_names().map(str::to_owned).collect();
    let mut rows = select.query([]).expect("a table can be read");
    let mut read = Vec::new();
    while let Some(row) = rows.next().expect("rows can be read") {
        let bytes = |index| match row.get_ref(index).expect("a column of this row") {
            ValueRef::Null => Vec::new(),
            ValueRef::Integer(number) => number.to_string().into_bytes(),
            ValueRef::Real(number) => number.to_string().into_bytes(),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
        };
        read.push(columns.iter().cloned().enumerate().map(|(i, name)| (name, bytes(i))).collect());
    }
    read
}

/// Gives the values of a row that are a hash of one of the codes.
fn guessable<'row>(row: &'row [Value], codes: &[String]) -> Vec<&'row Value> {
    let targets: Vec<&Value> = row.iter().filter(|(_, bytes)| bytes.len() >= HASH_MIN).collect();
    let nothing = Vec::new();
    let salts = || std::iter::once(&nothing).chain(row.iter().map(|(_, bytes)| bytes));
    let mut found = Vec::new();
    for (code, salt) in codes.iter().flat_map(|code| salts().map(move |salt| (code, salt))) {
        for input in [[code.as_bytes(), salt].concat(), [salt, code.as_bytes()].concat()] {
            let digest = Sha256::digest(input);
            let in_text = hex(&digest);
            let is_hash =
                |bytes: &[u8]| digest.starts_with(bytes) || in_text.as_bytes().starts_with(bytes);
            found.extend(targets.iter().filter(|(_, bytes)| is_hash(bytes)));
        }
    }
    found
}

#[test]
fn a_salted_hash_and_a_misplaced_number_are_found() {
    let folder = Folder::with_config("");
    fs::create_dir(folder.data()).expect("a fresh folder can be written");
    let database = rusqlite::Connection::open(folder.file(FILES[0])).expect("a file can be made");
    let script = "CREATE TABLE user (phone TEXT, salt TEXT, hash BLOB);
                  CREATE TABLE throttle (key TEXT PRIMARY KEY);
                  INSERT INTO throttle VALUES ('number +37255500123');";
    database.execute_batch(script).expect("plain SQL");
    let hash = Sha256::digest(b"salt1234567890").to_vec();
    let row = ("+37255500123", "salt", hash);
    database.execute("INSERT INTO user VALUES (?1, ?2, ?3)", row).expect("plain SQL");
    drop(database);

    let stolen = Stolen::from(&folder, "now");
    let found = stolen.try_unkeyed_hashes(&["1234567890".to_owned()]);
    assert_eq!(found, ["user.hash, now: an unkeyed hash of a code"]);
    assert!(stolen.try_unkeyed_hashes(&["1234567891".to_owned()]).is_empty());
    let mut numbers = Needles::default();
    numbers.text("a number", "37255500123");
    let found = stolen.misplaced_numbers(&numbers);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|found| found.starts_with("throttle.key")), "{found:?}");
}
