//! The verification widget: a page that proves a number for a site
//! (`verification-widget.md` 4). A session goes from the signed request to the
//! signed answer; sending and checking are the rules of number confirmations
//! ([`confirm`](super::confirm), [`check`](super::check)), run in the same step
//! as the change of the session, so that no code is used up without an answer.

mod answer;
mod check;
mod leave;
mod pay;
mod send;
mod settings;

use super::{Change, Decision, Keys, Snapshot};
use crate::ids::WidgetSessionId;
use crate::keys::NonceDigest;
use crate::limits::REQUEST_LIFE_SECONDS_MAX;
use crate::record::{Notice, NoticeKind, TypedNumber, WidgetSession, WidgetStatus, WidgetStep};
use crate::{SignedDuration, Timestamp};

pub use answer::{ConfirmOutcome, confirm};
pub use check::{CheckContext, CheckRequest, check, check_keys};
pub use leave::{cancel, change_number, leave_keys, note};
pub use pay::Work;
pub use send::{SendOutcome, SendRequest, refuse, send, send_keys};
pub use settings::{change_settings, no_settings, settings_keys};

/// Verifications without success after which a session ends
/// (`verification-widget.md` 4).
pub const ROUNDS_MAX: u32 = 3;

/// Messages of a verification: the first, and one that follows by itself
/// (`verification-widget.md` 4). A browser without scripts gets the first only.
pub const MESSAGES_MAX: u32 = 2;
/// The pause before that one.
pub const REPEAT_PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// A session is over when nothing happened for so long (S-79).
const IDLE: SignedDuration = SignedDuration::from_mins(10);
/// A session lasts no longer (`verification-widget.md` 4).
const LIFE: SignedDuration = SignedDuration::from_mins(30);
/// How long an answer can be handed over and confirmed (D-44).
pub const ANSWER_FRESH: SignedDuration = SignedDuration::from_secs(300);
/// How long a nonce is kept behind the time of its request: a site may sign the same
/// one again, for as long as a request can be good.
const NONCE_KEPT: SignedDuration = SignedDuration::from_secs(REQUEST_LIFE_SECONDS_MAX);
/// How long a session is kept in all.
const KEPT: SignedDuration = SignedDuration::from_mins(45);

/// A request that was found good, to begin a session with.
#[derive(Debug, Clone)]
pub struct OpenRequest {
    /// The session as it begins.
    pub session: WidgetSession,
    /// The request's `nonce`, and when the request is too old anyway.
    pub nonce: Option<(NonceDigest, Timestamp)>,
}

/// Answer of [`open`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenOutcome {
    /// The session lives.
    Opened,
    /// The account has used this `nonce` before.
    NonceUsed,
}

/// Records that [`open`] needs.
pub fn open_keys(request: &OpenRequest) -> Keys {
    Keys { nonce: request.nonce.map(|(digest, _)| digest), ..Keys::default() }
}

/// Begins a session; uses up the request's nonce in the same step.
pub fn open(snapshot: &Snapshot, request: &OpenRequest) -> Decision<OpenOutcome> {
    if request.nonce.is_some() && snapshot.is_nonce_used {
        return Decision::unchanged(OpenOutcome::NonceUsed);
    }
    let mut changes = vec![Change::PutWidgetSession(Box::new(request.session.clone()))];
    changes.extend(request.nonce.map(|(digest, until)| {
        let kept_until = until.saturating_add(NONCE_KEPT).unwrap_or(Timestamp::MAX);
        Change::UseNonce(digest, kept_until)
    }));
    Decision::with(changes, OpenOutcome::Opened)
}

/// The record of a session alone: to show its page, and for [`note`] and
/// [`confirm`].
pub fn session_keys(session: WidgetSessionId) -> Keys {
    Keys { widget_session: Some(session), ..Keys::default() }
}

/// The session as it is now, whatever it was when something last happened; `None`
/// if it is over. A code whose time has passed ended its round at that time,
/// whenever somebody looks.
pub fn settled(session: &WidgetSession, now: Timestamp) -> Option<WidgetSession> {
    if !is_alive(session, now) {
        return None;
    }
    let mut settled = session.clone();
    if let WidgetStep::Code { expires_at, .. } = settled.step
        && expires_at <= now
    {
        end_round(&mut settled, expires_at);
    }
    Some(settled).filter(|settled| is_alive(settled, now))
}

fn is_alive(session: &WidgetSession, now: Timestamp) -> bool {
    let is_before = |from: Timestamp, life| from.saturating_add(life).is_ok_and(|end| now < end);
    match session.step {
        WidgetStep::Done { at, .. } => is_before(at, ANSWER_FRESH),
        WidgetStep::Number | WidgetStep::Code { .. } => {
            is_before(session.used_at, IDLE) && is_before(session.created_at, LIFE)
        }
    }
}

/// A session after something was done in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stepped {
    /// As it is then.
    pub session: WidgetSession,
    /// This ended it. Of several at once that find it at its end, one did.
    pub has_ended: bool,
}

impl Stepped {
    /// A session in which something was done that may have ended it.
    fn on(session: WidgetSession) -> Self {
        let has_ended = matches!(session.step, WidgetStep::Done { .. });
        Self { session, has_ended }
    }

    /// A session that is as far as it was.
    fn not_on(session: WidgetSession) -> Self {
        Self { session, has_ended: false }
    }
}

/// A verification ended without success: the person may try again, but not for
/// ever.
fn end_round(session: &mut WidgetSession, now: Timestamp) {
    session.rounds += 1;
    if session.rounds >= ROUNDS_MAX {
        finish(session, WidgetStatus::Cancelled, now);
    } else {
        type_again(session);
        session.step = WidgetStep::Number;
        session.notice = Some(Notice { kind: NoticeKind::RoundOver, until: None });
    }
}

/// Ends a session with the number that it is about.
fn finish(session: &mut WidgetSession, status: WidgetStatus, now: Timestamp) {
    let phone = match session.step {
        WidgetStep::Code { to, .. } => Some(to),
        WidgetStep::Number => session.phone,
        WidgetStep::Done { phone, .. } => phone,
    };
    session.step = WidgetStep::Done { status, phone, at: now, confirmed_at: None };
    session.notice = None;
    session.typed = None;
}

/// The number that a code went to stands in the field again.
fn type_again(session: &mut WidgetSession) {
    if let WidgetStep::Code { to, .. } = session.step {
        session.typed = Some(TypedNumber::new(to.as_e164().to_owned()));
    }
}

/// Writes a session in which the person has just done something, and notes that.
fn put(session: &mut WidgetSession, now: Timestamp) -> Change {
    session.used_at = now;
    Change::PutWidgetSession(Box::new(session.clone()))
}

/// The session that is asked for, as it is now.
fn session(snapshot: &Snapshot, now: Timestamp) -> Option<WidgetSession> {
    settled(snapshot.widget_session.as_ref()?, now)
}

fn is_at(session: &WidgetSession, id: crate::ids::VerificationId) -> bool {
    matches!(session.step, WidgetStep::Code { verification, .. } if verification == id)
}

/// Forgets sessions that are long over.
pub fn forget(now: Timestamp) -> Decision<()> {
    let before = now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
    Decision::with(vec![Change::ForgetWidgetSessions(before)], ())
}
