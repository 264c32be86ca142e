//! What a gateway reports later of a message that it took (`delivery.md` 5).
//! States only move forward; a receipt that says less than is known, or comes
//! from a gateway that never had the message, changes nothing (S-51, S-89).

use super::billing::Till;
use super::{Change, Decision, Keys, Snapshot, outbox, sms};
use crate::Timestamp;
use crate::ids::MessageId;
use crate::keys::Keyring;
use crate::record::{Balance, Delivery, DeliveryState, ReceiptState, Sms, SmsState, SmsStatus};

/// A receipt.
#[derive(Debug, Clone)]
pub struct ReceiptRequest {
    /// The message.
    pub message: MessageId,
    /// The gateway that reports.
    pub gateway: String,
    /// What it says.
    pub state: ReceiptState,
    /// The reason of a failure, three digits (`sms-api.md` 7), if it gives one.
    pub err: Option<u16>,
}

/// Answer of [`receipt`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptOutcome {
    /// It says more than was known.
    Raised(Box<Delivery>),
    /// It says nothing new.
    Stale,
    /// This gateway has no such message.
    Unknown,
}

/// Records that [`receipt`] needs.
pub fn keys(request: &ReceiptRequest) -> Keys {
    Keys { delivery: Some(request.message), messages: vec![request.message], ..Keys::default() }
}

/// Notes a receipt. One that comes before the hand-over was noted, or while that
/// is in doubt, settles that too: the gateway has the message, whatever became
/// of its answer.
pub fn receipt(
    snapshot: &Snapshot,
    request: &ReceiptRequest,
    keys: &Keyring,
    now: Timestamp,
) -> Decision<ReceiptOutcome> {
    let mut changes = Vec::new();
    let mut till = Till::open(snapshot);
    let mut of_client = snapshot.sms.first().cloned();
    let delivery = match (&snapshot.delivery, snapshot.messages.first()) {
        (Some(delivery), _) => delivery.clone(),
        (None, Some(waiting)) if waiting.lease != 0 || waiting.in_doubt > 0 => {
            changes.push(Change::DropMessage(waiting.id));
            if let Some(sms) = &of_client {
                till.settle(sms, Balance::charge);
            }
            outbox::ending(waiting, keys, &request.gateway, DeliveryState::Accepted, now)
        }
        (None, _) => return Decision::unchanged(ReceiptOutcome::Unknown),
    };
    // A hand-over that stayed in doubt may have reached the gateway after all.
    let may_have_it = delivery.state == DeliveryState::Accepted || delivery.in_doubt > 0;
    // One that ended while it waited names no gateway; it may be with any.
    let is_its = delivery.gateway == request.gateway
        || (delivery.gateway.is_empty() && delivery.in_doubt > 0);
    if !is_its || !may_have_it {
        return Decision::unchanged(ReceiptOutcome::Unknown);
    }
    let known = delivery.receipt.map_or(0, |(state, _)| state.strength());
    if request.state.strength() <= known {
        return Decision::unchanged(ReceiptOutcome::Stale);
    }
    let raised = Delivery { receipt: Some((request.state, now)), ..delivery };
    // What was reported as failed stays so, unless the handset has it.
    let stays = |sms: &Sms| {
        sms.state.status() == Some(SmsStatus::Failed) && request.state != ReceiptState::Delivered
    };
    if let Some(sms) = of_client.as_mut().filter(|sms| !stays(sms)) {
        changes.extend(report_to_client(sms, request, now));
        if request.state == ReceiptState::Rejected && NOT_CHARGED.contains(&sms.err) {
            till.settle(sms, Balance::refund);
            sms.price = 0;
        }
        changes.push(Change::PutSms(Box::new(sms.clone())));
    }
    changes.extend(till.close());
    changes.push(Change::PutDelivery(Box::new(raised.clone())));
    Decision::with(changes, ReceiptOutcome::Raised(Box::new(raised)))
}

/// Reasons of a rejection that is not charged (`sms-api.md` 7).
const NOT_CHARGED: [u16; 5] = [4, 6, 7, 8, 9];

fn report_to_client(sms: &mut Sms, request: &ReceiptRequest, now: Timestamp) -> Option<Change> {
    let err = match request.state {
        ReceiptState::Delivered | ReceiptState::Accepted => sms::ERR_NONE,
        ReceiptState::Expired => request.err.unwrap_or(sms::ERR_EXPIRED),
        ReceiptState::Unknown => request.err.unwrap_or(sms::ERR_TEMPORARY),
        ReceiptState::Deleted => request.err.unwrap_or(sms::ERR_NONE),
        ReceiptState::Undeliverable | ReceiptState::Failed | ReceiptState::Rejected => {
            request.err.unwrap_or(sms::ERR_FAILED)
        }
    };
    sms::ended(sms, SmsState::Reported(request.state), err, now)
}
