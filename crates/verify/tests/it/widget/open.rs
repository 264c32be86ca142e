//! A session begins once for each signed request, and ends by itself.

use ringproof_verify::engine::widget::{self, OpenOutcome, OpenRequest};
use ringproof_verify::engine::{Change, Snapshot};
use ringproof_verify::ids::AccountId;
use ringproof_verify::record::WidgetSession;

use super::{NUMBER, Pay, Visitor};
use crate::world::{WRONG, World, at};

fn world() -> World {
    World::with_person().0
}

#[test]
fn a_nonce_opens_one_session_of_its_account() {
    let mut world = world();
    let nonce = Some((world.nonce_of("4f1d2c7b9a60e835"), at(3_600)));
    let [first, second] = [0, 1].map(|_| OpenRequest { nonce, ..world.request() });
    assert_eq!(world.try_open(&first), OpenOutcome::Opened);
    assert_eq!(world.try_open(&second), OpenOutcome::NonceUsed);
    assert_eq!(world.try_open(&first), OpenOutcome::NonceUsed, "not even the same request");
    assert_eq!(world.records.widget_sessions.len(), 1);
    assert_eq!(world.page(first.session.id), Some(first.session.clone()));

    let foreign = world.ring.widget_nonce(AccountId::from_i64(2), "4f1d2c7b9a60e835");
    assert_ne!(Some(foreign), nonce.map(|(digest, _)| digest), "each account has its own");
    let other = OpenRequest { nonce: Some((foreign, at(3_600))), ..world.request() };
    assert_eq!(world.try_open(&other), OpenOutcome::Opened);
}

#[test]
fn a_nonce_is_remembered_until_an_hour_after_its_request_is_too_old() {
    let mut world = world();
    let request = OpenRequest { nonce: Some((world.nonce_of("n"), at(600))), ..world.request() };
    assert_eq!(world.try_open(&request), OpenOutcome::Opened);
    let signed_again = OpenRequest { nonce: Some((world.nonce_of("n"), at(4_199))), ..request };
    for now in [600, 4_199] {
        world.records.apply(vec![Change::ForgetNonces(at(now))]);
        assert_eq!(world.try_open(&signed_again), OpenOutcome::NonceUsed, "{now}");
    }
    world.records.apply(vec![Change::ForgetNonces(at(4_200))]);
    assert!(world.records.nonces.is_empty());
}

#[test]
fn without_a_nonce_every_request_opens() {
    let mut world = world();
    let requests = [0, 1].map(|_| world.request());
    for request in &requests {
        // That another nonce was used says nothing.
        let snapshot = Snapshot { is_nonce_used: true, ..Snapshot::default() };
        assert_eq!(widget::open(&snapshot, request).outcome, OpenOutcome::Opened);
        assert_eq!(world.try_open(request), OpenOutcome::Opened);
    }
    assert_eq!(world.records.widget_sessions.len(), 2);
    assert!(world.records.nonces.is_empty());
}

/// Whether a page is still there after so many seconds.
fn lives_at(world: &World, visitor: Visitor, seconds: i64) -> bool {
    let session = &world.records.widget_sessions[&visitor.id];
    widget::settled(session, at(seconds)).is_some()
}

#[test]
fn a_session_ends_ten_minutes_after_the_last_thing_that_was_done() {
    let mut world = world();
    let visitor = world.visit();
    assert!(lives_at(&world, visitor, 599) && !lives_at(&world, visitor, 600));
    world.go_to(500);
    world.get_code(visitor, NUMBER);
    assert!(lives_at(&world, visitor, 1_099) && !lives_at(&world, visitor, 1_100));
    world.go_to(700);
    world.type_code(visitor, WRONG);
    assert!(lives_at(&world, visitor, 1_299) && !lives_at(&world, visitor, 1_300));

    world.go_to(1_300);
    let before = world.records.clone();
    let verification = super::waits_for(&before.widget_sessions[&visitor.id]).expect("a code");
    assert!(world.try_ask(visitor, NUMBER, Pay::Work).is_none());
    assert_eq!(world.enter_for(visitor, verification, WRONG), None);
    assert_eq!((world.give_up(visitor), world.change_number(visitor)), (None, None));
    assert_eq!(world.records, before, "nothing happens in a session that is over");
}

#[test]
fn a_session_lasts_half_an_hour_whatever_is_done() {
    let mut world = world();
    let visitor = world.visit();
    for minute in [9, 18, 27] {
        world.go_to(minute * 60);
        assert!(world.note(visitor, super::NoticeKind::NumberInvalid, Some("x")).is_some());
    }
    assert!(lives_at(&world, visitor, 1_799) && !lives_at(&world, visitor, 1_800));
}

#[test]
fn a_session_without_a_record_is_over() {
    let mut world = world();
    let known = world.visit();
    let request = world.request();
    let unknown = Visitor { id: request.session.id, ..known };
    assert!(world.try_ask(unknown, NUMBER, Pay::Work).is_none());
    assert_eq!(world.give_up(unknown), None);
    assert!(world.records.messages.is_empty());
}

#[test]
fn sessions_are_forgotten_three_quarters_of_an_hour_after_they_began() {
    let mut world = world();
    let early = world.visit();
    world.go_to(60);
    let late = world.visit();
    let are_kept = |world: &World| {
        [early, late].map(|visitor| world.records.widget_sessions.contains_key(&visitor.id))
    };
    for (now, expected) in [
        (2_700, [true, true]),
        (2_701, [false, true]),
        (2_760, [false, true]),
        (2_761, [false, false]),
    ] {
        world.go_to(now);
        world.records.apply(widget::forget(world.now).changes);
        assert_eq!(are_kept(&world), expected, "{now}");
    }
}

/// What is forgotten must be over: the longest session with the latest answer.
#[test]
fn no_session_is_forgotten_while_it_lives() {
    let mut world = world();
    let visitor = world.visit();
    for second in [500, 1_000, 1_500] {
        world.go_to(second);
        world.note(visitor, super::NoticeKind::NumberInvalid, None);
    }
    world.go_to(1_799);
    let done: WidgetSession = world.give_up(visitor).expect("it lives");
    assert!(super::status(&done).is_some());
    assert!(lives_at(&world, visitor, 2_098) && !lives_at(&world, visitor, 2_099));
    world.go_to(2_098);
    world.records.apply(widget::forget(world.now).changes);
    assert!(world.page(visitor.id).is_some());
}
