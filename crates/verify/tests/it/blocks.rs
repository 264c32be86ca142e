//! Blocks, locks and the guess budget through the rules (D-8, D-9; S-8, S-9,
//! S-11).

use ringproof_verify::engine::check::CheckOutcome;
use ringproof_verify::engine::start::StartRefusal;
use ringproof_verify::engine::user::UserOutcome;
use ringproof_verify::guard::Lock;
use ringproof_verify::record::Method;

use crate::world::{Person, World, at};

/// Starts and enters five wrong codes.
fn fail_five_times(world: &mut World, person: Person) {
    world.start(person);
    for _ in 0..5 {
        let outcome = world.wrong(person);
        assert!(matches!(outcome, CheckOutcome::WrongCode { .. }), "{outcome:?}");
    }
}

/// Fails until nothing but an unlock helps; gives the number of guesses.
fn fail_until_locked_for_good(world: &mut World, person: Person) -> u32 {
    let mut guesses = 0;
    loop {
        match world.wrong(person) {
            CheckOutcome::WrongCode { .. } => guesses += 1,
            CheckOutcome::Throttled { until: None, .. } => return guesses,
            CheckOutcome::Throttled { until: Some(until), .. } if until > world.now => {
                world.now = until;
            }
            _ => {
                world.advance(600);
                world.start(person);
            }
        }
    }
}

#[test]
fn every_fifth_failure_blocks_and_the_blocks_grow() {
    let (mut world, jane) = World::with_person();
    for block in [60, 1_800, 7_200, 28_800, 86_400, 86_400] {
        fail_five_times(&mut world, jane);
        world.advance(block);
        let until = world.now;
        world.advance_ms(-1);
        let blocked = CheckOutcome::Throttled { method: Method::Sms, until: Some(until) };
        assert_eq!(world.right(jane), blocked, "block of {block} s");
        let blocked = StartRefusal::Locked(Lock::Blocked { until });
        assert_eq!(world.refused_start(jane), blocked);
        world.advance_ms(1);
    }
    world.start(jane);
    assert!(matches!(world.right(jane), CheckOutcome::Approved { .. }));
    let began = world.now;
    world.advance(60);
    fail_five_times(&mut world, jane);
    let until = Some(began + ringproof_verify::SignedDuration::from_secs(120));
    let outcome = world.wrong(jane);
    let first_again = CheckOutcome::Throttled { method: Method::Sms, until };
    assert_eq!(outcome, first_again, "a success begins the schedule again");
}

#[test]
fn the_right_code_during_a_block_is_refused_and_accepted_after_it() {
    let (mut world, jane) = World::with_person();
    world.policy.guard.failures_per_block = 2;
    world.start(jane);
    world.wrong(jane);
    world.wrong(jane);
    let blocked = CheckOutcome::Throttled { method: Method::Sms, until: Some(at(60)) };
    assert_eq!(world.right(jane), blocked);
    world.go_to(60);
    assert!(matches!(world.right(jane), CheckOutcome::Approved { .. }));
}

#[test]
fn a_block_compares_nothing_and_costs_nothing() {
    let (mut world, jane) = World::with_person();
    world.policy.guard.failures_per_block = 2;
    world.start(jane);
    world.wrong(jane);
    world.wrong(jane);
    let before = world.records.clone();
    for _ in 0..100 {
        world.wrong(jane);
        world.right(jane);
        world.refused_start(jane);
        world.advance_ms(500);
    }
    assert_eq!(world.records, before);
}

#[test]
fn after_exhaustion_and_block_a_start_makes_a_new_code_and_failures_stay_counted() {
    let (mut world, jane) = World::with_person();
    fail_five_times(&mut world, jane);
    let first = world.sent[0].clone();
    world.go_to(60);
    let exhausted = CheckOutcome::Throttled { method: Method::Sms, until: Some(at(60)) };
    assert_eq!(world.right(jane), exhausted, "the block is over, the verification is too");
    let second = world.start(jane);
    assert!(!second.is_resend);
    assert_ne!(second.verification, first.verification);
    assert_ne!(world.code(jane), first.code);
    assert_eq!(world.verification(jane).attempts, 0);
    assert_eq!(world.guard(jane).consecutive_failures, 5);
    let outcome = world.check(jane, &first.code);
    assert!(matches!(outcome, CheckOutcome::WrongCode { attempts_left: 4, .. }), "{outcome:?}");
    assert!(matches!(world.right(jane), CheckOutcome::Approved { .. }));
}

