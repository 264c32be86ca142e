//! Moving the data to a PostgreSQL and back, as an operator does it.

use crate::failure::assert_fails;
use ringproof_blackbox::cli::{self, Finished};
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::postgres::{self, Database};
use ringproof_blackbox::server::{READY_WITHIN, ServerOptions};
use ringproof_blackbox::world::{CONFIG, U2_NUMBER, World, fixture_folder};
use rusqlite::Connection;
use std::fs;

/// The command that moves the data of a folder.
fn command<'c>(from: &'c str, to: &'c str, database: &'c Database) -> [&'c str; 7] {
    ["migrate", "--from", from, "--to", to, "--postgres", database.address()]
}

fn on(folder: &Folder, database: &Database) -> ServerOptions {
    ServerOptions::dev(folder.clone()).env("RINGPROOF_DATA__POSTGRES", database.address())
}

fn execute(folder: &Folder, sql: &str) {
    let connection = Connection::open(folder.file("ringproof.db")).expect("it is there");
    connection.execute_batch(sql).expect("it is done");
}

/// Starts a server that must not start; gives what it said.
#[track_caller]
fn refused(options: &ServerOptions) -> Finished {
    let finished = cli::finish(&mut options.command(), "");
    assert_eq!(finished.code, Some(1), "{finished:#?}");
    assert!(finished.took < READY_WITHIN, "{finished:#?}");
    finished
}

#[test]
fn a_pin_that_was_sent_before_a_move_is_good_after_it_there_and_back() {
    let mut world = World::fresh();
    let (folder, database) = (world.server.folder().clone(), postgres::fresh());
    let pin = world.start_u1();
    assert!(world.server.stop().success());
    let before = fs::read(folder.file("ringproof.db")).expect("it is there");
    let moved = cli::run(&folder, &command("sqlite", "postgres", &database)).succeeded();
    let told = format!("{}\n{}", moved.stdout, moved.stderr);
    for words in ["100 %", "every checksum is the same", "sha256", "root.key", "data.postgres"] {
        assert!(told.contains(words), "{words:?} is not in\n{told}");
    }
    assert!(
        fs::read(folder.file("ringproof.db")).expect("it is there") == before,
        "the source was changed"
    );

    let mut there = World::start(on(&folder, &database));
    there.check_u1(&pin).verified();
    // To another person: the limits of the first one's number have moved along.
    there.a.start(there.s2, there.u2).started(201);
    let pin = there.inbox.next(U2_NUMBER).pin();
    assert!(there.server.stop().success());

    let back = Folder::with_config(CONFIG);
    fs::create_dir(back.data()).expect("a fresh folder can be written");
    fs::copy(folder.file("root.key"), back.file("root.key")).expect("it can be copied");
    let _ = cli::run(&back, &command("postgres", "sqlite", &database)).succeeded();
    let world = World::start(ServerOptions::dev(back));
    world.a.check(world.s2, world.u2, &pin).verified();
}

/// Codes that were used in the PostgreSQL would be good in the file once more.
#[test]
fn no_server_starts_on_the_file_whose_data_were_moved_until_they_are_back() {
    let (folder, database) = (fixture_folder(""), postgres::fresh());
    let _ = cli::run(&folder, &command("sqlite", "postgres", &database)).succeeded();
    let said = refused(&ServerOptions::dev(folder.clone())).stderr;
    let marker = folder.file("moved-to-postgres");
    let remedies = ["data.postgres", "--from postgres --to sqlite", &marker.display().to_string()];
    assert!(remedies.iter().all(|words| said.contains(words)), "{said}");
    assert_fails(&folder, &["account", "list"], &remedies);
    let another = postgres::fresh();
    let elsewhere = command("sqlite", "postgres", &another);
    assert_fails(&folder, &elsewhere, &["another PostgreSQL", &marker.display().to_string()]);
    let mut there = World::start(on(&folder, &database));
    let pin = there.start_u1();
    assert!(there.server.stop().success());

    // A move overwrites nothing.
    fs::rename(folder.file("ringproof.db"), folder.file("old.db")).expect("it is there");
    for beside in ["ringproof.db-wal", "ringproof.db-shm"] {
        // They are there or not, as the move left them.
        let _ = fs::remove_file(folder.file(beside));
    }
    let _ = cli::run(&folder, &command("postgres", "sqlite", &database)).succeeded();
    assert!(!marker.exists());
    World::start(ServerOptions::dev(folder)).check_u1(&pin).verified();
}

