//! The machine: its states, its timers, and what it sends.

use core::time::Duration;
use std::collections::VecDeque;

use super::event::{Closed, DeliveryKey, Event};
use super::limits::{
    BIND_ANSWER, DELIVERIES_MAX, DRAIN_WAIT, ENQUIRE_ANSWER, ENQUIRIES_MAX, IDLE, MISSES_MAX,
    PEER_UNBIND_WAIT, SUBMIT_ANSWER, UNBIND_ANSWER, UNWRITTEN_MAX, WINDOW_MAX,
};
use super::output::Output;
use super::ring::{PduNote, PduRing};
use super::window::{Missed, Window};
use crate::frame::FrameBuffer;
use crate::limits::HEADER_OCTETS;
use crate::pdu::{Bind, EncodeError, Message, MessageResp, Packet, Pdu};
use crate::sequence::Sequences;

/// What a session is bound as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Sends and receives.
    Transceiver,
    /// Sends.
    Transmitter,
    /// Receives.
    Receiver,
}

impl Role {
    /// Whether it takes submits.
    pub const fn sends(self) -> bool {
        match self {
            Self::Transceiver | Self::Transmitter => true,
            Self::Receiver => false,
        }
    }

    /// Whether receipts come over it.
    pub const fn receives(self) -> bool {
        match self {
            Self::Transceiver | Self::Receiver => true,
            Self::Transmitter => false,
        }
    }

    /// The word in logs and views.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transceiver => "trx",
            Self::Transmitter => "tx",
            Self::Receiver => "rx",
        }
    }
}

/// A submit that a session did not take; nothing of it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// There is no room: it is not bound, or its window is full.
    #[error("the session takes no submit now")]
    NoRoom,
    /// No PDU can carry it.
    #[error(transparent)]
    Unfit(#[from] EncodeError),
}

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The bind is sent.
    Opening { until: Duration },
    /// Submits are taken.
    Bound,
    /// Open answers are waited for; then it ends.
    Draining { until: Duration, why: Closed },
    /// Our `unbind` is sent.
    Unbinding { until: Duration, why: Closed },
    /// Over.
    Closed,
}

/// One connection to a peer; see the [module](super).
#[derive(Debug)]
pub struct Session {
    pub(super) role: Role,
    pub(super) state: State,
    /// Places of the window.
    window_max: usize,
    pub(super) window: Window,
    pub(super) sequences: Sequences,
    /// The numbers of our bind, of our questions and of our unbind.
    pub(super) bind_sequence: u32,
    pub(super) input: FrameBuffer,
    pub(super) output: Output,
    pub(super) events: VecDeque<Event>,
    pub(super) ring: PduRing,
    /// Deliveries that are handed up and not acknowledged.
    pub(super) deliveries: usize,
    pub(super) received_at: Duration,
    /// Questions since then, and when the last one was asked.
    pub(super) enquiries: u32,
    pub(super) enquired_at: Duration,
    /// Misses in a row, and when the last one was.
    pub(super) misses: u32,
    pub(super) missed_at: Duration,
}

impl Session {
    /// Begins with the bind. `window` is how many submits may be open at a
    /// time, 1 to [`WINDOW_MAX`].
    ///
    /// # Errors
    /// [`EncodeError`] if no PDU can carry the bind.
    pub fn open(role: Role, bind: Bind, window: usize, now: Duration) -> Result<Self, EncodeError> {
        let mut session = Self {
            role,
            state: State::Opening { until: now + BIND_ANSWER },
            window_max: window.clamp(1, WINDOW_MAX),
            window: Window::default(),
            sequences: Sequences::default(),
            bind_sequence: 0,
            input: FrameBuffer::default(),
            output: Output::default(),
            events: VecDeque::new(),
            ring: PduRing::default(),
            deliveries: 0,
            received_at: now,
            enquiries: 0,
            enquired_at: now,
            misses: 0,
            missed_at: now,
        };
        let pdu = match role {
            Role::Transceiver => Pdu::BindTransceiver(bind),
            Role::Transmitter => Pdu::BindTransmitter(bind),
            Role::Receiver => Pdu::BindReceiver(bind),
        };
        session.bind_sequence = session.next_sequence();
        session.say(&Packet::new(session.bind_sequence, pdu), now)?;
        Ok(session)
    }

    /// Submits that it takes now.
    pub fn room(&self) -> usize {
        match self.state {
            State::Bound if self.role.sends() => {
                self.window_max.saturating_sub(self.window.placed())
            }
            State::Bound
            | State::Opening { .. }
            | State::Draining { .. }
            | State::Unbinding { .. }
            | State::Closed => 0,
        }
    }

    /// Submits that are open and have a place in the window.
    pub fn window_used(&self) -> usize {
        self.window.placed()
    }

    /// Whether it is bound and not about to end.
    pub fn is_bound(&self) -> bool {
        self.state == State::Bound
    }

