//! What a dispatcher may do with the messages in the outbox.
//!
//! A message lives in the outbox from the step that queued it until a gateway
//! took it or its end. Then the row, and the sealed text in it, is removed in
//! the same step that keeps what became of it.

pub mod late;
mod promise;
mod put_back;
mod refused;

pub use promise::Promise;
pub use put_back::{put_back, put_back_keys};
pub use refused::{Refusal, RefusedHandOver, RefusedOutcome, refused, refused_keys};

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::billing::Till;
use super::{Change, Decision, Due, DueMessage, DueOnly, Keys, Snapshot, sms};
use crate::entropy::Entropy;
use crate::ids::MessageId;
use crate::keys::{AccountKeys, Keyring, NumberKey};
use crate::limits::{
    DELIVERY_ATTEMPTS_MAX, DELIVERY_PAUSES_MS, JOB_BATCH_MAX, LEASE_SECONDS, RECEIPT_WAIT_SECONDS,
    SMS_ATTEMPTS_MAX, SMS_PAUSES_MS,
};
use crate::record::{
    Balance, Delivery, DeliveryState, HandOver, Orphan, OutgoingMessage, Purpose, Reference,
    SmsState, Verification,
};
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

/// Records that [`end_due`] needs: what may be over, however much else waits.
pub fn end_due_keys(promise: Promise, now: Timestamp) -> Keys {
    let due_only = match promise {
        Promise::AtLeastOnce => DueOnly::Late,
        Promise::AtMostOnce => DueOnly::LateOrInDoubt,
    };
    Keys { due_only, ..claim_keys(now) }
}

/// What became of the due messages.
#[derive(Debug, Default)]
pub struct Claimed {
    /// Leased to the claimer, to be handed over now. Each still says for which
    /// gateway another server left it, so that it is not left to that one again.
    pub messages: Vec<OutgoingMessage>,
    /// Ended without a hand-over, with how.
    pub ended: Vec<Delivery>,
    /// How many are in the claimer's hand as before, with leases that begin anew.
    pub renewed: usize,
}

/// Leases the due messages to dispatcher run `lease`; ends those whose
/// deadline passed or whose verification ended. A code that expired or was
/// used is never sent, and neither is a client's message in doubt a second time
/// if that was promised.
///
/// What that run has `in_hand`, in its memory or in a call, it is not given a
/// second time, however far the clock jumped: the lease begins anew, and the
/// hand-over settles the message.
pub fn claim(
    snapshot: &Snapshot,
    keys: &Keyring,
    promise: Promise,
    lease: u64,
    in_hand: &BTreeSet<Attempt>,
    now: Timestamp,
) -> Decision<Claimed> {
    let mut endings = Endings::begin(snapshot, keys, now);
    let mut claimed = Claimed::default();
    for due in &snapshot.due {
        if due.message.lease == lease && in_hand.contains(&Attempt::of(&due.message)) {
            let renewed = OutgoingMessage { next_at: lease_end(now), ..due.message.clone() };
            endings.changes.push(Change::UpdateMessage(Box::new(renewed)));
            claimed.renewed += 1;
            continue;
        }
        let mut message = match endings.look(due, promise) {
            Looked::Ended(delivery) => {
                claimed.ended.push(*delivery);
                continue;
            }
            Looked::Waits => continue,
            Looked::Due(message) => message,
        };
        message.attempts += 1;
        message.lease = lease;
        message.next_at = lease_end(now);
        let kept = OutgoingMessage { left_for: None, ..OutgoingMessage::clone(&message) };
        endings.changes.push(Change::UpdateMessage(Box::new(kept)));
        claimed.messages.push(*message);
    }
    Decision::with(endings.finish(), claimed)
}

