//! Several devices of one number: waiting, approving, refusing, removing.

use ringproof_blackbox::caller::{authenticators, device as device_path};
use ringproof_blackbox::device::Device;
use ringproof_blackbox::totp::{self, Hash};
use ringproof_blackbox::world::{NONE, U1_NUMBER, U2_NUMBER, World};
use serde_json::{Value, json};
use std::thread;
use std::time::{Duration, Instant};

const HOLD_SECONDS: i64 = 24 * 3_600;
/// D-22.
const DEVICES_MAX: usize = 5;

/// A device that is ready, and a second of the same number.
fn scene() -> (World, Device, Device) {
    let world = World::fresh();
    let first = Device::ready(&world, U1_NUMBER);
    let second = Device::enrolled(&world, U1_NUMBER);
    (world, first, second)
}

fn code_of(device: &Device) -> String {
    let shown = device.call("devices/code", &json!({})).taken();
    shown["code"].as_str().expect("text").to_owned()
}

fn approve(device: &Device, waiting: &Device, code: &str) -> ringproof_blackbox::device::AppAnswer {
    device.call("devices/approve", &json!({ "device": waiting.id, "code": code }))
}

#[track_caller]
fn assert_held(device: &Device) {
    let state = device.sync();
    assert_eq!(state["device"]["state"], "held", "{state}");
    let count = |name: &str| state[name].as_array().expect("a list").len();
    assert_eq!((count("devices"), count("entries"), count("prompts")), (1, 0, 0), "{state}");
}

#[track_caller]
fn assert_active(world: &World, device: &Device) {
    assert_eq!(device.sync()["device"]["state"], "active");
    // Past what another device may have spent.
    world.clock.advance(61);
    world.a.start_totp(world.s1, world.u1).asks_for_totp();
    world.check_u1(&device.code("Example Shop")).verified_by_totp();
}

#[test]
fn a_second_device_waits_and_sees_nothing() {
    let world = World::fresh();
    let _first = Device::ready(&world, U1_NUMBER);
    let mut second = Device::new(&world);
    let before = world.clock.now().as_millisecond();
    let finished = second.enrol(&world, U1_NUMBER).taken();
    assert_eq!(finished["state"], "held");
    let until = finished["held_until"].as_i64().expect("milliseconds") - before;
    assert!((HOLD_SECONDS..HOLD_SECONDS + 700).contains(&(until / 1_000)), "{until} ms");
    assert_held(&second);
    for (call, body) in [
        ("confirm", json!({ "entries": [] })),
        ("other/create", json!({ "entry": NONE, "name": "x" })),
        ("other/confirm", json!({ "entry": NONE, "authenticator": NONE, "code": "1" })),
        ("devices/approve", json!({ "device": second.id, "code": "ABCDEFGH" })),
    ] {
        second.call(call, &body).refused(403, "held");
    }
}

#[test]
fn its_code_typed_on_the_first_device_lets_it_in() {
    let (world, first, second) = scene();
    let code = code_of(&second);
    let is_crockford = |byte: u8| b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(&byte);
    assert!(code.len() == 8 && code.bytes().all(is_crockford), "{code}");
    let typed = format!("{}-{} ", &code[..4], &code[4..]).to_lowercase();
    let _ = approve(&first, &second, &typed).taken();
    assert_active(&world, &second);
    assert_active(&world, &first);
    approve(&first, &second, &code).refused(404, "missing");
    second.call("devices/code", &json!({})).refused(404, "missing");
}

#[test]
fn five_wrong_codes_void_a_code_and_a_new_one_is_good() {
    let (world, first, second) = scene();
    let code = code_of(&second);
    let wrong = if code == "00000000" { "11111111" } else { "00000000" };
    for typed in [wrong, "", "x", "UUUUUUUU", wrong] {
        approve(&first, &second, typed).refused(400, "code");
    }
    approve(&first, &second, &code).refused(400, "code");
    let newer = code_of(&second);
    assert_ne!(newer, code);
    let _ = approve(&first, &second, &newer).taken();
    assert_active(&world, &second);
}