    /// Whether it is over.
    pub fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    /// Sends a message, which stays as it was. What becomes of it is told by
    /// one event with its `token`: answered, unanswered or lost.
    ///
    /// # Errors
    /// [`SubmitError`]: nothing was sent, and no event will come.
    pub fn submit(
        &mut self,
        token: u64,
        message: &mut Message,
        now: Duration,
    ) -> Result<(), SubmitError> {
        if self.room() == 0 {
            return Err(SubmitError::NoRoom);
        }
        let sequence = self.next_sequence();
        let before = self.output.submits.len();
        // The text goes through one pair of hands only; a copy would have to be
        // wiped.
        let packet = Packet::new(sequence, Pdu::SubmitSm(std::mem::take(message)));
        let written = packet.encode_into(&mut self.output.submits);
        if let Pdu::SubmitSm(sent) = packet.pdu {
            *message = sent;
        }
        written?;
        let length = self.output.submits.len() - before;
        self.note(false, crate::command::SUBMIT_SM, 0, sequence, length, now);
        self.window.push(sequence, token, now);
        Ok(())
    }

    /// Answers a message or a receipt that was handed up.
    pub fn acknowledge(&mut self, delivery: DeliveryKey, status: u32, now: Duration) {
        let was_reading = self.wants_bytes();
        self.deliveries = self.deliveries.saturating_sub(1);
        self.answer_delivery(delivery, status, now);
        self.read_on(was_reading, now);
    }

    /// Whoever had a message or a receipt that was handed up is gone, and nobody
    /// can say whether it was kept. It is not answered, so the peer brings it
    /// again; its place among those that wait is free.
    pub fn give_up_delivery(&mut self, now: Duration) {
        let was_reading = self.wants_bytes();
        self.deliveries = self.deliveries.saturating_sub(1);
        self.read_on(was_reading, now);
    }

    /// Reads again if it may now and did not.
    fn read_on(&mut self, was_reading: bool, now: Duration) {
        if !was_reading && self.wants_bytes() {
            // The silence was ours.
            self.received_at = now;
            self.receive_more(now);
        }
    }

    pub(super) fn answer_delivery(&mut self, delivery: DeliveryKey, status: u32, now: Duration) {
        let answer = MessageResp::default();
        let DeliveryKey { sequence, is_data_sm } = delivery;
        let pdu = if is_data_sm { Pdu::DataSmResp(answer) } else { Pdu::DeliverSmResp(answer) };
        self.answer(&Packet::with_status(sequence, status, pdu), now);
    }

    /// Takes leave: no submits any more; open answers are waited for.
    pub fn leave(&mut self, now: Duration) {
        match self.state {
            State::Opening { .. } => self.close(Closed::Left),
            State::Bound => self.drain(now + DRAIN_WAIT, Closed::Left, now),
            State::Draining { .. } | State::Unbinding { .. } | State::Closed => {}
        }
    }

    /// The connection is gone.
    pub fn lost(&mut self) {
        let why = match self.state {
            State::Draining { why, .. } | State::Unbinding { why, .. } => why,
            State::Opening { .. } | State::Bound | State::Closed => Closed::Lost,
        };
        self.close(why);
    }

    /// What is to be written next; empty if nothing is.
    pub fn output(&mut self) -> &[u8] {
        self.output.next()
    }

    /// That many of those bytes were written.
    pub fn written(&mut self, bytes: usize, now: Duration) {
        let was_reading = self.wants_bytes();
        self.output.advance(bytes);
        if !was_reading {
            self.receive_more(now);
        }
    }

    /// Whether bytes should be read from the connection. Not while too much
    /// waits to be acknowledged or to be written.
    pub fn wants_bytes(&self) -> bool {
        let is_over = self.state == State::Closed;
        !is_over && !self.holds_too_many() && self.output.len() < UNWRITTEN_MAX
    }

    fn holds_too_many(&self) -> bool {
        self.deliveries >= DELIVERIES_MAX
    }

    /// The next thing that happened.
    pub fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The headers of the last PDUs.
    pub fn ring(&self) -> &PduRing {
        &self.ring
    }

    /// When [`Session::advance`] has something to do at the latest.
    pub fn deadline(&mut self) -> Option<Duration> {
        let of_state = match self.state {
            State::Closed => return None,
            State::Opening { until } => return Some(until),
            State::Bound => None,
            State::Draining { until, .. } | State::Unbinding { until, .. } => Some(until),
        };
        let next_miss = self.next_miss_at();
        let times = [of_state, self.keep_alive_at(), self.window.deadline(), next_miss];
        times.into_iter().flatten().min()
    }

    /// Does what is due at this time.
    pub fn advance(&mut self, now: Duration) {
        if self.is_closed() {
            return;
        }
        self.note_misses(now);
        if self.misses >= MISSES_MAX && self.state == State::Bound {
            self.drain(now + DRAIN_WAIT, Closed::Unanswered, now);
        }
        match self.state {
            State::Opening { until } if now >= until => self.close(Closed::BindUnanswered),
            State::Draining { until, why } if now >= until => self.end_draining(why, now),
            State::Unbinding { until, why } if now >= until => self.close(why),
            State::Opening { .. }
            | State::Bound
            | State::Draining { .. }
            | State::Unbinding { .. }
            | State::Closed => {}
        }
        self.finish_draining(now);
        if self.keep_alive_at().is_some_and(|at| now >= at) {
            self.keep_alive(now);
        }
    }