/// Ends the due messages that [`claim`] would end, and leaves the others where
/// they are: for the time in which no gateway is open. What the run has `in_hand`
/// is left to its hand-over.
pub fn end_due(
    snapshot: &Snapshot,
    keys: &Keyring,
    promise: Promise,
    lease: u64,
    in_hand: &BTreeSet<Attempt>,
    now: Timestamp,
) -> Decision<Vec<Delivery>> {
    let mut endings = Endings::begin(snapshot, keys, now);
    let mut all_ended = Vec::new();
    let is_in_hand = |due: &&DueMessage| {
        due.message.lease == lease && in_hand.contains(&Attempt::of(&due.message))
    };
    for due in snapshot.due.iter().filter(|due| !is_in_hand(due)) {
        if let Looked::Ended(delivery) = endings.look(due, promise) {
            all_ended.push(*delivery);
        }
    }
    Decision::with(endings.finish(), all_ended)
}

/// What a due message turns out to be.
enum Looked {
    /// Over.
    Ended(Box<Delivery>),
    /// In doubt: its receipt is waited for.
    Waits,
    /// It may be handed over; with the doubt of a call that was lost.
    Due(Box<OutgoingMessage>),
}

/// A lease that ended by time, or with its program: nobody knows what became
/// of that hand-over, so the send stays charged (`delivery.md` 8.5). Unlike the
/// doubts that a gateway leaves, several such ends count as one: most of them
/// were waiting in memory, and a program that dies twice within a message's
/// life must not end it unsent. The attempts bound them.
fn with_lost_call(due: &DueMessage) -> DueMessage {
    let mut due = due.clone();
    due.message.in_doubt = due.message.in_doubt.max(u32::from(due.message.lease != 0));
    due
}

/// Records that [`hold`] needs.
pub fn hold_keys(messages: &[OutgoingMessage]) -> Keys {
    Keys { held: messages.iter().map(|message| message.id).collect(), ..Keys::default() }
}

/// When the lease of a message that a dispatcher holds began: it was known
/// then that its verification waits for it.
pub fn leased_at(message: &OutgoingMessage) -> Timestamp {
    let lease = SignedDuration::from_secs(LEASE_SECONDS);
    message.next_at.saturating_sub(lease).unwrap_or(Timestamp::MIN)
}

/// Looks again at messages that dispatcher run `lease` has had in memory for a
/// while: gives those that may still be handed over and ends those that are
/// over. One that is gone, or was leased anew meanwhile, is neither. A lease
/// in its second half begins anew, so that it outlasts the hand-over.
pub fn hold(
    snapshot: &Snapshot,
    messages: &[OutgoingMessage],
    keys: &Keyring,
    lease: u64,
    now: Timestamp,
) -> Decision<Claimed> {
    let mut endings = Endings::begin(snapshot, keys, now);
    let mut held = Claimed::default();
    let is_same = |kept: &OutgoingMessage| {
        messages.iter().any(|message| Attempt::of(message).is_held(kept, lease))
    };
    for kept in snapshot.held.iter().filter(|kept| is_same(&kept.message)) {
        if let Some(state) = ended(kept, now) {
            held.ended.push(endings.end(&kept.message, Asked::NOBODY, state));
            continue;
        }
        let mut message = kept.message.clone();
        if later(now, SignedDuration::from_secs(LEASE_SECONDS / 2)) >= message.next_at {
            message.next_at = lease_end(now);
            endings.changes.push(Change::UpdateMessage(Box::new(message.clone())));
        }
        held.messages.push(message);
    }
    Decision::with(endings.finish(), held)
}

/// One hand-over of a message: what a dispatcher settles is this one and no
/// later one, so a call that outlives its lease changes nothing of the hand-over
/// that came after it (`delivery.md` 8.2). An attempt is given back only by
/// whoever holds it, so under one lease no two have the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attempt {
    /// The message.
    pub message: MessageId,
    /// How many hand-overs of it had begun with this one.
    pub number: u32,
}

impl Attempt {
    /// The hand-over that a message was claimed for.
    pub fn of(message: &OutgoingMessage) -> Self {
        Self { message: message.id, number: message.attempts }
    }

    /// Whether run `lease` still holds the message for this hand-over.
    fn is_held(&self, message: &OutgoingMessage, lease: u64) -> bool {
        message.lease == lease && Self::of(message) == *self
    }
}

