//! Backup and restore, there and back (security S-103).

use crate::failure::assert_fails;
use ringproof_blackbox::caller::{service, user};
use ringproof_blackbox::cli;
use ringproof_blackbox::device::Device;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::server::ServerOptions;
use ringproof_blackbox::world::{CONFIG, U1_NUMBER, World, wrong_pin};
use serde_json::json;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// Where the backup goes.
fn file(folder: &Folder) -> PathBuf {
    folder.root().join("saved.backup")
}

/// Backs up a running world.
#[track_caller]
fn back_up(world: &World) -> PathBuf {
    let file = file(world.server.folder());
    let _ = cli::run(world.server.folder(), &["backup", &file.display().to_string()]).succeeded();
    file
}

/// Restores into a new folder, which has the key of the old one: the key is
/// kept apart from the backups, or a stolen backup would open itself.
#[track_caller]
fn restored(world: &World, backup: &std::path::Path) -> World {
    let folder = Folder::with_config(CONFIG);
    fs::create_dir(folder.data()).expect("a fresh folder can be written");
    fs::copy(world.server.folder().file("root.key"), folder.file("root.key"))
        .expect("it can be copied");
    let _ = cli::run(&folder, &["restore", &backup.display().to_string()]).succeeded();
    World::start(ServerOptions::dev(folder))
}

#[test]
fn a_restored_backup_has_everything_of_its_moment_and_nothing_later() {
    let world = World::fresh();
    let early = world.a.new_service("Early");
    let backup = back_up(&world);
    let late = world.a.new_service("Late");
    let _ = world.a.delete(&user(world.s1, world.u1)).expect(202);
    let again = restored(&world, &backup);
    let _ = again.a.get(&service(&early)).service(200);
    let _ = again.a.get(&service(&late)).error(404);
    let _ = again.a.get(&user(again.s1, again.u1)).user(200);
    let pin = again.start_u1();
    again.check_u1(&pin).verified();
}

#[test]
fn a_pin_pending_before_the_backup_is_not_accepted_after_restore() {
    let world = World::fresh();
    let pin = world.start_u1();
    let backup = back_up(&world);
    world.check_u1(&pin).verified();
    let again = restored(&world, &backup);
    let answer = again.check_u1(&pin);
    assert_ne!(answer.json["verified"], true, "a spent PIN came back to life");
    again.clock.advance(31);
    let fresh = again.start_u1();
    again.check_u1(&fresh).verified();
}

#[test]
fn a_device_goes_on_after_restore_and_its_spent_codes_stay_spent() {
    let world = World::fresh();
    let device = Device::ready(&world, U1_NUMBER);
    let recovery = ringproof_blackbox::caller::recovery(world.s1, world.u1);
    let codes = world.a.post(&recovery, &json!({})).expect(201).json["codes"].clone();
    let _ = world.a.put(&recovery, &json!({ "code": codes[0] })).expect(200);
    world.a.start_totp(world.s1, world.u1).asks_for_totp();
    let spent = device.code("Example Shop");
    world.check_u1(&spent).verified_by_totp();
    let again = restored(&world, &back_up(&world));
    let moved = device.moved_to(&again);
    again.a.start_totp(again.s1, again.u1).asks_for_totp();
    let _ = again.check_u1(&spent).failed_by("totp", "INVALID");
    // A restore spends every step that could have been used since.
    again.clock.advance(121);
    again.check_u1(&moved.code("Example Shop")).verified_by_totp();
    let recovery = ringproof_blackbox::caller::recovery(again.s1, again.u1);
    let used = again.a.put(&recovery, &json!({ "code": codes[0] })).expect(200);
    assert_eq!(used.json["verified"], false);
    // Any other may have been used since, so they are all gone.
    let other = again.a.put(&recovery, &json!({ "code": codes[1] })).expect(200);
    assert_eq!(other.json["verified"], false);
    let codes = again.a.post(&recovery, &json!({})).expect(201).json["codes"].clone();
    let fresh = again.a.put(&recovery, &json!({ "code": codes[1] })).expect(200);
    assert_eq!(fresh.json["verified"], true);
}

#[test]
fn failures_counted_before_the_backup_still_count_after_restore() {
    let world = World::fresh();
    let pin = world.start_u1();
    for n in 1..=5 {
        let _ = world.check_u1(&wrong_pin(&pin, n)).failed("INVALID");
    }
    let again = restored(&world, &back_up(&world));
    let _ = again.a.start(again.s1, again.u1).error_code(429, "rate_limited");
}

#[test]
fn a_message_waiting_in_a_backup_is_not_sent_after_restore() {
    let world = World::fresh();
    world.start_u1();
    let again = restored(&world, &back_up(&world));
    assert_eq!(again.messages(), []);
}

#[test]
fn the_backup_file_is_for_nobody_else_and_is_never_overwritten() {
    let world = World::fresh();
    let backup = back_up(&world);
    let before = fs::read(&backup).expect("it is there");
    assert_eq!(
        fs::metadata(&backup).expect("it is there").mode() & 0o077,
        0,
        "a backup is as secret as the data"
    );
    let path = backup.display().to_string();
    assert_fails(world.server.folder(), &["backup", &path], &[&path]);
    assert!(fs::read(&backup).expect("it is there") == before, "the first backup was touched");
}

#[test]
fn restore_does_not_overwrite_data_and_not_below_a_running_server() {
    let mut world = World::fresh();
    let path = back_up(&world).display().to_string();
    let folder = world.server.folder().clone();
    let data = folder.data().display().to_string();
    assert_fails(&folder, &["restore", &path], &[&data]);
    let kept = world.a.new_service("Kept");
    assert!(world.server.stop().success());
    assert_fails(&folder, &["restore", &path], &[&data]);
    world.start_again();
    let _ = world.a.get(&service(&kept)).service(200);
}

#[test]
fn restore_refuses_what_is_no_backup_or_not_there() {
    let folder = Folder::with_config("");
    let path = file(&folder).display().to_string();
    assert_fails(&folder, &["restore", &path], &[&path]);
    fs::write(&path, "this is not a backup, whatever its name says".repeat(100))
        .expect("it is ours");
    assert_fails(&folder, &["restore", &path], &[&path]);
    assert!(!folder.file("ringproof.db").exists(), "nothing is left of the attempt");
}

#[test]
fn backup_of_nothing_and_into_nowhere_is_refused() {
    let empty = Folder::with_config("");
    let data = empty.data().display().to_string();
    assert_fails(&empty, &["backup", &file(&empty).display().to_string()], &[&data]);
    assert!(!empty.data().exists() && !file(&empty).exists(), "nothing is made");
    let world = World::fresh();
    let nowhere = world.server.folder().root().join("no-such-folder/saved").display().to_string();
    assert_fails(world.server.folder(), &["backup", &nowhere], &[&nowhere]);
}
