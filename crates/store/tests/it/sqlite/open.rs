//! Opening a file: every way in which it fails, and many at once.

use std::fs;
use std::path::Path;

use ringproof_store::sqlite::{OpenError, SqliteEngine, SqliteOptions, VERSION, check};
use rusqlite::Connection;
use verify::engine::Keys;
use verify::entropy::{Entropy as _, SeededEntropy};

use crate::asking::{put, seen};
use crate::engines::{self, options};
use crate::sample::{self, service_id, user_id};

/// Opens and expects an error, whose sentence names the file and a remedy.
fn error(options: &SqliteOptions, remedy: &str) -> OpenError {
    let Err(error) = SqliteEngine::open(options) else { panic!("it opened") };
    let sentence = error.to_string();
    assert!(sentence.contains(&*options.path.to_string_lossy()), "{sentence}");
    assert!(sentence.contains(remedy), "{sentence}");
    error
}

/// A file with one of everything.
fn filled(folder: &Path) -> SqliteOptions {
    let store = engines::reopen(folder);
    put(&store, sample::everything());
    store.close();
    options(folder)
}

#[test]
fn a_newer_version_is_left_alone() {
    let folder = engines::folder();
    let options = filled(folder.path());
    let connection = Connection::open(&options.path).expect("it opens");
    connection.pragma_update(None, "user_version", VERSION + 1).expect("it is written");
    drop(connection);
    let before = fs::read(&options.path).expect("it is there");
    let path = options.path.clone();
    let newer = OpenError::Newer { path, found: VERSION + 1, known: VERSION };
    assert_eq!(error(&options, "newer ringproof"), newer);
    assert_eq!(check(&options), Err(newer));
    assert!(fs::read(&options.path).expect("it is there") == before, "the file was changed");
}

#[test]
fn a_wrong_key_is_noticed() {
    let folder = engines::folder();
    let options = filled(folder.path());
    let wrong = SqliteOptions { key_fingerprint: [9; 16], ..options.clone() };
    assert_eq!(error(&wrong, "root.key"), OpenError::WrongKey(options.path.clone()));
    assert_eq!(check(&wrong), Err(OpenError::WrongKey(options.path.clone())));
    SqliteEngine::open(&options).expect("the right key still opens it");
}

#[test]
fn what_is_no_database_is_not_touched() {
    let folder = engines::folder();
    let options = options(folder.path());
    let mut garbage = vec![0; 20_000];
    SeededEntropy::new(1).fill(&mut garbage);
    fs::write(&options.path, &garbage).expect("it is written");
    assert_eq!(error(&options, "backup"), OpenError::Damaged(options.path.clone()));
    assert_eq!(check(&options), Err(OpenError::Damaged(options.path.clone())));
    assert!(fs::read(&options.path).expect("it is there") == garbage, "the file was changed");
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let folder = engines::folder();
    // Below a file there is no folder, whoever asks.
    let file = folder.path().join("file");
    fs::write(&file, "no folder").expect("it is written");
    let below = SqliteOptions { path: file.join("ringproof.db"), ..options(folder.path()) };
    let not_writable = OpenError::NotWritable(below.path.clone());
    assert_eq!(error(&below, "--data"), not_writable);
    let is_folder = SqliteOptions { path: folder.path().to_owned(), ..options(folder.path()) };
    assert_eq!(error(&is_folder, "--data"), OpenError::NotWritable(is_folder.path.clone()));
}

#[test]
fn a_missing_file_is_not_made_by_a_check() {
    let folder = engines::folder();
    let options = options(folder.path());
    assert_eq!(check(&options), Err(OpenError::Missing(options.path.clone())));
    assert!(!options.path.exists());
}

#[test]
fn opening_again_changes_nothing() {
    let folder = engines::folder();
    let options = filled(folder.path());
    let dump = || -> Vec<String> {
        let connection = Connection::open(&options.path).expect("it opens");
        let sql = "SELECT type || name || ifnull(sql, '') FROM sqlite_schema \
                   UNION ALL SELECT name || hex(value) FROM meta ORDER BY 1";
        let mut statement = connection.prepare(sql).expect("it is SQL");
        let rows = statement.query_map([], |row| row.get(0)).expect("it is read");
        rows.map(|row| row.expect("it is text")).collect()
    };
    let before = dump();
    assert!(before.len() > 10);
    for _ in 0..3 {
        engines::reopen(folder.path()).close();
    }
    assert_eq!(dump(), before);
    assert_eq!(check(&options), Ok(VERSION));
}

#[test]
fn many_open_a_new_file_at_once() {
    for _ in 0..8 {
        let folder = engines::folder();
        let options = options(folder.path());
        let barrier = std::sync::Barrier::new(8);
        let stores: Vec<_> = std::thread::scope(|scope| {
            let open = || {
                barrier.wait();
                ringproof_store::Store::new(SqliteEngine::open(&options).expect("it opens"))
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|t| t.join().expect("it does not panic")).collect()
        });
        put(&stores[0], sample::everything());
        let keys = Keys { user: Some((service_id(1), user_id(1))), ..Keys::default() };
        for store in &stores {
            assert_eq!(seen(store, &keys).user, Some(sample::user(1)));
        }
        drop(stores);
        assert_eq!(check(&options), Ok(VERSION));
    }
}

#[test]
fn of_two_keys_that_open_a_new_file_at_once_one_wins() {
    for _ in 0..8 {
        let folder = engines::folder();
        let barrier = std::sync::Barrier::new(8);
        let opened: Vec<_> = std::thread::scope(|scope| {
            let open = |n: u8| {
                let key_fingerprint = [n % 2; 16];
                let options = SqliteOptions { key_fingerprint, ..options(folder.path()) };
                barrier.wait();
                (n % 2, SqliteEngine::open(&options).map(drop))
            };
            let threads: Vec<_> = (0..8).map(|n| scope.spawn(move || open(n))).collect();
            threads.into_iter().map(|t| t.join().expect("it does not panic")).collect()
        });
        let winner = opened.iter().find(|o| o.1.is_ok()).expect("one opens").0;
        let path = options(folder.path()).path;
        for (key, result) in opened {
            let expected =
                if key == winner { Ok(()) } else { Err(OpenError::WrongKey(path.clone())) };
            assert_eq!(result, expected);
        }
    }
}
