//! Sends a code once more by another gateway, though one took it: its receipt
//! says that it failed there, or none came in time (`delivery.md` 8.3).
//!
//! Such a message has stayed in the outbox, kept. It goes out again with the
//! same code, counts as a send, and is over with its verification.

use super::admit::{self, Destination, SendContext};
use super::outbox;
use super::{Change, Decision, Keys, Snapshot};
use crate::ids::{AccountId, MessageId, ServiceId};
use crate::keys::NumberKey;
use crate::limits::DELIVERY_DOUBTS_MAX;
use crate::record::{Cause, HandOver, OutgoingMessage, Purpose, ReceiptState};
use crate::send_limits::SendLimits;
use crate::{SignedDuration, Timestamp};

/// A kept message whose time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The message.
    pub message: MessageId,
    /// Whose it is.
    pub account: AccountId,
    /// Under which its sends are counted.
    pub service: ServiceId,
}

/// Answer of [`fail_over`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOver {
    /// It goes to another gateway.
    Released,
    /// It is over: delivered, entered, expired, or refused by a limit.
    Over,
    /// It was not due: somebody else was quicker.
    NotDue,
}

/// Records that [`fail_over`] needs.
pub fn keys(kept: &Kept, number: NumberKey) -> Keys {
    Keys {
        held: vec![kept.message],
        delivery: Some(kept.message),
        number: Some(number),
        blocked_for: Some(kept.account),
        account_sends: Some(kept.account),
        ..Keys::default()
    }
}

/// How long a kept message waits for another gateway that takes messages.
const OTHER_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// Takes a kept message out that nobody may send any more: its account is
/// disabled.
pub fn drop_kept(message: MessageId) -> Decision<()> {
    Decision::with(vec![Change::DropMessage(message)], ())
}

/// Gives a kept message free for another gateway, or drops it. `has_other` says
/// whether one takes messages now.
pub fn fail_over(
    snapshot: &Snapshot,
    context: &SendContext<'_>,
    has_other: bool,
    number_key: NumberKey,
    now: Timestamp,
) -> Decision<FailOver> {
    let due =
        snapshot.held.first().filter(|held| held.message.is_kept && held.message.next_at <= now);
    let Some(held) = due else { return Decision::unchanged(FailOver::NotDue) };
    let message = &held.message;
    let over = || Decision::with(vec![Change::DropMessage(message.id)], FailOver::Over);
    let Purpose::Code { service, .. } = message.purpose else { return over() };
    let receipt = snapshot.delivery.as_ref().and_then(|delivery| delivery.receipt);
    let is_delivered = matches!(receipt, Some((ReceiptState::Delivered, _)));
    // What the number itself is the reason of is not tried elsewhere (6.4).
    let cause = snapshot.delivery.as_ref().and_then(|delivery| delivery.cause);
    let is_of_number = cause.is_some_and(Cause::is_of_number);
    // A newer message is on its way; two at once would confuse the person.
    let newest = held.verification.as_ref().and_then(|v| v.last_message);
    let is_newest = newest == Some(message.id);
    let taken = message.trail.iter().filter(|(_, end)| end.may_have_it()).count();
    let is_taken_often = taken >= DELIVERY_DOUBTS_MAX as usize;
    let is_over = outbox::ended(held, now)
        .or_else(|| outbox::worn_out(message, outbox::Promise::default()))
        .is_some();
    if is_delivered || is_of_number || is_over || !is_newest || is_taken_often {
        return over();
    }
    if !has_other {
        let next_at = now.saturating_add(OTHER_WAIT).unwrap_or(now).min(message.deadline);
        let later = OutgoingMessage { next_at, ..message.clone() };
        let changes = vec![Change::UpdateMessage(Box::new(later))];
        return Decision::with(changes, FailOver::NotDue);
    }
    // The window of 30 s protects a person who asks again and again; here the
    // first message did not come.
    let sends = SendLimits { number_service_per_30s: u32::MAX, ..context.sends };
    let context = SendContext { sends, ..*context };
    let destination = Destination { account: message.account, service, to: message.to, number_key };
    let admitted = admit::check_blocked(snapshot, number_key, &context)
        .and_then(|()| admit::check_limits(snapshot, &destination, &context, now));
    if admitted.is_err() {
        return over();
    }
    let free = OutgoingMessage { is_kept: false, lease: 0, next_at: now, ..message.clone() };
    let mut changes = vec![
        admit::count_number(snapshot, &destination, &context, now),
        Change::UpdateMessage(Box::new(free)),
    ];
    changes.extend(admit::count_account(snapshot, &destination, &context, now));
    Decision::with(changes, FailOver::Released)
}

/// Whether a receipt that says so may be answered by another gateway, and the
/// change that makes the kept message due.
pub(super) fn at_once(message: &OutgoingMessage, now: Timestamp) -> Option<Change> {
    let is_first = message.trail.count_all(HandOver::Accepted) == 1;
    let may = message.is_kept && is_first && now < message.deadline;
    may.then(|| {
        Change::UpdateMessage(Box::new(OutgoingMessage { next_at: now, ..message.clone() }))
    })
}
