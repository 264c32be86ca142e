//! What a dispatcher may do with the messages in the outbox.
//!
//! A message lives in the outbox from the step that queued it until a gateway
//! took it or its end. Then the row, and the sealed text in it, is removed in
//! the same step that keeps what became of it.

use zeroize::Zeroizing;

use super::{Change, Decision, Due, DueMessage, Keys, Snapshot};
use crate::entropy::Entropy;
use crate::ids::MessageId;
use crate::keys::{AccountKeys, Keyring};
use crate::limits::{DELIVERY_ATTEMPTS_MAX, DELIVERY_PAUSES_MS, JOB_BATCH_MAX, LEASE_SECONDS};
use crate::record::{Delivery, DeliveryState, OutgoingMessage};
use crate::sealed::{Place, Sealed, UnsealError};
use crate::{SignedDuration, Timestamp};

/// Seals the text of a message for its row.
pub(crate) fn seal_text(
    keys: &AccountKeys,
    message: MessageId,
    text: &str,
    entropy: &mut dyn Entropy,
) -> Sealed {
    let account = keys.account().as_i64().to_be_bytes();
    let record: [&[u8]; 2] = [&account, message.as_bytes()];
    keys.seal.seal(&Place { column: TEXT_COLUMN, record: &record }, text, entropy)
}

/// Opens the text of a message, to hand it to a gateway.
///
/// # Errors
/// [`UnsealError`] if the root key changed or the row was tampered with.
pub fn open_text(
    keys: &AccountKeys,
    message: &OutgoingMessage,
) -> Result<Zeroizing<String>, UnsealError> {
    let account = keys.account().as_i64().to_be_bytes();
    let record: [&[u8]; 2] = [&account, message.id.as_bytes()];
    keys.seal.open(&Place { column: TEXT_COLUMN, record: &record }, &message.text)
}

const TEXT_COLUMN: &str = "outbox.text_sealed";

/// Ends every lease: whatever waits is due now. Only for a program that is
/// alone on its store, when it starts.
pub fn release_all(now: Timestamp) -> Decision<()> {
    Decision::with(vec![Change::ReleaseLeases(now)], ())
}

/// Records that [`claim`] needs.
pub fn claim_keys(now: Timestamp) -> Keys {
    Keys { due: Some(Due { now, limit: JOB_BATCH_MAX }), ..Keys::default() }
}

/// What became of the due messages.
#[derive(Debug, Default)]
pub struct Claimed {
    /// Leased to the claimer, to be handed over now.
    pub messages: Vec<OutgoingMessage>,
    /// Ended without a hand-over, with how.
    pub ended: Vec<Delivery>,
}

/// Leases the due messages to dispatcher run `lease`; ends those whose
/// deadline passed or whose verification ended. A code that expired or was
/// used is never sent.
pub fn claim(snapshot: &Snapshot, keys: &Keyring, lease: u64, now: Timestamp) -> Decision<Claimed> {
    let mut changes = Vec::new();
    let mut claimed = Claimed::default();
    for due in &snapshot.due {
        let mut message = due.message.clone();
        if let Some(state) = ended(due, now) {
            let delivery = ending(&message, keys, "", state, now);
            changes.push(Change::DropMessage(message.id));
            changes.push(Change::InsertDelivery(Box::new(delivery.clone())));
            claimed.ended.push(delivery);
            continue;
        }
        message.attempts += 1;
        message.lease = lease;
        message.next_at = later(now, SignedDuration::from_secs(LEASE_SECONDS));
        changes.push(Change::UpdateMessage(Box::new(message.clone())));
        claimed.messages.push(message);
    }
    Decision::with(changes, claimed)
}

fn ended(due: &DueMessage, now: Timestamp) -> Option<DeliveryState> {
    let waits = due
        .verification
        .as_ref()
        .is_some_and(|v| v.id == due.message.verification && v.is_live(now) && v.code.is_some());
    if now >= due.message.deadline {
        Some(DeliveryState::Expired)
    } else if !waits {
        Some(DeliveryState::Cancelled)
    } else if due.message.attempts >= DELIVERY_ATTEMPTS_MAX {
        Some(DeliveryState::Failed)
    } else {
        None
    }
}

/// Records that [`accepted`] needs.
pub fn accepted_keys(messages: &[MessageId]) -> Keys {
    Keys { messages: messages.to_vec(), ..Keys::default() }
}

