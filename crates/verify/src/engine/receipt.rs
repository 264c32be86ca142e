//! What a gateway reports later of a message that it took (`delivery.md` 5).
//! States only move forward; a receipt that says less than is known, or comes
//! from a gateway that never had the message, changes nothing (S-51, S-89).

use super::billing::Till;
use super::{Change, Decision, Keys, Snapshot, fail_over, outbox, repeat, sms};
use crate::Timestamp;
use crate::ids::MessageId;
use crate::keys::Keyring;
use crate::record::message::REASON_CODE_MAX;
use crate::record::{
    Balance, Cause, Delivery, DeliveryState, HandOver, OutgoingMessage, ReceiptState, Sms,
    SmsState, SmsStatus,
};

/// A receipt.
#[derive(Debug, Clone)]
pub struct ReceiptRequest {
    /// The message.
    pub message: MessageId,
    /// The gateway that reports.
    pub gateway: String,
    /// Why this gateway was chosen, if the message is being handed to it now. The
    /// outbox does not know: nothing is written before the first byte.
    pub in_hand: Option<String>,
    /// What it says.
    pub state: ReceiptState,
    /// The reason of a failure, three digits (`sms-api.md` 7), if it gives one.
    pub err: Option<u16>,
    /// Why it failed, as far as it is known.
    pub cause: Option<Cause>,
    /// The gateway's own code of that.
    pub code: Option<String>,
    /// Which part it is about; `None` for the message as a whole.
    pub part: Option<u16>,
    /// Whether repeats of a number confirmation also follow a delivered message.
    pub repeats_after_delivery: bool,
}

/// Answer of [`receipt`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptOutcome {
    /// It says more than was known.
    Raised(Box<Delivery>),
    /// It says something new of a part, and nothing yet of the whole.
    Part(Box<Delivery>),
    /// It says nothing new.
    Stale,
    /// This gateway has no such message.
    Unknown,
}

/// Records that [`receipt`] needs.
pub fn keys(request: &ReceiptRequest) -> Keys {
    Keys {
        delivery: Some(request.message),
        confirmation_of_delivery: true,
        messages: vec![request.message],
        ..Keys::default()
    }
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
    let waiting = snapshot.messages.first();
    let noted = snapshot.delivery.as_ref().filter(|d| may_be_with(d, &request.gateway));
    let delivery = match (noted, waiting) {
        (Some(delivery), _) => delivery.clone(),
        // It failed there, and is on its way to another: that goes on.
        (None, Some(waiting))
            if is_failure(request.state) && goes_on(waiting, &request.gateway) =>
        {
            return Decision::unchanged(ReceiptOutcome::Stale);
        }
        (None, Some(waiting)) if may_have_it_now(waiting, request, now) => {
            changes.push(settled(waiting, request, now));
            if let Some(sms) = &of_client {
                till.settle(sms, Balance::charge);
            }
            let taken = taken_by(waiting, &request.gateway);
            let choice = request.in_hand.as_deref().unwrap_or_default();
            let asked = outbox::Asked { gateway: &request.gateway, choice };
            outbox::ending(&taken, keys, asked, DeliveryState::Accepted, now)
        }
        (None, _) => return Decision::unchanged(ReceiptOutcome::Unknown),
    };
    let known = delivery.receipt.map_or(0, |(state, _)| state.strength());
    let Some(noted) = note_part(&delivery, request) else {
        return Decision::unchanged(ReceiptOutcome::Stale);
    };
    let Some(state) = noted.whole.filter(|state| state.strength() > known) else {
        if noted.parts == delivery.parts {
            return Decision::unchanged(ReceiptOutcome::Stale);
        }
        let delivery = Box::new(Delivery { parts: noted.parts, ..delivery });
        changes.push(Change::PutDelivery(delivery.clone()));
        return Decision::with(changes, ReceiptOutcome::Part(delivery));
    };
    let raised = Delivery {
        receipt: Some((state, now)),
        parts: noted.parts,
        cause: request.cause.filter(|_| state != ReceiptState::Delivered),
        code: request.code.as_ref().map(|code| code.chars().take(REASON_CODE_MAX).collect()),
        ..delivery
    };
    // What was reported as failed stays so, unless the handset has it.
    let stays = |sms: &Sms| {
        sms.state.status() == Some(SmsStatus::Failed) && state != ReceiptState::Delivered
    };
    if let Some(sms) = of_client.as_mut().filter(|sms| !stays(sms)) {
        changes.extend(report_to_client(sms, state, request.err, now));
        if state == ReceiptState::Rejected && NOT_CHARGED.contains(&sms.err) {
            till.settle(sms, Balance::refund);
            sms.price = 0;
        }
        changes.push(Change::PutSms(Box::new(sms.clone())));
    }
    let kept = waiting.filter(|waiting| waiting.is_kept);
    if state == ReceiptState::Delivered {
        // One that is on its way to another gateway is not wanted any more
        // either, and that one's answer must not take the receipt back.
        changes.extend(waiting.map(|waiting| Change::DropMessage(waiting.id)));
        let confirmation =
            snapshot.confirmation.as_ref().filter(|_| !request.repeats_after_delivery);
        changes.extend(confirmation.and_then(repeat::stop));
    } else if is_failure(state) && request.cause.is_some_and(Cause::another_gateway_may_help) {
        changes.extend(kept.and_then(|kept| fail_over::at_once(kept, now)));
    }
    changes.extend(till.close());
    changes.push(Change::PutDelivery(Box::new(raised.clone())));
    Decision::with(changes, ReceiptOutcome::Raised(Box::new(raised)))
}