/// How a message ended before a hand-over, if it did.
pub(super) fn ended(due: &DueMessage, now: Timestamp) -> Option<DeliveryState> {
    let is_awaited = |id, v: &Verification| v.id == id && v.is_live(now) && v.code.is_some();
    let waits = match due.message.purpose {
        Purpose::Text(_) => true,
        Purpose::Code { verification, .. } => {
            due.verification.as_ref().is_some_and(|v| is_awaited(verification, v))
        }
    };
    if now >= due.message.deadline {
        Some(DeliveryState::Expired)
    } else if !waits {
        Some(DeliveryState::Cancelled)
    } else {
        None
    }
}

/// The end of a message that may not be handed over once more.
pub(super) fn worn_out(message: &OutgoingMessage, promise: Promise) -> Option<DeliveryState> {
    let (attempts_max, _) = schedule(message);
    let taken = message.trail.count_all(HandOver::Accepted);
    let may_have_it = message.in_doubt.saturating_add(u32::try_from(taken).unwrap_or(u32::MAX));
    let is_worn_out =
        message.attempts >= attempts_max || may_have_it >= promise.doubts_max(message);
    is_worn_out.then_some(DeliveryState::Failed)
}

/// Hand-overs of a message at most, and the pauses between them: a code lives
/// for minutes, a client's message for hours.
fn schedule(message: &OutgoingMessage) -> (u32, &'static [i64]) {
    match message.purpose {
        Purpose::Code { .. } => (DELIVERY_ATTEMPTS_MAX, &DELIVERY_PAUSES_MS),
        Purpose::Text(_) => (SMS_ATTEMPTS_MAX, &SMS_PAUSES_MS),
    }
}

/// Until when the receipt of a message in doubt is waited for.
fn receipt_wait_end(message: &OutgoingMessage, now: Timestamp) -> Timestamp {
    later(now, SignedDuration::from_secs(RECEIPT_WAIT_SECONDS)).min(message.deadline)
}

/// The end of a lease that begins now.
pub(super) fn lease_end(now: Timestamp) -> Timestamp {
    later(now, SignedDuration::from_secs(LEASE_SECONDS))
}

/// Messages that leave the outbox in one step, with all that hangs on them: the
/// record of the client's message, the money, the report that is owed.
struct Endings<'s> {
    snapshot: &'s Snapshot,
    keys: &'s Keyring,
    now: Timestamp,
    till: Till,
    changes: Vec<Change>,
}

impl<'s> Endings<'s> {
    fn begin(snapshot: &'s Snapshot, keys: &'s Keyring, now: Timestamp) -> Self {
        Self { snapshot, keys, now, till: Till::open(snapshot), changes: Vec::new() }
    }

    /// Looks at a due message, and ends it if it is over.
    fn look(&mut self, due: &DueMessage, promise: Promise) -> Looked {
        let was_lost = due.message.lease != 0;
        let due = with_lost_call(due);
        if let Some(state) = ended(&due, self.now) {
            return Looked::Ended(Box::new(self.end(&due.message, Asked::NOBODY, state)));
        }
        if was_lost && promise.is_broken_by_repeat(&due.message) {
            let next_at = receipt_wait_end(&due.message, self.now);
            let waiting = OutgoingMessage { lease: 0, next_at, ..due.message };
            self.changes.push(Change::UpdateMessage(Box::new(waiting)));
            return Looked::Waits;
        }
        match worn_out(&due.message, promise) {
            Some(state) => Looked::Ended(Box::new(self.end(&due.message, Asked::NOBODY, state))),
            None => Looked::Due(Box::new(due.message)),
        }
    }

