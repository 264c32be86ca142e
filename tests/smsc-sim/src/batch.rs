//! What the PDUs of one read bring about: lines to tell and bytes to write.
//! Collected first, so that a thousand answers leave in one piece.

use std::sync::Arc;

use serde_json::{Value, json};
use smpp::{Frame, Packet, Pdu, command};

use crate::behaviour::BindMode;
use crate::link::{Link, Order};
use crate::smsc::Smsc;
use crate::wire;

/// `ESME_RINVCMDID` (SMPP 3.4 §5.1.3).
const INVALID_COMMAND_ID: u32 = 0x03;
/// `ESME_RALYBND`
const ALREADY_BOUND: u32 = 0x05;

/// The consequences of some PDUs of one connection.
pub(crate) struct Batch<'a> {
    pub(super) smsc: &'a Arc<Smsc>,
    pub(super) link: &'a Arc<Link>,
    /// Told, and printed, before anything is written.
    pub(super) events: Vec<Value>,
    /// Leaves on this connection, now.
    pub(super) now: Vec<u8>,
    /// Further orders, in turn, after `now`.
    pub(super) orders: Vec<(Arc<Link>, Order)>,
    /// Nothing more is read from this connection.
    pub(crate) is_over: bool,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(smsc: &'a Arc<Smsc>, link: &'a Arc<Link>) -> Self {
        let (events, now, orders) = (Vec::new(), Vec::new(), Vec::new());
        Self { smsc, link, events, now, orders, is_over: false }
    }

    /// Tells and orders everything.
    pub(crate) async fn send(self) {
        let has_told = !self.events.is_empty();
        for event in self.events {
            self.smsc.events.tell(event).await;
        }
        if has_told {
            self.smsc.events.written().await;
        }
        let now = (!self.now.is_empty()).then(|| (Arc::clone(self.link), Order::Write(self.now)));
        for (link, order) in now.into_iter().chain(self.orders) {
            // A connection that has ended meanwhile takes no more.
            let _ = link.orders.send(order).await;
        }
    }

    /// Takes one PDU.
    pub(crate) fn take(&mut self, frame: &Frame<'_>) {
        let Frame { command_id, sequence, .. } = *frame;
        if let Some(mode) = BindMode::of_command(command_id) {
            return self.bind(mode, frame);
        }
        let silent = self.smsc.behaviour().silent;
        match command_id {
            command::SUBMIT_SM => self.submit(frame),
            command::DELIVER_SM_RESP => self.delivered(frame),
            command::ENQUIRE_LINK => {
                self.smsc.tally.enquire_links.add_one();
                if !silent.enquire_links {
                    self.answer(Packet::new(sequence, Pdu::EnquireLinkResp));
                }
            }
            command::ENQUIRE_LINK_RESP => self.tell(json!({ "event": "enquire_link_answer" })),
            command::UNBIND => {
                self.tell(json!({ "event": "unbind" }));
                if !silent.unbinds {
                    self.answer(Packet::new(sequence, Pdu::UnbindResp));
                    self.finish();
                }
            }
            command::UNBIND_RESP => {
                self.tell(json!({ "event": "unbind_answer" }));
                self.finish();
            }
            command::GENERIC_NACK => {
                let told = json!({ "event": "nack", "sequence": sequence, "status": frame.status });
                self.tell(told);
            }
            unknown => {
                self.tell(json!({ "event": "unknown", "command_id": unknown }));
                if !command::is_response(unknown) {
                    let nack = Packet::with_status(sequence, INVALID_COMMAND_ID, Pdu::GenericNack);
                    self.answer(nack);
                }
            }
        }
    }

    fn bind(&mut self, mode: BindMode, frame: &Frame<'_>) {
        let Ok(Packet {
            pdu: Pdu::BindTransmitter(bind) | Pdu::BindReceiver(bind) | Pdu::BindTransceiver(bind),
            ..
        }) = Packet::decode(frame)
        else {
            return self.unreadable(frame);
        };
        let is_silent = self.smsc.behaviour().silent.binds;
        let status = match self.link.mode() {
            Some(_) => ALREADY_BOUND,
            None => self.smsc.bind_status(&bind),
        };
        self.smsc.tally.binds.add_one();
        self.tell(json!({
            "event": "bind",
            "mode": mode.name(),
            "system_id": bind.system_id.to_string(),
            "system_type": bind.system_type.to_string(),
            "version": bind.interface_version,
            "status": (!is_silent).then_some(status),
        }));
        if !is_silent {
            if status == 0 {
                self.link.set_mode(mode);
            }
            self.answer(wire::bind_answer(mode, frame.sequence, status));
        }
    }

    /// The client's answer to a receipt or a message from a phone.
    fn delivered(&mut self, frame: &Frame<'_>) {
        let tally = &self.smsc.tally;
        if frame.status == 0 { &tally.taken } else { &tally.not_taken }.add_one();
        let Some(delivery) = self.link.answered(frame.sequence) else { return };
        let event = format!("{}_answer", delivery.kind);
        self.tell(json!({ "event": event, "id": delivery.id, "status": frame.status }));
    }

    /// A PDU that ends too early: refused, as the connection can go on.
    pub(super) fn unreadable(&mut self, frame: &Frame<'_>) {
        let told = json!({ "event": "unreadable", "command_id": frame.command_id });
        self.tell(told);
        let nack = Packet::with_status(frame.sequence, INVALID_COMMAND_ID, Pdu::GenericNack);
        self.answer(nack);
    }

    /// Tells of something on this connection.
    pub(super) fn tell(&mut self, mut event: Value) {
        event["session"] = self.link.number.into();
        self.events.push(event);
    }

    #[expect(clippy::needless_pass_by_value, reason = "made for this call")]
    pub(super) fn answer(&mut self, packet: Packet) {
        wire::write(&packet, &mut self.now);
    }

    /// Ends the connection once everything so far is written.
    pub(super) fn finish(&mut self) {
        self.is_over = true;
        self.orders.push((Arc::clone(self.link), Order::Finish));
    }
}
