//! A number is proved to a device, and its entries appear.

use ringproof_blackbox::caller::user;
use ringproof_blackbox::device::{Device, plain};
use ringproof_blackbox::world::{NONE, U1_NUMBER, U2_NUMBER, World, wrong_pin};
use serde_json::json;

#[test]
fn a_person_enrols_by_sms_and_a_code_of_the_app_lets_her_in() {
    let world = World::fresh();
    let mut device = Device::new(&world);
    let finished = device.enrol(&world, U1_NUMBER).taken();
    assert_eq!((&finished["state"], &finished["held_until"]), (&json!("active"), &json!(null)));

    let state = device.sync();
    assert_eq!(state["entries"][0]["state"], "new");
    let entry = device.entry("Example Shop");
    assert_eq!(entry.account, "jane@shop.example");
    assert_eq!(device.sync()["entries"][0]["state"], "ready");
    world.a.start_totp(world.s1, world.u1).asks_for_totp();
    world.check_u1(&device.code("Example Shop")).verified_by_totp();
}

#[test]
fn the_pin_has_the_sender_and_the_text_of_a_login() {
    let world = World::fresh();
    let _ = Device::new(&world).start(U1_NUMBER).taken();
    let message = world.inbox.next(U1_NUMBER);
    message.pin();
    world.start_u1();
    assert_eq!(message.from, world.messages().last().expect("there are two").from);
}

#[test]
fn asked_again_at_once_it_answers_the_same_and_sends_nothing() {
    let world = World::fresh();
    let mut device = Device::new(&world);
    let first = device.start(U1_NUMBER).taken();
    let pin = world.inbox.next(U1_NUMBER).pin();
    world.clock.advance(5);
    assert_eq!(device.start(U1_NUMBER).taken(), first);
    assert_eq!(world.pins_sent_to_u1().len(), 1);
    world.clock.advance(31);
    assert_eq!(device.start(U1_NUMBER).taken(), first);
    assert_eq!(world.inbox.next(U1_NUMBER).pin(), pin, "a resend repeats the PIN");
    let enrolment = first["enrolment"].as_str().expect("text");
    let _ = device.finish(enrolment, &pin).taken();
}

#[test]
fn wrong_expired_used_and_unknown_are_one_answer() {
    let world = World::fresh();
    let mut device = Device::new(&world);
    let enrolment = device.start_when_due(&world, U1_NUMBER);
    let pin = world.inbox.next(U1_NUMBER).pin();
    let wrong = device.finish(&enrolment, &wrong_pin(&pin, 1));
    wrong.refused(400, "pin");
    let unknown = device.finish(&"0".repeat(32), &pin);
    let malformed = device.finish("no enrolment at all", &pin);
    let letters = device.finish(&enrolment, "abcdef");
    let empty = device.finish(&enrolment, "");
    world.clock.advance(301);
    let expired = device.finish(&enrolment, &pin);
    let enrolment = device.start_when_due(&world, U1_NUMBER);
    let pin = world.inbox.next(U1_NUMBER).pin();
    let made = device.finish(&enrolment, &pin).taken();
    let used = Device::new(&world).finish(&enrolment, &pin);
    // The device itself is told once more what it is: its answer may have been lost.
    device.id = None;
    assert_eq!(device.finish(&enrolment, &pin).taken(), made);
    for answer in [unknown, malformed, letters, empty, expired, used] {
        assert_eq!(answer.visible(), wrong.visible());
    }
}

#[test]
fn five_wrong_pins_use_an_enrolment_up() {
    let world = World::fresh();
    let mut device = Device::new(&world);
    let enrolment = device.start_when_due(&world, U1_NUMBER);
    let pin = world.inbox.next(U1_NUMBER).pin();
    for n in 1..=5 {
        device.finish(&enrolment, &wrong_pin(&pin, n)).refused(400, "pin");
    }
    device.finish(&enrolment, &pin).refused(429, "throttled");
    world.clock.advance(65);
    device.finish(&enrolment, &pin).refused(429, "throttled");
}

#[test]
fn a_pin_of_one_enrolment_is_worth_nothing_for_another() {
    let world = World::fresh();
    let mut device = Device::new(&world);
    let (first, second) =
        (device.start_when_due(&world, U1_NUMBER), device.start_when_due(&world, U2_NUMBER));
    let (own, other) = (world.inbox.next(U1_NUMBER).pin(), world.inbox.next(U2_NUMBER).pin());
    assert_ne!(own, other, "one chance in 900,000");
    device.finish(&first, &other).refused(400, "pin");
    let _ = device.finish(&second, &other).taken();
}

