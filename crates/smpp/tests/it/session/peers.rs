//! Peers that say what they should not.

use ringproof_smpp::command;
use ringproof_smpp::pdu::{Outbind, Packet, Pdu};
use ringproof_smpp::session::{Closed, Event, Role};

use super::{World, bind, delivery, header, message, nack};

#[test]
fn an_unknown_command_is_answered_and_an_unknown_answer_is_not() {
    let mut world = World::bound(10);
    world.session.received(&header(0x0000_0999, 5), world.now);
    assert_eq!(world.said(), [nack(5, 3)]);
    world.session.received(&header(0x8000_0999, 6), world.now);
    world.session.received(&header(command::DATA_SM_RESP, 6), world.now);
    world.session.received(&header(command::ALERT_NOTIFICATION, 7), world.now);
    world.hear(&nack(0, 2));
    assert!(world.said().is_empty() && world.events().is_empty());
    assert!(world.session.is_bound());
}

#[test]
fn commands_that_are_ours_are_not_taken_from_a_peer() {
    let mut world = World::bound(10);
    world.hear(&Packet::new(5, Pdu::SubmitSm(message())));
    world.hear(&Packet::new(6, Pdu::BindTransceiver(bind())));
    assert_eq!(world.said(), [nack(5, 3), nack(6, 3)]);
}

#[test]
fn a_delivery_that_cannot_be_read_is_acknowledged_and_told() {
    let mut world = World::bound(10);
    world.session.received(&header(command::DELIVER_SM, 5), world.now);
    assert_eq!(world.events(), [Event::Unreadable { command_id: command::DELIVER_SM }]);
    let said = world.said();
    assert_eq!((said[0].pdu.command_id(), said[0].status), (command::DELIVER_SM_RESP, 0));
    world.session.received(&header(command::SUBMIT_SM, 6), world.now);
    assert_eq!(world.said(), [nack(6, 2)]);
    world.hear(&delivery(7));
    assert!(matches!(world.events()[..], [_, Event::Delivered(_)]));
}

#[test]
fn a_delivery_before_the_bind_is_refused() {
    let mut world = World::opening(Role::Transceiver, 10);
    world.said();
    world.hear(&delivery(5));
    let said = world.said();
    assert_eq!((said[0].pdu.command_id(), said[0].status), (command::DELIVER_SM_RESP, 4));
    assert!(world.events().is_empty());
}

#[test]
fn a_length_that_cannot_be_true_ends_the_session() {
    for length in [0_u32, 15, 65_537, u32::MAX] {
        let mut world = World::bound(10);
        world.submit(1);
        world.session.received(&length.to_be_bytes(), world.now);
        let closed = Event::Closed(Closed::Framing(length));
        assert_eq!(world.events(), [Event::Lost { token: 1 }, closed]);
    }
}

#[test]
fn an_outbind_on_our_own_connection_ends_it() {
    let mut world = World::opening(Role::Transceiver, 10);
    world.hear(&Packet::new(1, Pdu::Outbind(Outbind::default())));
    assert_eq!(world.events(), [Event::Closed(Closed::Outbind)]);
}

#[test]
fn pdus_may_come_in_pieces() {
    let mut world = World::bound(10);
    let sequence = world.submit(1);
    let mut bytes = header(command::ENQUIRE_LINK, 9);
    bytes.extend(super::submit_answer(sequence, 0, "id").encode().unwrap());
    for byte in bytes {
        world.session.received(&[byte], world.now);
    }
    assert!(matches!(world.events()[..], [Event::Answered { token: 1, .. }]));
    assert_eq!(world.commands(), [command::ENQUIRE_LINK_RESP]);
}

#[test]
fn the_ring_shows_headers_in_both_directions() {
    let mut world = World::bound(10);
    let sequence = world.submit(1);
    world.accept(sequence);
    let notes: Vec<_> = world
        .session
        .ring()
        .notes()
        .map(|note| (note.is_received, note.command_id, note.sequence))
        .collect();
    let expected = [
        (false, command::BIND_TRANSCEIVER, 1),
        (true, command::BIND_TRANSCEIVER_RESP, 1),
        (false, command::SUBMIT_SM, sequence),
        (true, command::SUBMIT_SM_RESP, sequence),
    ];
    assert_eq!(notes, expected);
}
