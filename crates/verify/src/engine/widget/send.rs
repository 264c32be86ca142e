//! A code is sent from the page, or once more.

use super::super::begin::BeginRefusal;
use super::super::confirm::{self, ConfirmContext, ConfirmOutcome, ConfirmRefusal, ConfirmRequest};
use super::super::{Change, Decision, Keys, Snapshot};
use super::{put, session};
use crate::Timestamp;
use crate::entropy::Entropy;
use crate::ids::{VerificationId, WidgetSessionId};
use crate::keys::AddressKey;
use crate::record::{Notice, NoticeKind, OutgoingMessage, WidgetSession, WidgetStep};
use crate::send_limits::MESSAGES_WITHOUT_WORK;
use crate::widget::traffic::AttackMode;

/// What the person wants sent.
#[derive(Debug, Clone)]
pub struct SendRequest {
    /// The session.
    pub session: WidgetSessionId,
    /// Number, message and addresses; both addresses are needed.
    pub confirm: ConfirmRequest,
    /// What the browser paid.
    pub work: Work,
    /// Who says whether it is an attack.
    pub attack: AttackMode,
    /// What was typed as a number.
    pub typed: Option<String>,
}

/// What a browser paid for a message (S-80).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// The work for the message of this number, or another proof that was asked for.
    Done {
        /// [`WidgetSession::starts`] when it was asked for.
        start: u32,
    },
    /// Nothing; the name under which messages to such browsers are counted.
    Nothing(AddressKey),
}

/// Answer of [`send`].
#[derive(Debug)]
pub enum SendOutcome {
    /// The session as it is now; its notice says what was refused.
    Asked {
        /// The session.
        session: Box<WidgetSession>,
        /// The message that was queued, with its verification.
        sent: Option<(VerificationId, Box<OutgoingMessage>)>,
        /// What the rules of confirmations refused.
        refusal: Option<ConfirmRefusal>,
    },
    /// The session is over or has its answer.
    Over,
}

/// Records that [`send`] needs.
pub fn send_keys(request: &SendRequest) -> Keys {
    let mut keys = confirm::keys(&request.confirm);
    if let Work::Nothing(key) = request.work {
        keys.addresses.push(key);
    }
    keys.widget_session = Some(request.session);
    keys.widget_traffic = Some(request.confirm.subject.account);
    keys
}

