//! Random stories: the window is never exceeded, and every submit ends once.

use std::collections::HashMap;

use proptest::prelude::*;
use ringproof_smpp::pdu::{Packet, Pdu};
use ringproof_smpp::session::{Event, Role};

use super::{World, delivery, message, nack, secs, submit_answer};

/// One thing that happens.
#[derive(Debug, Clone)]
enum Act {
    Submit,
    /// The peer answers the submit of that index, if there is one.
    Answer(usize, u32),
    /// The peer refuses it by a `generic_nack`.
    Nack(usize),
    Pass(u64),
    Enquire,
    Deliver,
    PeerUnbinds,
    Leave,
    Lose,
    Garbage(Vec<u8>),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        20 => Just(Act::Submit),
        12 => (0..60_usize, prop_oneof![Just(0), Just(0x58), Just(0x0b)])
            .prop_map(|(index, status)| Act::Answer(index, status)),
        2 => (0..60_usize).prop_map(Act::Nack),
        4 => (0..40_u64).prop_map(Act::Pass),
        4 => Just(Act::Enquire),
        2 => Just(Act::Deliver),
        1 => prop_oneof![Just(Act::PeerUnbinds), Just(Act::Leave), Just(Act::Lose)],
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Act::Garbage),
    ]
}

/// What became of each submit that was taken.
#[derive(Default)]
struct Fates {
    ends: HashMap<u64, usize>,
    closed: usize,
}

impl Fates {
    fn note(&mut self, events: Vec<Event>) {
        for event in events {
            match event {
                Event::Answered { token, .. }
                | Event::Unanswered { token }
                | Event::Lost { token } => *self.ends.entry(token).or_default() += 1,
                Event::Closed(_) => self.closed += 1,
                Event::Late { token, .. } => assert!(self.ends.contains_key(&token)),
                Event::Bound
                | Event::Delivered(_)
                | Event::Unreadable { .. }
                | Event::Draining(_) => {}
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_submit_ends_once_and_the_window_holds(
        window in 1..12_usize,
        acts in prop::collection::vec(act(), 1..120),
    ) {
        let mut world = World::bound(window);
        let (mut sequences, mut fates) = (Vec::new(), Fates::default());
        for act in acts {
            match act {
                Act::Submit => {
                    let room = world.session.room();
                    let token = sequences.len() as u64;
                    let taken = world.session.submit(token, &mut message(), world.now).is_ok();
                    prop_assert_eq!(taken, room > 0);
                    if taken {
                        let said = world.said();
                        sequences.push(said.last().map(|p| p.sequence).unwrap_or_default());
                    }
                }
                Act::Answer(index, status) => {
                    if let Some(sequence) = sequences.get(index) {
                        world.hear(&submit_answer(*sequence, status, "id"));
                    }
                }
                Act::Nack(index) => {
                    if let Some(sequence) = sequences.get(index) {
                        world.hear(&nack(*sequence, 0x58));
                    }
                }
                Act::Pass(seconds) => world.pass(secs(seconds)),
                Act::Enquire => world.hear(&Packet::new(1, Pdu::EnquireLink)),
                Act::Deliver => world.hear(&delivery(1)),
                Act::PeerUnbinds => world.hear(&Packet::new(1, Pdu::Unbind)),
                Act::Leave => world.session.leave(world.now),
                Act::Lose => world.session.lost(),
                Act::Garbage(bytes) => world.session.received(&bytes, world.now),
            }
            fates.note(world.events());
            world.said();
            prop_assert!(world.session.window_used() <= window);
            prop_assert!(world.session.room() <= window);
        }
        world.session.lost();
        fates.note(world.events());
        prop_assert_eq!(fates.closed, 1);
        prop_assert_eq!(fates.ends.len(), sequences.len());
        prop_assert!(fates.ends.values().all(|ends| *ends == 1));
    }

    #[test]
    fn no_bytes_of_a_peer_do_harm(pieces in prop::collection::vec(
        prop::collection::vec(any::<u8>(), 0..200), 1..20,
    )) {
        for role in [Role::Transceiver, Role::Receiver] {
            let mut world = World::opening(role, 10);
            for piece in &pieces {
                world.session.received(piece, world.now);
                world.pass(secs(3));
            }
            world.session.lost();
            prop_assert!(world.session.is_closed());
        }
    }
}
