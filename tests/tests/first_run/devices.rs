//! What an operator does about the authenticator devices of a number.

use crate::failure::assert_fails;
use ringproof_blackbox::cli;
use ringproof_blackbox::device::Device;
use ringproof_blackbox::world::{U1_NUMBER, World, wrong_pin};
use serde_json::{Value, json};

#[track_caller]
fn run(world: &World, args: &[&str]) -> String {
    cli::run(world.server.folder(), &[&["device"], args].concat()).succeeded().stdout
}

#[track_caller]
fn listed(world: &World) -> Vec<Value> {
    serde_json::from_str(&run(world, &["list", U1_NUMBER, "--json"])).expect("JSON")
}

#[test]
fn a_lost_device_is_listed_and_removed_beside_a_running_server() {
    let world = World::fresh();
    assert_eq!(listed(&world), Vec::<Value>::new());
    assert!(run(&world, &["list", U1_NUMBER]).contains("no device"));
    let device = Device::ready(&world, U1_NUMBER);
    let id = device.id.clone().expect("it is enrolled");
    let list = listed(&world);
    assert_eq!((list[0]["id"].as_str(), &list[0]["state"]), (Some(&*id), &json!("active")));
    let line = run(&world, &["list", U1_NUMBER]);
    assert!(line.contains(&id) && line.contains("Phone") && !line.contains(U1_NUMBER), "{line}");

    let told = run(&world, &["remove", U1_NUMBER, &id]);
    assert!(told.contains("removed"), "{told}");
    device.call("sync", &json!({ "seen": null, "wait": false })).refused(401, "device");
    world.a.start_totp(world.s1, world.u1).started(201);
    assert_eq!(listed(&world), Vec::<Value>::new());
    let folder = world.server.folder();
    assert_fails(folder, &["device", "remove", U1_NUMBER, &id], &["device list"]);
    assert_fails(folder, &["device", "remove", U1_NUMBER, "x"], &["\"x\"", "device list"]);
    assert_fails(folder, &["device", "list", "12"], &["phone number"]);
}

#[test]
fn what_wrong_pins_of_a_stranger_brought_on_is_lifted() {
    let world = World::fresh();
    let mut stranger = Device::new(&world);
    let enrolment = stranger.start_when_due(&world, U1_NUMBER);
    let pin = world.inbox.next(U1_NUMBER).pin();
    for n in 1..=5 {
        let wrong = wrong_pin(&pin, n);
        stranger.finish(&enrolment, &wrong).refused(400, "pin");
    }
    let person = Device::new(&world);
    person.start(U1_NUMBER).refused(429, "throttled");
    let told = run(&world, &["unlock", U1_NUMBER]);
    assert!(told.contains("unlocked"), "{told}");
    world.clock.advance(31);
    let _ = person.start(U1_NUMBER).taken();
}