#[test]
fn a_code_dies_after_ten_minutes_and_by_a_newer_one() {
    let (world, first, second) = scene();
    approve(&first, &second, "ABCDEFGH").refused(400, "code");
    let old = code_of(&second);
    let newer = code_of(&second);
    approve(&first, &second, &old).refused(400, "code");
    world.clock.advance(601);
    approve(&first, &second, &newer).refused(400, "code");
    assert_held(&second);
}

#[test]
fn a_code_of_one_device_does_not_let_another_in() {
    let (world, first, second) = scene();
    let third = Device::enrolled(&world, U1_NUMBER);
    let (code, _) = (code_of(&second), code_of(&third));
    approve(&first, &third, &code).refused(400, "code");
    let stranger = Device::ready(&world, U2_NUMBER);
    approve(&stranger, &second, &code).refused(404, "missing");
    let _ = approve(&first, &second, &code).taken();
    assert_held(&third);
}

#[test]
fn the_first_device_sees_it_wait_and_refuses_it() {
    let (_world, first, second) = scene();
    let devices = first.sync()["devices"].clone();
    let waiting = devices.as_array().expect("a list").iter().find(|one| one["state"] == "held");
    assert_eq!(waiting.map(|one| &one["id"]), Some(&json!(second.id)), "{devices}");
    let _ = first.remove(&second).taken();
    second.call("sync", &json!({ "seen": null, "wait": false })).refused(401, "device");
    assert_eq!(first.sync()["devices"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_waiting_device_may_remove_only_itself() {
    let (_world, first, second) = scene();
    second.remove(&first).refused(403, "held");
    let _ = first.sync();
    let _ = second.remove(&second).taken();
    second.call("sync", &json!({ "seen": null, "wait": false })).refused(401, "device");
}

#[test]
fn it_waits_for_24_hours_and_no_second_less() {
    let world = World::fresh();
    let first = Device::ready(&world, U1_NUMBER);
    let mut second = Device::new(&world);
    let until = second.enrol(&world, U1_NUMBER).taken()["held_until"].as_i64().expect("ms");
    let now = world.clock.now();
    let to_go = (until - now.as_millisecond()) / 1_000;
    world.clock.go_to(now, to_go - 5);
    assert_held(&second);
    world.clock.go_to(now, to_go + 1);
    assert_active(&world, &second);
    assert_active(&world, &first);
}

#[test]
fn the_integrator_sees_a_waiting_device_and_refuses_it() {
    let (world, first, second) = scene();
    let path = authenticators(world.s1, world.u1);
    let list = world.a.get(&path).expect(200).json;
    assert_eq!(list["waiting"][0]["id"], json!(second.id));
    assert!(list["waiting"][0]["held_until"].is_string());
    let id = |device: &Device| device.id.clone().expect("enrolled");
    // Whoever has no user with the number has no such device, and an active one is the person's.
    let missing = world.a.delete(&device_path(world.s1, world.u1, NONE));
    let missing = missing.error_code(404, "authenticator_not_found");
    for foreign in [
        world.a.delete(&device_path(world.s2, world.u2, &id(&second))),
        world.a.delete(&device_path(world.s1, world.u1, &id(&first))),
        world.a.delete(&device_path(world.s1, world.u1, "x")),
    ] {
        foreign.same_as(&missing);
    }
    let _ = world.b.delete(&device_path(world.s1, world.u1, &id(&second))).error(404);
    assert_held(&second);
    let _ = world.a.delete(&device_path(world.s1, world.u1, &id(&second))).expect(202);
    second.call("sync", &json!({ "seen": null, "wait": false })).refused(401, "device");
    assert_eq!(world.a.get(&path).expect(200).json["waiting"], json!([]));
    let _ = first.sync();
}

#[test]
fn removal_ends_requests_and_codes_at_once() {
    let (world, first, second) = scene();
    first.approve(&second);
    let entry = second.entry("Example Shop").id;
    world.clock.advance(61);
    world.a.start_totp(world.s1, world.u1).asks_for_totp();
    let _ = first.remove(&second).taken();
    let now = world.clock.now().as_second();
    let code = totp::code(&second.seed(&entry), Hash::Sha256, now);
    let _ = world.check_u1(&code).failed_by("totp", "INVALID");
    for (call, body) in [
        ("sync", json!({ "seen": null, "wait": false })),
        ("devices/remove", json!({ "device": first.id })),
        ("push", json!({ "subscription": null })),
        ("devices/rename", json!({ "name": "Ghost" })),
    ] {
        second.call(call, &body).refused(401, "device");
    }
    world.check_u1(&first.code("Example Shop")).verified_by_totp();
}

#[test]
fn a_device_that_waits_for_news_hears_of_its_removal() {
    let (_world, first, second) = scene();
    first.approve(&second);
    second.fetch();
    let version = second.sync()["version"].clone();
    let (answer, took) = thread::scope(|scope| {
        let waiting =
            scope.spawn(|| second.call("sync", &json!({ "seen": version, "wait": true })));
        let _ = first.remove(&second).taken();
        let removed = Instant::now();
        let answer = waiting.join().expect("an answer");
        (answer, removed.elapsed())
    });
    answer.refused(401, "device");
    // A second (S-36), and one for a busy machine.
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn news_end_the_wait() {
    let world = World::fresh();
    let device = Device::ready(&world, U1_NUMBER);
    let state = device.sync();
    let version = state["version"].clone();
    let (seen, took) = thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let began = Instant::now();
            let seen = device.call("sync", &json!({ "seen": version, "wait": true })).taken();
            (seen, began.elapsed())
        });
        let _second = Device::enrolled(&world, U1_NUMBER);
        waiting.join().expect("an answer")
    });
    assert_eq!(seen["devices"].as_array().map(Vec::len), Some(2), "{seen}");
    assert!(took < Duration::from_secs(7), "it waited to its end: {took:?}");
    assert_ne!(seen["version"], state["version"]);
}

