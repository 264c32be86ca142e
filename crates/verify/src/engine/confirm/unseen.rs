//! Start the confirmation of a number at a door that must not tell what others send to it.

use super::super::admit::{self, SendContext, SendRefusal};
use super::super::begin::BeginRefusal;
use super::super::{Change, Decision, Snapshot};
use super::{ConfirmContext, ConfirmOutcome, ConfirmRefusal, ConfirmRequest, start};
use crate::Timestamp;
use crate::entropy::Entropy;
use crate::limits::LIMIT_OFF;
use crate::record::OutgoingMessage;
use crate::send_limits::{SendLimits, Throttle};

/// Answer of [`start_unseen`].
#[derive(Debug)]
pub struct UnseenOutcome {
    /// What the caller is told.
    pub outcome: ConfirmOutcome,
    /// The message that would have been queued. Whatever a queued one changes beside
    /// the store is to be changed for it too.
    pub unsent: Option<Box<OutgoingMessage>>,
}

/// Starts as [`start`] does. Where the limit of all services together (D-27) is what
/// refuses, it does not: said aloud, it would tell that services send to this number
/// (S-33). Then all is as in a start whose message was queued, limits and wrong codes
/// included, but none is; the person gets no code.
pub fn start_unseen(
    snapshot: &Snapshot,
    request: &ConfirmRequest,
    context: &ConfirmContext<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Decision<UnseenOutcome> {
    let seen = start(snapshot, request, context, now, entropy);
    if !is_of_all_services(&seen.outcome) {
        return Decision::with(seen.changes, UnseenOutcome { outcome: seen.outcome, unsent: None });
    }
    let sends = SendLimits { number_per_day: LIMIT_OFF, ..context.send.sends };
    let own_limits = ConfirmContext {
        policy: context.policy,
        guard: context.guard.clone(),
        send: SendContext { sends, ..context.send },
    };
    let Decision { mut changes, mut outcome, .. } =
        start(snapshot, request, &own_limits, now, entropy);
    changes.retain(|change| !matches!(change, Change::QueueMessage(_)));
    for change in &mut changes {
        if matches!(change, Change::PutNumberSends(..)) {
            // Under all limits, or the sends of others would be forgotten.
            let destination = request.subject.destination();
            *change = admit::count_number(snapshot, &destination, &context.send, now);
        }
    }
    let unsent = match &mut outcome {
        ConfirmOutcome::Started { message, .. } => message.take(),
        ConfirmOutcome::Trusted | ConfirmOutcome::Refused(_) => None,
    };
    Decision::with(changes, UnseenOutcome { outcome, unsent })
}

fn is_of_all_services(outcome: &ConfirmOutcome) -> bool {
    let ConfirmOutcome::Refused(ConfirmRefusal::Begin(BeginRefusal::Send(refusal))) = outcome
    else {
        return false;
    };
    matches!(refusal, SendRefusal::Throttled { throttle: Throttle::NumberDay, .. })
}
