//! Section 6: verify PIN.

use ringproof_blackbox::caller::{Caller, auth, user};
use ringproof_blackbox::devi;
use ringproof_blackbox::world::{ACCOUNT_A, NONE, U2_NUMBER, World, wrong_pin};
use serde_json::{Value, json};
use std::sync::Barrier;
use std::thread;

/// Starts for U1 and puts the body made from PIN and `auth_id`.
#[track_caller]
fn started_then_put(body: impl FnOnce(&str, &str) -> Value) -> ringproof_blackbox::answer::Answer {
    let world = World::fresh();
    let auth_id = world.a.start(world.s1, world.u1).started(201);
    let pin = world.pin_of_u1();
    world.a.put(&auth(world.s1, world.u1), &body(&pin, &auth_id))
}

/// Insists that the right PIN is throttled: now, while five failures block
/// the user, and after that minute too, because the PIN's attempts are used up.
#[track_caller]
fn assert_used_up(world: &World, pin: &str) {
    for seconds in [0, 65] {
        world.clock.advance(seconds);
        let _ = world.check_u1(pin).failed("THROTTLED");
    }
}

#[test]
fn case_124_right_pin_is_verified() {
    // `verified` checks the whole body, so that no `status` can be in it.
    started_then_put(|pin, _| json!({ "token": pin })).verified();
}

#[test]
fn case_125_method_may_be_given() {
    started_then_put(|pin, _| json!({ "method": "sms", "token": pin })).verified();
}

#[test]
fn case_126_right_auth_id_may_be_given() {
    started_then_put(|pin, auth_id| json!({ "token": pin, "auth_id": auth_id })).verified();
}

#[test]
fn case_127_foreign_auth_id_is_404() {
    let world = World::fresh();
    let pin = world.start_u1();
    let foreign = world.a.start(world.s2, world.u2).started(201);
    for auth_id in [foreign.as_str(), NONE, "x", ""] {
        let body = json!({ "token": pin, "auth_id": auth_id });
        let _ =
            world.a.put(&auth(world.s1, world.u1), &body).error_code(404, "verification_not_found");
    }
    world.check_u1(&pin).verified();
}

#[test]
fn case_128_auth_id_null_is_ignored() {
    started_then_put(|pin, _| json!({ "token": pin, "auth_id": null })).verified();
}

#[test]
fn case_129_wrong_pin_is_invalid() {
    let _ = started_then_put(|pin, _| json!({ "token": wrong_pin(pin, 1) })).failed("INVALID");
}

#[test]
fn case_130_right_pin_after_a_wrong_one_is_verified() {
    let world = World::fresh();
    let pin = world.start_u1();
    let _ = world.check_u1(&wrong_pin(&pin, 1)).failed("INVALID");
    world.check_u1(&pin).verified();
}

#[test]
fn case_131_right_pin_after_5_wrong_ones_is_throttled() {
    let world = World::fresh();
    let pin = world.start_u1();
    for n in 1..=5 {
        let _ = world.check_u1(&wrong_pin(&pin, n)).failed("INVALID");
    }
    assert_used_up(&world, &pin);
}

#[test]
fn case_132_right_pin_after_301_seconds_is_expired() {
    let world = World::fresh();
    let pin = world.start_u1();
    world.clock.advance(301);
    let _ = world.check_u1(&pin).failed("EXPIRED");
}

#[test]
fn case_133_right_pin_at_299_seconds_is_verified() {
    let world = World::fresh();
    let base = world.clock.now();
    let pin = world.start_u1();
    // One request to warm up, so that the next takes no longer than it must.
    let _ = world.a.get(&user(world.s1, world.u1)).user(200);
    world.clock.go_to(base, 299);
    world.check_u1(&pin).verified();
}

#[test]
fn case_134_pin_without_any_start_is_404() {
    let world = World::fresh();
    let _ = world.check_u1("123456").error_code(404, "verification_not_found");
}

#[test]
fn case_135_used_pin_is_404() {
    let world = World::fresh();
    let pin = world.start_u1();
    world.check_u1(&pin).verified();
    world.clock.advance(30);
    let _ = world.check_u1(&pin).error_code(404, "verification_not_found");
}

#[test]
fn case_136_resend_does_not_reset_attempts() {
    let world = World::fresh();
    let pin = world.start_u1();
    let _ = world.check_u1(&wrong_pin(&pin, 1)).failed("INVALID");
    world.clock.advance(31);
    assert_eq!(world.start_u1(), pin);
    for n in 2..=5 {
        let _ = world.check_u1(&wrong_pin(&pin, n)).failed("INVALID");
    }
    assert_used_up(&world, &pin);
}

#[test]
fn case_137_without_token_is_422() {
    let _ = started_then_put(|_, _| json!({})).invalid_field("token");
}

#[test]
fn case_138_token_as_number_is_422() {
    let _ = started_then_put(|pin, _| json!({ "token": pin.parse::<u32>().expect("digits") }))
        .invalid_field("token");
}

#[test]
fn case_139_empty_token_is_422() {
    let _ = started_then_put(|_, _| json!({ "token": "" })).invalid_field("token");
}

#[test]
fn case_140_blanks_inside_a_token_are_removed() {
    started_then_put(
        |pin, _| json!({ "token": format!("{} {} {}", &pin[..2], &pin[2..4], &pin[4..]) }),
    )
    .verified();
}

#[test]
fn case_141_token_of_letters_is_invalid() {
    let _ = started_then_put(|_, _| json!({ "token": "abcdef" })).failed("INVALID");
}

#[test]
fn case_142_unknown_method_is_422() {
    let _ = started_then_put(|pin, _| json!({ "token": pin, "method": "voice" }))
        .invalid_field("method");
}

