//! Which codes are right, how often, and what a wrong one costs (S-24, S-25, S-26).

use ringproof_verify::code::EnteredCode;
use ringproof_verify::engine::check::CheckOutcome;
use ringproof_verify::engine::start::{StartOutcome, StartRefusal};
use ringproof_verify::guard::Lock;
use ringproof_verify::record::Method;
use ringproof_verify::totp::{self, Algorithm};

use crate::authing::{is_approved, is_wrong, wish};
use crate::world::{Person, World};

#[test]
fn every_offset_with_every_drift_is_right_in_three_steps_and_wrong_elsewhere() {
    let (mut world, jane) = World::with_person();
    let token = world.add_device(jane);
    world.advance(30 * 100);
    for drift in -2..=2 {
        world.kept_mut(token.id).drift = drift;
        for phase in [0, 14, 29] {
            let mut accepted = std::collections::BTreeSet::new();
            for offset in -300..=300 {
                let mut world = world.clone();
                world.advance(phase);
                let ours = totp::step_at(world.now);
                let theirs = totp::step_at(world.now + jiff_seconds(offset));
                let is_right = world.logs_in_with(jane, &token, offset * 1_000);
                let distance = theirs - ours - i64::from(drift);
                assert_eq!(is_right, distance.abs() <= 1, "{offset} s, drift {drift}");
                accepted.extend(is_right.then_some(theirs));
            }
            assert_eq!(accepted.len(), 3, "drift {drift}: {accepted:?}");
        }
    }
}

fn jiff_seconds(seconds: i64) -> ringproof_verify::SignedDuration {
    ringproof_verify::SignedDuration::from_secs(seconds)
}

#[test]
fn a_code_is_right_once_and_spends_all_before_it() {
    for algorithm in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
        let (mut world, jane) = World::with_person();
        let token = world.add_token(jane, algorithm);
        let now = world.now;
        assert!(world.logs_in_with(jane, &token, 0));
        assert_eq!(world.kept(token.id).last_used_at, Some(now));
        for (ms, is_right) in [(0, false), (-30_000, false), (30_000, true), (30_000, false)] {
            assert_eq!(world.logs_in_with(jane, &token, ms), is_right, "{ms}");
        }
        // Time goes on: what is spent stays so, and the next is right.
        world.advance(30);
        assert!(!world.logs_in_with(jane, &token, 0) && world.logs_in_with(jane, &token, 30_000));
    }
}

#[test]
fn a_seed_that_was_given_twice_does_not_accept_a_code_twice() {
    let (mut world, jane) = World::with_person();
    let token = world.add_device(jane);
    let doubled = wish("Twice", Algorithm::Sha1, Some(token.seed.clone()));
    let twin = world.create_other(jane, &doubled).unwrap().authenticator.id;
    world.confirm_other(jane, twin, &token.at(world.now)).unwrap();
    world.advance(60);
    assert!(world.logs_in_with(jane, &token, 0));
    assert!(!world.logs_in_with(jane, &token, 0), "the twin spent it too");
}

#[test]
fn a_code_of_one_service_is_wrong_at_another_in_the_same_step() {
    let (mut world, jane) = World::with_person();
    let service = world.add_service();
    let there = world.add_person(service, "+37255500123");
    let mut app = world.ready_app("+37255500123");
    world.sync(&mut app).unwrap();
    let (here_token, there_token) = (app.token_of(&world, jane), app.token_of(&world, there));
    assert_ne!(here_token.seed.expose(), there_token.seed.expose());
    assert!(!world.logs_in_with(there, &here_token, 0));
    assert!(!world.logs_in_with(jane, &there_token, 0));
    assert!(world.logs_in_with(there, &there_token, 0));
    assert!(world.logs_in_with(jane, &here_token, 0));
}

#[test]
fn only_digits_of_the_right_number_are_a_code() {
    let (mut world, jane) = World::with_person();
    let token = world.add_device(jane);
    let code = token.at(world.now);
    let spaced = format!(" {}-{} ", &code[..3], &code[3..]);
    let with_zero = format!("0{code}");
    for (typed, is_right) in [
        (&code[..5], false),
        (&code[1..], false),
        (with_zero.as_str(), false),
        ("abcdef", false),
        (spaced.as_str(), true),
    ] {
        assert!(EnteredCode::parse(typed).is_some());
        let outcome = world.clone().login(jane, typed);
        assert_eq!(is_approved(&outcome), is_right, "{typed}: {outcome:?}");
    }
}

#[test]
fn a_code_by_message_is_none_while_an_authenticator_is_asked_for_and_the_other_way_round() {
    let (mut world, jane) = World::with_person();
    let token = world.add_device(jane);
    world.start(jane);
    let code = token.at(world.now);
    let outcome = world.check(jane, &code);
    assert!(matches!(outcome, CheckOutcome::WrongCode { method: Method::Sms, .. }), "{outcome:?}");
    world.start_by(jane, Method::Totp);
    assert!(is_wrong(&world.right(jane)));
    assert!(is_approved(&world.check(jane, &code)));
}

/// Guesses until nothing but an unlock helps; how many were compared.
fn guesses(world: &mut World, person: Person) -> u32 {
    let mut compared = 0;
    loop {
        match world.try_start(person, Method::Totp) {
            StartOutcome::Started(started) => assert_eq!(started.method, Method::Totp),
            StartOutcome::Refused(StartRefusal::Locked(Lock::HardLocked)) => return compared,
            StartOutcome::Refused(StartRefusal::Locked(lock)) => {
                world.now = lock.until().expect("a block ends");
                continue;
            }
            StartOutcome::Refused(other) => panic!("{other:?}"),
        }
        if is_wrong(&world.check(person, "abcdef")) {
            compared += 1;
        }
    }
}

#[test]
fn a_guess_costs_three_units_for_each_authenticator() {
    for (count, most) in [(1, 33), (2, 16), (3, 11), (5, 6)] {
        let (mut world, jane) = World::with_person();
        for _ in 0..count {
            world.add_device(jane);
        }
        world.advance(120);
        assert_eq!(guesses(&mut world, jane), most, "{count} authenticators");
        assert_eq!(world.guard(jane).milliunits_since_success, most * count * 3_000);
    }
}
