//! How each column of the embedded database is protected from whoever has the file and not the key (security
//! rules S-18, S-72). A column that is added has to be given a class, and the leak
//! tests of the whole program hold the classes to what they say.
//!
//! - `sealed`: AES-256-GCM under a key that is not in the file, bound to its place
//!   (S-66, S-67);
//! - `keyed`: an HMAC under such a key;
//! - `slow`: Argon2id, for passwords (S-56);
//! - `number`: a phone number in clear, where it is needed to send a message;
//! - `plain`: anything else, which must be worth nothing to a thief.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::engines;

const LIST: &str = include_str!("protection.txt");

/// The class of each column, by table and column.
fn listed() -> BTreeMap<(&'static str, &'static str), &'static str> {
    let mut listed = BTreeMap::new();
    for line in LIST.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut words = line.split(' ');
        let (table, class) = words.next().zip(words.next()).expect("a table and a class");
        for column in words {
            assert_eq!(listed.insert((table, column), class), None, "{table}.{column} twice");
        }
    }
    listed
}

/// Type of each column in a new database.
fn columns() -> BTreeMap<(String, String), String> {
    let folder = tempfile::tempdir().expect("a folder");
    drop(engines::reopen(folder.path()));
    let database = Connection::open(folder.path().join("ringproof.db")).expect("it is there");
    let sql = "SELECT t.name, c.name, c.type FROM sqlite_schema AS t \
               JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table'";
    let mut statement = database.prepare(sql).expect("it is SQL");
    let read = |row: &rusqlite::Row<'_>| Ok(((row.get(0)?, row.get(1)?), row.get(2)?));
    let rows = statement.query_map([], read).expect("it is read");
    rows.collect::<Result<_, _>>().expect("texts")
}

#[test]
fn each_column_has_a_class_of_protection() {
    let listed = listed();
    let columns = columns();
    let name = |table: &str, column: &str| format!("{table}.{column}");
    let there: Vec<String> = columns.keys().map(|(table, column)| name(table, column)).collect();
    let classed: Vec<String> = listed.keys().map(|(table, column)| name(table, column)).collect();
    assert_eq!(there, classed, "protection.txt lists the columns of the schema");

    for ((table, column), class) in listed {
        let name = name(table, column);
        let kind = &columns[&(table.to_owned(), column.to_owned())];
        match class {
            "sealed" | "keyed" => assert_eq!(kind, "BLOB", "{name} is {class}"),
            "slow" | "number" => assert_eq!(kind, "TEXT", "{name} is {class}"),
            "plain" => {
                let is_secret = ["code", "seed", "secret", "text", "push", "digest", "phone"]
                    .iter()
                    .any(|word| column.starts_with(word) && !column.starts_with("text_store"));
                // How long a code is, and the code by which a gateway refused a message.
                let is_known = ["verification.code_length", "delivery.code", "orphan.code"];
                assert!(!is_secret || is_known.contains(&name.as_str()), "{name} is no secret?");
            }
            other => panic!("{name}: there is no class {other:?}"),
        }
    }
}
