//! Moves that must not begin.

use std::fs;

use ringproof_store::moving::{Move, MoveError, Place};
use ringproof_store::postgres::{PostgresEngine, PostgresOptions};
use ringproof_store::sqlite::{SqliteOptions, VERSION};
use ringproof_store::{postgres, sqlite};

use super::ends::{File, moved, remote};
use crate::postgres::server::{execute, query};

fn refused(from: &Place, to: &Place) -> MoveError {
    match Move::begin(from, to) {
        Ok(_) => panic!("it begins"),
        Err(error) => error,
    }
}

#[test]
fn a_target_with_data_is_refused_and_stays_as_it_is() {
    let (file, there) = (File::full(), remote());
    moved(&file.place(), &Place::Postgres(there.clone())).expect("it goes there");
    let error = refused(&file.place(), &Place::Postgres(there.clone()));
    assert!(matches!(error, MoveError::NotEmpty(_)), "{error}");
    let other = File::full();
    let before = other.dump();
    let error = refused(&Place::Postgres(there), &other.place());
    assert_eq!(error, MoveError::NotEmpty(other.options.path.display().to_string()));
    assert_eq!(other.dump(), before);
    other.open().expect("it still opens");
}

#[test]
fn a_database_that_a_server_has_only_just_made_is_as_good_as_empty() {
    let (file, there) = (File::full(), remote());
    drop(PostgresEngine::open(&there).expect("it is made"));
    moved(&file.place(), &Place::Postgres(there.clone())).expect("it goes there");
    let back = File::none();
    drop(back.open().expect("it is made"));
    moved(&Place::Postgres(there), &back.place()).expect("it comes back");
    assert_eq!(back.dump(), file.dump());
}

#[test]
fn an_empty_database_under_another_root_key_is_not_taken() {
    let (file, there) = (File::full(), remote());
    let stranger = PostgresOptions { key_fingerprint: [9; 16], ..there.clone() };
    drop(PostgresEngine::open(&stranger).expect("it is made"));
    let error = refused(&file.place(), &Place::Postgres(there));
    assert!(matches!(error, MoveError::NotEmpty(_)), "{error}");
    let back = File::none();
    let stranger = SqliteOptions { key_fingerprint: [9; 16], ..file.options.clone() };
    let error = refused(&Place::Sqlite(stranger), &back.place());
    assert_eq!(error, sqlite::OpenError::WrongKey(file.options.path.clone()).into());
    assert!(!back.options.path.exists(), "nothing is made for a source that cannot be moved");
}

#[test]
fn a_half_done_copy_of_something_else_is_not_gone_on_with() {
    let (file, there) = (File::full(), remote());
    let to = Place::Postgres(there.clone());
    drop(
        Move::begin(&file.place(), &to)
            .expect("it begins")
            .copy(&mut |_| {})
            .expect("it is copied"),
    );
    let other = File::large(3);
    let error = refused(&other.place(), &to);
    assert!(matches!(error, MoveError::OtherSource(_)), "{error}");
    file.execute("DELETE FROM blocked_number");
    let error = refused(&file.place(), &to);
    assert!(matches!(error, MoveError::OtherSource(_)), "{error}");
    let error = refused(&to, &File::none().place());
    assert!(matches!(error, MoveError::Postgres(postgres::OpenError::HalfMoved(_))), "{error}");
}

#[test]
fn what_another_version_wrote_is_refused_with_what_to_do() {
    let (file, there) = (File::full(), remote());
    let to = Place::Postgres(there.clone());
    file.execute(&format!("PRAGMA user_version = {}", VERSION - 1));
    let error = refused(&file.place(), &to);
    assert!(matches!(error, MoveError::Older { found, .. } if found == VERSION - 1), "{error}");
    assert!(error.to_string().contains("ringproof migrate"), "{error}");
    file.execute(&format!("PRAGMA user_version = {}", VERSION + 1));
    let error = refused(&file.place(), &to);
    assert!(matches!(error, MoveError::Sqlite(sqlite::OpenError::Newer { .. })), "{error}");
    assert_eq!(query(&there.address, "SELECT to_regclass('account')::TEXT WHERE FALSE"), [""; 0]);
    file.execute(&format!("PRAGMA user_version = {VERSION}"));
    drop(PostgresEngine::open(&there).expect("it is made"));
    execute(&there.address, "UPDATE schema_version SET version = 99");
    let error = refused(&file.place(), &to);
    assert!(matches!(error, MoveError::Postgres(postgres::OpenError::Newer { .. })), "{error}");
}

#[test]
fn a_file_that_is_none_is_refused_and_not_made() {
    let (none, there) = (File::none(), remote());
    let error = refused(&none.place(), &Place::Postgres(there.clone()));
    assert_eq!(error, sqlite::OpenError::Missing(none.options.path.clone()).into());
    assert!(!none.options.path.exists());
    let error = refused(&Place::Postgres(there), &none.place());
    assert!(matches!(error, MoveError::Postgres(postgres::OpenError::Empty(_))), "{error}");
    assert!(!none.options.path.exists());
}

#[test]
fn a_log_that_another_file_left_is_not_played_into_the_new_one() {
    let (there, back) = (remote(), File::none());
    moved(&File::full().place(), &Place::Postgres(there.clone())).expect("it goes there");
    let mut log = back.options.path.clone().into_os_string();
    log.push("-wal");
    fs::write(&log, "of another").expect("it is ours");
    let error = refused(&Place::Postgres(there), &back.place());
    assert_eq!(error, sqlite::OpenError::Exists(log.into()).into());
}

#[test]
fn a_database_that_a_server_works_with_is_refused() {
    let (file, there) = (File::full(), remote());
    let server = PostgresEngine::open(&there).expect("it is made");
    let server = ringproof_store::Store::new(server);
    assert_eq!(crate::asking::wait(server.accounts_version()), Ok(0));
    let place = Place::Postgres(there.clone());
    let error = refused(&file.place(), &place);
    assert!(matches!(error, MoveError::InUse(_)), "{error}");
    let error = refused(&place, &File::none().place());
    assert!(matches!(error, MoveError::InUse(_)), "{error}");
    server.close();
    moved(&file.place(), &place).expect("it goes there");
}

#[test]
fn what_postgres_cannot_keep_is_named() {
    let (file, there) = (File::full(), remote());
    file.execute(
        "UPDATE user SET login = 'a' || char(0) || 'b' WHERE id = (SELECT max(id) FROM user)",
    );
    let moving = Move::begin(&file.place(), &Place::Postgres(there)).expect("it begins");
    let Err(error) = moving.copy(&mut |_| {}) else { panic!("it is copied") };
    let unfit = matches!(error, MoveError::Unfit { table: "user", column: "login", .. });
    assert!(unfit, "{error}");
}
