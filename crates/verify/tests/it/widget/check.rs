//! A code is entered on the page: compared once, in the step that ends the
//! session.

use ringproof_verify::engine::check::NumberCheckOutcome;
use ringproof_verify::ids::VerificationId;
use ringproof_verify::record::{NoticeKind, WidgetStatus, WidgetStep};

use super::{NUMBER, OTHER, Pay, Visitor, kind, status, waits_for};
use crate::confirming::{MINE, enters};
use crate::world::{LEASE, WRONG, World, at};

fn world() -> (World, Visitor, String) {
    let (mut world, _) = World::with_person();
    let visitor = world.visit();
    let code = world.get_code(visitor, NUMBER);
    (world, visitor, code)
}

/// Wrong codes until the round is over.
fn exhaust(world: &mut World, visitor: Visitor) -> usize {
    let rounds = world.live_page(visitor).rounds;
    for n in 1..20 {
        if world.type_code(visitor, WRONG).rounds > rounds {
            return n;
        }
    }
    panic!("a round never ended");
}

#[test]
fn the_right_code_ends_the_session_with_the_number_that_was_proved() {
    let (mut world, visitor, code) = world();
    world.go_to(20);
    let done = world.type_code(visitor, &code);
    let phone = Some(world.subject(MINE, NUMBER).to);
    let expected =
        WidgetStep::Done { status: WidgetStatus::Verified, phone, at: at(20), confirmed_at: None };
    assert_eq!(done.step, expected);
    assert_eq!((done.notice, done.typed.clone(), done.starts), (None, None, 1));
    assert_eq!(world.records.widget_sessions.get(&visitor.id), Some(&done));
    assert_eq!(world.verification_of(NUMBER), None, "the code is used up");
    assert!(world.records.messages.is_empty(), "a message that still waits is not sent");
    assert_eq!(world.traffic().entered, [at(20)]);
    assert!(world.records.trusts.is_empty(), "no browser becomes trusted");
}

/// What is asked for at first need not be what is proved in the end.
#[test]
fn the_number_of_the_answer_is_the_one_whose_code_was_entered() {
    let (mut world, _) = World::with_person();
    let mut request = world.request();
    request.session.phone = Some(world.subject(MINE, NUMBER).to);
    let visitor = world.open_as(&request);
    let first = world.get_code(visitor, NUMBER);
    world.change_number(visitor);
    let second = world.get_code(visitor, OTHER);
    assert_ne!(first, second);
    assert_eq!(kind(&world.type_code(visitor, &first)), Some(NoticeKind::CodeWrong));
    let WidgetStep::Done { phone, .. } = world.type_code(visitor, &second).step else { panic!() };
    assert_eq!(phone, Some(world.subject(MINE, OTHER).to));
}

#[test]
fn a_wrong_code_is_said_and_the_session_stays() {
    let (mut world, visitor, code) = world();
    let before = world.live_page(visitor);
    world.go_to(5);
    let session = world.type_code(visitor, WRONG);
    assert_eq!(kind(&session), Some(NoticeKind::CodeWrong));
    assert_eq!((session.step.clone(), session.rounds, session.used_at), (before.step, 0, at(5)));
    assert_eq!(world.verification_of(NUMBER).map(|v| v.attempts), Some(1));
    assert!(world.traffic().entered.is_empty());
    assert_eq!(status(&world.type_code(visitor, &code)), Some(WidgetStatus::Verified));
}

#[test]
fn the_fifth_wrong_code_ends_the_round() {
    let (mut world, visitor, code) = world();
    let verification = waits_for(&world.live_page(visitor)).expect("it waits");
    assert_eq!(exhaust(&mut world, visitor), 5);
    let session = world.live_page(visitor);
    assert_eq!((session.step.clone(), session.rounds), (WidgetStep::Number, 1));
    assert_eq!(kind(&session), Some(NoticeKind::RoundOver));
    assert_eq!(session.typed.as_deref(), Some(NUMBER), "the number need not be typed again");
    assert_eq!(world.confirmation(verification).repeat_at, None);
    let late = world.enter_for(visitor, verification, &code).expect("it lives");
    assert_eq!(late, (session, None), "nothing is compared any more");
}

#[test]
fn the_third_round_is_the_last() {
    let (mut world, visitor, _) = world();
    for round in 1..=3 {
        assert_eq!(exhaust(&mut world, visitor), 5);
        let session = world.live_page(visitor);
        assert_eq!(session.rounds, round);
        if round < 3 {
            assert_eq!(status(&session), None);
            // Once the block is over; 30 minutes are too long for a session.
            world.records.guards.clear();
            world.advance(60);
            world.get_code(visitor, NUMBER);
        }
    }
    let done = world.live_page(visitor);
    let phone = Some(world.subject(MINE, NUMBER).to);
    let expected = WidgetStep::Done {
        status: WidgetStatus::Cancelled,
        phone,
        at: world.now,
        confirmed_at: None,
    };
    assert_eq!((done.step, done.notice), (expected, None));
    assert!(world.try_ask(visitor, NUMBER, Pay::Work).is_none());
}

#[test]
fn a_code_that_runs_out_ends_its_round_whoever_looks() {
    let (mut world, visitor, code) = world();
    let verification = waits_for(&world.live_page(visitor)).expect("it waits");
    world.go_to(299);
    assert_eq!(waits_for(&world.live_page(visitor)), Some(verification));
    world.go_to(300);
    let settled = world.live_page(visitor);
    assert_eq!((settled.step.clone(), settled.rounds), (WidgetStep::Number, 1));
    assert_eq!(kind(&settled), Some(NoticeKind::RoundOver));
    assert_eq!(settled.typed.as_deref(), Some(NUMBER));
    let before = world.records.clone();
    let late = world.enter_for(visitor, verification, &code).expect("it lives");
    assert_eq!(late, (settled.clone(), None));
    assert_eq!(world.records, before, "nothing is compared, and nothing written");
    assert_eq!(world.live_page(visitor), settled, "the round is counted once");
    assert!(world.ask(visitor, NUMBER, Pay::Work).sent.is_some());
    assert_eq!(world.live_page(visitor).rounds, 1);
}

