//! Section 5: start authentication.

use ringproof_blackbox::caller::{auth, user};
use ringproof_blackbox::devi::{self, UD_NUMBER};
use ringproof_blackbox::device::Device;
use ringproof_blackbox::push_service::PushService;
use ringproof_blackbox::server::ServerOptions;
use ringproof_blackbox::world::{NONE, U1_NUMBER, World, fixture_folder};
use serde_json::{Value, json};

/// Insists that exactly one message has been sent, to U1 with a PIN in it.
#[track_caller]
fn assert_one_message_to_u1(world: &World) {
    let messages = world.messages();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!((messages[0].to.as_str(), messages[0].from.as_str()), (U1_NUMBER, "Verigator"));
    // Six digits, the first not 0, after the documented text and nothing else.
    messages[0].pin();
}

/// Insists that this body is refused because of `method` and nothing is sent.
#[track_caller]
fn assert_method_refused(body: &Value) {
    let world = World::fresh();
    let _ = world.a.post(&auth(world.s1, world.u1), body).invalid_field("method");
    assert_eq!(world.messages(), []);
}

#[test]
fn case_107_start_by_sms_sends_one_pin() {
    let world = World::fresh();
    let auth_id = world.a.start(world.s1, world.u1).started(201);
    assert!(!auth_id.is_empty());
    assert_one_message_to_u1(&world);
}

#[test]
fn case_108_start_java_agent_gets_200() {
    let world = World::fresh();
    world.a.with_agent(Some("verigator-java-1.1")).start(world.s1, world.u1).started(200);
}

#[test]
fn case_109_totp_without_device_falls_back_to_sms() {
    let world = World::fresh();
    world.a.post(&auth(world.s1, world.u1), &json!({ "method": "totp" })).started(201);
    assert_one_message_to_u1(&world);
}

#[test]
fn case_110_totp_with_a_device_sends_one_push_and_no_sms() {
    let service = PushService::start(&[]);
    let options = ServerOptions::dev(fixture_folder(&service.config()));
    let world = World::start(service.trusted_by(options));
    // First the device, which would wait beside another authenticator.
    let device = Device::enrolled(&world, UD_NUMBER);
    let ud = devi::add(&world);
    device.fetch();
    let browser = service.subscribe(&device, "devi");
    let sent_before = world.messages().len();

    world.a.start_totp(world.s1, &ud).asks_for_totp();
    let pushed = service.next();
    assert_eq!(pushed.path, "/devi");
    let text: Value = serde_json::from_str(&browser.read(&pushed.body)).expect("JSON");
    assert_eq!(text["prompt"], device.sync()["prompts"][0]["id"]);
    assert_eq!(world.messages().len(), sent_before, "the enrolment's own message is the last");
    assert_eq!(service.count(), 1);
}

#[test]
fn case_111_sms_for_a_user_with_a_device_sends_an_sms() {
    let world = World::fresh();
    let ud = devi::add(&world);
    world.a.start(world.s1, &ud).started(201);
    let pin = world.inbox.next(UD_NUMBER).pin();
    world.a.check(world.s1, &ud, &pin).verified();
}

#[test]
fn case_112_start_without_method_is_422() {
    assert_method_refused(&json!({}));
}

#[test]
fn case_113_unknown_method_is_422() {
    assert_method_refused(&json!({ "method": "voice" }));
}

#[test]
fn case_114_method_in_capitals_is_422() {
    assert_method_refused(&json!({ "method": "SMS" }));
}

#[test]
fn case_115_method_as_number_is_422() {
    assert_method_refused(&json!({ "method": 1 }));
}

#[test]
fn case_116_start_for_unknown_user_is_404() {
    let world = World::fresh();
    let _ = world.a.start(world.s1, NONE).error_code(404, "user_not_found");
}

#[test]
fn case_117_start_for_foreign_user_looks_unknown() {
    let world = World::fresh();
    let unknown = world.a.start(NONE, NONE).error_code(404, "service_not_found");
    world.a.start(world.s3, world.u3).same_as(&unknown);
    assert_eq!(world.messages(), []);
}

#[test]
fn case_118_start_on_the_short_path() {
    let world = World::fresh();
    let path = format!("/v1/service/{}/users/{}/auth", world.s1, world.u1);
    world.a.post(&path, &json!({ "method": "sms" })).started(201);
    assert_one_message_to_u1(&world);
}

#[test]
fn case_119_short_path_without_uuid_is_404() {
    let world = World::fresh();
    let _ = world.a.get("/v1/service/abc/users/x").error_code(404, "route_not_found");
}

#[test]
fn case_120_start_again_after_5_seconds_sends_nothing() {
    let world = World::fresh();
    let auth_id = world.a.start(world.s1, world.u1).started(201);
    world.clock.advance(5);
    assert_eq!(world.a.start(world.s1, world.u1).started(201), auth_id);
    assert_one_message_to_u1(&world);
    let pin = world.pin_of_u1();
    world.check_u1(&pin).verified();
}

#[test]
fn case_121_start_again_after_31_seconds_repeats_the_pin() {
    let world = World::fresh();
    let auth_id = world.a.start(world.s1, world.u1).started(201);
    let first = world.pin_of_u1();
    world.clock.advance(31);
    assert_eq!(world.a.start(world.s1, world.u1).started(201), auth_id);
    assert_eq!(world.pin_of_u1(), first);
    assert_eq!(world.pins_sent_to_u1().len(), 2);
    world.check_u1(&first).verified();
}

#[test]
fn case_122_fourth_start_in_10_minutes_is_429() {
    let world = World::fresh();
    // The first login with a chosen password takes its time, which must not
    // count below.
    let _ = world.a.get(&user(world.s1, world.u1)).expect(200);
    let base = world.clock.now();
    for seconds in [0, 130, 260] {
        world.clock.go_to(base, seconds);
        world.a.start(world.s1, world.u1).started(201);
        if seconds < 260 {
            // It is out before the clock runs away from it.
            world.pin_of_u1();
        }
    }
    // The third start sends nothing, because too little of the PIN's life is
    // left (D-6), yet it counts: it was a start beyond the cooldown.
    assert_eq!(world.pins_sent_to_u1().len(), 2);
    world.clock.go_to(base, 390);
    let answer = world.a.start(world.s1, world.u1).error_code(429, "rate_limited");
    assert!((195..=211).contains(&answer.retry_after()), "{answer:?}");
    assert_eq!(world.pins_sent_to_u1().len(), 2);
}

#[test]
fn case_123_refusing_route_is_503_and_the_next_start_is_possible() {
    let world = World::fresh();
    world.faults.gateway_refuses(true);
    let _ = world.a.start(world.s1, world.u1).error_code(503, "sms_unavailable");
    world.faults.gateway_refuses(false);
    let pin = world.start_u1();
    assert_one_message_to_u1(&world);
    world.check_u1(&pin).verified();
}
