//! Checks a recovery code: the way back for who has lost phone and device.

use super::authenticator::guess_cost_milliunits;
use crate::Timestamp;
use crate::code::EnteredCode;
use crate::engine::{AuthenticatorsOf, Change, Decision, Keys, Snapshot};
use crate::guard::Guard;
use crate::ids::{AccountId, ServiceId, UserId};
use crate::keys::Keyring;
use crate::policy::Policy;
use crate::record::RecoverySet;

/// What a wrong one costs, in thousandths of a unit: the least that is counted.
/// It still counts as a failure, so that the blocks grow (D-8).
const GUESS_MILLIUNITS: u32 = 1;

/// Who enters what.
#[derive(Debug, Clone)]
pub struct RecoveryRequest {
    /// The account that asks.
    pub account: AccountId,
    /// One of its services.
    pub service: ServiceId,
    /// A user of that service.
    pub user: UserId,
    /// What the person typed.
    pub entered: EnteredCode,
}

/// Answer of [`check_recovery`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryOutcome {
    /// It is one of the set, which is used up now (S-6).
    Approved {
        /// Codes that remain.
        left: usize,
    },
    /// It is none, or it was used.
    WrongCode,
    /// Too many wrong codes; nothing was compared.
    Throttled {
        /// When the block ends.
        until: Timestamp,
    },
    /// The account has no such service.
    ServiceNotFound,
    /// The service has no such user.
    UserNotFound,
}

/// Records that [`check_recovery`] needs.
pub fn recovery_keys(request: &RecoveryRequest) -> Keys {
    Keys {
        service: Some((request.account, request.service)),
        user: Some((request.service, request.user)),
        authenticators: AuthenticatorsOf::Confirmed,
        recovery_of_user: true,
        ..Keys::default()
    }
}

/// Checks a recovery code. It is the way out of a hard lock (S-11 c), so only a
/// block that passes by itself keeps it from being compared; with 120 random bits
/// there is nothing to guess. A right one ends what the user has pending and
/// lifts blocks and lock.
pub fn check_recovery(
    snapshot: &Snapshot,
    request: &RecoveryRequest,
    policy: &Policy,
    keys: &Keyring,
    now: Timestamp,
) -> Decision<RecoveryOutcome> {
    if snapshot.service.is_none() {
        return Decision::unchanged(RecoveryOutcome::ServiceNotFound);
    }
    if snapshot.user.is_none() {
        return Decision::unchanged(RecoveryOutcome::UserNotFound);
    }
    if let Some(until) = snapshot.guard.block(now) {
        return Decision::unchanged(RecoveryOutcome::Throttled { until });
    }
    let RecoveryRequest { account, service, user, entered } = request;
    let digest = keys.recovery_digest(*account, *service, *user, entered);
    let is_known = |set: &RecoverySet| set.digests.contains(&digest);
    let Some(mut set) = snapshot.recovery.clone().filter(is_known) else {
        let mut guard = snapshot.guard.clone();
        guard.charge(now, GUESS_MILLIUNITS, &policy.guard);
        let change = Change::PutGuard(*service, *user, Box::new(guard));
        return Decision::with(vec![change], RecoveryOutcome::WrongCode);
    };
    set.digests.retain(|kept| *kept != digest);
    let left = set.digests.len();
    let mut changes = vec![
        Change::PutRecovery(Box::new(set)),
        Change::PutGuard(*service, *user, Box::new(let_back_in(snapshot, policy, now))),
        Change::DeleteVerification(*service, *user),
    ];
    let waiting = snapshot.verification.as_ref().and_then(|v| v.last_message);
    changes.extend(waiting.map(Change::DropMessage));
    Decision::with(changes, RecoveryOutcome::Approved { left })
}

/// The guard after a right code. A budget that is used up, over 30 days or since
/// the last success, is given back whole, as by an unlock (S-11); else what was
/// guessed stays counted, so that nobody guesses more because of the code.
fn let_back_in(snapshot: &Snapshot, policy: &Policy, now: Timestamp) -> Guard {
    let sms = policy.codes.length.guess_cost_milliunits();
    let dearest = sms.max(guess_cost_milliunits(&snapshot.authenticators));
    if snapshot.guard.lock(now, dearest, &policy.guard).is_some() {
        return Guard::default();
    }
    let mut guard = snapshot.guard.clone();
    guard.succeed(now);
    guard
}
