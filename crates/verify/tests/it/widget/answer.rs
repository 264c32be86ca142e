//! An answer is confirmed to the integrator's server once, while it is fresh
//! (S-77).

use ringproof_verify::engine::widget::ConfirmOutcome;
use ringproof_verify::ids::AccountId;
use ringproof_verify::record::{WidgetSession, WidgetStatus, WidgetStep};

use super::{NUMBER, Visitor, status};
use crate::confirming::MINE;
use crate::world::{World, at};

/// A world in which a number was proved after ten seconds.
fn proved() -> (World, Visitor, WidgetSession) {
    let (mut world, _) = World::with_person();
    let visitor = world.visit();
    let code = world.get_code(visitor, NUMBER);
    world.go_to(10);
    let done = world.type_code(visitor, &code);
    (world, visitor, done)
}

fn confirmed_at(session: &WidgetSession) -> Option<ringproof_verify::Timestamp> {
    match session.step {
        WidgetStep::Done { confirmed_at, .. } => confirmed_at,
        WidgetStep::Number | WidgetStep::Code { .. } => panic!("{session:?}"),
    }
}

#[test]
fn an_answer_is_confirmed_once() {
    let (mut world, visitor, done) = proved();
    world.go_to(20);
    let ConfirmOutcome::Confirmed(session) = world.confirm_answer(visitor, MINE) else { panic!() };
    assert_eq!(super::unconfirmed(&session), done);
    assert_eq!(confirmed_at(&session), Some(at(20)));
    assert_eq!(world.page(visitor.id), Some(*session));
    for now in [20, 21, 309] {
        world.go_to(now);
        assert_eq!(world.confirm_answer(visitor, MINE), ConfirmOutcome::Again(at(20)));
    }
}

#[test]
fn the_answer_of_another_account_is_as_absent_as_none() {
    let (mut world, visitor, _) = proved();
    let before = world.records.clone();
    let foreign = world.confirm_answer(visitor, AccountId::from_i64(2));
    assert_eq!(foreign, ConfirmOutcome::NotFound);
    let unknown = Visitor { id: world.request().session.id, ..visitor };
    assert_eq!(world.confirm_answer(unknown, MINE), ConfirmOutcome::NotFound);
    assert_eq!(world.records, before);
    assert!(matches!(world.confirm_answer(visitor, MINE), ConfirmOutcome::Confirmed(_)));
    let foreign = world.confirm_answer(visitor, AccountId::from_i64(2));
    assert_eq!(foreign, ConfirmOutcome::NotFound, "nor is it told that it was confirmed");
}

#[test]
fn an_answer_is_fresh_for_three_hundred_seconds() {
    let (mut world, visitor, _) = proved();
    world.go_to(310);
    assert_eq!(world.confirm_answer(visitor, MINE), ConfirmOutcome::NotFound);
    assert_eq!(world.page(visitor.id), None);
    world.go_to(309);
    assert!(matches!(world.confirm_answer(visitor, MINE), ConfirmOutcome::Confirmed(_)));
}

#[test]
fn a_session_without_an_answer_has_nothing_to_confirm() {
    let (mut world, _) = World::with_person();
    let visitor = world.visit();
    assert_eq!(world.confirm_answer(visitor, MINE), ConfirmOutcome::NotFound);
    world.get_code(visitor, NUMBER);
    assert_eq!(world.confirm_answer(visitor, MINE), ConfirmOutcome::NotFound);
    world.go_to(300);
    assert_eq!(world.confirm_answer(visitor, MINE), ConfirmOutcome::NotFound, "a round, not more");
}

#[test]
fn that_somebody_gave_up_is_an_answer_too() {
    let (mut world, _) = World::with_person();
    let visitor = world.visit();
    world.give_up(visitor);
    let ConfirmOutcome::Confirmed(session) = world.confirm_answer(visitor, MINE) else { panic!() };
    assert_eq!(status(&session), Some(WidgetStatus::Cancelled));
}

/// Looking at the page does not make the answer younger.
#[test]
fn a_confirmation_lengthens_nothing() {
    let (mut world, visitor, done) = proved();
    world.go_to(300);
    let ConfirmOutcome::Confirmed(session) = world.confirm_answer(visitor, MINE) else { panic!() };
    assert_eq!(session.used_at, done.used_at);
    world.go_to(310);
    assert_eq!(world.page(visitor.id), None);
    assert_eq!(world.confirm_answer(visitor, MINE), ConfirmOutcome::NotFound);
}
