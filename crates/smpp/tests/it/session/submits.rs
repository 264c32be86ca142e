//! The window and the answers (`delivery.md` 3.2).

use std::time::Duration;

use ringproof_smpp::command;
use ringproof_smpp::pdu::{Message, Packet, Pdu};
use ringproof_smpp::session::{Answer, Closed, Event, SubmitError};

use super::{World, message, nack, secs, submit_answer};

fn answer(status: u32, id: &str) -> Answer {
    Answer { status, message_id: id.as_bytes().to_vec() }
}

#[test]
fn answers_come_in_any_order() {
    let mut world = World::bound(3);
    let sequences = [world.submit(10), world.submit(20), world.submit(30)];
    assert_eq!(world.session.room(), 0);
    assert_eq!(world.session.submit(40, &mut message(), world.now), Err(SubmitError::NoRoom));
    world.pass(secs(1));
    world.hear(&submit_answer(sequences[2], 0, "c"));
    world.hear(&submit_answer(sequences[0], 0x58, ""));
    world.hear(&submit_answer(sequences[1], 0, "b"));
    let waited = secs(1);
    let expected = [
        Event::Answered { token: 30, waited, answer: answer(0, "c") },
        Event::Answered { token: 10, waited, answer: answer(0x58, "") },
        Event::Answered { token: 20, waited, answer: answer(0, "b") },
    ];
    assert_eq!(world.events(), expected);
    assert_eq!((world.session.room(), world.session.window_used()), (3, 0));
}

#[test]
fn answers_to_nothing_are_ignored() {
    let mut world = World::bound(3);
    let sequence = world.submit(1);
    for wrong in [0, sequence + 1, u32::MAX] {
        world.accept(wrong);
        world.hear(&nack(wrong, 3));
    }
    assert!(world.events().is_empty() && world.said().is_empty());
    world.accept(sequence);
    world.accept(sequence);
    assert_eq!(world.events().len(), 1, "a second answer says nothing");
    assert_eq!(world.session.room(), 3);
}

#[test]
fn a_generic_nack_ends_the_request_that_it_names() {
    let mut world = World::bound(3);
    let sequence = world.submit(1);
    world.hear(&nack(sequence, 0x58));
    let expected = Event::Answered { token: 1, waited: secs(0), answer: answer(0x58, "") };
    assert_eq!(world.events(), [expected]);
    let sequence = world.submit(2);
    world.hear(&nack(sequence, 0));
    let events = world.events();
    assert!(
        matches!(&events[..], [Event::Answered { token: 2, answer, .. }] if answer.status != 0),
        "a nack never says that a message was taken: {events:?}"
    );
}

#[test]
fn a_missed_answer_keeps_its_place_for_a_minute_and_is_told_when_it_comes() {
    let mut world = World::bound(2);
    let (first, second) = (world.submit(1), world.submit(2));
    world.accept(second);
    world.events();
    world.pass(secs(8));
    assert_eq!(world.events(), [Event::Unanswered { token: 1 }]);
    assert_eq!(world.session.room(), 1);
    for wait in [20, 20, 11] {
        world.pass(secs(wait));
        world.hear(&Packet::new(1, Pdu::EnquireLinkResp));
    }
    assert_eq!(world.session.room(), 1);
    world.pass(secs(1));
    assert_eq!(world.session.room(), 2);
    world.hear(&submit_answer(first, 0, "late"));
    let late = Event::Late { token: 1, waited: secs(60), answer: answer(0, "late") };
    assert_eq!(world.events(), [late]);
    assert_eq!(world.session.room(), 2, "its place is not given back twice");
}

#[test]
fn an_answer_within_the_minute_gives_the_place_back() {
    let mut world = World::bound(1);
    let sequence = world.submit(1);
    world.pass(secs(10));
    world.events();
    assert_eq!(world.session.room(), 0);
    world.accept(sequence);
    assert!(matches!(world.events()[..], [Event::Late { token: 1, .. }]));
    assert_eq!(world.session.room(), 1);
}