/// Whether nothing but a late `delivered` is expected after it.
fn is_failure(state: ReceiptState) -> bool {
    state.strength() == ReceiptState::Failed.strength()
}

/// Whether this gateway has the message or may have it: a hand-over that stayed
/// in doubt may have reached it after all.
fn may_be_with(delivery: &Delivery, gateway: &str) -> bool {
    let took_it = delivery.gateway == gateway && delivery.state == DeliveryState::Accepted;
    // A hand-over that was lost with the program names no gateway, and neither
    // does one that was noted before there were trails.
    let was_lost = delivery.in_doubt as usize > delivery.trail.count_all(HandOver::InDoubt);
    took_it || delivery.trail.may_be_with(gateway) || was_lost
}

/// Whether a message that waits or is being handed over may be with this
/// gateway. Nobody knows which gateway a hand-over was with whose lease ended.
fn may_have_it_now(waiting: &OutgoingMessage, request: &ReceiptRequest, now: Timestamp) -> bool {
    let is_leased = waiting.lease != 0 && !waiting.is_kept;
    let is_handed_over = is_leased && request.in_hand.is_some();
    let is_lost = is_leased && waiting.next_at <= now;
    let was_lost = waiting.in_doubt as usize > waiting.trail.count_all(HandOver::InDoubt);
    let may_have_it = waiting.only_gateway.as_ref().is_none_or(|only| *only == request.gateway);
    (is_handed_over || is_lost || was_lost) && may_have_it
        || waiting.trail.may_be_with(&request.gateway)
}

/// The message with the hand-over that this gateway's receipt speaks of.
/// What becomes of a message whose gateway reported before its answer was noted.
/// A code that failed for a reason that another gateway may not share is kept
/// for one, as if the answer had come first.
fn settled(waiting: &OutgoingMessage, request: &ReceiptRequest, now: Timestamp) -> Change {
    let may_help = request.cause.is_some_and(Cause::another_gateway_may_help);
    let is_code = waiting.purpose.verification().is_some();
    if !(is_failure(request.state) && may_help && is_code && now < waiting.deadline) {
        return Change::DropMessage(waiting.id);
    }
    let kept = OutgoingMessage {
        is_kept: true,
        lease: 0,
        next_at: now,
        ..taken_by(waiting, &request.gateway)
    };
    Change::UpdateMessage(Box::new(kept))
}

/// Whether this gateway left the message in doubt, and another one is to have
/// it or is being asked. A client's message that waits for this very receipt goes
/// nowhere after it: it ends as if the gateway's answer had come.
fn goes_on(waiting: &OutgoingMessage, gateway: &str) -> bool {
    let waits_for_it = waiting.purpose.sms().is_some() && waiting.lease == 0;
    !waiting.is_kept && !waits_for_it && waiting.trail.count(gateway, HandOver::InDoubt) > 0
}

fn taken_by(waiting: &OutgoingMessage, gateway: &str) -> OutgoingMessage {
    let mut taken = waiting.clone();
    if !taken.trail.may_be_with(gateway) {
        taken.trail.push(gateway, HandOver::Accepted);
    }
    taken
}

/// What a receipt says of the parts, and of the whole.
struct Noted {
    parts: Vec<Option<ReceiptState>>,
    whole: Option<ReceiptState>,
}

/// Notes a receipt of a part (`delivery.md` 5.3): the message is delivered when
/// all parts are, and failed when one has failed for good. `None` if the part
/// says nothing new.
fn note_part(delivery: &Delivery, request: &ReceiptRequest) -> Option<Noted> {
    let mut parts = delivery.parts.clone();
    let Some(part) = request.part.and_then(|part| parts.get_mut(usize::from(part))) else {
        return Some(Noted { parts, whole: Some(request.state) });
    };
    if part.is_some_and(|known| known.strength() >= request.state.strength()) {
        return None;
    }
    *part = Some(request.state);
    let are_all_delivered = parts.iter().all(|part| *part == Some(ReceiptState::Delivered));
    let whole = match request.state {
        ReceiptState::Delivered => are_all_delivered.then_some(ReceiptState::Delivered),
        state => Some(state),
    };
    Some(Noted { parts, whole })
}

/// Reasons of a rejection that is not charged (`sms-api.md` 7).
const NOT_CHARGED: [u16; 5] = [4, 6, 7, 8, 9];

fn report_to_client(
    sms: &mut Sms,
    state: ReceiptState,
    err: Option<u16>,
    now: Timestamp,
) -> Option<Change> {
    let err = match state {
        ReceiptState::Delivered | ReceiptState::Accepted => sms::ERR_NONE,
        ReceiptState::Expired => err.unwrap_or(sms::ERR_EXPIRED),
        ReceiptState::Unknown => err.unwrap_or(sms::ERR_TEMPORARY),
        ReceiptState::Deleted => err.unwrap_or(sms::ERR_NONE),
        ReceiptState::Undeliverable | ReceiptState::Failed | ReceiptState::Rejected => {
            err.unwrap_or(sms::ERR_FAILED)
        }
    };
    sms::ended(sms, SmsState::Reported(state), err, now)
}
