//! Clocks that are not ours (S-27).

use ringproof_verify::SignedDuration;
use ringproof_verify::totp;

use crate::authing::{Token, is_approved, is_wrong};
use crate::world::{Person, World};

fn with_token() -> (World, Person, Token) {
    let (mut world, jane) = World::with_person();
    let token = world.add_device(jane);
    world.advance(3_000);
    (world, jane, token)
}

/// Steps that a clock which is so many seconds off is ahead of ours.
fn steps_off(world: &World, seconds: i64) -> i64 {
    let theirs = world.now + SignedDuration::from_secs(seconds);
    totp::step_at(theirs) - totp::step_at(world.now)
}

/// D-16 remembers two steps and D-14 takes one more, D-17 finds ten.
#[test]
fn a_clock_that_drifts_a_second_a_day_works_as_far_as_the_numbers_reach() {
    for direction in [-1, 1] {
        let (mut world, jane, token) = with_token();
        world.advance(14);
        let (mut by_one, mut by_two) = (0, 0);
        for day in 1..=365 {
            world.advance(86_400);
            let off = direction * day;
            let distance = steps_off(&world, off).abs();
            let before = world.kept(token.id).drift;
            if world.logs_in_with(jane, &token, off * 1_000) {
                assert!(distance <= 3, "day {day}");
                by_one = day;
                let after = world.kept(token.id).drift;
                assert!((after - before).abs() <= 1, "day {day}: {before} to {after}");
                assert_eq!(i64::from(after).abs(), distance.min(2), "day {day}");
                continue;
            }
            assert!(distance > 3, "day {day}: {distance} steps and refused");
            world.advance(30);
            let next = token.at(world.now + SignedDuration::from_secs(off));
            if !is_approved(&world.check(jane, &next)) {
                assert!(distance > 10, "day {day}");
                break;
            }
            by_two = day;
            world.advance(-30);
        }
        assert!((90..=120).contains(&by_one), "one code until day {by_one}");
        assert!((300..=330).contains(&by_two), "two codes until day {by_two}");
    }
}

/// A clock that is set right now and then, as those of phones are.
#[test]
fn a_clock_that_wanders_within_two_steps_works_for_two_years() {
    for direction in [-1, 1] {
        let (mut world, jane, token) = with_token();
        let mut off = 0;
        for day in 0..730 {
            world.advance(86_400);
            // Up to 75 s one way, and then the other.
            off += if (day / 75) % 2 == 0 { direction } else { -direction };
            assert!(world.logs_in_with(jane, &token, off * 1_000), "day {day}: {off} s");
        }
    }
}

#[test]
fn one_code_moves_what_is_known_of_a_clock_by_a_step_at_most() {
    let (mut world, jane, token) = with_token();
    for drift in -2_i8..=2 {
        for step in -5_i64..=5 {
            let mut world = world.clone();
            world.kept_mut(token.id).drift = drift;
            if world.logs_in_with(jane, &token, step * 30_000) {
                let after = world.kept(token.id).drift;
                assert!((after - drift).abs() <= 1 && (-2..=2).contains(&after));
                assert_eq!(i64::from(after), step.clamp(-2, 2));
            } else {
                assert_eq!(world.kept(token.id).drift, drift, "a wrong code moves nothing");
            }
        }
    }
    // No row of single codes leads out of the window either.
    for _ in 0..20 {
        world.advance(600);
        world.logs_in_with(jane, &token, 4 * 30_000);
        assert_eq!(world.kept(token.id).drift, 0);
        assert!(world.logs_in_with(jane, &token, 0));
    }
}

#[test]
fn two_codes_find_a_clock_within_ten_steps_if_one_follows_the_other() {
    let (world, jane, token) = with_token();
    let ours = totp::step_at(world.now);
    for first in (-12_i64..=12).filter(|first| first.abs() > 1) {
        for second in -12_i64..=12 {
            let mut world = world.clone();
            assert!(is_wrong(&world.login(jane, &token.of_step(ours + first))));
            let outcome = world.check(jane, &token.of_step(ours + second));
            let is_pair = second == first + 1 && first.abs() <= 10 && second.abs() <= 10;
            assert_eq!(is_approved(&outcome), second.abs() <= 1 || is_pair, "{first}, {second}");
            if is_approved(&outcome) {
                let kept = world.kept(token.id);
                assert_eq!((kept.last_step, kept.resync_step), (ours + second, None));
                assert_eq!(i64::from(kept.drift), second.clamp(-2, 2));
            }
        }
    }
}

#[test]
fn the_first_of_two_codes_is_wrong_and_counts_so() {
    let (mut world, jane, token) = with_token();
    let ours = totp::step_at(world.now);
    assert!(is_wrong(&world.login(jane, &token.of_step(ours + 6))));
    assert_eq!(world.verification(jane).attempts, 1);
    assert_eq!(world.guard(jane).milliunits_since_success, 3_000);
    assert_eq!(world.kept(token.id).drift, 0);
    assert!(is_approved(&world.check(jane, &token.of_step(ours + 7))));
    assert!(is_wrong(&world.login(jane, &token.of_step(ours + 7))), "it is spent");
}

#[test]
fn another_code_in_between_and_a_spent_one_find_nothing() {
    let (mut world, jane, token) = with_token();
    let ours = totp::step_at(world.now);
    let mut disturbed = world.clone();
    for step in [6, 300, 7] {
        assert!(is_wrong(&disturbed.login(jane, &token.of_step(ours + step))), "{step}");
    }
    assert!(world.logs_in_with(jane, &token, 0));
    for step in [-6, -5, -4] {
        assert!(is_wrong(&world.login(jane, &token.of_step(ours + step))), "{step} is spent");
        assert_eq!(world.kept(token.id).resync_step, None);
    }
}

#[test]
fn the_first_code_is_of_no_use_once_its_time_is_far_away() {
    let (mut world, jane, token) = with_token();
    let first = totp::step_at(world.now) + 5;
    assert!(is_wrong(&world.login(jane, &token.of_step(first))));
    world.advance(30 * 20);
    assert!(is_wrong(&world.login(jane, &token.of_step(first + 1))));
}
