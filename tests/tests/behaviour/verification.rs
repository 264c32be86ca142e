//! The life of a verification between the numbered cases (`verigator-api.md`
//! sections 5.11 and 5.12, security S-2 … S-7, D-2 … D-7).

use ringproof_blackbox::caller::auth;
use ringproof_blackbox::world::{U1_NUMBER, World, wrong_pin};
use serde_json::json;

#[test]
fn after_success_a_new_start_makes_a_new_verification() {
    let world = World::fresh();
    let first_id = world.a.start(world.s1, world.u1).started(201);
    let first = world.pin_of_u1();
    world.check_u1(&first).verified();
    world.clock.advance(31);
    let second_id = world.a.start(world.s1, world.u1).started(201);
    let second = world.pin_of_u1();
    assert_ne!(first_id, second_id);
    assert_ne!(first, second, "one chance in 900,000");
    let _ = world.check_u1(&first).failed("INVALID");
    world.check_u1(&second).verified();
}

#[test]
fn after_expiry_a_new_start_makes_a_new_verification() {
    let world = World::fresh();
    let first_id = world.a.start(world.s1, world.u1).started(201);
    let first = world.pin_of_u1();
    world.clock.advance(301);
    assert_ne!(world.a.start(world.s1, world.u1).started(201), first_id);
    let second = world.pin_of_u1();
    let _ = world.check_u1(&first).failed("INVALID");
    world.check_u1(&second).verified();
}

#[test]
fn expired_is_told_for_a_day_and_then_forgotten() {
    let world = World::fresh();
    let base = world.clock.now();
    let pin = world.start_u1();
    for seconds in [305, 3600, 300 + 86_390] {
        world.clock.go_to(base, seconds);
        let _ = world.check_u1(&pin).failed("EXPIRED");
        let _ = world.check_u1("000000").failed("EXPIRED");
    }
    world.clock.go_to(base, 300 + 86_410);
    let _ = world.check_u1(&pin).error_code(404, "verification_not_found");
}

#[test]
fn resend_does_not_make_the_pin_live_longer() {
    let world = World::fresh();
    let base = world.clock.now();
    let pin = world.start_u1();
    world.clock.go_to(base, 200);
    assert_eq!(world.start_u1(), pin);
    world.clock.go_to(base, 305);
    let _ = world.check_u1(&pin).failed("EXPIRED");
}

#[test]
fn resends_wait_30_then_60_seconds_and_are_two_at_most() {
    // The limits per number would come first, so they are raised out of the way.
    let limits = "[limits]\nnumber_service_per_30s = 100\nnumber_service_per_10min = 100\nnumber_service_per_hour = 100\n";
    let world = World::configured(limits);
    let base = world.clock.now();
    let mut sent = Vec::new();
    for seconds in [0, 25, 31, 85, 93, 150, 215] {
        world.clock.go_to(base, seconds);
        world.a.start(world.s1, world.u1).started(201);
        sent.push(world.pins_sent_to_u1().len());
    }
    assert_eq!(sent, [1, 1, 2, 2, 3, 3, 3]);
    let pins = world.pins_sent_to_u1();
    assert!(pins.iter().all(|pin| *pin == pins[0]), "{pins:?}");
}

#[test]
fn nothing_is_sent_again_when_less_than_60_seconds_remain() {
    let world = World::fresh();
    let base = world.clock.now();
    let pin = world.start_u1();
    world.clock.go_to(base, 245);
    world.a.start(world.s1, world.u1).started(201);
    assert_eq!(world.pins_sent_to_u1().len(), 1);
    world.check_u1(&pin).verified();
}

#[test]
fn totp_and_sms_starts_of_a_user_without_device_are_one_verification() {
    let world = World::fresh();
    let path = auth(world.s1, world.u1);
    let first = world.a.post(&path, &json!({ "method": "totp" })).started(201);
    let second = world.a.post(&path, &json!({ "method": "sms" })).started(201);
    assert_eq!(first, second);
    let pin = world.pin_of_u1();
    let body = json!({ "token": wrong_pin(&pin, 1), "method": "totp" });
    let _ = world.a.put(&path, &body).failed("INVALID");
    world.check_u1(&pin).verified();
    assert_eq!(world.pins_sent_to_u1().len(), 1);
}

#[test]
fn a_foreign_auth_id_is_no_attempt() {
    let world = World::fresh();
    let pin = world.start_u1();
    for n in 1..=10 {
        let body = json!({ "token": wrong_pin(&pin, n), "auth_id": "not-this-one" });
        let _ =
            world.a.put(&auth(world.s1, world.u1), &body).error_code(404, "verification_not_found");
    }
    world.check_u1(&pin).verified();
}

#[test]
fn auth_ids_are_not_guessable_from_other_ids() {
    let world = World::fresh();
    let first = world.a.start(world.s1, world.u1).started(201);
    let second = world.a.start(world.s2, world.u2).started(201);
    assert_ne!(first, second);
    for known in [world.s1, world.u1, world.s2, world.u2, U1_NUMBER] {
        assert!(!first.contains(known) && !second.contains(known));
    }
}

#[test]
fn code_length_and_template_follow_the_configuration() {
    let world = World::configured(
        "[codes]\nlength = 8\n[sms]\nsender = \"ExampleCo\"\ntemplate = \"<PIN> is for Example\"\n",
    );
    world.a.start(world.s1, world.u1).started(201);
    let message = world.inbox.next(U1_NUMBER);
    let pin = message.text.strip_suffix(" is for Example").expect("the template's text");
    assert_eq!((pin.len(), message.from.as_str()), (8, "ExampleCo"));
    world.check_u1(pin).verified();
}

#[test]
fn lifetime_and_attempts_follow_the_configuration() {
    let world = World::configured("[codes]\nlifetime_seconds = 120\nattempts_max = 2\n");
    let pin = world.start_u1();
    let _ = world.check_u1(&wrong_pin(&pin, 1)).failed("INVALID");
    let _ = world.check_u1(&wrong_pin(&pin, 2)).failed("INVALID");
    let _ = world.check_u1(&pin).failed("THROTTLED");
    world.clock.advance(125);
    let _ = world.check_u1(&pin).failed("EXPIRED");
}
