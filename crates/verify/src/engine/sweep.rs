//! What time alone ends: codes of expired verifications are wiped (D-51), the
//! verification itself is forgotten a day later, and so are the sends to a
//! number (24 hours), what became of a message (90 days, D-53), and whatever
//! else is kept for a time only.

use super::{Change, Decision, Keys, Snapshot};
use crate::ids::{AccountId, MessageId, ServiceId, SmsId, UserId, VerificationId};
use crate::keys::{AddressKey, CookieDigest, NumberKey};
use crate::policy::CodePolicy;
use crate::{SignedDuration, Timestamp};

/// How long the record of a delivery is kept (D-53).
pub const DELIVERY_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How long a send to a number counts (D-26, D-27).
pub const NUMBER_SEND_COUNTS: SignedDuration = SignedDuration::from_hours(24);

/// Records that [`verification`] needs.
pub fn verification_keys(service: ServiceId, user: UserId) -> Keys {
    Keys { subject: Some((service, user)), ..Keys::default() }
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
    // A message that still waits holds the code too (D-51).
    let waiting = wiped.last_message.take().map(Change::DropMessage);
    let mut changes: Vec<Change> = waiting.into_iter().collect();
    changes.push(Change::PutVerification(service, user, wiped));
    Decision::with(changes, true)
}

/// How long a start from an address counts (D-28, D-29).
pub const ADDRESS_COUNTS: SignedDuration = SignedDuration::from_hours(24);

/// How long a client's message can be asked for (`sms-api.md` 4).
pub const SMS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What is old enough to be forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stale {
    /// Numbers that nobody was sent to for a day.
    pub numbers: Vec<NumberKey>,
    /// Deliveries.
    pub deliveries: Vec<MessageId>,
    /// Number confirmations whose id is unknown from now on.
    pub confirmations: Vec<(AccountId, VerificationId)>,
    /// Trusted browsers.
    pub trusts: Vec<(AccountId, NumberKey, CookieDigest)>,
    /// Addresses from which nothing came for a day.
    pub addresses: Vec<AddressKey>,
    /// Clients' messages whose text is no longer kept.
    pub sms_texts: Vec<SmsId>,
    /// Clients' messages.
    pub sms: Vec<SmsId>,
}

impl Stale {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Before which times a record is old enough.
#[derive(Debug, Clone, Copy)]
pub struct StaleBefore {
    /// Last send to a number.
    pub numbers: Timestamp,
    /// End of a delivery.
    pub deliveries: Timestamp,
    /// End of a confirmation's id.
    pub confirmations: Timestamp,
    /// When a browser was learned.
    pub trusts: Timestamp,
    /// Last time that something came from an address.
    pub addresses: Timestamp,
    /// Last change of a message whose text is kept.
    pub sms_texts: Timestamp,
    /// Last change of a message.
    pub sms: Timestamp,
}

impl StaleBefore {
    /// The times at `now`: how long a browser is trusted and how long texts are
    /// kept is the operator's choice.
    pub fn at(now: Timestamp, trusted_for: SignedDuration, texts_kept: SignedDuration) -> Self {
        let before = |kept| now.saturating_sub(kept).unwrap_or(Timestamp::MIN);
        Self {
            numbers: before(NUMBER_SEND_COUNTS),
            deliveries: before(DELIVERY_KEPT),
            confirmations: now,
            trusts: before(trusted_for),
            addresses: before(ADDRESS_COUNTS),
            sms_texts: before(texts_kept),
            sms: before(SMS_KEPT),
        }
    }
}

/// Forgets what is old enough. What was used again meanwhile stays.
pub fn forget(stale: &Stale, before: &StaleBefore) -> Decision<()> {
    let mut changes = Vec::new();
    changes.extend(stale.numbers.iter().map(|n| Change::ForgetNumber(*n, before.numbers)));
    changes.extend(stale.deliveries.iter().map(|d| Change::ForgetDelivery(*d, before.deliveries)));
    let confirmations = stale.confirmations.iter();
    changes.extend(
        confirmations
            .map(|(account, id)| Change::ForgetConfirmation(*account, *id, before.confirmations)),
    );
    let trusts = stale.trusts.iter();
    changes.extend(
        trusts
            .map(|(account, n, cookie)| Change::ForgetTrust(*account, *n, *cookie, before.trusts)),
    );
    changes.extend(stale.addresses.iter().map(|a| Change::ForgetAddress(*a, before.addresses)));
    changes.extend(stale.sms_texts.iter().map(|id| Change::ForgetSmsText(*id)));
    changes.extend(stale.sms.iter().map(|id| Change::ForgetSms(*id)));
    Decision::with(changes, ())
}
