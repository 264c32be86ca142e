//! A code is sent from the page, or once more.

use super::super::begin::BeginRefusal;
use super::super::confirm::{self, ConfirmContext, ConfirmOutcome, ConfirmRefusal, ConfirmRequest};
use super::super::{Decision, Keys, Snapshot};
use super::pay::{self, Unpaid, Work};
use super::{put, session};
use crate::Timestamp;
use crate::entropy::Entropy;
use crate::ids::{VerificationId, WidgetSessionId};
use crate::policy::CodePolicy;
use crate::record::{Notice, NoticeKind, OutgoingMessage, TypedNumber, WidgetSession, WidgetStep};
use crate::widget::traffic::AttackMode;

/// What the person wants sent.
#[derive(Debug, Clone)]
pub struct SendRequest {
    /// The session.
    pub session: WidgetSessionId,
    /// Number, message and addresses.
    pub confirm: ConfirmRequest,
    /// What the browser paid.
    pub work: Work,
    /// Who says whether it is an attack.
    pub attack: AttackMode,
    /// What was typed as a number.
    pub typed: Option<TypedNumber>,
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
///
/// A session that waits for the code of another number stays as it is: that one is
/// left by [`change_number`](super::change_number), which also takes back its
/// automatic repeat.
pub fn send(
    snapshot: &Snapshot,
    request: &SendRequest,
    context: &ConfirmContext<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Decision<SendOutcome> {
    decide(snapshot, request, context, now, entropy).unwrap_or_else(|refused| refused)
}

/// Refuses what [`send`] refuses, and does nothing else: `None` where the person
/// would get to the code. For what is dear to ask about first.
pub fn refuse(
    snapshot: &Snapshot,
    request: &SendRequest,
    context: &ConfirmContext<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Decision<Option<SendOutcome>> {
    match decide(snapshot, request, context, now, entropy) {
        Ok(_) => Decision::unchanged(None),
        Err(refused) => Decision::with(refused.changes, Some(refused.outcome)),
    }
}

/// A code that is on its way, or was before; the error is everything else.
fn decide(
    snapshot: &Snapshot,
    request: &SendRequest,
    context: &ConfirmContext<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<Decision<SendOutcome>, Decision<SendOutcome>> {
    let ours = session(snapshot, now).filter(|s| s.account == request.confirm.subject.account);
    let Some(mut session) = ours.filter(|s| !matches!(s.step, WidgetStep::Done { .. })) else {
        return Err(Decision::unchanged(SendOutcome::Over));
    };
    let number = request.confirm.subject.to;
    let is_resend = match session.step {
        WidgetStep::Code { to, .. } if to != number => return Err(unchanged(session)),
        WidgetStep::Code { .. } => true,
        WidgetStep::Number | WidgetStep::Done { .. } => false,
    };
    let paid = pay::check(snapshot, &session, (request.work, request.attack), now);
    if is_resend && paid == Err(Unpaid::SentMeanwhile) {
        return Err(unchanged(session));
    }
    session.typed.clone_from(&request.typed);
    if session.is_phone_locked && session.phone.is_some_and(|phone| phone != number) {
        return Err(refused(session, NoticeKind::NumberRefused, None, None, now));
    }
    if let Err(unpaid) = paid {
        return Err(refused(session, unpaid.notice(), unpaid.until(), None, now));
    }
    let begun = confirm::start(snapshot, &terms(request), context, now, entropy);
    let sent = match begun.outcome {
        // No browser is trusted here.
        ConfirmOutcome::Trusted => return Err(Decision::unchanged(SendOutcome::Over)),
        ConfirmOutcome::Refused(refusal) => {
            let (kind, until) = reason(&refusal);
            return Err(refused(session, kind, until, Some(refusal), now));
        }
        ConfirmOutcome::Started {
            verification, message, expires_at, resend_at, repeat_at, ..
        } => {
            let sends = sends_of(snapshot, verification) + u32::from(message.is_some());
            let codes = &context.policy.codes;
            let resend_at =
                resend_at.and_then(|at| after_repeat(at, repeat_at, sends, expires_at, codes));
            session.step = WidgetStep::Code { to: number, verification, expires_at, resend_at };
            session.notice = is_resend.then_some(match message {
                Some(_) => Notice { kind: NoticeKind::Resent, until: None },
                None => Notice { kind: NoticeKind::ResendLater, until: resend_at },
            });
            message.map(|message| (verification, message))
        }
    };
    let mut changes = begun.changes;
    session.typed = None;
    if sent.is_some() {
        session.starts += 1;
        changes.extend(pay::count(snapshot, &request.confirm.subject, request.work, now));
    }
    changes.push(put(&mut session, now));
    let session = Box::new(session);
    Ok(Decision::with(changes, SendOutcome::Asked { session, sent, refusal: None }))
}

/// What is asked of the rules of confirmations: no browser is trusted, and what was
/// not paid for is not repeated.
fn terms(request: &SendRequest) -> ConfirmRequest {
    let mut terms = request.confirm.clone();
    terms.trusted_for = None;
    if matches!(request.work, Work::Nothing(_)) {
        terms.messages_max = 1;
    }
    terms
}

/// Nothing happens, and the person sees where the session is.
fn unchanged(session: WidgetSession) -> Decision<SendOutcome> {
    let session = Box::new(session);
    Decision::unchanged(SendOutcome::Asked { session, sent: None, refusal: None })
}

/// Messages that a verification has sent before.
fn sends_of(snapshot: &Snapshot, verification: VerificationId) -> u32 {
    let known = snapshot.verification.as_ref().filter(|v| v.id == verification);
    known.map_or(0, |v| v.sends)
}

/// When the person can ask for a message: after the automatic one, which would
/// otherwise come between. `None` if that one is the last (D-4, D-6).
fn after_repeat(
    at: Timestamp,
    repeat: Option<Timestamp>,
    sends: u32,
    expires_at: Timestamp,
    codes: &CodePolicy,
) -> Option<Timestamp> {
    let Some(repeat) = repeat else { return Some(at) };
    let sends = sends.saturating_add(1);
    let at = repeat.saturating_add(codes.cooldown_after(sends)).ok()?.max(at);
    let has_enough_left = expires_at.duration_since(at) >= codes.resend_remaining_min;
    (sends < codes.sends_max && has_enough_left).then_some(at)
}

fn refused(
    mut session: WidgetSession,
    kind: NoticeKind,
    until: Option<Timestamp>,
    refusal: Option<ConfirmRefusal>,
    now: Timestamp,
) -> Decision<SendOutcome> {
    session.notice = Some(Notice { kind, until });
    let change = put(&mut session, now);
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