/// Notes that a gateway took these messages: their rows and texts go, what
/// became of them stays. A message that another run has claimed meanwhile is
/// left to that run.
pub fn accepted(
    snapshot: &Snapshot,
    keys: &Keyring,
    gateway: &str,
    lease: u64,
    now: Timestamp,
) -> Decision<()> {
    let mut changes = Vec::with_capacity(snapshot.messages.len() * 2);
    for message in snapshot.messages.iter().filter(|m| m.lease == lease) {
        changes.push(Change::DropMessage(message.id));
        let delivery = ending(message, keys, gateway, DeliveryState::Accepted, now);
        changes.push(Change::InsertDelivery(Box::new(delivery)));
    }
    Decision::with(changes, ())
}

/// Records that [`refused`] needs.
pub fn refused_keys(message: &OutgoingMessage) -> Keys {
    Keys {
        messages: vec![message.id],
        service: Some((message.account, message.service)),
        user: Some((message.service, message.user)),
        number_of_user: true,
        account_sends: Some(message.account),
        ..Keys::default()
    }
}

/// Why a gateway did not take a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It may take it later.
    Temporary,
    /// It never will.
    Final,
}

/// What happens to a message that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusedOutcome {
    /// It is tried again at this time.
    Retry(Timestamp),
    /// It is over.
    Ended(Box<Delivery>),
    /// Another run holds it, or it is gone: nothing to do.
    NotOurs,
}

/// Notes that a gateway did not take a message. It is tried again while its
/// deadline and its attempts allow. If it ends untaken, the send is given
/// back: it counts against no limit, and the next start sends at once.
pub fn refused(
    snapshot: &Snapshot,
    keys: &Keyring,
    gateway: &str,
    refusal: Refusal,
    lease: u64,
    now: Timestamp,
) -> Decision<RefusedOutcome> {
    let Some(message) = snapshot.messages.iter().find(|m| m.lease == lease) else {
        return Decision::unchanged(RefusedOutcome::NotOurs);
    };
    if let Some(next_at) = next_attempt(message, refusal, now) {
        let waiting = OutgoingMessage { next_at, lease: 0, ..message.clone() };
        let changes = vec![Change::UpdateMessage(Box::new(waiting))];
        return Decision::with(changes, RefusedOutcome::Retry(next_at));
    }
    let delivery = Box::new(ending(message, keys, gateway, DeliveryState::Failed, now));
    let mut changes =
        vec![Change::DropMessage(message.id), Change::InsertDelivery(delivery.clone())];
    give_back(snapshot, message, &mut changes);
    Decision::with(changes, RefusedOutcome::Ended(delivery))
}

fn next_attempt(message: &OutgoingMessage, refusal: Refusal, now: Timestamp) -> Option<Timestamp> {
    if refusal == Refusal::Final || message.attempts >= DELIVERY_ATTEMPTS_MAX {
        return None;
    }
    let index = (message.attempts.max(1) as usize - 1).min(DELIVERY_PAUSES_MS.len() - 1);
    let next_at = later(now, SignedDuration::from_millis(DELIVERY_PAUSES_MS[index]));
    (next_at < message.deadline).then_some(next_at)
}

fn give_back(snapshot: &Snapshot, message: &OutgoingMessage, changes: &mut Vec<Change>) {
    let mut account_sends = snapshot.account_sends.clone();
    account_sends.release(message.created_at);
    changes.push(Change::PutAccountSends(message.account, account_sends));
    let Some(user) = &snapshot.user else { return };
    let mut number_sends = snapshot.number_sends.clone();
    number_sends.release(message.created_at, message.service);
    changes.push(Change::PutNumberSends(user.number_key, number_sends));
    let of_message = |v: &&crate::record::Verification| v.last_message == Some(message.id);
    if let Some(verification) = snapshot.verification.as_ref().filter(of_message) {
        let mut verification = Box::new(verification.clone());
        verification.sends = verification.sends.saturating_sub(1);
        verification.last_sent_at = None;
        verification.last_message = None;
        changes.push(Change::PutVerification(message.service, message.user, verification));
    }
}

fn ending(
    message: &OutgoingMessage,
    keys: &Keyring,
    gateway: &str,
    state: DeliveryState,
    now: Timestamp,
) -> Delivery {
    Delivery {
        message: message.id,
        account: message.account,
        service: message.service,
        verification: message.verification,
        number_key: keys.number_key(&message.to),
        country: message.to.country(),
        gateway: gateway.to_owned(),
        state,
        attempts: message.attempts,
        queued_at: message.created_at,
        ended_at: now,
    }
}

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_add(by).unwrap_or(Timestamp::MAX)
}