#[test]
fn five_devices_may_be_active_and_a_sixth_is_told_which() {
    let world = World::fresh();
    let first = Device::ready(&world, U1_NUMBER);
    let mut devices = Vec::new();
    while devices.len() < DEVICES_MAX - 1 {
        let next = Device::enrolled(&world, U1_NUMBER);
        first.approve(&next);
        devices.push(next);
    }
    let mut sixth = Device::new(&world);
    let answer = sixth.enrol(&world, U1_NUMBER);
    answer.refused(409, "devices_full");
    let named = answer.json["devices"].as_array().expect("a list").clone();
    assert_eq!(named.len(), DEVICES_MAX);
    let is_named = |one: &Value| one["name"] == "Phone" && one["last_seen_at"].is_i64();
    assert!(named.iter().all(is_named), "{named:?}");
    assert_eq!(first.sync()["devices"].as_array().map(Vec::len), Some(DEVICES_MAX));

    let _ = first.remove(&devices[0]).taken();
    let seventh = Device::enrolled(&world, U1_NUMBER);
    assert_held(&seventh);
}

#[test]
fn waiting_devices_that_are_never_let_in_do_not_pile_up() {
    let world = World::fresh();
    let first = Device::ready(&world, U1_NUMBER);
    let waiting: Vec<_> = (0..6).map(|_| Device::enrolled(&world, U1_NUMBER)).collect();
    let devices = first.sync()["devices"].as_array().map(Vec::len).expect("a list");
    assert!(devices <= 1 + DEVICES_MAX, "{devices} devices");
    assert_held(waiting.last().expect("six"));
    // When their day is over, no more are active than may be.
    world.clock.advance(HOLD_SECONDS + 10);
    let state = first.sync();
    let active = state["devices"].as_array().expect("a list").iter();
    let active = active.filter(|one| one["state"] == "active").count();
    assert!(active <= DEVICES_MAX, "{active} devices are active");
}

