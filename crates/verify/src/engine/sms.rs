//! Messages that API clients send: send, schedule, cancel (`sms-api.md`).

use zeroize::Zeroizing;

use super::admit::{self, Destination, SendContext, SendRefusal};
use super::billing::{self, Till, Unpaid};
use super::{Change, Decision, Due, Keys, Snapshot, outbox, report};
use crate::entropy::Entropy;
use crate::ids::{AccountId, MessageId, SmsId};
use crate::keys::AccountKeys;
use crate::limits::{JOB_BATCH_MAX, NUMBER_LIMIT_MAX};
use crate::message::SenderId;
use crate::record::{
    Balance, BodyKind, KeptText, MessageForm, OutgoingMessage, Purpose, Sms, SmsState, TextStore,
    Trail,
};
use crate::sealed::{Place, Sealed};
use crate::send_limits::Throttle;
use crate::{SignedDuration, Timestamp};

/// A message to send.
#[derive(Clone)]
pub struct SmsRequest {
    /// Where it goes, in whose name.
    pub destination: Destination,
    /// Origin to show.
    pub sender: SenderId,
    /// How the content is to be read.
    pub form: MessageForm,
    /// The text, or the hex digits of binary data.
    pub content: Zeroizing<String>,
    /// Segments; at least one.
    pub parts: u32,
    /// Price of a segment; `None` if the destination has none.
    pub price: Option<i64>,
    /// When to send; `None` for now.
    pub send_at: Option<Timestamp>,
    /// How long delivery is tried from then on.
    pub validity: SignedDuration,
    /// Where reports go.
    pub report_url: Option<String>,
    /// How the text is kept.
    pub text_store: TextStore,
    /// The only gateway that may have it, for an operator who tests one; a
    /// scheduled message goes by its route.
    pub only_gateway: Option<String>,
}

/// Answer of [`send`].
#[derive(Debug)]
pub enum SmsOutcome {
    /// It is taken.
    Taken {
        /// Its id.
        id: SmsId,
        /// The message that was queued; `None` if it waits for its time.
        message: Option<Box<OutgoingMessage>>,
    },
    /// Nothing was changed.
    Refused(SmsRefusal),
}

/// Why a message is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmsRefusal {
    /// Nothing may be sent.
    Send(SendRefusal),
    /// The account pays, and there is no price for the destination.
    NoPrice,
    /// The account pays, and has too little.
    NotEnoughCredit,
}

/// Records that [`send`] needs.
pub fn keys(request: &SmsRequest) -> Keys {
    let Destination { account, number_key, .. } = request.destination;
    Keys {
        number: Some(number_key),
        blocked_for: Some(account),
        account_sends: Some(account),
        balance: Some(account),
        scheduled_near: request.send_at.map(|at| (number_key, at)),
        ..Keys::default()
    }
}

