//! What time alone ends: codes of expired verifications are wiped (D-51), the
//! verification itself is forgotten a day later, and so are the sends to a
//! number (24 hours) and what became of a message (90 days, D-53).

use super::{Change, Decision, Keys, Snapshot};
use crate::ids::{MessageId, ServiceId, UserId};
use crate::keys::NumberKey;
use crate::policy::CodePolicy;
use crate::{SignedDuration, Timestamp};

/// How long the record of a delivery is kept (D-53).
pub const DELIVERY_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How long a send to a number counts (D-26, D-27).
pub const NUMBER_SEND_COUNTS: SignedDuration = SignedDuration::from_hours(24);

/// Records that [`verification`] needs.
pub fn verification_keys(service: ServiceId, user: UserId) -> Keys {
    Keys { user: Some((service, user)), ..Keys::default() }
}

/// Wipes the code of a user's expired verification, or forgets the
/// verification; whether there was something to do.
pub fn verification(
    snapshot: &Snapshot,
    service: ServiceId,
    user: UserId,
    now: Timestamp,
    policy: &CodePolicy,
) -> Decision<bool> {
    let Some(verification) = snapshot.verification.as_ref().filter(|v| v.expires_at <= now) else {
        return Decision::unchanged(false);
    };
    let forget_at = verification.expires_at.saturating_add(policy.expired_answer);
    if forget_at.is_ok_and(|at| at <= now) {
        return Decision::with(vec![Change::DeleteVerification(service, user)], true);
    }
    if verification.code.is_none() {
        return Decision::unchanged(false);
    }
    let mut wiped = Box::new(verification.clone());
    wiped.code = None;
    Decision::with(vec![Change::PutVerification(service, user, wiped)], true)
}

/// Forgets numbers that nobody was sent to for a day, and old deliveries.
pub fn forget(numbers: &[NumberKey], deliveries: &[MessageId], now: Timestamp) -> Decision<()> {
    let before = |kept| now.saturating_sub(kept).unwrap_or(Timestamp::MIN);
    let numbers = numbers.iter().map(|n| Change::ForgetNumber(*n, before(NUMBER_SEND_COUNTS)));
    let deliveries = deliveries.iter().map(|d| Change::ForgetDelivery(*d, before(DELIVERY_KEPT)));
    Decision::with(numbers.chain(deliveries).collect(), ())
}
