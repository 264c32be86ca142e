//! Checking a code: attempts, expiry, one use (V10; S-2, S-5, S-6).

use ringproof_verify::SignedDuration;
use ringproof_verify::engine::check::CheckOutcome;
use ringproof_verify::ids::{AccountId, ServiceId, UserId, VerificationId};
use ringproof_verify::record::Method;

use crate::world::{Person, WRONG, World, at};

const SMS: Method = Method::Sms;

/// Lets blocks come after so many failures that they stay out of the story.
fn without_blocks() -> (World, Person) {
    let (mut world, jane) = World::with_person();
    world.policy.guard.failures_per_block = 1_000;
    (world, jane)
}

#[test]
fn the_right_code_is_accepted_once() {
    let (mut world, jane) = World::with_person();
    let started = world.start(jane);
    let approved = CheckOutcome::Approved { method: SMS, verification: started.verification };
    assert_eq!(world.right(jane), approved);
    for _ in 0..2 {
        assert_eq!(world.right(jane), CheckOutcome::VerificationNotFound);
        assert_eq!(world.wrong(jane), CheckOutcome::VerificationNotFound);
        world.advance(30);
    }
    assert!(world.guard(jane).is_clean(), "a success costs nothing");
}

#[test]
fn blanks_and_hyphens_in_the_entered_code_do_not_matter() {
    let (mut world, jane) = World::with_person();
    world.start(jane);
    let code = world.code(jane);
    let typed = format!(" {} {}-{} ", &code[..2], &code[2..5], &code[5..]);
    assert!(matches!(world.check(jane, &typed), CheckOutcome::Approved { .. }));
}

#[test]
fn each_wrong_code_leaves_one_attempt_less_and_a_right_one_still_counts() {
    let (mut world, jane) = World::with_person();
    let verification = world.start(jane).verification;
    let almost = format!("{}x", &world.code(jane)[..5]);
    let code = world.code(jane);
    let entered = [WRONG, "wrong", &almost, &code[1..]];
    for (typed, attempts_left) in entered.into_iter().zip([4, 3, 2, 1]) {
        let wrong = CheckOutcome::WrongCode { method: SMS, verification, attempts_left };
        assert_eq!(world.check(jane, typed), wrong, "{typed}");
    }
    assert_eq!(world.right(jane), CheckOutcome::Approved { method: SMS, verification });
}

#[test]
fn sixth_guess_is_refused_even_when_right() {
    let (mut world, jane) = without_blocks();
    let verification = world.start(jane).verification;
    for attempts_left in [4, 3, 2, 1, 0] {
        let wrong = CheckOutcome::WrongCode { method: SMS, verification, attempts_left };
        assert_eq!(world.wrong(jane), wrong);
    }
    let before = world.records.clone();
    let refused = CheckOutcome::Throttled { method: SMS, until: Some(world.now) };
    assert_eq!(world.right(jane), refused, "a new start is possible at once");
    assert_eq!(world.wrong(jane), refused);
    assert_eq!(world.records, before, "nothing was compared, so nothing was counted");
}

#[test]
fn fewer_attempts_in_a_new_policy_grant_no_further_guess() {
    let (mut world, jane) = without_blocks();
    world.start(jane);
    world.wrong(jane);
    world.wrong(jane);
    world.policy.codes.attempts_max = 2;
    assert!(matches!(world.right(jane), CheckOutcome::Throttled { .. }));
}

#[test]
fn more_attempts_in_a_new_policy_revive_no_exhausted_verification() {
    let (mut world, jane) = without_blocks();
    world.start(jane);
    for _ in 0..5 {
        world.wrong(jane);
    }
    world.policy.codes.attempts_max = 10;
    assert!(matches!(world.wrong(jane), CheckOutcome::Throttled { .. }));
}

#[test]
fn a_code_is_accepted_until_just_before_its_expiry() {
    let (mut world, jane) = World::with_person();
    world.start(jane);
    let mut late = world.clone();
    world.go_to(300);
    world.advance_ms(-1);
    assert!(matches!(world.right(jane), CheckOutcome::Approved { .. }));
    late.go_to(300);
    assert_eq!(late.right(jane), CheckOutcome::Expired { method: SMS });
}

#[test]
fn an_expired_verification_says_so_for_a_day_and_is_then_unknown() {
    let (mut world, jane) = World::with_person();
    world.start(jane);
    world.wrong(jane);
    let failures = world.guard(jane);
    world.go_to(300 + 86_400);
    world.advance_ms(-1);
    assert_eq!(world.right(jane), CheckOutcome::Expired { method: SMS });
    world.advance_ms(1);
    assert_eq!(world.right(jane), CheckOutcome::VerificationNotFound);
    assert_eq!(world.guard(jane), failures, "neither answer cost an attempt");
}

#[test]
fn exhausted_lasts_until_the_expiry_and_is_expired_then() {
    let (mut world, jane) = without_blocks();
    world.start(jane);
    for _ in 0..5 {
        world.wrong(jane);
    }
    world.go_to(300);
    world.advance_ms(-1);
    assert!(matches!(world.right(jane), CheckOutcome::Throttled { .. }));
    world.advance_ms(1);
    assert_eq!(world.right(jane), CheckOutcome::Expired { method: SMS });
}

#[test]
fn without_a_start_there_is_nothing_to_check() {
    let (mut world, jane) = World::with_person();
    assert_eq!(world.wrong(jane), CheckOutcome::VerificationNotFound);
}

#[test]
fn an_auth_id_that_is_not_this_verifications_is_not_found() {
    let (mut world, jane) = World::with_person();
    let joe = world.add_person(jane.service, "+37255500124");
    let own = world.start(jane).verification;
    let foreign = world.start(joe).verification;
    let code = world.code(jane);
    let made_up = VerificationId::random(&mut world.entropy);
    for meant in [Some(foreign), Some(made_up), None] {
        let outcome = world.check_of(jane, &code, meant);
        assert_eq!(outcome, CheckOutcome::VerificationNotFound);
    }
    assert_eq!(world.verification(jane).attempts, 0);
    let outcome = world.check_of(jane, &code, Some(own));
    assert!(matches!(outcome, CheckOutcome::Approved { .. }));
}

#[test]
fn missing_and_foreign_services_and_users_are_not_found() {
    let (mut world, jane) = World::with_person();
    world.start(jane);
    let code = world.code(jane);
    let other = world.add_service();
    let no_service = ServiceId::random(&mut world.entropy);
    let no_user = UserId::random(&mut world.entropy);
    let stranger = AccountId::from_i64(2);
    for (person, expected) in [
        (Person { service: no_service, ..jane }, CheckOutcome::ServiceNotFound),
        (Person { account: stranger, ..jane }, CheckOutcome::ServiceNotFound),
        (Person { user: no_user, ..jane }, CheckOutcome::UserNotFound),
        (Person { service: other, ..jane }, CheckOutcome::UserNotFound),
    ] {
        assert_eq!(world.check(person, &code), expected);
    }
    assert!(matches!(world.right(jane), CheckOutcome::Approved { .. }));
}

#[test]
fn the_lifetime_is_the_policys() {
    let (mut world, jane) = World::with_person();
    world.policy.codes.lifetime = SignedDuration::from_secs(30);
    world.start(jane);
    assert_eq!(world.verification(jane).expires_at, at(30));
    world.go_to(30);
    assert_eq!(world.right(jane), CheckOutcome::Expired { method: SMS });
}
