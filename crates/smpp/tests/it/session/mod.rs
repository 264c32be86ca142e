//! A session whose time is moved by hand and whose peer is the test.

mod life;
mod links;
mod peers;
mod random;
mod submits;

use std::time::Duration;

use ringproof_smpp::frame::{Cut, FrameBuffer};
use ringproof_smpp::pdu::{Bind, BindResp, Message, MessageResp, Packet, Pdu};
use ringproof_smpp::session::{Event, Role, Session};
use ringproof_smpp::{OctetString, command};

pub(crate) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A session and the time.
pub(crate) struct World {
    pub(crate) session: Session,
    pub(crate) now: Duration,
}

impl World {
    pub(crate) fn opening(role: Role, window: usize) -> Self {
        let now = secs(1_000);
        let session = Session::open(role, bind(), window, now).expect("the bind fits");
        Self { session, now }
    }

    /// One that is bound; what was said until then is forgotten.
    pub(crate) fn bound(window: usize) -> Self {
        let mut world = Self::opening(Role::Transceiver, window);
        let [bind] = &world.said()[..] else { panic!("it says more than the bind") };
        world.hear(&bind_answer(bind.sequence, 0));
        assert_eq!(world.events(), [Event::Bound]);
        world
    }

    /// What the session says.
    pub(crate) fn said(&mut self) -> Vec<Packet> {
        let mut buffer = FrameBuffer::default();
        loop {
            let piece = self.session.output().to_vec();
            if piece.is_empty() {
                break;
            }
            self.session.written(piece.len(), self.now);
            buffer.push(&piece);
        }
        let mut packets = Vec::new();
        while let Cut::Whole(frame) = buffer.next().expect("it says whole PDUs") {
            packets.push(Packet::decode(&frame).expect("it makes sense"));
        }
        assert!(buffer.is_empty());
        packets
    }

    /// Numbers of the commands that the session says.
    pub(crate) fn commands(&mut self) -> Vec<u32> {
        self.said().iter().map(|packet| packet.pdu.command_id()).collect()
    }

    pub(crate) fn hear(&mut self, packet: &Packet) {
        self.session.received(&packet.encode().expect("it fits"), self.now);
    }

    pub(crate) fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.session.event()).collect()
    }

    /// Lets time pass, with a stop at each deadline.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.session.deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.session.advance(self.now);
        }
        self.now = end;
    }

    /// Submits; gives the sequence number.
    pub(crate) fn submit(&mut self, token: u64) -> u32 {
        self.session.submit(token, &mut message(), self.now).expect("there is room");
        let said = self.said();
        let [packet] = &said[..] else { panic!("it says more than the submit: {said:?}") };
        assert!(matches!(packet.pdu, Pdu::SubmitSm(_)));
        packet.sequence
    }

    /// The peer takes a submit.
    pub(crate) fn accept(&mut self, sequence: u32) {
        self.hear(&submit_answer(sequence, 0, "id"));
    }
}

pub(crate) fn string(text: &str) -> OctetString {
    OctetString::new(text).expect("it is a string")
}

pub(crate) fn bind() -> Bind {
    Bind { system_id: string("acct"), interface_version: 0x34, ..Bind::default() }
}

pub(crate) fn bind_answer(sequence: u32, status: u32) -> Packet {
    Packet::with_status(sequence, status, Pdu::BindTransceiverResp(BindResp::default()))
}

pub(crate) fn message() -> Message {
    Message { short_message: b"hello".to_vec(), ..Message::default() }
}

pub(crate) fn submit_answer(sequence: u32, status: u32, id: &str) -> Packet {
    Packet::with_status(sequence, status, Pdu::SubmitSmResp(MessageResp::new(string(id))))
}

pub(crate) fn nack(sequence: u32, status: u32) -> Packet {
    Packet::with_status(sequence, status, Pdu::GenericNack)
}

pub(crate) fn delivery(sequence: u32) -> Packet {
    Packet::new(sequence, Pdu::DeliverSm(message()))
}

/// The bare header of a command.
pub(crate) fn header(command_id: u32, sequence: u32) -> Vec<u8> {
    [16, command_id, 0, sequence].map(u32::to_be_bytes).concat()
}

pub(crate) const ENQUIRE: u32 = command::ENQUIRE_LINK;
