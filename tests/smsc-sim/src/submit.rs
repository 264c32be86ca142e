//! What one message brings about: its record, its answer, its receipts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::json;
use smpp::pdu::Message;
use smpp::{Frame, Packet, Pdu};

use crate::batch::Batch;
use crate::behaviour::{Answering, BindMode, Verdict};
use crate::command::Mode;
use crate::link::{Delivery, Link, Order, Timed};
use crate::wire::{self, Report};

/// `ESME_RINVBNDSTS` (SMPP 3.4 §5.1.3).
const INVALID_BIND_STATUS: u32 = 0x04;
/// Which receipts are asked for (SMPP 3.4 §5.2.17).
const RECEIPT_BITS: u8 = 0x03;
const ALWAYS: u8 = 1;
const ON_FAILURE: u8 = 2;

impl Batch<'_> {
    /// Takes a message.
    pub(super) fn submit(&mut self, frame: &Frame<'_>) {
        self.smsc.tally.submits.add_one();
        if !self.link.mode().is_some_and(BindMode::sends) {
            let answer = wire::submit_answer(frame.sequence, INVALID_BIND_STATUS, None);
            return self.answer(answer);
        }
        let verdict = self.smsc.behaviour().judge(Instant::now());
        // Whoever only counts is spared the reading.
        let is_read = verdict.is_recorded || verdict.receipts.mode != Mode::None;
        let message = match is_read.then(|| Packet::decode(frame)) {
            None => None,
            Some(Ok(Packet { pdu: Pdu::SubmitSm(message), .. })) => Some(message),
            Some(Ok(_) | Err(_)) => return self.unreadable(frame),
        };
        let number = (verdict.status == 0).then(|| self.smsc.next_id());
        let id = number.and_then(|number| verdict.answer_id.write(number));
        if let Some(message) = message.as_ref().filter(|_| verdict.is_recorded) {
            let mut event = wire::submit_fields(frame, message);
            event["event"] = "submit".into();
            event["sequence"] = frame.sequence.into();
            event["status"] = verdict.status.into();
            event["id"] = id.as_deref().into();
            self.tell(event);
        }
        let receipts = match (number, message) {
            (Some(number), Some(message)) => self.receipts(&verdict, number, &message),
            _ => Vec::new(),
        };
        if number.is_some() {
            self.smsc.tally.accepted.add_one();
        }
        let sequence = frame.sequence.wrapping_add_signed(verdict.sequence_offset);
        let answer = wire::submit_answer(sequence, verdict.status, id.as_deref());
        self.order(&verdict, &answer, receipts);
    }

    /// The receipts of an accepted message, and where they go.
    fn receipts(
        &mut self,
        verdict: &Verdict,
        number: u64,
        message: &Message,
    ) -> Vec<(Arc<Link>, Timed)> {
        let mode = verdict.receipts.mode;
        let id = verdict.receipt_id.write(number);
        let wanted = message.registered_delivery & RECEIPT_BITS;
        let is_wanted = wanted == ALWAYS || (wanted == ON_FAILURE && mode == Mode::Failed);
        let report = Report::of_mode(mode, id.as_deref()).filter(|_| is_wanted);
        let Some(report) = report else { return Vec::new() };
        let Some(receiver) = self.smsc.receiver_for(Some(self.link)) else {
            self.tell(json!({ "event": "undeliverable", "id": id }));
            return Vec::new();
        };
        let receipt = report.message(message.source.clone(), message.destination.clone(), &stamp());
        let swap = self.smsc.behaviour().receipt_swap();
        let after = Duration::from_millis(verdict.receipts.delay_ms) + swap;
        let copies = 0..verdict.receipts.copies;
        let timed = copies.map(|_| {
            self.smsc.tally.receipts.add_one();
            let delivery = Delivery { kind: "receipt", id: id.clone() };
            let bytes = receiver.deliver(receipt.clone(), delivery);
            (Arc::clone(&receiver), Timed { after, bytes })
        });
        timed.collect()
    }

    /// Orders the answer and the receipts in the turn and at the times that were told.
    fn order(&mut self, verdict: &Verdict, answer: &Packet, receipts: Vec<(Arc<Link>, Timed)>) {
        let is_held = verdict.answering == Answering::Held;
        let (early, late) = if verdict.receipts.before_response {
            (receipts, Vec::new())
        } else {
            (Vec::new(), receipts)
        };
        for (link, timed) in early {
            self.leave(link, Timed { after: Duration::ZERO, ..timed }, false);
        }
        match verdict.answering {
            Answering::Disconnect => return self.finish(),
            Answering::Never => {}
            // The usual case, without a buffer of its own.
            Answering::Yes if verdict.delay.is_zero() => wire::write(answer, &mut self.now),
            Answering::Yes | Answering::Held => {
                let mut bytes = Vec::new();
                wire::write(answer, &mut bytes);
                let timed = Timed { after: verdict.delay, bytes };
                self.leave(Arc::clone(self.link), timed, is_held);
            }
        }
        for (link, timed) in late {
            let after = verdict.delay + timed.after;
            self.leave(link, Timed { after, ..timed }, is_held);
        }
    }

    fn leave(&mut self, link: Arc<Link>, timed: Timed, is_held: bool) {
        let is_own = Arc::ptr_eq(&link, self.link);
        if is_held {
            self.orders.push((link, Order::Held(vec![timed])));
        } else if is_own && timed.after.is_zero() {
            self.now.extend(timed.bytes);
        } else {
            self.orders.push((link, Order::Later(vec![timed])));
        }
    }
}

/// The time as receipts write it, `YYMMDDhhmm`.
pub(crate) fn stamp() -> String {
    Timestamp::now().strftime("%y%m%d%H%M").to_string()
}
