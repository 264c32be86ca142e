//! Giving up, going back to the number, and what the page says of what was typed.

use ringproof_verify::engine::widget;
use ringproof_verify::record::{NoticeKind, WidgetStatus, WidgetStep};

use super::{NUMBER, OTHER, Pay, Visitor, kind, status, waits_for};
use crate::confirming::MINE;
use crate::world::{LEASE, WRONG, World, at};

fn world() -> (World, Visitor) {
    let (mut world, _) = World::with_person();
    let visitor = world.visit();
    (world, visitor)
}

#[test]
fn who_gives_up_at_the_code_answers_with_its_number() {
    let (mut world, visitor) = world();
    let message = world.ask(visitor, NUMBER, Pay::Work).sent.expect("it is sent");
    world.accept(LEASE, &[message.1.id]);
    world.go_to(7);
    let done = world.give_up(visitor).expect("it lives");
    let phone = Some(world.subject(MINE, NUMBER).to);
    let expected =
        WidgetStep::Done { status: WidgetStatus::Cancelled, phone, at: at(7), confirmed_at: None };
    assert_eq!(done.step, expected);
    assert_eq!((done.notice, done.typed.as_deref()), (None, None));
    assert_eq!(world.repeats_until(message.0, 300), [], "no message follows by itself");
    assert!(world.verification_of(NUMBER).is_some(), "others may wait for the code");
}

#[test]
fn who_gives_up_at_the_number_answers_with_the_one_that_was_asked_for() {
    let (mut world, visitor) = world();
    let done = world.give_up(visitor).expect("it lives");
    let WidgetStep::Done { phone, status, .. } = done.step else { panic!("{done:?}") };
    assert_eq!((phone, status), (None, WidgetStatus::Cancelled));

    let mut request = world.request();
    request.session.phone = Some(world.subject(MINE, OTHER).to);
    let visitor = world.open_as(&request);
    world.get_code(visitor, NUMBER);
    world.change_number(visitor);
    let done = world.give_up(visitor).expect("it lives");
    let WidgetStep::Done { phone, .. } = done.step else { panic!("{done:?}") };
    assert_eq!(phone, request.session.phone, "not what was typed");
}

#[test]
fn giving_up_twice_is_giving_up_once() {
    let (mut world, visitor) = world();
    world.get_code(visitor, NUMBER);
    let first = world.give_up(visitor);
    let before = world.records.clone();
    world.go_to(100);
    assert_eq!(world.give_up(visitor), first);
    assert_eq!(world.change_number(visitor), first);
    assert_eq!(world.note(visitor, NoticeKind::NumberInvalid, Some("x")), first);
    assert_eq!(world.records, before);
}

#[test]
fn an_end_is_of_one_call() {
    let (mut world, visitor) = world();
    let keys = widget::leave_keys(&world.live_page(visitor));
    let mut cancel = || {
        let decided = widget::cancel(&world.records.snapshot(&keys), world.now);
        world.records.apply(decided.changes);
        decided.outcome.expect("it is fresh")
    };
    let [first, second] = [cancel(), cancel()];
    assert_eq!((first.has_ended, second.has_ended), (true, false));
    assert_eq!(first.session, second.session);
    // Its third code ran out before anybody gave up.
    let mut request = world.request();
    request.session.rounds = 2;
    let visitor = world.open_as(&request);
    world.get_code(visitor, NUMBER);
    world.go_to(300);
    let keys = widget::leave_keys(&world.live_page(visitor));
    let decided = widget::cancel(&world.records.snapshot(&keys), world.now);
    let late = decided.outcome.expect("it is fresh");
    assert_eq!(status(&late.session), Some(WidgetStatus::Cancelled));
    assert!(!late.has_ended && decided.changes.is_empty());
}

#[test]
fn nobody_gives_up_a_number_that_is_proved() {
    let (mut world, visitor) = world();
    let code = world.get_code(visitor, NUMBER);
    let done = world.type_code(visitor, &code);
    assert_eq!(world.give_up(visitor), Some(done.clone()));
    assert_eq!(world.change_number(visitor), Some(done));
}