    /// Takes a message out of the outbox; gives what is kept of it. What became
    /// of one that a gateway took before stays as it was noted then; where the
    /// message has been since is added, so that those gateways may report too.
    fn end(
        &mut self,
        message: &OutgoingMessage,
        asked: Asked<'_>,
        state: DeliveryState,
    ) -> Delivery {
        self.changes.push(Change::DropMessage(message.id));
        if let Some((taker, _)) =
            message.trail.iter().rev().find(|(_, end)| *end == HandOver::Accepted)
        {
            let noted = self.snapshot.delivery.as_ref().filter(|d| d.message == message.id);
            if let Some(noted) = noted.filter(|noted| noted.trail != message.trail) {
                self.changes.push(Change::PutDelivery(Box::new(Delivery {
                    trail: message.trail.clone(),
                    attempts: message.attempts,
                    in_doubt: message.in_doubt,
                    ..noted.clone()
                })));
            }
            let asked = Asked { gateway: taker, choice: "" };
            return ending(message, self.keys, asked, DeliveryState::Accepted, self.now);
        }
        let delivery = ending(message, self.keys, asked, state, self.now);
        self.keep(message, delivery.clone());
        delivery
    }

    /// Keeps what became of a message, for us and for the client.
    fn keep(&mut self, message: &OutgoingMessage, delivery: Delivery) {
        let state = delivery.state;
        self.changes.push(Change::PutDelivery(Box::new(delivery)));
        let of_client = message.purpose.sms().and_then(|id| self.snapshot.sms(id));
        if let Some(sms) = of_client {
            let mut sms = sms.clone();
            self.settle(&mut sms, message, state);
            self.changes.push(Change::PutSms(Box::new(sms)));
        }
    }

    /// What the end of the outbox's message means for the client's: charged if
    /// a gateway has it or may have it, else released.
    fn settle(
        &mut self,
        sms: &mut crate::record::Sms,
        message: &OutgoingMessage,
        state: DeliveryState,
    ) {
        let (next, err) = match state {
            DeliveryState::Accepted => (SmsState::Sent, sms::ERR_NONE),
            _ if message.in_doubt > 0 => (SmsState::InDoubt, sms::ERR_TEMPORARY),
            DeliveryState::Failed => (SmsState::NotTaken, sms::ERR_FAILED),
            DeliveryState::Expired => (SmsState::Lapsed, sms::ERR_EXPIRED),
            DeliveryState::Cancelled => (SmsState::Cancelled, sms::ERR_NONE),
        };
        let settle = if next.was_handed_over() { Balance::charge } else { Balance::release };
        self.till.settle(sms, settle);
        self.changes.extend(sms::ended(sms, next, err, self.now));
    }

    fn accept(&mut self, message: &OutgoingMessage, acceptance: &Acceptance, gateway: &str) {
        self.refer_all(message, acceptance, gateway);
        let mut taken = message.clone();
        taken.trail.push(gateway, HandOver::Accepted);
        let asked = Asked { gateway, choice: &acceptance.choice };
        let mut delivery = ending(&taken, self.keys, asked, DeliveryState::Accepted, self.now);
        if acceptance.parts.len() > 1 {
            delivery.parts = vec![None; acceptance.parts.len()];
        }
        self.keep(&taken, delivery);
        let until = acceptance.keep_until.map(|until| until.min(message.deadline));
        let until = until.filter(|until| *until > self.now && message.purpose.sms().is_none());
        self.changes.push(match until {
            None => Change::DropMessage(message.id),
            Some(next_at) => Change::UpdateMessage(Box::new(OutgoingMessage {
                is_kept: true,
                lease: 0,
                next_at,
                ..taken
            })),
        });
    }

    fn refer_all(&mut self, message: &OutgoingMessage, acceptance: &Acceptance, gateway: &str) {
        let number_key = self.keys.number_key(&message.to);
        let sender = Some(&*message.sender);
        self.refer_parts(message.id, number_key, sender, acceptance, gateway);
    }

    fn refer_parts(
        &mut self,
        message: MessageId,
        number_key: NumberKey,
        sender: Option<&str>,
        acceptance: &Acceptance,
        gateway: &str,
    ) {
        for (part, forms) in (0..).zip(&acceptance.parts) {
            let by_number = names_by_number(&number_key, sender, forms.is_empty());
            self.refer(message, number_key, gateway, part, forms.iter().cloned().chain(by_number));
        }
    }

    /// Makes a message known by the names that a gateway gave to a part of it,
    /// and by its number for receipts that name nothing.
    fn refer(
        &mut self,
        message: MessageId,
        number_key: NumberKey,
        gateway: &str,
        part: u16,
        forms: impl Iterator<Item = String>,
    ) {
        for form in forms {
            self.changes.push(Change::PutReference(Box::new(Reference {
                gateway: gateway.to_owned(),
                form,
                message,
                part,
                number_key,
                created_at: self.now,
            })));
        }
    }

