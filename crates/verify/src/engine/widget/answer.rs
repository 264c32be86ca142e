//! An answer is confirmed to the integrator's server.

use super::super::{Change, Decision, Snapshot};
use super::settled;
use crate::Timestamp;
use crate::ids::AccountId;
use crate::record::{WidgetSession, WidgetStep};

/// Answer of [`confirm`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfirmOutcome {
    /// The session as it ended; from now on it is confirmed.
    Confirmed(Box<WidgetSession>),
    /// It was confirmed before, at this time.
    Again(Timestamp),
    /// The account has no such answer, or it is too old.
    NotFound,
}

/// Confirms an answer to the integrator's server, once (S-77).
pub fn confirm(
    snapshot: &Snapshot,
    account: AccountId,
    now: Timestamp,
) -> Decision<ConfirmOutcome> {
    let ours = snapshot.widget_session.as_ref().filter(|session| session.account == account);
    let Some(mut session) = ours.and_then(|session| settled(session, now)) else {
        return Decision::unchanged(ConfirmOutcome::NotFound);
    };
    match &mut session.step {
        WidgetStep::Number | WidgetStep::Code { .. } => {
            Decision::unchanged(ConfirmOutcome::NotFound)
        }
        WidgetStep::Done { confirmed_at: Some(at), .. } => {
            Decision::unchanged(ConfirmOutcome::Again(*at))
        }
        WidgetStep::Done { confirmed_at, .. } => {
            *confirmed_at = Some(now);
            let change = Change::PutWidgetSession(Box::new(session.clone()));
            Decision::with(vec![change], ConfirmOutcome::Confirmed(Box::new(session)))
        }
    }
}