#[test]
fn case_143_broken_json_is_422() {
    let world = World::fresh();
    let _ = world
        .a
        .send_body("PUT", &auth(world.s1, world.u1), "{\"token\":")
        .error_code(422, "invalid_body");
}

#[test]
fn case_144_unknown_user_is_404() {
    let world = World::fresh();
    let _ = world.a.check(world.s1, NONE, "123456").error_code(404, "user_not_found");
}

#[test]
fn case_145_foreign_user_looks_unknown() {
    let world = World::fresh();
    let unknown = world.a.check(NONE, NONE, "123456").error_code(404, "service_not_found");
    world.a.check(world.s3, world.u3, "123456").same_as(&unknown);
}

#[test]
fn case_146_pin_is_worth_nothing_for_another_user() {
    let world = World::fresh();
    let pin = world.start_u1();
    let idle = world.a.new_user(world.s1, "idle", "+37255500124");
    let _ = world.a.check(world.s1, &idle, &pin).error_code(404, "verification_not_found");
    let busy = world.a.new_user(world.s1, "busy", "+37255500125");
    world.a.start(world.s1, &busy).started(201);
    assert_ne!(world.inbox.next("+37255500125").pin(), pin, "one chance in 900,000");
    let _ = world.a.check(world.s1, &busy, &pin).failed("INVALID");
    world.check_u1(&pin).verified();
}

/// Starts `totp` for UD at the time of the test vectors; gives the user.
#[track_caller]
fn totp_started(world: &World) -> String {
    let ud = devi::add(world);
    devi::go_to(world, 1_499_346_723);
    world.a.start_totp(world.s1, &ud).asks_for_totp();
    ud
}

#[test]
fn case_147_code_of_this_step_is_verified() {
    let world = World::fresh();
    let ud = totp_started(&world);
    world.a.check(world.s1, &ud, "789477").verified_by_totp();
}

#[test]
fn case_148_code_of_the_previous_step_is_verified() {
    let world = World::fresh();
    let ud = totp_started(&world);
    world.a.check(world.s1, &ud, "186719").verified_by_totp();
}

#[test]
fn case_149_code_of_the_next_step_is_verified() {
    let world = World::fresh();
    let ud = totp_started(&world);
    world.a.check(world.s1, &ud, "232832").verified_by_totp();
}

#[test]
fn case_150_code_of_a_far_step_is_invalid() {
    let world = World::fresh();
    let ud = totp_started(&world);
    let _ = world.a.check(world.s1, &ud, "480992").failed_by("totp", "INVALID");
}

#[test]
fn case_151_used_and_older_codes_are_invalid() {
    let world = World::fresh();
    let ud = totp_started(&world);
    world.a.check(world.s1, &ud, "789477").verified_by_totp();
    world.a.start_totp(world.s1, &ud).asks_for_totp();
    for token in ["789477", "186719"] {
        let _ = world.a.check(world.s1, &ud, token).failed_by("totp", "INVALID");
    }
}

#[test]
fn case_152_right_totp_code_is_invalid_while_an_sms_is_out() {
    let world = World::fresh();
    let ud = devi::add(&world);
    devi::go_to(&world, 1_499_346_723);
    world.a.start(world.s1, &ud).started(201);
    let _ = world.a.check(world.s1, &ud, "789477").failed("INVALID");
}

#[test]
fn case_153_pin_dies_with_its_user() {
    let world = World::fresh();
    let pin = world.start_u1();
    let _ = world.a.delete(&user(world.s1, world.u1)).expect(202);
    let _ = world.check_u1(&pin).error_code(404, "user_not_found");
}

#[test]
fn case_154_50_parallel_wrong_pins_are_compared_5_times() {
    let world = World::fresh();
    let pin = world.start_u1();
    let before = world.metric("ringproof_code_comparisons_total");
    let (address, s1, u1, barrier) = (world.server.address(), world.s1, world.u1, Barrier::new(50));
    let guess = |n| {
        let caller = Caller::new(address, ACCOUNT_A);
        // Connected and known to the server before all begin at once.
        let _ = caller.get(&user(s1, u1)).user(200);
        barrier.wait();
        let answer = caller.check(s1, u1, &wrong_pin(&pin, n)).expect(200);
        answer.json["status"]["result"].as_str().expect("a reason").to_owned()
    };
    let results: Vec<_> = thread::scope(|scope| {
        let guesses: Vec<_> = (1..=50).map(|n| scope.spawn(move || guess(n))).collect();
        guesses.into_iter().map(|guess| guess.join().expect("the guess was answered")).collect()
    });
    let count = |result: &str| results.iter().filter(|found| *found == result).count();
    assert_eq!((count("INVALID"), count("THROTTLED")), (5, 45));
    let compared = world.metric("ringproof_code_comparisons_total") - before;
    assert!((compared - 5.0).abs() < 0.5, "{compared} comparisons");
    let _ = world.check_u1(&pin).failed("THROTTLED");
}

#[test]
fn case_155_verified_is_a_boolean_in_every_answer() {
    let world = World::fresh();
    let pin = world.start_u1();
    let mut answers = vec![world.check_u1(&wrong_pin(&pin, 1)), world.check_u1(&pin)];
    world.a.start(world.s2, world.u2).started(201);
    let pin = world.inbox.next(U2_NUMBER).pin();
    for n in 1..=6 {
        answers.push(world.a.check(world.s2, world.u2, &wrong_pin(&pin, n)));
    }
    world.clock.advance(301);
    answers.push(world.a.check(world.s2, world.u2, &pin));
    let verified: Vec<_> = answers.iter().map(|answer| answer.json["verified"].as_bool()).collect();
    assert_eq!(verified, [&[Some(false), Some(true)][..], &[Some(false); 7]].concat());
}