/// Sends a code to a number from a session's page; for a number whose code lives,
/// the same code once more.
pub fn send(
    snapshot: &Snapshot,
    request: &SendRequest,
    context: &ConfirmContext<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Decision<SendOutcome> {
    let ours = session(snapshot, now).filter(|s| s.account == request.confirm.subject.account);
    let Some(mut session) = ours.filter(|s| !matches!(s.step, WidgetStep::Done { .. })) else {
        return Decision::unchanged(SendOutcome::Over);
    };
    session.typed.clone_from(&request.typed);
    if let Err(until) = check_work(snapshot, &session, request, now) {
        return refused(session, NoticeKind::WorkMissing, until, None, now);
    }
    let is_resend = matches!(session.step, WidgetStep::Code { .. });
    let begun = confirm::start(snapshot, &request.confirm, context, now, entropy);
    match begun.outcome {
        // Nobody is trusted here: the request of a widget names no trusted browser.
        ConfirmOutcome::Trusted => Decision::unchanged(SendOutcome::Over),
        ConfirmOutcome::Refused(refusal) => {
            let (kind, until) = reason(&refusal);
            refused(session, kind, until, Some(refusal), now)
        }
        ConfirmOutcome::Started {
            verification, message, expires_at, resend_at, repeat_at, ..
        } => {
            let mut changes = begun.changes;
            session.notice = is_resend.then_some(Notice {
                kind: if message.is_some() { NoticeKind::Resent } else { NoticeKind::ResendLater },
                until: resend_at.filter(|_| message.is_none()),
            });
            session.typed = None;
            let to = request.confirm.subject.to;
            let resend_at = resend_at.map(|at| after_repeat(at, repeat_at, context));
            session.step = WidgetStep::Code { to, verification, expires_at, resend_at };
            if message.is_some() {
                session.starts += 1;
                changes.extend(count(snapshot, request, now));
            }
            changes.push(put(session.clone(), now));
            let sent = message.map(|message| (verification, message));
            let session = Box::new(session);
            Decision::with(changes, SendOutcome::Asked { session, sent, refusal: None })
        }
    }
}

/// Whether a message was paid for; if not, when the next free one is due.
fn check_work(
    snapshot: &Snapshot,
    session: &WidgetSession,
    request: &SendRequest,
    now: Timestamp,
) -> Result<(), Option<Timestamp>> {
    let is_attack = || request.attack.is_attack(&snapshot.widget_traffic, now);
    match request.work {
        Work::Done { start } if start == session.starts => Ok(()),
        // Its work paid for a message that was sent meanwhile.
        Work::Done { .. } => Err(None),
        Work::Nothing(_) if is_attack() => Err(None),
        Work::Nothing(_) => {
            let counted = snapshot.addresses.get(OF_SCRIPTLESS);
            match counted.and_then(|sends| sends.free_messages_refused_until(now)) {
                Some(until) => Err(Some(until)),
                None => Ok(()),
            }
        }
    }
}

/// Where the count of browsers without scripts stands behind the address and its
/// network.
const OF_SCRIPTLESS: usize = 2;

/// Counts a message that was sent.
fn count(snapshot: &Snapshot, request: &SendRequest, now: Timestamp) -> Vec<Change> {
    let subject = &request.confirm.subject;
    let mut traffic = snapshot.widget_traffic.clone();
    traffic.record_send(now);
    let mut changes = vec![Change::PutWidgetTraffic(subject.account, traffic)];
    if let (Work::Nothing(key), Some(sends)) = (request.work, snapshot.addresses.get(OF_SCRIPTLESS))
    {
        let mut sends = sends.clone();
        sends.record_start(now, subject.number_key, MESSAGES_WITHOUT_WORK);
        changes.push(Change::PutAddressSends(key, sends));
    }
    changes
}

/// When the person can ask for a message: after the automatic one, which would
/// otherwise come between.
fn after_repeat(
    at: Timestamp,
    repeat: Option<Timestamp>,
    context: &ConfirmContext<'_>,
) -> Timestamp {
    let pause = context.policy.codes.cooldown_after(2);
    repeat.map_or(at, |repeat| repeat.saturating_add(pause).unwrap_or(at).max(at))
}

fn refused(
    mut session: WidgetSession,
    kind: NoticeKind,
    until: Option<Timestamp>,
    refusal: Option<ConfirmRefusal>,
    now: Timestamp,
) -> Decision<SendOutcome> {
    session.notice = Some(Notice { kind, until });
    let change = put(session.clone(), now);
    let session = Box::new(session);
    Decision::with(vec![change], SendOutcome::Asked { session, sent: None, refusal })
}

/// What the page says of a refusal.
fn reason(refusal: &ConfirmRefusal) -> (NoticeKind, Option<Timestamp>) {
    use crate::engine::admit::SendRefusal;
    match refusal {
        ConfirmRefusal::AddressThrottled { until } => (NoticeKind::AddressThrottled, Some(*until)),
        ConfirmRefusal::Begin(BeginRefusal::Locked(lock)) => (NoticeKind::Locked, lock.until()),
        ConfirmRefusal::Begin(BeginRefusal::Send(refusal)) => match refusal {
            SendRefusal::NumberBlocked => (NoticeKind::NumberRefused, None),
            SendRefusal::CountryNotAllowed(_) => (NoticeKind::CountryRefused, None),
            SendRefusal::Throttled { throttle, until } if throttle.is_of_number() => {
                (NoticeKind::NumberThrottled, Some(*until))
            }
            SendRefusal::Throttled { .. } | SendRefusal::NoOpenGateway => {
                (NoticeKind::SendingFailed, None)
            }
        },
    }
}
