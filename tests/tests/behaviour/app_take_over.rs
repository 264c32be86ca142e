//! A phone number alone does not take over an account (S-31).

use ringproof_blackbox::caller::auth;
use ringproof_blackbox::device::Device;
use ringproof_blackbox::totp::{self, Hash};
use ringproof_blackbox::world::{NONE, World};
use serde_json::{Value, json};

/// The person's number; the attacker reads everything that is sent to it.
const NUMBER: &str = "+37255500444";

/// What an attacker tries who has the number and no device, before the hold ends.
fn attack(world: &World, owner: &Device, entries: &[(String, Vec<u8>)], held: &Device) {
    let state = held.sync();
    for list in ["entries", "prompts"] {
        assert_eq!(state[list], json!([]), "a waiting device has no {list}: {state}");
    }
    let code = held.call("devices/code", &json!({})).taken()["code"].clone();
    let tries = [
        ("devices/approve", json!({ "device": held.id, "code": code })),
        ("devices/remove", json!({ "device": owner.id })),
        ("confirm", json!({ "entries": [{ "id": entries[0].0, "code": "123456" }] })),
        ("other/create", json!({ "entry": entries[0].0, "name": "x" })),
        ("other/confirm", json!({ "entry": entries[0].0, "authenticator": NONE, "code": "1" })),
    ];
    for (call, body) in &tries {
        held.call(call, body).refused(403, "held");
    }
    // Nor is anything told to it that would be a code.
    let told = [state, held.sync()].map(|state| state.to_string()).concat();
    let now = world.clock.now().as_second();
    for (_, seed) in entries {
        let code = totp::code(seed, Hash::Sha256, now);
        assert!(!told.contains(&format!("\"{code}\"")), "{told}");
    }
}

#[test]
fn full_control_of_the_number_gives_no_code_of_any_service_before_the_hold_ends() {
    let world = World::fresh();
    let jane = world.a.new_user(world.s1, "jane", NUMBER);
    let rival = world.b.new_user(world.s3, "jane", NUMBER);
    let owner = Device::ready(&world, NUMBER);
    let entries: Vec<_> = owner.fetch().into_iter().map(|entry| entry.id).collect();
    assert_eq!(entries.len(), 2);
    let entries: Vec<_> = entries.into_iter().map(|id| (id.clone(), owner.seed(&id))).collect();

    // Several devices, each enrolled by an SMS that the attacker read; one removes
    // itself and comes again.
    let begin = world.clock.now();
    let gone = Device::enrolled(&world, NUMBER);
    let _ = gone.remove(&gone).taken();
    let held: Vec<Device> = (0..3).map(|_| Device::enrolled(&world, NUMBER)).collect();
    let first_end = held[0].sync()["device"]["held_until"].as_i64().expect("milliseconds");
    for device in &held {
        attack(&world, &owner, &entries, device);
        held.iter().filter(|other| other.id != device.id).for_each(|other| {
            device.remove(other).refused(403, "held");
        });
    }
    // The clock is the server's: what a device says of its own is not believed.
    let (nonce, _) = held[0].nonce();
    let body = json!({ "seen": null, "wait": false });
    let early = held[0].signed("sync", &body, &nonce).without("X-App-Time");
    held[0]
        .send(&early.header("X-App-Time", &(first_end + 1).to_string()))
        .refused(401, "signature");

    // No login of any service goes to the number: it asks for the owner's codes.
    let sent = world.messages().len();
    for (caller, service, user) in [(&world.a, world.s1, &jane), (&world.b, world.s3, &rival)] {
        caller.start_totp(service, user).asks_for_totp();
        let list: Value = caller.get(&auth(service, user).replace("/auth", "/authenticators")).json;
        assert!(list["authenticators"].to_string().find("secret").is_none());
    }
    assert_eq!(world.messages().len(), sent, "a code went out by SMS");

    // A minute before the first hold ends it is all the same.
    let seconds = (first_end - begin.as_millisecond()) / 1_000;
    world.clock.go_to(begin, seconds - 60);
    attack(&world, &owner, &entries, &held[0]);
    world.a.start_totp(world.s1, &jane).asks_for_totp();
    world.a.check(world.s1, &jane, &owner.code("Example Shop")).verified_by_totp();

    // The owner objects, and the hold's end gives nothing.
    for device in &held {
        let _ = owner.remove(device).taken();
    }
    world.clock.go_to(begin, seconds + 1_800);
    for device in &held {
        device.call("sync", &body).refused(401, "device");
    }
}

#[test]
fn the_owners_silence_of_90_days_does_not_let_a_number_in_at_once() {
    let world = World::fresh();
    world.a.new_user(world.s1, "jane", NUMBER);
    let _owner = Device::ready(&world, NUMBER);
    world.clock.advance(91 * 86_400);
    let mut attacker = Device::new(&world);
    assert_eq!(attacker.enrol(&world, NUMBER).taken()["state"], "held");
}
