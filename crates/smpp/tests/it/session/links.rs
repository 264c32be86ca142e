//! Whether the other end lives, and how much of it is read at a time.

use ringproof_smpp::command;
use ringproof_smpp::pdu::{Packet, Pdu};
use ringproof_smpp::session::limits::DELIVERIES_MAX;
use ringproof_smpp::session::{Closed, Delivery, DeliveryKey, Event};

use super::{ENQUIRE, World, delivery, header, secs};

#[test]
fn a_silent_peer_is_asked_twice_and_then_given_up() {
    let mut world = World::bound(10);
    world.submit(1);
    world.hear(&Packet::new(5, Pdu::EnquireLink));
    assert_eq!(world.commands(), [command::ENQUIRE_LINK_RESP]);
    world.pass(secs(29));
    assert_eq!(world.events(), [Event::Unanswered { token: 1 }]);
    assert!(world.commands().is_empty());
    world.pass(secs(1));
    assert_eq!(world.commands(), [ENQUIRE]);
    world.pass(secs(10));
    assert_eq!(world.commands(), [ENQUIRE]);
    world.pass(secs(9));
    assert!(world.events().is_empty());
    world.pass(secs(1));
    assert_eq!(world.events(), [Event::Closed(Closed::Silent)]);
}

#[test]
fn whatever_the_peer_says_shows_that_it_lives() {
    for says in [header(command::ENQUIRE_LINK_RESP, 2), header(command::GENERIC_NACK, 99)] {
        let mut world = World::bound(10);
        for _ in 0..20 {
            world.pass(secs(45));
            assert_eq!(world.commands(), [ENQUIRE, ENQUIRE]);
            world.session.received(&says, world.now);
        }
        assert!(world.events().is_empty());
    }
}

fn key(event: &Event) -> DeliveryKey {
    match event {
        Event::Delivered(delivery) => {
            let Delivery { key, .. } = **delivery;
            key
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_handed_up_is_acknowledged_when_it_was_kept() {
    let mut world = World::bound(10);
    world.hear(&delivery(7));
    world.hear(&Packet::new(8, Pdu::DataSm(ringproof_smpp::pdu::Data::default())));
    assert!(world.said().is_empty(), "nothing is acknowledged before it is kept");
    let events = world.events();
    world.session.acknowledge(key(&events[1]), 0x08, world.now);
    world.session.acknowledge(key(&events[0]), 0, world.now);
    let said = world.said();
    let answers: Vec<_> = said.iter().map(|p| (p.pdu.command_id(), p.sequence, p.status)).collect();
    let expected = [(command::DATA_SM_RESP, 8, 8), (command::DELIVER_SM_RESP, 7, 0)];
    assert_eq!(answers, expected);
}

/// Whoever had it died with it, so it is not answered, and its place is free.
#[test]
fn a_delivery_that_is_given_up_gives_its_place_back() {
    let mut world = World::bound(10);
    let all: Vec<u8> = (1..=1_001).flat_map(|n| delivery(n).encode().unwrap()).collect();
    world.session.received(&all, world.now);
    assert_eq!(world.events().len(), DELIVERIES_MAX);
    assert!(!world.session.wants_bytes());
    world.session.give_up_delivery(world.now);
    assert_eq!(world.events().len(), 1, "the one that waited to be read");
    (0..DELIVERIES_MAX).for_each(|_| world.session.give_up_delivery(world.now));
    assert!(world.session.wants_bytes());
    assert!(world.said().is_empty(), "nobody knows whether it was kept");
}

#[test]
fn too_many_deliveries_stop_the_reading_and_not_the_session() {
    let mut world = World::bound(10);
    let all: Vec<u8> = (1..=1_010).flat_map(|n| delivery(n).encode().unwrap()).collect();
    world.session.received(&all, world.now);
    let handed_up = world.events();
    assert_eq!(handed_up.len(), DELIVERIES_MAX);
    assert!(!world.session.wants_bytes());
    // The silence is ours, and no reason to ask or to give up.
    world.pass(secs(300));
    assert!(world.said().is_empty() && world.events().is_empty());
    for event in &handed_up {
        world.session.acknowledge(key(event), 0, world.now);
    }
    assert!(world.session.wants_bytes());
    assert_eq!(world.events().len(), 10);
    assert_eq!(world.said().len(), DELIVERIES_MAX);
    world.pass(secs(29));
    assert!(world.said().is_empty());
}

#[test]
fn a_peer_that_asks_and_does_not_read_is_not_read_either() {
    let mut world = World::bound(10);
    let questions: Vec<u8> = (1..=10_000).flat_map(|n| header(ENQUIRE, n)).collect();
    world.session.received(&questions, world.now);
    assert!(!world.session.wants_bytes());
    world.pass(secs(50));
    assert_eq!(world.events(), [Event::Closed(Closed::Silent)]);
    let mut world = World::bound(10);
    world.session.received(&questions, world.now);
    assert_eq!(world.said().len(), 10_000, "all are answered once they are written");
}