/// Takes a message: to be sent now, or at its time. Its limits are counted and
/// its cost is set aside at once in both cases.
pub fn send(
    snapshot: &Snapshot,
    request: &SmsRequest,
    context: &SendContext<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Decision<SmsOutcome> {
    match try_send(snapshot, request, context, now, entropy) {
        Ok((changes, outcome)) => Decision::with(changes, outcome),
        Err(refusal) => Decision::unchanged(SmsOutcome::Refused(refusal)),
    }
}

fn try_send(
    snapshot: &Snapshot,
    request: &SmsRequest,
    context: &SendContext<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<(Vec<Change>, SmsOutcome), SmsRefusal> {
    let destination = request.destination;
    admit::check_blocked(snapshot, destination.number_key, context).map_err(SmsRefusal::Send)?;
    admit::check_limits(snapshot, &destination, context, now).map_err(SmsRefusal::Send)?;
    let reserved = billing::reserve(snapshot, destination.account, request.price, request.parts);
    let (cost, balance) = reserved.map_err(|unpaid| match unpaid {
        Unpaid::NoPrice => SmsRefusal::NoPrice,
        Unpaid::NotEnough => SmsRefusal::NotEnoughCredit,
    })?;
    let scheduled_for = request.send_at.filter(|at| *at > now);
    if let Some(at) = scheduled_for {
        check_scheduled(snapshot, context, at)?;
    }
    if scheduled_for.is_none() {
        admit::check_gateway(&destination, context).map_err(SmsRefusal::Send)?;
    }
    let mut changes = vec![admit::count_number(snapshot, &destination, context, now)];
    changes.extend(admit::count_account(snapshot, &destination, context, now));
    changes.extend(balance);
    let mut sms = record(request, cost, scheduled_for, context.keys, now, entropy);
    let text = outbox::seal_text(context.keys, sms.message, &request.content, entropy);
    let id = sms.id;
    let message = if scheduled_for.is_some() {
        sms.scheduled_text = Some(text);
        None
    } else {
        let mut message = Box::new(outgoing(&sms, destination, text, context.lease, now));
        message.only_gateway.clone_from(&request.only_gateway);
        changes.push(Change::QueueMessage(message.clone()));
        Some(message)
    };
    changes.push(Change::PutSms(Box::new(sms)));
    Ok((changes, SmsOutcome::Taken { id, message }))
}

/// Limits are counted when a message is asked for, so one day's wishes for a far
/// time are bounded, but many days' wishes for one time are not: a number is
/// protected from those too (D-27).
fn check_scheduled(
    snapshot: &Snapshot,
    context: &SendContext<'_>,
    at: Timestamp,
) -> Result<(), SmsRefusal> {
    let limit = context.sends.number_per_day;
    if limit > NUMBER_LIMIT_MAX || snapshot.scheduled_near < limit {
        return Ok(());
    }
    let until = at.saturating_add(SignedDuration::from_hours(24)).unwrap_or(at);
    Err(SmsRefusal::Send(SendRefusal::Throttled { throttle: Throttle::NumberDay, until }))
}

fn record(
    request: &SmsRequest,
    cost: i64,
    scheduled_for: Option<Timestamp>,
    keys: &AccountKeys,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Sms {
    let send_at = scheduled_for.unwrap_or(now);
    let id = SmsId::random(entropy);
    Sms {
        id,
        account: request.destination.account,
        message: MessageId::ordered(now, entropy),
        state: if scheduled_for.is_some() { SmsState::Scheduled } else { SmsState::Queued },
        err: 0,
        to: Some(request.destination.to),
        number_key: request.destination.number_key,
        sender: request.sender.as_str().to_owned(),
        form: request.form.clone(),
        scheduled_text: None,
        parts: request.parts,
        price: cost,
        report_url: request.report_url.clone(),
        text_store: request.text_store,
        kept_text: kept_text(id, request, keys, entropy),
        created_at: now,
        send_at,
        deadline: send_at.saturating_add(request.validity).unwrap_or(Timestamp::MAX),
        changed_at: now,
    }
}

/// Binary data is never kept: nobody could read it.
fn kept_text(
    id: SmsId,
    request: &SmsRequest,
    keys: &AccountKeys,
    entropy: &mut dyn Entropy,
) -> KeptText {
    match (request.form.body, request.text_store) {
        (BodyKind::Data, _) | (BodyKind::Text, TextStore::Nostore) => KeptText::Nothing,
        (BodyKind::Text, TextStore::Sha256) => KeptText::Digest(keys.text_digest(&request.content)),
        (BodyKind::Text, TextStore::Plaintext) => {
            let account = keys.account().as_i64().to_be_bytes();
            let record: [&[u8]; 2] = [&account, id.as_bytes()];
            let place = Place { column: KEPT_COLUMN, record: &record };
            KeptText::Sealed(keys.seal.seal(&place, &request.content, entropy))
        }
    }
}

const KEPT_COLUMN: &str = "sms.kept_sealed";

/// Opens the kept text of a message, for the operator. `None` if none is kept
/// or it does not open.
pub fn open_kept_text(keys: &AccountKeys, sms: &Sms) -> Option<Zeroizing<String>> {
    let KeptText::Sealed(sealed) = &sms.kept_text else { return None };
    let account = keys.account().as_i64().to_be_bytes();
    let record: [&[u8]; 2] = [&account, sms.id.as_bytes()];
    keys.seal.open(&Place { column: KEPT_COLUMN, record: &record }, sealed).ok()
}

fn outgoing(
    sms: &Sms,
    destination: Destination,
    text: Sealed,
    lease: u64,
    now: Timestamp,
) -> OutgoingMessage {
    OutgoingMessage {
        id: sms.message,
        account: sms.account,
        purpose: Purpose::Text(sms.id),
        to: destination.to,
        sender: sms.sender.clone(),
        form: sms.form.clone(),
        text,
        created_at: now,
        deadline: sms.deadline,
        // Without a lease the first dispatcher that looks claims it.
        attempts: u32::from(lease != 0),
        in_doubt: 0,
        next_at: if lease == 0 { now } else { outbox::lease_end(now) },
        lease,
        trail: Trail::default(),
        only_gateway: None,
        is_kept: false,
        left_for: None,
    }
}

/// Records that [`release_due`] needs.
pub fn due_keys(now: Timestamp) -> Keys {
    Keys { due_sms: Some(Due { now, limit: JOB_BATCH_MAX }), ..Keys::default() }
}

/// Queues the scheduled messages whose time has come, leased to dispatcher run
/// `lease`. One whose validity ran out meanwhile (the program was down) ends, and
/// so does one of an account that is disabled.
/// Gives the queued messages, and how many were looked at.
pub fn release_due(
    snapshot: &Snapshot,
    is_enabled: impl Fn(AccountId) -> bool,
    lease: u64,
    now: Timestamp,
) -> Decision<(Vec<OutgoingMessage>, usize)> {
    let mut changes = Vec::new();
    let mut queued = Vec::new();
    let mut till = Till::open(snapshot);
    for due in &snapshot.sms {
        let mut sms = due.clone();
        let parts = (sms.to, sms.scheduled_text.take());
        match parts {
            _ if !is_enabled(sms.account) => {
                till.settle(&sms, Balance::release);
                changes.extend(ended(&mut sms, SmsState::Cancelled, ERR_NONE, now));
            }
            (Some(to), Some(text)) if now < sms.deadline => {
                let (account, number_key) = (sms.account, sms.number_key);
                // The service matters for counting only, which is done.
                let service = crate::ids::ServiceId::from_bytes([0; 16]);
                let destination = Destination { account, service, to, number_key };
                let message = outgoing(&sms, destination, text, lease, now);
                changes.push(Change::QueueMessage(Box::new(message.clone())));
                queued.push(message);
                sms.state = SmsState::Queued;
                sms.changed_at = now;
            }
            _ => {
                till.settle(&sms, Balance::release);
                changes.extend(ended(&mut sms, SmsState::Lapsed, ERR_EXPIRED, now));
            }
        }
        changes.push(Change::PutSms(Box::new(sms)));
    }
    changes.extend(till.close());
    Decision::with(changes, (queued, snapshot.sms.len()))
}

/// `err` of a report (`sms-api.md` 7).
pub(super) const ERR_NONE: u16 = 0;
pub(super) const ERR_FAILED: u16 = 1;
pub(super) const ERR_EXPIRED: u16 = 2;
pub(super) const ERR_TEMPORARY: u16 = 999;

/// Moves a message to a state that is reported; gives the report that is owed.
/// What is needed to send it goes when it has ended or a gateway has it.
pub(super) fn ended(sms: &mut Sms, state: SmsState, err: u16, now: Timestamp) -> Option<Change> {
    sms.state = state;
    sms.err = err;
    sms.to = None;
    sms.scheduled_text = None;
    sms.changed_at = now;
    report::owed(sms, now).map(|report| Change::QueueReport(Box::new(report)))
}

/// Records that [`cancel`] needs.
pub fn cancel_keys(account: AccountId, id: SmsId) -> Keys {
    Keys { sms: Some((account, id)), balance: Some(account), ..Keys::default() }
}

/// Answer of [`cancel`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelOutcome {
    /// It will never be sent.
    Cancelled,
    /// The account has no such message that waits for its time.
    NotFound,
}

/// Takes a scheduled message back. Its cost is released; its limits stay
/// counted, or scheduling and cancelling would probe them for free.
pub fn cancel(snapshot: &Snapshot, id: SmsId, now: Timestamp) -> Decision<CancelOutcome> {
    let waiting = snapshot.sms(id).filter(|sms| sms.state == SmsState::Scheduled);
    let Some(mut sms) = waiting.cloned() else {
        return Decision::unchanged(CancelOutcome::NotFound);
    };
    let mut till = Till::open(snapshot);
    till.settle(&sms, Balance::release);
    let mut changes: Vec<Change> = till.close().collect();
    changes.extend(ended(&mut sms, SmsState::Cancelled, ERR_NONE, now));
    changes.push(Change::PutSms(Box::new(sms)));
    Decision::with(changes, CancelOutcome::Cancelled)
}

/// Records to read one message of an account.
pub fn read_keys(account: AccountId, id: SmsId) -> Keys {
    Keys { sms: Some((account, id)), ..Keys::default() }
}