#[test]
fn a_device_gets_another_name() {
    let (_world, first, second) = scene();
    let _ = first.call("devices/rename", &json!({ "name": "  Köök  " })).taken();
    let state = first.sync();
    assert_eq!(state["device"]["name"], "Köök");
    // What a waiting one is called was said when it asked.
    second.call("devices/rename", &json!({ "name": "Yours" })).refused(403, "held");
    let names: Vec<_> = state["devices"].as_array().expect("a list").iter().collect();
    assert!(names.iter().all(|one| one["name"] != "Yours"), "{state}");
    for name in ["", " ", "x\ny", &"x".repeat(41), "a\u{200b}b"] {
        first.call("devices/rename", &json!({ "name": name })).refused(400, "body");
    }
}

#[test]
fn signing_out_removes_the_device_and_logins_go_by_sms_again() {
    let world = World::fresh();
    let device = Device::ready(&world, U1_NUMBER);
    world.a.start_totp(world.s1, world.u1).asks_for_totp();
    let _ = device.remove(&device).taken();
    device.call("sync", &json!({ "seen": null, "wait": false })).refused(401, "device");
    world.clock.advance(301);
    world.a.start_totp(world.s1, world.u1).started(201);
    world.pin_of_u1();
    // Nobody is left who could approve, so the next device is the first.
    let again = Device::ready(&world, U1_NUMBER);
    assert_active(&world, &again);
}

#[test]
fn a_device_that_was_not_seen_for_90_days_is_not_asked_for_codes() {
    let world = World::fresh();
    let device = Device::ready(&world, U1_NUMBER);
    world.clock.advance(89 * 86_400);
    world.a.start_totp(world.s1, world.u1).asks_for_totp();
    world.clock.advance(2 * 86_400);
    world.a.start_totp(world.s1, world.u1).started(201);
    let _ = device.sync();
    world.clock.advance(400);
    world.a.start_totp(world.s1, world.u1).asks_for_totp();
}

#[test]
fn an_entry_is_given_to_any_other_authenticator() {
    let world = World::fresh();
    let device = Device::ready(&world, U1_NUMBER);
    let entry = device.entry("Example Shop").id;
    let made = device.call("other/create", &json!({ "entry": entry, "name": "Aegis" })).taken();
    let uri = made["uri"].as_str().expect("text");
    assert!(uri.starts_with("otpauth://totp/Example%20Shop:jane%40shop.example?"), "{uri}");
    assert!(made["qr_svg"].as_str().is_some_and(|svg| svg.contains("<svg")));
    let secret = uri.split(['?', '&']).find_map(|part| part.strip_prefix("secret="));
    let secret = totp::from_base32(secret.expect("a secret"));
    assert_eq!(secret.len(), 20, "160 bits (D-18)");
    let shown = |world: &World| totp::code(&secret, Hash::Sha1, world.clock.now().as_second());
    world.a.start_totp(world.s1, world.u1).asks_for_totp();
    let _ = world.check_u1(&shown(&world)).failed_by("totp", "INVALID");

    let confirm = |code: &str| {
        let body = json!({ "entry": entry, "authenticator": made["authenticator"], "code": code });
        device.call("other/confirm", &body)
    };
    let wrong = if shown(&world) == "000000" { "000001" } else { "000000" };
    confirm(wrong).refused(400, "code");
    let _ = confirm(&shown(&world)).taken();
    confirm(&shown(&world)).refused(404, "missing");
    // The code of its proof is spent: it was seen on a screen.
    let _ = world.check_u1(&shown(&world)).failed_by("totp", "INVALID");
    world.clock.advance(31);
    world.check_u1(&shown(&world)).verified_by_totp();
    let list = world.a.get(&authenticators(world.s1, world.u1)).expect(200).json;
    let kinds: Vec<_> = list["authenticators"].as_array().expect("a list").iter().collect();
    assert!(kinds.iter().any(|one| one["kind"] == "other" && one["name"] == "Aegis"), "{list}");
}
