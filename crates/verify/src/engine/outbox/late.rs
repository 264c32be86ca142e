//! Answers that came after the wait for them (`delivery.md` 3.2, 8.2): the
//! hand-over is in doubt by then, and the answer says how it really ended. The
//! message may wait for another try, be with another gateway, or be over.

use super::refused::{Charged, decide};
use super::{Acceptance, Attempt, Endings, Refusal, RefusedHandOver, RefusedOutcome};
use crate::Timestamp;
use crate::engine::{Change, Decision, Keys, Snapshot};
use crate::ids::MessageId;
use crate::keys::Keyring;
use crate::record::{
    Balance, Delivery, DeliveryState, HandOver, Orphan, OutgoingMessage, Purpose, SmsState,
};

/// Records that tell where a message is by now, for [`keys`].
pub fn first_keys(message: MessageId) -> Keys {
    Keys { messages: vec![message], delivery: Some(message), ..Keys::default() }
}

/// Records that [`accepted`] and [`refused`] need, after what [`first_keys`]
/// named was read; `forms` are the names in an acceptance. `None` if nothing is
/// known of the message any more.
pub fn keys(
    first: &Snapshot,
    message: MessageId,
    gateway: &str,
    forms: &[Vec<String>],
    keys: &Keyring,
) -> Option<Keys> {
    let waiting = first.messages.iter().find(|waiting| waiting.id == message);
    let of_waiting = |waiting: &OutgoingMessage| {
        (waiting.account, waiting.purpose, keys.number_key(&waiting.to))
    };
    let over = first.delivery.as_ref().filter(|delivery| delivery.message == message);
    let of_over = |over: &Delivery| (over.account, over.purpose, over.number_key);
    let (account, purpose, number) = waiting.map(of_waiting).or(over.map(of_over))?;
    let subject = match purpose {
        Purpose::Code { service, user, .. } => Some((service, user)),
        Purpose::Text(_) => None,
    };
    let named = forms.iter().filter(|forms| !forms.is_empty());
    Some(Keys {
        subject,
        number: Some(number),
        account_sends: Some(account),
        orphans: named.map(|forms| (gateway.to_owned(), forms.clone())).collect(),
        ..first_keys(message)
    })
}

/// What a late acceptance led to.
#[derive(Debug, Default)]
pub struct LateAcceptance {
    /// The message, if it was still in the outbox and with nobody else: it is
    /// settled as taken, and is not sent a second time.
    pub settled: Option<Box<OutgoingMessage>>,
    /// Receipts that came before their message was known by that name.
    pub early: Vec<Orphan>,
}

/// A gateway took a message, as it says late. In any case the message becomes
/// known by the gateway's names. One that waits for another try, and is with
/// nobody, is settled; one that was handed on is left to that hand-over; of one
/// that is over it becomes right what is kept.
pub fn accepted(
    snapshot: &Snapshot,
    acceptance: &Acceptance,
    keys: &Keyring,
    gateway: &str,
    now: Timestamp,
) -> Decision<LateAcceptance> {
    let attempt = acceptance.attempt;
    let mut endings = Endings::begin(snapshot, keys, now);
    let mut settled = None;
    if let Some(message) = find(snapshot, attempt) {
        if is_with_nobody_else(message, attempt, gateway) {
            let message = without_doubt(message, gateway);
            endings.accept(&message, acceptance, gateway);
            settled = Some(Box::new(message));
        } else {
            endings.refer_all(message, acceptance, gateway);
        }
    } else if let Some(over) = found_over(snapshot, attempt) {
        endings.refer_parts(over.message, over.number_key, None, acceptance, gateway);
        endings.changes.extend(taken_after_all(over, acceptance, gateway));
    } else {
        return Decision::unchanged(LateAcceptance::default());
    }
    let outcome = LateAcceptance { settled, early: snapshot.orphans.clone() };
    Decision::with(endings.finish(), outcome)
}

/// What a late refusal led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LateRefusal {
    /// It was with nobody else: it is tried again, or over, as if the refusal
    /// had come in time.
    Decided(RefusedOutcome),
    /// It was handed on or is over: the doubt is taken away.
    Cleared,
    /// There was no such doubt.
    Nothing,
}

