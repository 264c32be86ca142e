//! The automatic repeats of a number confirmation: the same code once more,
//! while it has not been entered (`number-verification-api.md` 6).

use super::admit::{self, SendContext, SendRefusal};
use super::begin::{self, BeginContext, Subject, Terms};
use super::confirm::next_repeat;
use super::{Change, Decision, Keys, Snapshot};
use crate::entropy::Entropy;
use crate::ids::{AccountId, VerificationId};
use crate::message::Template;
use crate::policy::Policy;
use crate::record::{Confirmation, OutgoingMessage, ReceiptState, Verification};
use crate::{SignedDuration, Timestamp};

/// What governs a repeat, besides the snapshot.
#[derive(Debug)]
pub struct RepeatContext<'a> {
    /// The numbers in force.
    pub policy: &'a Policy,
    /// Sending.
    pub send: SendContext<'a>,
    /// Repeats also follow a message that was delivered.
    pub repeats_after_delivery: bool,
}

/// Answer of [`repeat`].
#[derive(Debug)]
pub enum RepeatOutcome {
    /// The code was sent once more.
    Sent(Box<OutgoingMessage>),
    /// Not now, but then.
    Later(Timestamp),
    /// No repeat follows: entered, over, exhausted, delivered, or refused.
    Over,
    /// It was not due: somebody else was quicker.
    NotDue,
}

/// Records that [`repeat`] needs.
pub fn keys(account: AccountId, confirmation: VerificationId) -> Keys {
    Keys {
        confirmation: Some((account, confirmation)),
        number_of_confirmation: true,
        blocked_for: Some(account),
        account_sends: Some(account),
        ..Keys::default()
    }
}

/// How long a repeat waits for a message that is still on its way, or for a
/// gateway.
const WAIT: SignedDuration = SignedDuration::from_secs(5);

/// Sends the code of a confirmation once more if that is due.
pub fn repeat(
    snapshot: &Snapshot,
    context: &RepeatContext<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Decision<RepeatOutcome> {
    let due = snapshot.confirmation.as_ref().filter(|c| c.repeat_at.is_some_and(|at| at <= now));
    let Some(confirmation) = due else { return Decision::unchanged(RepeatOutcome::NotDue) };
    match due_now(snapshot, confirmation, context, now) {
        Err(Wait::Over) => Decision::with(vec![moved(confirmation, None)], RepeatOutcome::Over),
        Err(Wait::Until(at)) => {
            Decision::with(vec![moved(confirmation, Some(at))], RepeatOutcome::Later(at))
        }
        Ok(due) => send(snapshot, confirmation, due, context, now, entropy),
    }
}

/// Takes back the repeats that are still to come: a message was delivered,
/// whichever of them it was.
pub(super) fn stop(confirmation: &Confirmation) -> Option<Change> {
    confirmation.repeat_at.map(|_| moved(confirmation, None))
}

enum Wait {
    Until(Timestamp),
    Over,
}

/// What is needed to send once more.
struct DueNow<'s> {
    verification: &'s Verification,
    template: Template,
    subject: Subject,
}

fn due_now<'s>(
    snapshot: &'s Snapshot,
    confirmation: &Confirmation,
    context: &RepeatContext<'_>,
    now: Timestamp,
) -> Result<DueNow<'s>, Wait> {
    let codes = &context.policy.codes;
    let kept = snapshot.verification.as_ref().filter(|v| v.id == confirmation.id);
    let live = kept.filter(|v| v.is_live(now) && v.code.is_some()).ok_or(Wait::Over)?;
    if live.sends >= confirmation.messages_max || begin::has_too_little_left(live, codes, now) {
        return Err(Wait::Over);
    }
    let receipt = snapshot.delivery.as_ref().and_then(|delivery| delivery.receipt);
    let is_delivered = matches!(receipt, Some((ReceiptState::Delivered, _)));
    if is_delivered && !context.repeats_after_delivery {
        return Err(Wait::Over);
    }
    let later = |by| Wait::Until(now.saturating_add(by).unwrap_or(Timestamp::MAX));
    // One that a gateway has is only kept for another.
    if snapshot.messages.iter().any(|message| !message.is_kept) {
        return Err(later(WAIT));
    }
    if let Some(from) = begin::resend_from(live, codes).filter(|from| now < *from) {
        return Err(Wait::Until(from));
    }
    let Confirmation { account, service, user, to, number_key, .. } = *confirmation;
    let subject = Subject { account, service, user, to, number_key };
    let admitted = admit::check_blocked(snapshot, number_key, &context.send)
        .and_then(|()| admit::check_limits(snapshot, &subject.destination(), &context.send, now))
        .and_then(|()| admit::check_gateway(&subject.destination(), &context.send))
        .and_then(|()| admit::check_traffic(&subject.destination(), &context.send));
    match admitted {
        Ok(()) => {}
        Err(SendRefusal::Throttled { until, .. }) => return Err(Wait::Until(until)),
        Err(SendRefusal::NoOpenGateway) => return Err(later(WAIT)),
        Err(SendRefusal::NumberBlocked | SendRefusal::CountryNotAllowed(_)) => {
            return Err(Wait::Over);
        }
    }
    let template = Template::of_record(&confirmation.template).map_err(|_| Wait::Over)?;
    Ok(DueNow { verification: live, template, subject })
}

fn send(
    snapshot: &Snapshot,
    confirmation: &Confirmation,
    due: DueNow<'_>,
    context: &RepeatContext<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Decision<RepeatOutcome> {
    let DueNow { verification, template, subject } = due;
    // A code that does not open cannot be sent again; a new one would make the
    // first message worthless.
    let Some((mut verification, code)) = begin::reopen(verification, &subject, context.send.keys)
    else {
        return Decision::with(vec![moved(confirmation, None)], RepeatOutcome::Over);
    };
    let codes = &context.policy.codes;
    let terms = Terms {
        length: codes.length,
        lifetime: codes.lifetime,
        template: &template,
        sender: &confirmation.sender,
    };
    let begin_context = BeginContext { codes, send: &context.send };
    let message =
        begin::send(&mut verification, &code, &subject, &terms, &begin_context, now, entropy);
    let started = begin::started(&verification, None, true);
    let (pause, max) = (confirmation.repeat_pause, confirmation.messages_max);
    let destination = subject.destination();
    let mut changes = vec![
        admit::count_number(snapshot, &destination, &context.send, now),
        Change::PutVerification(subject.service, subject.user, Box::new(verification)),
        Change::QueueMessage(message.clone()),
        moved(confirmation, next_repeat(pause, max, &started, codes, now)),
    ];
    changes.extend(admit::count_account(snapshot, &destination, &context.send, now));
    Decision::with(changes, RepeatOutcome::Sent(message))
}

fn moved(confirmation: &Confirmation, repeat_at: Option<Timestamp>) -> Change {
    Change::PutConfirmation(Box::new(Confirmation { repeat_at, ..confirmation.clone() }))
}
