//! What a session does about what it receives.

use core::time::Duration;

use super::event::{Answer, Closed, Delivery, DeliveryKey, Event};
use super::machine::{Session, State};
use super::window::Phase;
use crate::command;
use crate::frame::{Cut, Frame};
use crate::pdu::{DecodeError, Packet, Pdu};

/// `ESME_RINVCMDLEN`: a PDU ends before its fields do (SMPP 3.4 §5.1.3).
const INVALID_LENGTH: u32 = 0x02;

/// `ESME_RINVCMDID`: a command that is not known, or not from a peer.
const INVALID_COMMAND: u32 = 0x03;

/// `ESME_RINVBNDSTS`: it comes before the bind.
const NOT_BOUND: u32 = 0x04;

impl Session {
    /// Takes what was read from the connection.
    pub fn received(&mut self, bytes: &[u8], now: Duration) {
        if self.is_closed() || bytes.is_empty() {
            return;
        }
        self.input.push(bytes);
        self.receive_more(now);
    }

    /// Reads PDUs while there is room for what they ask.
    pub(super) fn receive_more(&mut self, now: Duration) {
        while self.wants_bytes() {
            let read = match self.input.next() {
                Err(error) => {
                    self.close(Closed::Framing(error.command_length));
                    return;
                }
                Ok(Cut::NotYet { .. }) => return,
                Ok(Cut::Whole(frame)) => (header_of(&frame), Packet::decode(&frame)),
            };
            let ((command_id, status, sequence, length), packet) = read;
            self.note(true, command_id, status, sequence, length, now);
            self.received_at = now;
            self.enquiries = 0;
            match packet {
                Ok(packet) => self.take(packet, now),
                Err(error) => self.unreadable(error, now),
            }
        }
    }

    fn take(&mut self, packet: Packet, now: Duration) {
        let Packet { status, sequence, pdu } = packet;
        match pdu {
            Pdu::BindTransmitterResp(_)
            | Pdu::BindReceiverResp(_)
            | Pdu::BindTransceiverResp(_) => self.bind_answered(status, sequence),
            Pdu::SubmitSmResp(answer) => {
                let message_id = answer.message_id.into_bytes();
                self.submit_answered(sequence, Answer { status, message_id }, now);
            }
            Pdu::GenericNack => self.refused(status, sequence, now),
            Pdu::DeliverSm(_) | Pdu::DataSm(_) => self.delivered(sequence, pdu, now),
            Pdu::EnquireLink => self.answer(&Packet::new(sequence, Pdu::EnquireLinkResp), now),
            Pdu::Unbind => {
                self.answer(&Packet::new(sequence, Pdu::UnbindResp), now);
                self.peer_leaves(now);
            }
            Pdu::UnbindResp => {
                if let State::Unbinding { why, .. } = self.state {
                    self.close(why);
                }
            }
            Pdu::Outbind(_) => self.close(Closed::Outbind),
            // Received, which is all that they are to say; or asked by nobody.
            Pdu::EnquireLinkResp | Pdu::DeliverSmResp(_) | Pdu::DataSmResp(_) => {}
            Pdu::Unknown { command_id } if command::is_response(command_id) => {}
            // That a phone is there; SMPP 3.4 §4.12.1 gives it no answer.
            Pdu::Unknown { command_id } if command_id == command::ALERT_NOTIFICATION => {}
            Pdu::BindTransmitter(_)
            | Pdu::BindReceiver(_)
            | Pdu::BindTransceiver(_)
            | Pdu::SubmitSm(_)
            | Pdu::Unknown { .. } => self.not_understood(INVALID_COMMAND, sequence, now),
        }
    }

    fn bind_answered(&mut self, status: u32, sequence: u32) {
        let State::Opening { .. } = self.state else { return };
        if sequence != self.bind_sequence {
            return;
        }
        if status == 0 {
            self.state = State::Bound;
            self.events.push_back(Event::Bound);
        } else {
            self.close(Closed::BindRefused(status));
        }
    }

    fn submit_answered(&mut self, sequence: u32, answer: Answer, now: Duration) {
        let Some(open) = self.window.take(sequence) else { return };
        self.misses = 0;
        let (token, waited) = (open.token, now.saturating_sub(open.sent_at));
        self.events.push_back(match open.phase {
            Phase::Awaited => Event::Answered { token, waited, answer },
            Phase::Missed | Phase::Late => Event::Late { token, waited, answer },
        });
        self.finish_draining(now);
    }

    /// A `generic_nack`: the status of whatever it names.
    fn refused(&mut self, status: u32, sequence: u32, now: Duration) {
        // A refusal that says that all is well says nothing of the kind.
        let status = if status == 0 { INVALID_COMMAND } else { status };
        self.bind_answered(status, sequence);
        let answer = Answer { status, message_id: Vec::new() };
        self.submit_answered(sequence, answer, now);
    }

    fn delivered(&mut self, sequence: u32, pdu: Pdu, now: Duration) {
        let is_data_sm = matches!(pdu, Pdu::DataSm(_));
        let key = DeliveryKey { sequence, is_data_sm };
        if matches!(self.state, State::Opening { .. }) {
            self.answer_delivery(key, NOT_BOUND, now);
            return;
        }
        self.deliveries += 1;
        self.events.push_back(Event::Delivered(Box::new(Delivery { key, pdu })));
    }

    /// A message or a receipt that cannot be read would come again for ever,
    /// so it is acknowledged.
    fn unreadable(&mut self, error: DecodeError, now: Duration) {
        let DecodeError { command_id, sequence, .. } = error;
        self.events.push_back(Event::Unreadable { command_id });
        match command_id {
            command::DELIVER_SM | command::DATA_SM => {
                let is_data_sm = command_id == command::DATA_SM;
                self.answer_delivery(DeliveryKey { sequence, is_data_sm }, 0, now);
            }
            _ if command::is_response(command_id) => {}
            _ => self.not_understood(INVALID_LENGTH, sequence, now),
        }
    }

    fn not_understood(&mut self, status: u32, sequence: u32, now: Duration) {
        self.answer(&Packet::with_status(sequence, status, Pdu::GenericNack), now);
    }
}

fn header_of(frame: &Frame<'_>) -> (u32, u32, u32, usize) {
    (frame.command_id, frame.status, frame.sequence, frame.octets())
}
