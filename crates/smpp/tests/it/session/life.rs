//! From the bind to the end (`delivery.md` 3.2).

use ringproof_smpp::command;
use ringproof_smpp::pdu::{Packet, Pdu};
use ringproof_smpp::session::{Backoff, Closed, Ended, Event, Role, SubmitError};

use super::{World, bind, bind_answer, header, message, nack, secs};

#[test]
fn the_bind_is_the_first_pdu_and_nothing_is_submitted_before_its_answer() {
    let mut world = World::opening(Role::Transceiver, 10);
    let said = world.said();
    assert_eq!(said, [Packet::new(1, Pdu::BindTransceiver(bind()))]);
    assert_eq!(world.session.room(), 0);
    assert_eq!(world.session.submit(1, &mut message(), world.now), Err(SubmitError::NoRoom));
    world.hear(&bind_answer(2, 0));
    assert!(world.events().is_empty(), "that answers another bind");
    world.hear(&bind_answer(1, 0));
    assert_eq!(world.events(), [Event::Bound]);
    assert_eq!(world.session.room(), 10);
}

#[test]
fn each_role_has_its_bind() {
    for (role, number, room) in [
        (Role::Transceiver, command::BIND_TRANSCEIVER, 10),
        (Role::Transmitter, command::BIND_TRANSMITTER, 10),
        (Role::Receiver, command::BIND_RECEIVER, 0),
    ] {
        let mut world = World::opening(role, 10);
        assert_eq!(world.commands(), [number]);
        world.session.received(&header(number | command::RESPONSE, 1), world.now);
        assert_eq!(world.events(), [Event::Bound]);
        assert_eq!(world.session.room(), room);
    }
}

#[test]
fn a_bind_is_answered_within_ten_seconds() {
    let mut world = World::opening(Role::Transceiver, 10);
    world.pass(std::time::Duration::from_millis(9_999));
    assert!(world.events().is_empty());
    world.pass(std::time::Duration::from_millis(1));
    assert_eq!(world.events(), [Event::Closed(Closed::BindUnanswered)]);
    assert!(world.session.is_closed());
    assert_eq!(world.session.deadline(), None);
}

#[test]
fn a_refused_bind_ends_the_session_with_its_status() {
    for answer in [bind_answer(1, 0x0e), nack(1, 0x0e)] {
        let mut world = World::opening(Role::Transceiver, 10);
        world.hear(&answer);
        assert_eq!(world.events(), [Event::Closed(Closed::BindRefused(0x0e))]);
    }
}

/// DL-12: one hour of refusals, each answered by a session of its own.
#[test]
fn an_hour_of_refused_binds_has_few_tries() {
    let (mut backoff, mut now, mut tries) = (Backoff::default(), secs(0), 0);
    while now < secs(3_600) {
        let mut world = World::opening(Role::Transceiver, 10);
        tries += world.commands().len();
        world.hear(&bind_answer(1, 0x0e));
        let events = world.events();
        let [Event::Closed(why)] = &events[..] else { panic!("{events:?}") };
        now += backoff.wait(why.ended(|_| Ended::Denied), None, 0);
    }
    assert!((2..=12).contains(&tries), "{tries}");
}

#[test]
fn we_take_leave_when_open_answers_have_come() {
    let mut world = World::bound(10);
    let sequence = world.submit(1);
    world.session.leave(world.now);
    assert_eq!(world.events(), [Event::Draining(Closed::Left)]);
    assert_eq!((world.session.room(), world.commands().len()), (0, 0));
    world.accept(sequence);
    assert!(matches!(world.events()[..], [Event::Answered { token: 1, .. }]));
    assert_eq!(world.commands(), [command::UNBIND]);
    world.session.received(&header(command::UNBIND_RESP, 3), world.now);
    assert_eq!(world.events(), [Event::Closed(Closed::Left)]);
}

#[test]
fn we_take_leave_of_a_peer_that_says_nothing() {
    let mut world = World::bound(10);
    world.submit(1);
    world.session.leave(world.now);
    world.pass(secs(8));
    let draining = Event::Draining(Closed::Left);
    assert_eq!(world.events(), [draining, Event::Unanswered { token: 1 }]);
    assert_eq!(world.commands(), [command::UNBIND]);
    world.pass(secs(2));
    assert_eq!(world.events(), [Event::Closed(Closed::Left)]);
}

#[test]
fn a_session_that_is_not_bound_ends_at_once() {
    let mut world = World::opening(Role::Transceiver, 10);
    world.session.leave(world.now);
    assert_eq!(world.events(), [Event::Closed(Closed::Left)]);
}

#[test]
fn a_peer_that_takes_leave_is_answered_and_its_answers_are_waited_for() {
    let mut world = World::bound(10);
    let (first, _) = (world.submit(1), world.submit(2));
    world.hear(&Packet::new(77, Pdu::Unbind));
    assert_eq!(world.said(), [Packet::new(77, Pdu::UnbindResp)]);
    assert_eq!((world.session.room(), world.session.is_bound()), (0, false));
    world.accept(first);
    world.pass(secs(5));
    let events = world.events();
    assert_eq!(events[0], Event::Draining(Closed::PeerUnbound));
    assert!(matches!(events[1], Event::Answered { token: 1, .. }));
    assert_eq!(events[2..], [Event::Lost { token: 2 }, Event::Closed(Closed::PeerUnbound)]);
    assert!(world.said().is_empty());
    assert_eq!(Closed::PeerUnbound.ended(|_| Ended::Denied), Ended::Unbound);
}

#[test]
fn an_idle_session_ends_as_soon_as_the_peer_takes_leave() {
    let mut world = World::bound(10);
    world.hear(&Packet::new(9, Pdu::Unbind));
    let why = Closed::PeerUnbound;
    assert_eq!(world.events(), [Event::Draining(why), Event::Closed(why)]);
    assert_eq!(world.said(), [Packet::new(9, Pdu::UnbindResp)], "the answer is still written");
}