#[test]
fn after_five_minutes_an_answer_is_forgotten() {
    let mut world = World::bound(1);
    let sequence = world.submit(1);
    for _ in 0..20 {
        world.pass(secs(15));
        world.hear(&Packet::new(1, Pdu::EnquireLinkResp));
    }
    world.events();
    world.accept(sequence);
    assert!(world.events().is_empty());
}

#[test]
fn three_misses_in_a_row_end_the_session() {
    let mut world = World::bound(10);
    for token in 1..=2 {
        world.submit(token);
        world.pass(secs(8));
    }
    let answered = world.submit(3);
    world.accept(answered);
    world.events();
    for token in 4..=5 {
        world.submit(token);
        world.pass(secs(8));
    }
    world.hear(&Packet::new(1, Pdu::EnquireLinkResp));
    assert!(world.session.is_bound());
    let open = world.submit(6);
    world.pass(secs(4));
    let waiting = world.submit(7);
    world.pass(secs(4));
    let events = world.events();
    let draining = Event::Draining(Closed::Unanswered);
    assert_eq!(events[2..], [Event::Unanswered { token: 6 }, draining]);
    world.accept(waiting);
    assert!(matches!(world.events()[..], [Event::Answered { token: 7, .. }]));
    assert_eq!(world.commands().last(), Some(&command::UNBIND));
    world.accept(open);
    world.pass(secs(2));
    assert!(matches!(
        world.events()[..],
        [Event::Late { token: 6, .. }, Event::Closed(Closed::Unanswered)]
    ));
}

/// A peer that paused once is not one that answers nothing any more.
#[test]
fn a_whole_window_that_is_late_is_one_miss() {
    for apart in [Duration::ZERO, Duration::from_millis(33)] {
        let mut world = World::bound(10);
        let mut open = Vec::new();
        for token in 1..=9 {
            open.push(world.submit(token));
            world.pass(apart);
        }
        world.pass(secs(9));
        assert_eq!(world.events().len(), 9, "all are told as unanswered");
        assert!(world.session.is_bound());
        for sequence in open {
            world.accept(sequence);
        }
        assert!(world.events().iter().all(|event| matches!(event, Event::Late { .. })));
        // It counts anew: two more misses are no three in a row.
        for token in 10..=11 {
            world.submit(token);
            world.pass(secs(8));
        }
        assert!(world.session.is_bound());
    }
}

/// Nothing can be sent beside a full window, so the time itself counts: three
/// times eight seconds without an answer.
#[test]
fn a_full_window_without_an_answer_ends_the_session_after_as_long_as_three_misses() {
    let mut world = World::bound(3);
    for token in 1..=3 {
        world.submit(token);
    }
    world.pass(secs(23));
    assert_eq!(world.events().len(), 3);
    assert!(world.session.is_bound());
    world.pass(secs(1));
    assert_eq!(world.events()[..1], [Event::Draining(Closed::Unanswered)]);
}

#[test]
fn what_is_open_when_the_connection_is_lost_is_told() {
    let mut world = World::bound(10);
    let answered = world.submit(1);
    world.submit(2);
    world.pass(secs(8));
    world.submit(3);
    world.accept(answered);
    world.events();
    world.session.lost();
    assert_eq!(world.events(), [Event::Lost { token: 3 }, Event::Closed(Closed::Lost)]);
    world.session.lost();
    world.session.leave(world.now);
    world.accept(answered);
    world.pass(secs(1_000));
    assert!(world.events().is_empty());
}

#[test]
fn what_no_pdu_can_carry_is_refused_and_harms_nothing() {
    let mut world = World::bound(10);
    let mut long = Message { short_message: vec![0; 255], ..Message::default() };
    assert!(matches!(world.session.submit(1, &mut long, world.now), Err(SubmitError::Unfit(_))));
    assert_eq!((world.session.room(), world.said().len()), (10, 0));
}
