//! Moving from SQLite to PostgreSQL and back.

mod ends;
mod killed;
mod refusals;

use std::fs;

use ringproof_store::moving::{Move, MoveError, Place};
use ringproof_store::postgres::{PostgresEngine, check, has_key};
use ringproof_store::{Store, postgres, sqlite};

use super::server::{execute, query};
use crate::asking::wait;
use ends::{File, moved, remote};

#[test]
fn every_row_of_every_table_goes_there_and_back() {
    let (file, there, back) = (File::full(), remote(), File::none());
    let before = fs::read(&file.options.path).expect("it is there");
    let sums = moved(&file.place(), &Place::Postgres(there.clone())).expect("it goes there");
    assert!(fs::read(&file.options.path).expect("it is there") == before, "the source was changed");
    assert!(sums.iter().all(|sum| sum.rows > 0), "{sums:?}");

    let store = Store::new(PostgresEngine::open(&there).expect("it opens"));
    let (accounts, version) = wait(store.accounts()).expect("answered");
    store.close();
    assert_eq!(moved(&Place::Postgres(there), &back.place()), Ok(sums));
    assert_eq!(back.dump(), file.dump());
    assert_eq!(
        sqlite::check(&back.options),
        Ok(sqlite::VERSION),
        "it is whole, with all its indexes"
    );
    let store = back.open().expect("it opens");
    assert_eq!(wait(store.accounts()), Ok((accounts, version)));
}

/// What PostgreSQL counts in parts is one row in the file, and nothing of it is lost.
#[test]
fn the_parts_of_an_account_are_added_up_on_the_way_back() {
    let there = remote();
    moved(&File::full().place(), &Place::Postgres(there.clone())).expect("it goes there");
    execute(
        &there.address,
        "DELETE FROM account_sends; \
         INSERT INTO account_sends (account_id, part, divided, second, second_sends, hours, countries) \
         SELECT account, part, 16, 1760000000 + part / 8, part, '489000:' || part || ',489001:1', \
         'FI:489000:2,' || CASE WHEN part = 3 THEN 'SE' ELSE 'US' END || ':489001:1' \
         FROM generate_series(1, 200) AS account, generate_series(0, 15) AS part",
    );
    let back = File::none();
    let sums = moved(&Place::Postgres(there), &back.place()).expect("it goes back");
    let sum = sums.iter().find(|sum| sum.table == "account_sends").expect("it moves");
    assert_eq!(sum.rows, 200);
    // 8 to 15 are of the later second.
    let all = "92,489000:120,489001:16,FI:489000:32,SE:489001:1,US:489001:15";
    let row = "second_sends || ',' || hours || ',' || countries";
    let connection = rusqlite::Connection::open(&back.options.path).expect("it opens");
    let sql =
        format!("SELECT count(*) FROM account_sends WHERE second = 1760000001 AND {row} = ?1");
    let alike: u32 = connection.query_row(&sql, [all], |row| row.get(0)).expect("it is read");
    assert_eq!(alike, 200);
}

#[test]
fn a_later_version_is_not_moved_although_a_server_would_work_on_it() {
    let there = remote();
    moved(&File::full().place(), &Place::Postgres(there.clone())).expect("it goes there");
    execute(&there.address, "UPDATE schema_version SET version = version + 1");
    assert_eq!(check(&there), Ok(postgres::VERSION + 1));
    let is_newer = |error: &MoveError| {
        matches!(
            error,
            MoveError::Postgres(postgres::OpenError::Newer { known: postgres::VERSION, .. })
        )
    };
    let error = moved(&Place::Postgres(there.clone()), &File::none().place()).expect_err("it goes");
    assert!(is_newer(&error), "{error:?}");
    let error = moved(&File::full().place(), &Place::Postgres(there)).expect_err("it goes");
    assert!(is_newer(&error), "{error:?}");
}

#[test]
fn both_databases_have_the_same_columns_but_for_what_does_not_move() {
    let file = File::full();
    let connection = rusqlite::Connection::open(&file.options.path).expect("it opens");
    let sql = "SELECT replace(t.name, 'user', 'users') || '.' || c.name FROM sqlite_schema AS t \
               JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table' AND t.name <> 'gateway_view' ORDER BY 1";
    let mut statement = connection.prepare(sql).expect("it is SQL");
    let here = statement.query_map([], |row| row.get(0)).expect("it is read");
    let here: Vec<String> = here.map(|row| row.expect("it is text")).collect();
    let there = remote();
    PostgresEngine::open(&there).expect("it opens");
    let mut there = query(
        &there.address,
        "SELECT table_name || '.' || column_name FROM information_schema.columns \
         WHERE table_schema = 'public' AND column_name <> 'touched' \
         AND (table_name, column_name) NOT IN (('account_sends', 'part'), ('account_sends', 'divided'), \
         ('outbox', 'left_for')) AND table_name NOT IN \
         ('schema_version', 'root_key', 'crossing', 'gateway_view', 'bind_place') ORDER BY 1",
    );
    there.sort();
    assert_eq!(here, there);
}

