//! The guess budget and the hard lock (security D-9, S-8, S-11).

use ringproof_blackbox::caller::{Caller, P};
use ringproof_blackbox::cli;
use ringproof_blackbox::world::{World, wrong_pin};
use std::time::{Duration, Instant};

/// At most so many guesses may ever be compared without an unlock: one unit each.
const GUESSES_MAX: u32 = 100;
/// A PIN has 900,000 values, so a guess may cost up to 1.12 units; what is
/// left over for rounding must not take more guesses away than this.
const GUESSES_MIN: u32 = 85;

/// Guesses wrong `per_start` times after each start, honestly logging in
/// afterwards if `logs_in`, until guesses are no longer compared although no
/// block is on; gives how many were.
#[track_caller]
fn guess_until_locked(world: &World, per_start: u32, logs_in: bool, hours_between: i64) -> u32 {
    let mut compared = 0;
    for _ in 0..60 {
        let start = world.a.start(world.s1, world.u1);
        if start.status == 429 {
            return compared;
        }
        start.started(201);
        let pin = world.pin_of_u1();
        for n in 1..=per_start {
            let answer = world.check_u1(&wrong_pin(&pin, n)).expect(200);
            if answer.json["status"]["result"] == "THROTTLED" {
                return compared;
            }
            compared += 1;
        }
        if logs_in && world.check_u1(&pin).expect(200).json["verified"] != true {
            return compared;
        }
        world.clock.advance(hours_between * 3600 + 5);
    }
    panic!("{compared} guesses and still no end");
}

/// Insists that U1 is locked, and still is after these days more.
#[track_caller]
fn assert_locked_for(world: &World, days: &[i64]) {
    for days in [&[0], days].concat() {
        world.clock.advance(days * 86_400);
        let _ = world.a.start(world.s1, world.u1).error_code(429, "rate_limited");
        let answer = world.check_u1("123456");
        assert!(
            answer.status == 404 || answer.json["status"]["result"] == "THROTTLED",
            "{answer:?}"
        );
    }
}

#[track_caller]
fn assert_can_log_in(world: &World) {
    let pin = world.start_u1();
    world.check_u1(&pin).verified();
}

#[test]
fn guessing_through_all_blocks_ends_in_a_hard_lock_that_only_the_api_lifts() {
    let world = World::fresh();
    let compared = guess_until_locked(&world, 5, false, 24);
    assert!((GUESSES_MIN..=GUESSES_MAX).contains(&compared), "{compared}");
    assert_locked_for(&world, &[2, 31, 365]);
    let _ = world.a.delete(&format!("{P}/{}/users/{}/lock", world.s1, world.u1)).expect(202);
    assert_can_log_in(&world);
}

#[test]
fn successes_of_the_victim_do_not_refill_the_budget() {
    let world = World::fresh();
    let compared = guess_until_locked(&world, 4, true, 3);
    assert!((GUESSES_MIN..=GUESSES_MAX).contains(&compared), "{compared}");
    assert_locked_for(&world, &[2, 20]);
    let _ = cli::run(world.server.folder(), &["user", "unlock", world.s1, world.u1]).succeeded();
    let deadline = Instant::now() + Duration::from_secs(5);
    while world.a.start(world.s1, world.u1).status != 201 {
        assert!(Instant::now() < deadline, "still locked");
    }
    let pin = world.pin_of_u1();
    world.check_u1(&pin).verified();
}

#[test]
fn the_budget_belongs_to_user_and_service_and_strangers_cannot_touch_it() {
    let world = World::fresh();
    let pin = world.start_u1();
    let stranger = Caller::anonymous(world.server.address());
    for n in 1..=20 {
        let _ = world.b.check(world.s1, world.u1, &wrong_pin(&pin, n)).error(404);
        let _ = stranger.check(world.s1, world.u1, &wrong_pin(&pin, n)).error(401);
    }
    world.check_u1(&pin).verified();
}

#[test]
fn guesses_of_more_than_30_days_ago_are_forgotten_after_a_success() {
    let world = World::fresh();
    // 80 guesses, always with a success after four, over ten days …
    for _ in 0..20 {
        let pin = world.start_u1();
        for n in 1..=4 {
            let _ = world.check_u1(&wrong_pin(&pin, n)).failed("INVALID");
        }
        world.check_u1(&pin).verified();
        world.clock.advance(12 * 3600);
    }
    // … and a month later again as many, where 160 together would be too many.
    world.clock.advance(31 * 86_400);
    for _ in 0..20 {
        let pin = world.start_u1();
        for n in 1..=4 {
            let _ = world.check_u1(&wrong_pin(&pin, n)).failed("INVALID");
        }
        world.check_u1(&pin).verified();
        world.clock.advance(12 * 3600);
    }
}