    fn finish(mut self) -> Vec<Change> {
        self.changes.extend(self.till.close());
        self.changes
    }
}

/// The forms under which a message is found that a receipt does not name.
fn names_by_number(number: &NumberKey, sender: Option<&str>, is_nameless: bool) -> Vec<String> {
    let mut forms = vec![Reference::of_number(number, None)];
    if is_nameless {
        forms.push(Reference::of_nameless(number, None));
    }
    if sender.is_some() {
        forms.push(Reference::of_number(number, sender));
        if is_nameless {
            forms.push(Reference::of_nameless(number, sender));
        }
    }
    forms
}

/// A message that a gateway took.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// The hand-over.
    pub attempt: Attempt,
    /// Why this gateway was chosen, in few words.
    pub choice: String,
    /// For a gateway that reports by names of its own: the forms of the name of
    /// each part; none where it gave no name. No parts: it reports by our id.
    pub parts: Vec<Vec<String>>,
    /// Keep the message until then, since another gateway could have it if this
    /// one does not deliver.
    pub keep_until: Option<Timestamp>,
}

/// Records that [`accepted`] needs.
pub fn accepted_keys(gateway: &str, acceptances: &[Acceptance]) -> Keys {
    let parts = acceptances.iter().flat_map(|acceptance| &acceptance.parts);
    let named = parts.filter(|forms| !forms.is_empty());
    Keys {
        messages: acceptances.iter().map(|acceptance| acceptance.attempt.message).collect(),
        orphans: named.map(|forms| (gateway.to_owned(), forms.clone())).collect(),
        ..Keys::default()
    }
}

/// Notes that a gateway took these messages: their rows and texts go, what
/// became of them stays. A code that another gateway could have is kept as long
/// as its acceptance says. A message that was claimed anew meanwhile is left to
/// that hand-over; a late answer only makes it known by the gateway's names, so
/// that receipts find it.
///
/// Gives the receipts that came before their message was known.
pub fn accepted(
    snapshot: &Snapshot,
    acceptances: &[Acceptance],
    keys: &Keyring,
    gateway: &str,
    lease: u64,
    now: Timestamp,
) -> Decision<Vec<Orphan>> {
    let mut endings = Endings::begin(snapshot, keys, now);
    for message in &snapshot.messages {
        let of_message = |acceptance: &&Acceptance| acceptance.attempt.message == message.id;
        match acceptances.iter().find(of_message) {
            Some(acceptance) if acceptance.attempt.is_held(message, lease) => {
                endings.accept(message, acceptance, gateway);
            }
            Some(acceptance) => endings.refer_all(message, acceptance, gateway),
            None => {}
        }
    }
    Decision::with(endings.finish(), snapshot.orphans.clone())
}

/// The gateway that a message was with last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// Its name.
    pub(super) gateway: &'a str,
    /// Why it was chosen.
    pub(super) choice: &'a str,
}

impl Asked<'_> {
    /// It was with none.
    const NOBODY: Self = Self { gateway: "", choice: "" };
}

/// What is kept of a message that leaves the outbox.
pub(super) fn ending(
    message: &OutgoingMessage,
    keys: &Keyring,
    asked: Asked<'_>,
    state: DeliveryState,
    now: Timestamp,
) -> Delivery {
    Delivery {
        message: message.id,
        account: message.account,
        purpose: message.purpose,
        number_key: keys.number_key(&message.to),
        country: message.to.country(),
        gateway: asked.gateway.to_owned(),
        state,
        attempts: message.attempts,
        in_doubt: message.in_doubt,
        queued_at: message.created_at,
        ended_at: now,
        receipt: None,
        trail: message.trail.clone(),
        choice: asked.choice.to_owned(),
        parts: Vec::new(),
        cause: None,
        code: None,
    }
}

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_add(by).unwrap_or(Timestamp::MAX)
}