/// Copies, spoils the copy, and expects the comparison to find it.
fn found_after(from: &Place, to: &Place, spoil: impl FnOnce()) -> MoveError {
    let copied = Move::begin(from, to).expect("it begins").copy(&mut |_| {}).expect("it is copied");
    spoil();
    let Err(error) = copied.verify(&mut |_| {}) else { panic!("the comparison finds nothing") };
    error
}

#[test]
fn a_row_that_went_wrong_on_the_way_to_postgres_is_found() {
    let file = File::full();
    for (sql, table, rows_more) in [
        (
            "UPDATE users SET phone = '+3725550001' WHERE id = (SELECT id FROM users ORDER BY id LIMIT 1)",
            "user",
            0,
        ),
        (
            "UPDATE authenticator SET confirmed_at = 0 WHERE confirmed_at IS NULL",
            "authenticator",
            0,
        ),
        ("UPDATE account SET is_enabled = NOT is_enabled", "account", 0),
        ("UPDATE meta SET value = value + 1 WHERE name = 'prices_version'", "meta", 0),
        (
            "DELETE FROM balance WHERE account_id = (SELECT min(account_id) FROM balance)",
            "balance",
            -1,
        ),
        ("INSERT INTO app_nonce (digest, until) VALUES ('\\x00', 1)", "app_nonce", 1),
    ] {
        let there = remote();
        let spoil = || execute(&there.address, sql);
        let error = found_after(&file.place(), &Place::Postgres(there.clone()), spoil);
        let MoveError::Differs { table: found, from_rows, to_rows } = &error else {
            panic!("{error}")
        };
        assert_eq!(
            (*found, to_rows.cast_signed() - from_rows.cast_signed()),
            (table, rows_more),
            "{sql}"
        );
        let Err(refusal) = PostgresEngine::open(&there) else { panic!("it opens") };
        assert!(matches!(refusal, postgres::OpenError::HalfMoved(_)), "{refusal}");
        // Another run finds it again, and does not take it for done.
        let again = moved(&file.place(), &Place::Postgres(there)).expect_err("it is still wrong");
        assert_eq!(again, error);
    }
}

#[test]
fn a_row_that_went_wrong_on_the_way_back_is_found() {
    let there = remote();
    moved(&File::full().place(), &Place::Postgres(there.clone())).expect("it goes there");
    let back = File::none();
    let spoil = || back.execute("UPDATE sms SET price = price + 1");
    let error = found_after(&Place::Postgres(there), &back.place(), spoil);
    assert!(matches!(error, MoveError::Differs { table: "sms", .. }), "{error}");
    let Err(refusal) = back.open() else { panic!("it opens") };
    assert!(matches!(refusal, sqlite::OpenError::HalfMoved(_)), "{refusal}");
}

#[test]
fn a_source_that_was_written_to_is_noticed_although_its_rows_are_the_same() {
    let (file, there) = (File::full(), remote());
    let spoil = || file.execute("UPDATE user SET login = login");
    let error = found_after(&file.place(), &Place::Postgres(there.clone()), spoil);
    assert_eq!(error, MoveError::Changed(file.options.path.display().to_string()));
    assert!(matches!(check(&there), Err(postgres::OpenError::HalfMoved(_))));
    assert_eq!(has_key(&there), Ok(true), "nobody makes a new root key for it");
}

#[test]
fn nobody_writes_to_a_postgres_that_is_moved() {
    let (there, back) = (remote(), File::none());
    moved(&File::full().place(), &Place::Postgres(there.clone())).expect("it goes there");
    let moving = Move::begin(&Place::Postgres(there.clone()), &back.place()).expect("it begins");
    let blocked = "DO $$ BEGIN SET LOCAL lock_timeout = '50ms'; DELETE FROM users; \
        RAISE EXCEPTION 'it was written to'; EXCEPTION WHEN lock_not_available THEN NULL; END $$";
    execute(&there.address, blocked);
    drop(moving);
}