    /// Counts what is overdue. `delivery.md` 3.2 ends a session after three misses
    /// in a row. Submits that were under way together are one: their answers are
    /// late for one and the same reason, and a peer that paused once, with a full
    /// window, has missed once. So a miss counts if its submit was sent after the
    /// miss before; or, since nothing can be sent while overdue submits fill the
    /// window, when as much time has passed again without an answer (ADR 21).
    fn note_misses(&mut self, now: Duration) {
        let mut is_next = self.next_miss_at().is_some_and(|at| now >= at);
        for Missed { token, sent_at } in self.window.advance(now) {
            self.events.push_back(Event::Unanswered { token });
            is_next |= self.misses == 0 || sent_at >= self.missed_at;
        }
        if is_next {
            self.misses += 1;
            self.missed_at = now;
        }
    }

    /// When a full window of overdue submits counts as one more miss; not if they
    /// are fewer than the misses that end a session.
    fn next_miss_at(&self) -> Option<Duration> {
        let is_stuck = self.state == State::Bound
            && self.misses > 0
            && self.window.awaited() == 0
            && self.window.placed() >= self.window_max.max(MISSES_MAX as usize);
        is_stuck.then(|| self.missed_at + SUBMIT_ANSWER)
    }

    /// When the peer is asked next whether it is there, or given up.
    fn keep_alive_at(&self) -> Option<Duration> {
        let is_over = matches!(self.state, State::Opening { .. } | State::Closed);
        if is_over || self.holds_too_many() {
            return None;
        }
        Some(if self.enquiries == 0 {
            self.received_at + IDLE
        } else {
            self.enquired_at + ENQUIRE_ANSWER
        })
    }

    fn keep_alive(&mut self, now: Duration) {
        if self.enquiries >= ENQUIRIES_MAX {
            self.close(Closed::Silent);
            return;
        }
        self.enquiries += 1;
        self.enquired_at = now;
        let sequence = self.next_sequence();
        self.answer(&Packet::new(sequence, Pdu::EnquireLink), now);
    }

    /// Takes no submit any more.
    pub(super) fn drain(&mut self, until: Duration, why: Closed, now: Duration) {
        self.state = State::Draining { until, why };
        self.events.push_back(Event::Draining(why));
        self.finish_draining(now);
    }

    /// The peer takes leave.
    pub(super) fn peer_leaves(&mut self, now: Duration) {
        match self.state {
            State::Opening { .. } | State::Unbinding { .. } => self.close(Closed::PeerUnbound),
            State::Bound | State::Draining { .. } => {
                self.drain(now + PEER_UNBIND_WAIT, Closed::PeerUnbound, now);
            }
            State::Closed => {}
        }
    }

    /// Ends a draining session that waits for nothing any more.
    pub(super) fn finish_draining(&mut self, now: Duration) {
        if let State::Draining { why, .. } = self.state
            && self.window.awaited() == 0
        {
            self.end_draining(why, now);
        }
    }

    /// A peer that took leave is not told that we leave.
    fn end_draining(&mut self, why: Closed, now: Duration) {
        if why == Closed::PeerUnbound {
            self.close(why);
            return;
        }
        self.state = State::Unbinding { until: now + UNBIND_ANSWER, why };
        let sequence = self.next_sequence();
        self.answer(&Packet::new(sequence, Pdu::Unbind), now);
    }

    pub(super) fn close(&mut self, why: Closed) {
        if self.is_closed() {
            return;
        }
        self.state = State::Closed;
        for token in self.window.close() {
            self.events.push_back(Event::Lost { token });
        }
        self.events.push_back(Event::Closed(why));
    }

    /// A number that no open submit has. With a window of at most
    /// [`WINDOW_MAX`] and a bounded memory for late answers there always is one.
    fn next_sequence(&mut self) -> u32 {
        let window = &self.window;
        self.sequences.next(|number| window.contains(number)).unwrap_or(1)
    }

    /// Sends a PDU that always fits.
    pub(super) fn answer(&mut self, packet: &Packet, now: Duration) {
        let said = self.say(packet, now);
        debug_assert!(said.is_ok(), "answers and questions are short");
    }

    fn say(&mut self, packet: &Packet, now: Duration) -> Result<(), EncodeError> {
        let before = self.output.urgent.len();
        packet.encode_into(&mut self.output.urgent)?;
        let length = self.output.urgent.len() - before;
        let (command_id, status) = (packet.pdu.command_id(), packet.status);
        self.note(false, command_id, status, packet.sequence, length, now);
        Ok(())
    }

    pub(super) fn note(
        &mut self,
        is_received: bool,
        command_id: u32,
        status: u32,
        sequence: u32,
        length: usize,
        at: Duration,
    ) {
        let length = u32::try_from(length.max(HEADER_OCTETS)).unwrap_or(u32::MAX);
        self.ring.push(PduNote { at, is_received, command_id, status, sequence, length });
    }
}