#[test]
fn what_is_no_number_is_refused() {
    let world = World::fresh();
    let device = Device::new(&world);
    for number in ["", "+", "0372555001", "+372555001234567890", "+3725550x123", "jane"] {
        device.start(number).refused(400, "phone");
    }
    for body in [json!({}), json!([]), json!({ "phone": 1 })] {
        device.send(&plain("enrol/start", &body)).refused(400, "body");
    }
    let extra = json!({ "phone": U1_NUMBER, "x": 1 });
    device.send(&plain("enrol/start", &extra)).refused(400, "body");
    assert_eq!(world.messages(), []);
}

#[test]
fn what_is_no_device_is_refused() {
    let world = World::fresh();
    let mut device = Device::new(&world);
    let enrolment = device.start_when_due(&world, U1_NUMBER);
    let pin = world.inbox.next(U1_NUMBER).pin();
    let good = device.finish_body(&enrolment, &pin);
    for (member, value) in [
        ("name", json!("")),
        ("name", json!("x".repeat(41))),
        ("name", json!("a\u{202e}b")),
        ("language", json!("eng")),
        ("language", json!("EN")),
        ("wrap_key", json!("AAAA")),
        ("wrap_key", json!(ringproof_blackbox::device::b64(&[4; 65]))),
        ("pin", json!(null)),
    ] {
        let mut body = good.clone();
        body[member] = value;
        device.call("enrol/finish", &body).refused(400, "body");
    }
    let _ = device.finish(&enrolment, &pin).taken();
}

#[test]
fn entries_of_all_accounts_appear_and_later_ones_by_themselves() {
    let world = World::fresh();
    let shared = "+37255500999";
    world.a.new_user(world.s1, "jane", shared);
    let rival = world.b.new_user(world.s3, "jane at the rival's", shared);
    let device = Device::ready(&world, shared);
    let issuers = |device: &Device| {
        let mut issuers: Vec<_> = device.fetch().into_iter().map(|entry| entry.issuer).collect();
        issuers.sort();
        issuers
    };
    assert_eq!(issuers(&device), ["Example Shop", "Rival Shop"]);
    let later = world.a.new_user(world.s2, "jane too", shared);
    assert_eq!(issuers(&device), ["Example Shop", "Rival Shop", "Second"]);

    world.a.start_totp(world.s2, &later).asks_for_totp();
    let code = device.code("Second");
    // One seed for each user: a code phished at one service is worth nothing at another (S-24).
    world.b.start_totp(world.s3, &rival).asks_for_totp();
    let _ = world.b.check(world.s3, &rival, &code).failed_by("totp", "INVALID");
    world.a.check(world.s2, &later, &code).verified_by_totp();

    let _ = world.b.delete(&user(world.s3, &rival)).expect(202);
    assert_eq!(issuers(&device), ["Example Shop", "Second"], "other entries stay");
}

#[test]
fn an_entry_counts_only_once_its_code_was_right() {
    let world = World::fresh();
    let device = Device::enrolled(&world, U1_NUMBER);
    let entry = device.sync()["entries"][0].clone();
    let id = entry["id"].as_str().expect("text");
    let first = device.keys.unwrap(&entry["wrapped"], device.id.as_deref().expect("enrolled"), id);
    world.a.start_totp(world.s1, world.u1).asks_for_totp();
    let now = world.clock.now().as_second();
    let code = |seed: &[u8]| {
        ringproof_blackbox::totp::code(seed, ringproof_blackbox::totp::Hash::Sha256, now)
    };
    let _ = world.check_u1(&code(&first)).failed_by("totp", "INVALID");

    // A wrong code throws the seed away: nobody has a second guess at it.
    let wrong = if code(&first) == "000000" { "000001" } else { "000000" };
    let proof = json!({ "entries": [{ "id": id, "code": wrong }] });
    let confirmed = device.call("confirm", &proof).taken();
    assert_eq!(confirmed, json!({ "confirmed": [] }));
    let proof = json!({ "entries": [{ "id": id, "code": code(&first) }] });
    assert_eq!(device.call("confirm", &proof).taken(), json!({ "confirmed": [] }));
    let again = device.entry("Example Shop");
    assert_ne!((again.id.as_str(), device.seed(&again.id)), (id, first));
    world.check_u1(&device.code("Example Shop")).verified_by_totp();
}

#[test]
fn an_authenticator_of_one_user_is_missing_at_another() {
    let world = World::fresh();
    let device = Device::ready(&world, U1_NUMBER);
    let entry = device.entry("Example Shop").id;
    let other = Device::ready(&world, U2_NUMBER);
    for id in [entry.as_str(), NONE, "x"] {
        let body = json!({ "entry": id, "name": "Stolen" });
        other.call("other/create", &body).refused(404, "missing");
    }
}
