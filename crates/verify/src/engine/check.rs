//! Check an entered code (V10). The one caller of the comparator (S-10).

use super::{Change, Decision, Keys, Snapshot};
use crate::Timestamp;
use crate::code::EnteredCode;
use crate::guard::Lock;
use crate::ids::{AccountId, ServiceId, UserId, VerificationId};
use crate::keys::{AccountKeys, CodeScope};
use crate::policy::Policy;
use crate::record::{Method, Verification};

/// Who enters what.
#[derive(Debug, Clone)]
pub struct CheckRequest {
    /// The account that asks.
    pub account: AccountId,
    /// One of its services.
    pub service: ServiceId,
    /// A user of that service.
    pub user: UserId,
    /// What the person typed.
    pub entered: EnteredCode,
    /// The verification that the caller means, if it says so. An id that
    /// cannot be read means one that does not exist.
    pub verification: Option<Option<VerificationId>>,
}

/// Answer of [`check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckOutcome {
    /// It is the code; the verification is used up (S-6).
    Approved {
        /// How the person proved it.
        method: Method,
        /// The verification.
        verification: VerificationId,
    },
    /// It was compared and is not the code.
    WrongCode {
        /// How the person should have proved it.
        method: Method,
        /// The verification.
        verification: VerificationId,
        /// Attempts that remain.
        attempts_left: u32,
    },
    /// The code is no longer valid; nothing was compared.
    Expired {
        /// How the person should have proved it.
        method: Method,
    },
    /// Too many wrong codes; nothing was compared and it cost nothing (S-9).
    Throttled {
        /// How the person should have proved it.
        method: Method,
        /// When a new start is possible, if time alone brings it.
        until: Option<Timestamp>,
    },
    /// The account has no such service.
    ServiceNotFound,
    /// The service has no such user.
    UserNotFound,
    /// Nothing was started, or it is used up, or another one was meant.
    VerificationNotFound,
}

/// Records that [`check`] needs.
pub fn keys(request: &CheckRequest) -> Keys {
    Keys {
        service: Some((request.account, request.service)),
        user: Some((request.service, request.user)),
        ..Keys::default()
    }
}

/// Checks an entered code.
///
/// The attempt and its cost are charged before the comparison, in the same
/// step (S-5); a right code gives the charge back. Success removes the
/// verification, so a code is accepted at most once (S-6).
pub fn check(
    snapshot: &Snapshot,
    request: &CheckRequest,
    policy: &Policy,
    keys: &AccountKeys,
    now: Timestamp,
) -> Decision<CheckOutcome> {
    if snapshot.service.is_none() {
        return Decision::unchanged(CheckOutcome::ServiceNotFound);
    }
    if snapshot.user.is_none() {
        return Decision::unchanged(CheckOutcome::UserNotFound);
    }
    let Some(verification) = meant(snapshot, request, policy, now) else {
        return Decision::unchanged(CheckOutcome::VerificationNotFound);
    };
    let method = verification.method;
    let length = verification.code.as_ref().map_or(policy.codes.length, |kept| kept.length);
    let cost = length.guess_cost_milliunits();
    if let Some(lock) = snapshot.guard.lock(now, cost, &policy.guard) {
        return Decision::unchanged(CheckOutcome::Throttled { method, until: Lock::until(&lock) });
    }
    if now >= verification.expires_at {
        return Decision::unchanged(CheckOutcome::Expired { method });
    }
    // A policy that allows fewer attempts than before ends it here.
    if verification.is_exhausted || verification.attempts >= policy.codes.attempts_max {
        return Decision::unchanged(CheckOutcome::Throttled { method, until: Some(now) });
    }

    let mut charged = verification.clone();
    charged.attempts += 1;
    let mut guard = snapshot.guard.clone();
    guard.charge(now, cost, &policy.guard);
    if equals_kept_code(verification, request, keys) {
        approved(snapshot, request, verification, now)
    } else {
        wrong(request, charged, guard, policy)
    }
}

/// The verification that the caller means, if it is still told apart from one
/// that never was.
fn meant<'s>(
    snapshot: &'s Snapshot,
    request: &CheckRequest,
    policy: &Policy,
    now: Timestamp,
) -> Option<&'s Verification> {
    let verification = snapshot.verification.as_ref()?;
    let forgotten_at = verification.expires_at.saturating_add(policy.codes.expired_answer).ok()?;
    let is_meant = match &request.verification {
        None => true,
        Some(id) => *id == Some(verification.id),
    };
    (is_meant && now < forgotten_at).then_some(verification)
}

/// A verification that keeps no code equals nothing that can be typed.
fn equals_kept_code(
    verification: &Verification,
    request: &CheckRequest,
    keys: &AccountKeys,
) -> bool {
    if verification.method != Method::Sms {
        return false;
    }
    let Some(kept) = &verification.code else { return false };
    let scope = CodeScope {
        account: request.account,
        service: request.service,
        user: request.user,
        verification: verification.id,
    };
    keys.code.matches(&scope, &kept.digest, &request.entered)
}

fn approved(
    snapshot: &Snapshot,
    request: &CheckRequest,
    verification: &Verification,
    now: Timestamp,
) -> Decision<CheckOutcome> {
    let mut changes = vec![Change::DeleteVerification(request.service, request.user)];
    changes.extend(verification.last_message.map(Change::DropMessage));
    if !snapshot.guard.is_clean() {
        let mut guard = snapshot.guard.clone();
        guard.succeed(now);
        changes.push(Change::PutGuard(request.service, request.user, Box::new(guard)));
    }
    let outcome =
        CheckOutcome::Approved { method: verification.method, verification: verification.id };
    Decision::with(changes, outcome)
}

fn wrong(
    request: &CheckRequest,
    mut charged: Verification,
    guard: crate::guard::Guard,
    policy: &Policy,
) -> Decision<CheckOutcome> {
    let attempts_left = policy.codes.attempts_max.saturating_sub(charged.attempts);
    let mut changes = Vec::with_capacity(3);
    if attempts_left == 0 {
        charged.is_exhausted = true;
        charged.code = None;
        changes.extend(charged.last_message.take().map(Change::DropMessage));
    }
    let outcome =
        CheckOutcome::WrongCode { method: charged.method, verification: charged.id, attempts_left };
    changes.push(Change::PutVerification(request.service, request.user, Box::new(charged)));
    changes.push(Change::PutGuard(request.service, request.user, Box::new(guard)));
    Decision::with(changes, outcome)
}