#[test]
fn going_back_keeps_the_number_and_takes_the_repeat_back() {
    let (mut world, visitor) = world();
    let message = world.ask(visitor, NUMBER, Pay::Work).sent.expect("it is sent");
    world.accept(LEASE, &[message.1.id]);
    world.type_code(visitor, WRONG);
    world.go_to(9);
    let session = world.change_number(visitor).expect("it lives");
    assert_eq!(session.step, WidgetStep::Number);
    assert_eq!((session.typed.as_deref(), session.notice), (Some(NUMBER), None));
    assert_eq!((session.rounds, session.starts, session.used_at), (0, 1, at(9)));
    assert_eq!(world.repeats_until(message.0, 100), []);
    // The same number once more: its code lives, and so do its wrong attempts.
    let asked = world.ask(visitor, NUMBER, Pay::Work);
    assert_eq!(waits_for(&asked.session), Some(message.0));
    assert_eq!(world.verification_of(NUMBER).map(|v| v.attempts), Some(1));
}

#[test]
fn going_back_from_the_number_goes_nowhere() {
    let (mut world, visitor) = world();
    world.note(visitor, NoticeKind::NumberInvalid, Some("12x"));
    let session = world.change_number(visitor).expect("it lives");
    assert_eq!((session.step.clone(), session.typed.as_deref()), (WidgetStep::Number, Some("12x")));
    assert_eq!(kind(&session), Some(NoticeKind::NumberInvalid));
}

#[test]
fn leaving_a_code_that_has_run_out_counts_its_round() {
    let (mut world, visitor) = world();
    world.get_code(visitor, NUMBER);
    world.go_to(300);
    let session = world.change_number(visitor).expect("it lives");
    assert_eq!((session.step.clone(), session.rounds), (WidgetStep::Number, 1));
    assert_eq!(kind(&session), Some(NoticeKind::RoundOver));
    let done = world.give_up(visitor).expect("it lives");
    assert_eq!(status(&done), Some(WidgetStatus::Cancelled));
}

#[test]
fn the_repeat_of_another_sessions_number_goes_on() {
    let (mut world, visitor) = world();
    let message = world.ask(visitor, NUMBER, Pay::Work).sent.expect("it is sent");
    let other = world.visit();
    world.get_code(other, OTHER);
    world.give_up(other);
    assert_eq!(world.confirmation(message.0).repeat_at, Some(at(30)));
}

#[test]
fn what_was_typed_is_shown_again_with_what_is_wrong() {
    let (mut world, visitor) = world();
    world.go_to(3);
    let session = world.note(visitor, NoticeKind::NumberInvalid, Some("12x")).expect("it lives");
    assert_eq!(kind(&session), Some(NoticeKind::NumberInvalid));
    assert_eq!((session.typed.as_deref(), session.used_at), (Some("12x"), at(3)));
    assert!(!format!("{session:?}").contains("12x"), "it is for that person's eyes");
    world.get_code(visitor, NUMBER);
    let session = world.note(visitor, NoticeKind::CodeIncomplete, None).expect("it lives");
    assert_eq!((kind(&session), session.typed.clone()), (Some(NoticeKind::CodeIncomplete), None));
    assert_eq!(world.verification_of(NUMBER).map(|v| v.attempts), Some(0));
}

#[test]
fn a_page_says_nothing_of_what_cannot_be_typed_there() {
    let (mut world, visitor) = world();
    let at_number = world.live_page(visitor);
    for said in [NoticeKind::CodeIncomplete, NoticeKind::CodeWrong, NoticeKind::Resent] {
        assert_eq!(world.note(visitor, said, None), Some(at_number.clone()));
    }
    world.get_code(visitor, NUMBER);
    let at_code = world.live_page(visitor);
    let said = world.note(visitor, NoticeKind::NumberInvalid, Some("12x"));
    assert_eq!(said, Some(at_code));
    // The code ran out while something was typed: that its round is over is said.
    world.go_to(300);
    let session = world.note(visitor, NoticeKind::CodeIncomplete, None).expect("it lives");
    assert_eq!(
        (session.step.clone(), kind(&session)),
        (WidgetStep::Number, Some(NoticeKind::RoundOver))
    );
}