/// A gateway did not take a message, as it says late. The doubt ends; what then
/// surely was not sent is given back. To slow down is asked too late for that,
/// and counts as "try again".
pub fn refused(
    snapshot: &Snapshot,
    keys: &Keyring,
    hand_over: &RefusedHandOver<'_>,
    now: Timestamp,
) -> Decision<LateRefusal> {
    let RefusedHandOver { attempt, gateway, refusal, .. } = *hand_over;
    let refusal = match refusal {
        Refusal::Throttled(_) => Refusal::Temporary,
        Refusal::InDoubt => return Decision::unchanged(LateRefusal::Nothing),
        Refusal::Temporary
        | Refusal::Unreached
        | Refusal::GatewayDown
        | Refusal::GatewayUnfit
        | Refusal::Destination { .. }
        | Refusal::Content => refusal,
    };
    let hand_over = RefusedHandOver { refusal, ..*hand_over };
    let message = find(snapshot, attempt);
    if let Some(message) = message.filter(|m| is_with_nobody_else(m, attempt, gateway)) {
        let message = without_doubt(message, gateway);
        let Decision { changes, outcome } = decide(snapshot, keys, message, &hand_over, now);
        return Decision::with(changes, LateRefusal::Decided(outcome));
    }
    let over = found_over(snapshot, attempt);
    if over.is_some_and(|over| was_taken(over, gateway)) {
        return Decision::unchanged(LateRefusal::Nothing);
    }
    let mut changes = Vec::new();
    if let Some(message) = message {
        let mut message = message.clone();
        if end_doubt(&mut message, gateway, refusal.in_trail()) {
            changes.push(Change::UpdateMessage(Box::new(message)));
        }
    }
    if let Some(over) = over {
        let mut over = over.clone();
        let is_second = over.trail.is_doubt_of_second_send(gateway);
        if end_doubt_of_over(&mut over, gateway, refusal.in_trail()) {
            if message.is_none() && over.in_doubt == 0 {
                give_back(snapshot, keys, &over, is_second, now, &mut changes);
            }
            changes.push(Change::PutDelivery(Box::new(over)));
        }
    }
    let is_cleared = !changes.is_empty();
    Decision::with(changes, if is_cleared { LateRefusal::Cleared } else { LateRefusal::Nothing })
}

fn find(snapshot: &Snapshot, attempt: Attempt) -> Option<&OutgoingMessage> {
    snapshot.messages.iter().find(|message| message.id == attempt.message)
}

fn found_over(snapshot: &Snapshot, attempt: Attempt) -> Option<&Delivery> {
    snapshot.delivery.as_ref().filter(|delivery| delivery.message == attempt.message)
}

/// Whether a message waits for another try after this gateway left it in doubt,
/// or whether that doubt is still to be noted: no number of an attempt that was
/// left in doubt comes back, so whoever holds it under this number is that call.
fn is_with_nobody_else(message: &OutgoingMessage, attempt: Attempt, gateway: &str) -> bool {
    let waits = message.lease == 0 && message.trail.count(gateway, HandOver::InDoubt) > 0;
    let is_to_be_noted = message.lease != 0 && Attempt::of(message) == attempt;
    !message.is_kept && (waits || is_to_be_noted)
}

fn without_doubt(message: &OutgoingMessage, gateway: &str) -> OutgoingMessage {
    let mut message = message.clone();
    if message.lease == 0 {
        end_doubt(&mut message, gateway, None);
    }
    message
}

/// Ends the doubt that a gateway left of a message in the outbox, if it did. The
/// hand-over that is under way has not ended, and is none that was lost.
fn end_doubt(message: &mut OutgoingMessage, gateway: &str, end: Option<HandOver>) -> bool {
    let begun = message.attempts.saturating_sub(u32::from(message.lease != 0));
    let left = doubts_left(message.in_doubt, begun, message.trail.iter().count());
    let has_ended = message.trail.resolve(gateway, end);
    if has_ended {
        message.in_doubt = left;
    }
    has_ended
}