#[test]
fn a_half_done_copy_is_no_database_until_the_move_has_come_to_its_end() {
    let (folder, database) = (fixture_folder(""), postgres::fresh());
    let move_there = command("sqlite", "postgres", &database);
    // PostgreSQL cannot keep this: the move ends in the middle of its tables.
    execute(&folder, "UPDATE user SET login = char(0) || login");
    assert_fails(&folder, &move_there, &["user", "login"]);
    let said = refused(&on(&folder, &database)).stderr;
    assert!(said.contains("half-done copy") && said.contains("ringproof migrate"), "{said}");
    let mut doctor = ringproof_blackbox::server::command(&folder);
    doctor.arg("doctor").env("RINGPROOF_DATA__POSTGRES", database.address());
    let doctor = cli::finish(&mut doctor, "").stdout;
    assert!(doctor.contains("BAD  database") && doctor.contains("half-done"), "{doctor}");

    execute(&folder, "UPDATE user SET login = CAST(substr(CAST(login AS BLOB), 2) AS TEXT)");
    let resumed = cli::run(&folder, &move_there).succeeded();
    assert!(resumed.stderr.contains("an earlier run has brought"), "{resumed:#?}");
    let there = World::start(on(&folder, &database));
    let pin = there.start_u1();
    there.check_u1(&pin).verified();
}

#[test]
fn a_half_done_file_is_no_database_either() {
    let folder = fixture_folder("");
    // What a move leaves until its end; the tests of the store cut a real one short.
    execute(&folder, "CREATE TABLE moving (table_name TEXT PRIMARY KEY)");
    let said = refused(&ServerOptions::dev(folder.clone())).stderr;
    assert!(said.contains("half-done copy") && said.contains("ringproof migrate"), "{said}");
    for command in [&["account", "list"][..], &["doctor"], &["migrate"]] {
        let finished = cli::run(&folder, command);
        assert_eq!(finished.code, Some(1), "{finished:#?}");
        let said = format!("{}{}", finished.stdout, finished.stderr);
        assert!(said.contains("half-done copy"), "{said}");
    }
}

#[test]
fn nothing_is_moved_below_a_running_server() {
    let database = postgres::fresh();
    let mut world = World::fresh();
    let folder = world.server.folder().clone();
    let data = folder.data().display().to_string();
    assert_fails(&folder, &command("sqlite", "postgres", &database), &[&data, "stop"]);
    assert!(world.server.stop().success());
    let mut other = World::start(on(&fixture_folder(""), &database));
    assert_fails(&folder, &command("sqlite", "postgres", &database), &["in use", "stop"]);
    assert!(other.server.stop().success());
    // It has made an account of its own by now.
    assert_fails(&folder, &command("sqlite", "postgres", &database), &["data of its own"]);
    world.start_again();
    let pin = world.start_u1();
    world.check_u1(&pin).verified();
}

#[test]
fn what_cannot_be_moved_is_said_with_its_remedy() {
    let (empty, database) = (Folder::with_config(""), postgres::fresh());
    let data = empty.data().display().to_string();
    let move_there = command("sqlite", "postgres", &database);
    assert_fails(&empty, &move_there, &["no database", &data, "--data"]);
    assert_fails(&empty, &command("postgres", "sqlite", &database), &["root key", &data]);
    assert!(!empty.data().exists(), "nothing is made");
    let folder = fixture_folder("");
    assert_fails(&folder, &command("sqlite", "sqlite", &database), &["--from and --to"]);
    assert_fails(&folder, &move_there[..5], &["data.postgres", "--postgres"]);
    let mut with_password = move_there;
    with_password[6] = "postgres://ringproof:hunter2@127.0.0.1/ringproof";
    assert_fails(&folder, &with_password, &["--postgres", "password"]);
    fs::remove_file(folder.file("root.key")).expect("it is there");
    assert_fails(&folder, &move_there, &["root key", "root.key"]);
}
