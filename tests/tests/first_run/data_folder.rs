//! What another program sees of the data folder while the server runs.

use crate::failure::assert_fails;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::world::World;
use rusqlite::{Connection, OpenFlags};

#[test]
fn the_database_can_be_read_by_others_and_is_whole() {
    let world = World::fresh();
    let pin = world.start_u1();
    let path = world.server.folder().file("ringproof.db");
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .expect("others may read");
    let check: String =
        database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("it answers");
    assert_eq!(check, "ok");
    let mode: String =
        database.query_row("PRAGMA journal_mode", [], |row| row.get(0)).expect("it answers");
    assert_eq!(mode, "wal");
    world.check_u1(&pin).verified();
}

#[test]
fn the_database_is_whole_after_an_end_and_after_a_crash() {
    for crash in [false, true] {
        let mut world = World::fresh();
        world.start_u1();
        if crash {
            world.server.kill();
        } else {
            assert!(world.server.stop().success());
        }
        let database =
            Connection::open(world.server.folder().file("ringproof.db")).expect("it is there");
        let check: String =
            database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("it answers");
        assert_eq!(check, "ok");
        let version: i64 =
            database.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("it answers");
        assert!(version >= 1, "migrations count from 1");
    }
}

#[test]
fn a_mistyped_data_folder_is_refused_and_not_made() {
    let user = "123e4567-e89b-12d3-a456-426655440000";
    let commands: [&[&str]; 6] = [
        &["account", "list"],
        &["account", "show", "acme-api"],
        &["account", "disable", "acme-api"],
        &["user", "unlock", user, user],
        &["migrate"],
        &["backup", "copy.db"],
    ];
    for command in commands {
        let folder = Folder::with_config("");
        let missing = folder.data().display().to_string();
        assert_fails(&folder, command, &["no database", &missing, "--data"]);
        assert!(!folder.data().exists(), "{command:?} made the folder");
    }
}