#[test]
fn a_third_code_that_runs_out_is_an_answer_of_that_moment() {
    let (mut world, visitor, _) = world();
    let phone = Some(world.subject(MINE, NUMBER).to);
    for round in 1..3 {
        world.go_to(round * 300);
        assert!(world.ask(visitor, NUMBER, Pay::Work).sent.is_some());
    }
    let done = |world: &World| world.page(visitor.id).map(|session| session.step);
    let expected = WidgetStep::Done {
        status: WidgetStatus::Cancelled,
        phone,
        at: at(900),
        confirmed_at: None,
    };
    for now in [900, 1_000, 1_199] {
        world.go_to(now);
        assert_eq!(done(&world), Some(expected.clone()), "at {now}");
    }
    assert_eq!(world.give_up(visitor).map(|session| session.step), Some(expected));
    world.go_to(1_200);
    assert_eq!(done(&world), None);
    assert_eq!(world.give_up(visitor), None);
}

/// Another page that waits for the code of the same number, or an API client, may
/// have used it up.
#[test]
fn a_code_that_is_used_up_elsewhere_ends_the_round() {
    let (mut world, visitor, code) = world();
    let verification = waits_for(&world.live_page(visitor)).expect("it waits");
    assert_eq!(world.enter_as(&enters(verification, &code)), NumberCheckOutcome::Approved);
    let (session, outcome) = world.enter_for(visitor, verification, &code).expect("it lives");
    assert_eq!(outcome, Some(NumberCheckOutcome::Expired));
    assert_eq!((session.step, session.rounds), (WidgetStep::Number, 1));
    assert!(world.traffic().entered.is_empty(), "nobody entered it here");
}

#[test]
fn a_number_that_is_blocked_meanwhile_ends_the_round_uncompared() {
    let (mut world, visitor, code) = world();
    let user = world.subject(MINE, NUMBER).user;
    let mut guard = world.guard_of(NUMBER);
    guard.blocked_until = Some(at(60));
    world.records.guards.insert(user, guard);
    let verification = waits_for(&world.live_page(visitor)).expect("it waits");
    let (session, outcome) = world.enter_for(visitor, verification, &code).expect("it lives");
    assert_eq!(outcome, Some(NumberCheckOutcome::Throttled));
    assert_eq!((session.step, session.rounds), (WidgetStep::Number, 1));
}

#[test]
fn a_session_that_moved_on_compares_nothing() {
    let (mut world, visitor, code) = world();
    let first = waits_for(&world.live_page(visitor)).expect("it waits");
    world.change_number(visitor);
    let at_number = world.live_page(visitor);
    assert_eq!(world.enter_for(visitor, first, &code), Some((at_number, None)));
    world.get_code(visitor, OTHER);
    let at_other = world.live_page(visitor);
    assert_eq!(world.enter_for(visitor, first, &code), Some((at_other.clone(), None)));
    let unknown = VerificationId::from_bytes([9; 16]);
    assert_eq!(world.enter_for(visitor, unknown, &code), Some((at_other, None)));
    assert_eq!(world.verification_of(NUMBER).map(|v| v.attempts), Some(0));
    let done = world.give_up(visitor).expect("it lives");
    assert_eq!(world.enter_for(visitor, first, &code), Some((done, None)));
}

#[test]
fn codes_of_others_at_the_address_end_nobodys_round() {
    let (mut world, visitor, code) = world();
    let others = Visitor { address: visitor.address, ..world.visit() };
    world.get_code(others, OTHER);
    let key = world.ring.address_key(MINE, visitor.address, 32);
    let sends = world.records.addresses.get_mut(key.as_bytes()).expect("it is counted");
    for _ in 0..60 {
        sends.record_check(at(0));
    }
    world.go_to(10);
    let before = (world.verification_of(NUMBER).cloned(), world.live_page(visitor));
    let session = world.type_code(visitor, &code);
    assert_eq!(kind(&session), Some(NoticeKind::AddressThrottled));
    assert_eq!(session.notice.and_then(|notice| notice.until), Some(at(600)));
    assert_eq!((session.rounds, session.step), (0, before.1.step));
    assert_eq!(world.verification_of(NUMBER).cloned(), before.0, "nothing was compared");
}

#[test]
fn every_comparison_counts_for_its_address() {
    let (mut world, visitor, code) = world();
    let key = world.ring.address_key(MINE, visitor.address, 32);
    let checks = |world: &World| world.records.addresses[key.as_bytes()].checks.len();
    world.type_code(visitor, WRONG);
    world.type_code(visitor, WRONG);
    assert_eq!(checks(&world), 2);
    world.type_code(visitor, &code);
    assert_eq!(checks(&world), 3);
}

#[test]
fn a_success_takes_the_automatic_repeat_back() {
    let (mut world, visitor, code) = world();
    let verification = waits_for(&world.live_page(visitor)).expect("it waits");
    let waiting: Vec<_> = world.records.messages.keys().copied().collect();
    world.accept(LEASE, &waiting);
    world.type_code(visitor, &code);
    assert_eq!(world.repeats_until(verification, 400), []);
}
