//! Giving up, going back to the number, and what the page says of what was typed.

use super::super::{Change, Decision, Keys, Snapshot};
use super::{Stepped, finish, is_at, put, session, type_again};
use crate::Timestamp;
use crate::record::{
    Confirmation, Notice, NoticeKind, TypedNumber, WidgetSession, WidgetStatus, WidgetStep,
};

/// Gives up: the answer is "cancelled", unless there is an answer. Gives the
/// session as it is then, or `None` if it is over.
pub fn cancel(snapshot: &Snapshot, now: Timestamp) -> Decision<Option<Stepped>> {
    leave_code(snapshot, now, |session| finish(session, WidgetStatus::Cancelled, now))
}

/// Goes back to the number. Gives the session as it is then, or `None` if it is
/// over.
pub fn change_number(snapshot: &Snapshot, now: Timestamp) -> Decision<Option<Stepped>> {
    leave_code(snapshot, now, |session| {
        if matches!(session.step, WidgetStep::Code { .. }) {
            type_again(session);
            session.step = WidgetStep::Number;
            session.notice = None;
        }
    })
}

/// Records that [`cancel`] and [`change_number`] need for the session as it was
/// read.
pub fn leave_keys(read: &WidgetSession) -> Keys {
    let confirmation = match read.step {
        WidgetStep::Code { verification, .. } => Some((read.account, verification)),
        WidgetStep::Number | WidgetStep::Done { .. } => None,
    };
    Keys { widget_session: Some(read.id), confirmation, ..Keys::default() }
}

/// What leaves the code behind also leaves its automatic repeat.
fn leave_code(
    snapshot: &Snapshot,
    now: Timestamp,
    change: impl FnOnce(&mut WidgetSession),
) -> Decision<Option<Stepped>> {
    let Some(mut session) = session(snapshot, now) else { return Decision::unchanged(None) };
    if matches!(session.step, WidgetStep::Done { .. }) {
        return Decision::unchanged(Some(Stepped::not_on(session)));
    }
    let repeating = snapshot.confirmation.as_ref().filter(|c| c.repeat_at.is_some());
    let silenced = repeating.filter(|c| is_at(&session, c.id)).map(|confirmation| {
        let silenced = Confirmation { repeat_at: None, ..confirmation.clone() };
        Change::PutConfirmation(Box::new(silenced))
    });
    change(&mut session);
    let mut changes: Vec<Change> = silenced.into_iter().collect();
    changes.push(put(&mut session, now));
    Decision::with(changes, Some(Stepped::on(session)))
}

/// Notes what the page is to say of what was typed, unless the session is where
/// that cannot be typed. Gives the session as it is then, or `None` if it is over.
pub fn note(
    snapshot: &Snapshot,
    kind: NoticeKind,
    typed: Option<&TypedNumber>,
    now: Timestamp,
) -> Decision<Option<WidgetSession>> {
    let Some(mut session) = session(snapshot, now) else { return Decision::unchanged(None) };
    if !is_said_at(kind, &session.step) {
        return Decision::unchanged(Some(session));
    }
    session.notice = Some(Notice { kind, until: None });
    if let Some(typed) = typed {
        session.typed = Some(typed.clone());
    }
    Decision::with(vec![put(&mut session, now)], Some(session))
}

/// Whether a page says such a thing at this step.
fn is_said_at(kind: NoticeKind, step: &WidgetStep) -> bool {
    let is_code = match step {
        WidgetStep::Number => false,
        WidgetStep::Code { .. } => true,
        WidgetStep::Done { .. } => return false,
    };
    match kind {
        NoticeKind::NumberInvalid | NoticeKind::RoundOver => !is_code,
        NoticeKind::CodeIncomplete
        | NoticeKind::CodeWrong
        | NoticeKind::Resent
        | NoticeKind::ResendLater => is_code,
        NoticeKind::NumberRefused
        | NoticeKind::CountryRefused
        | NoticeKind::NumberThrottled
        | NoticeKind::AddressThrottled
        | NoticeKind::Locked
        | NoticeKind::SendingFailed
        | NoticeKind::WorkMissing
        | NoticeKind::WorkAgain => true,
    }
}
