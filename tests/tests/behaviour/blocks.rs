//! Blocks after five failures, and how they end (security D-8, S-9, S-11).

use ringproof_blackbox::answer::Answer;
use ringproof_blackbox::caller::{P, user};
use ringproof_blackbox::cli;
use ringproof_blackbox::world::{NONE, World, wrong_pin};
use serde_json::json;
use std::time::{Duration, Instant};

/// Starts for U1 and fails so many times; gives the PIN.
#[track_caller]
fn start_and_fail(world: &World, times: u32) -> String {
    let pin = world.start_u1();
    for n in 1..=times {
        let _ = world.check_u1(&wrong_pin(&pin, n)).failed("INVALID");
    }
    pin
}

/// Insists that U1 is blocked for about `seconds`, for both calls alike.
#[track_caller]
fn assert_blocked(world: &World, pin: &str, seconds: i64) {
    let about = seconds - 10..=seconds + 5;
    let start = world.a.start(world.s1, world.u1).error_code(429, "rate_limited");
    assert!(about.contains(&start.retry_after()), "{start:?}");
    let check = world.check_u1(pin).failed("THROTTLED");
    assert!(about.contains(&check.retry_after()), "{check:?}");
}

fn unlock(world: &World, service: &str, user_id: &str) -> Answer {
    world.a.delete(&format!("{P}/{service}/users/{user_id}/lock"))
}

#[test]
fn each_five_failures_block_for_longer() {
    let world = World::fresh();
    for seconds in [60, 1800, 7200, 28_800, 86_400, 86_400] {
        let base = world.clock.now();
        let pin = start_and_fail(&world, 5);
        assert_blocked(&world, &pin, seconds);
        // Shortly before the end nothing has changed; at least the life of
        // the used-up PIN goes by before the next one.
        world.clock.go_to(base, seconds - 5);
        assert_blocked(&world, &pin, 5);
        world.clock.go_to(base, seconds.max(300) + 5);
    }
}

#[test]
fn failures_count_over_several_starts() {
    let world = World::fresh();
    start_and_fail(&world, 3);
    world.clock.advance(301);
    let pin = start_and_fail(&world, 2);
    assert_blocked(&world, &pin, 60);
}

#[test]
fn after_a_short_block_the_used_up_pin_stays_useless() {
    let world = World::fresh();
    let base = world.clock.now();
    let pin = start_and_fail(&world, 5);
    world.clock.go_to(base, 65);
    let _ = world.check_u1(&pin).failed("THROTTLED");
    world.clock.go_to(base, 305);
    let _ = world.check_u1(&pin).failed("EXPIRED");
    let pin = world.start_u1();
    world.check_u1(&pin).verified();
}

#[test]
fn a_success_starts_the_schedule_anew() {
    let world = World::fresh();
    start_and_fail(&world, 5);
    world.clock.advance(305);
    let pin = start_and_fail(&world, 4);
    world.check_u1(&pin).verified();
    world.clock.advance(305);
    let pin = start_and_fail(&world, 5);
    assert_blocked(&world, &pin, 60);
}

#[test]
fn a_block_holds_for_one_user_only() {
    let world = World::fresh();
    let twin = world.a.new_user(world.s2, "jane@shop.example", "+37255500124");
    start_and_fail(&world, 5);
    world.a.start(world.s2, &twin).started(201);
    let pin = world.inbox.next("+37255500124").pin();
    world.a.check(world.s2, &twin, &pin).verified();
}

#[test]
fn blocked_guesses_cost_nothing() {
    let world = World::fresh();
    let pin = start_and_fail(&world, 5);
    let before = world.metric("ringproof_code_comparisons_total");
    for n in 6..=60 {
        let _ = world.check_u1(&wrong_pin(&pin, n)).failed("THROTTLED");
    }
    assert!(
        (world.metric("ringproof_code_comparisons_total") - before).abs() < 0.5,
        "nothing was compared"
    );
    world.clock.advance(305);
    let pin = start_and_fail(&world, 5);
    // Sixty guesses later it is the second block, not a later one.
    assert_blocked(&world, &pin, 1800);
}

#[test]
fn the_lock_extension_lifts_a_block() {
    let world = World::fresh();
    start_and_fail(&world, 5);
    world.clock.advance(305);
    let pin = start_and_fail(&world, 5);
    world.clock.advance(305);
    assert_blocked(&world, &pin, 1800 - 305);
    let _ = unlock(&world, world.s1, world.u1).expect(202).body(&json!({}));
    let pin = world.start_u1();
    world.check_u1(&pin).verified();
}

#[test]
fn the_lock_extension_hides_foreign_users_like_every_call() {
    let world = World::fresh();
    let unknown = unlock(&world, NONE, NONE).error_code(404, "service_not_found");
    unlock(&world, world.s3, world.u3).same_as(&unknown);
    let _ = unlock(&world, world.s1, NONE).error_code(404, "user_not_found");
    let path = format!("{}/lock", user(world.s1, world.u1));
    let _ = world.anonymous().delete(&path).error_code(401, "auth_required");
    let answer = world.a.get(&path).error_code(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("DELETE"));
}

#[test]
fn the_command_line_lifts_a_block_while_the_server_runs() {
    let world = World::fresh();
    start_and_fail(&world, 5);
    world.clock.advance(305);
    let pin = start_and_fail(&world, 5);
    world.clock.advance(305);
    assert_blocked(&world, &pin, 1800 - 305);
    let _ = cli::run(world.server.folder(), &["user", "unlock", world.s1, world.u1]).succeeded();
    let deadline = Instant::now() + Duration::from_secs(5);
    while world.a.start(world.s1, world.u1).status != 201 {
        assert!(Instant::now() < deadline, "still blocked");
    }
    let pin = world.pin_of_u1();
    world.check_u1(&pin).verified();
}