/// The same of one that is over. A refusal of its content ended it, and does not
/// stand in the trail.
fn end_doubt_of_over(over: &mut Delivery, gateway: &str, end: Option<HandOver>) -> bool {
    let last = over.trail.iter().next_back().map_or("", |(gateway, _)| gateway);
    let is_last_noted = over.state != DeliveryState::Failed || last == over.gateway;
    let is_last_lost = over.gateway.is_empty();
    let noted = over.trail.iter().count() + usize::from(!is_last_noted && !is_last_lost);
    let left = doubts_left(over.in_doubt, over.attempts, noted);
    let has_ended = over.trail.resolve(gateway, end);
    if has_ended {
        over.in_doubt = left;
    }
    has_ended
}

/// How many doubts are left when one that a gateway left has ended. A hand-over
/// that was lost with its program adds none to those that gateways left (see
/// [`super::claim`]), and ends with none of them: nobody will ever know of it. It
/// shows by more hand-overs begun than ends noted.
fn doubts_left(in_doubt: u32, begun: u32, noted: usize) -> u32 {
    in_doubt.saturating_sub(1).max(u32::from(begun as usize > noted))
}

/// Whether a receipt has shown that this gateway took the message which it had
/// left in doubt. It knows better than a status that says the contrary.
fn was_taken(over: &Delivery, gateway: &str) -> bool {
    let was_in_doubt = over.trail.count(gateway, HandOver::Accepted) == 0;
    let is_its = over.state == DeliveryState::Accepted && over.gateway == gateway;
    was_in_doubt && (is_its || over.receipt.is_some() && over.state == DeliveryState::Failed)
}

/// What is kept of a message that is over and was taken after all. What the
/// client was told of it stays, as after a receipt that does not say
/// "delivered"; it has paid for it.
fn taken_after_all(over: &Delivery, acceptance: &Acceptance, gateway: &str) -> Option<Change> {
    let mut over = over.clone();
    if !end_doubt_of_over(&mut over, gateway, Some(HandOver::Accepted)) {
        return None;
    }
    if over.state != DeliveryState::Accepted {
        over.state = DeliveryState::Accepted;
        gateway.clone_into(&mut over.gateway);
        over.choice.clone_from(&acceptance.choice);
        if acceptance.parts.len() > 1 && over.receipt.is_none() {
            over.parts = vec![None; acceptance.parts.len()];
        }
    }
    Some(Change::PutDelivery(Box::new(over)))
}

/// The last doubt about a message that is over is gone: no gateway took it, or
/// no second one. Only a second send was counted beside the first: a try that
/// follows a doubt is the same send.
fn give_back(
    snapshot: &Snapshot,
    keys: &Keyring,
    over: &Delivery,
    is_second: bool,
    now: Timestamp,
    changes: &mut Vec<Change>,
) {
    let charged = Charged::of_delivery(over);
    match over.state {
        DeliveryState::Accepted if is_second => {
            charged.give_second_back(snapshot, now, changes);
        }
        DeliveryState::Failed => {
            charged.give_back(snapshot, keys, changes);
            refund(snapshot, over, now, changes);
        }
        // What ends by time or with its verification is not given back.
        DeliveryState::Accepted | DeliveryState::Expired | DeliveryState::Cancelled => {}
    }
}

/// The client was told that it failed, and gets back what it was charged.
fn refund(snapshot: &Snapshot, over: &Delivery, now: Timestamp, changes: &mut Vec<Change>) {
    let of_client = over.purpose.sms().and_then(|id| snapshot.sms(id));
    let Some(sms) = of_client.filter(|sms| sms.state == SmsState::InDoubt) else { return };
    let mut till = super::Till::open(snapshot);
    till.settle(sms, Balance::refund);
    let mut sms = sms.clone();
    sms.state = SmsState::NotTaken;
    sms.price = 0;
    sms.changed_at = now;
    changes.extend(till.close());
    changes.push(Change::PutSms(Box::new(sms)));
}