#[test]
fn failures_count_across_verifications_for_the_block() {
    let (mut world, jane) = World::with_person();
    for second in [0, 600] {
        world.go_to(second);
        world.start(jane);
        world.wrong(jane);
        world.wrong(jane);
    }
    world.go_to(1_200);
    world.start(jane);
    world.wrong(jane);
    let blocked = CheckOutcome::Throttled { method: Method::Sms, until: Some(at(1_260)) };
    assert_eq!(world.right(jane), blocked);
}

#[test]
fn another_user_is_not_blocked() {
    let (mut world, jane) = World::with_person();
    let joe = world.add_person(jane.service, "+37255500124");
    fail_five_times(&mut world, jane);
    world.start(joe);
    assert!(matches!(world.right(joe), CheckOutcome::Approved { .. }));
}

/// 900,000 codes are possible (design "Settled" 6), so one guess is worth
/// 1/900,000, and 89 of them are the last below 1 in 10,000.
#[test]
fn the_budget_without_a_success_locks_until_an_unlock() {
    let (mut world, jane) = World::with_person();
    let guesses = fail_until_locked_for_good(&mut world, jane);
    assert_eq!(guesses, 89);
    world.advance(400 * 86_400);
    let locked = StartRefusal::Locked(Lock::HardLocked);
    assert_eq!(world.refused_start(jane), locked, "time does not help");
    assert_eq!(world.unlock(jane), UserOutcome::Done);
    world.start(jane);
    assert!(matches!(world.right(jane), CheckOutcome::Approved { .. }));
}

#[test]
fn an_unlock_lifts_a_block_but_revives_no_exhausted_code() {
    let (mut world, jane) = World::with_person();
    fail_five_times(&mut world, jane);
    let code = world.code(jane);
    world.unlock(jane);
    assert!(world.guard(jane).is_clean());
    let outcome = world.check(jane, &code);
    assert!(matches!(outcome, CheckOutcome::Throttled { .. }), "{outcome:?}");
    world.advance(30);
    assert!(!world.start(jane).is_resend);
    assert!(matches!(world.right(jane), CheckOutcome::Approved { .. }));
}

#[test]
fn the_rolling_budget_holds_although_the_person_logs_in_between() {
    let (mut world, jane) = World::with_person();
    let mut guesses = 0;
    let until = loop {
        world.advance(3 * 3_600);
        world.start(jane);
        let outcomes: Vec<_> = (0..4).map(|_| world.wrong(jane)).collect();
        let compared = outcomes.iter().filter(|o| matches!(o, CheckOutcome::WrongCode { .. }));
        guesses += compared.count();
        match world.right(jane) {
            CheckOutcome::Approved { .. } => {}
            CheckOutcome::Throttled { until, .. } => break until.expect("time helps"),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(guesses, 89);
    let locked = StartRefusal::Locked(Lock::BudgetSpent { until });
    assert_eq!(world.refused_start(jane), locked);
    assert!(until > at(30 * 86_400), "the first guesses count for 30 whole days");
    world.now = until;
    world.advance_ms(-1);
    assert_eq!(world.refused_start(jane), locked);
    world.advance_ms(1);
    world.start(jane);
    assert!(matches!(world.right(jane), CheckOutcome::Approved { .. }));
}

#[test]
fn unlocking_nobody_is_answered_and_changes_nothing() {
    let (mut world, jane) = World::with_person();
    let (_, elsewhere) = World::seeded(2);
    let no_service = Person { service: elsewhere.service, ..jane };
    let no_user = Person { user: elsewhere.user, ..jane };
    let before = world.records.clone();
    assert_eq!(world.unlock(no_service), UserOutcome::ServiceNotFound);
    assert_eq!(world.unlock(no_user), UserOutcome::UserNotFound);
    assert_eq!(world.remove(no_service), UserOutcome::ServiceNotFound);
    assert_eq!(world.remove(no_user), UserOutcome::UserNotFound);
    assert_eq!(world.records, before);
}
