//! Check an entered code. The one caller of the comparator (S-10), for every
//! door: [`check`] for the user of a service (V10), [`check_number`] for a
//! number confirmation, [`check_recovery`] for a recovery code, and what an
//! authenticator gives as proof that it has its seed.

mod authenticator;
mod recovery;

use self::authenticator::Held;
use super::{AuthenticatorsOf, Change, Decision, Keys, Snapshot};
use crate::Timestamp;
use crate::code::EnteredCode;
use crate::guard::{GuardPolicy, Lock};
use crate::ids::{AccountId, ServiceId, UserId, VerificationId};
use crate::keys::{AccountKeys, AddressKey, CodeScope};
use crate::policy::{CodePolicy, Policy};
use crate::record::{Authenticator, BrowserTrace, Confirmation, Method, Trust, Verification};
use crate::send_limits::AddressLimits;

pub(super) use authenticator::{guess_cost_milliunits, proved_step};
pub use recovery::{RecoveryOutcome, RecoveryRequest, check_recovery, recovery_keys};

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
        authenticators: AuthenticatorsOf::Confirmed,
        ..Keys::default()
    }
}

/// Checks a code that a user of a service entered.
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
    let (method, id) = (verification.method, verification.id);
    let scope = CodeScope {
        account: request.account,
        service: request.service,
        user: request.user,
        verification: id,
    };
    let entry = Entry { scope, entered: &request.entered, guard: &policy.guard };
    let entered = enter(snapshot, verification, &entry, &policy.codes, keys, now);
    let outcome = match entered.outcome {
        Entered::Approved => CheckOutcome::Approved { method, verification: id },
        Entered::Wrong { attempts_left } => {
            CheckOutcome::WrongCode { method, verification: id, attempts_left }
        }
        Entered::Expired => CheckOutcome::Expired { method },
        Entered::Throttled { until } => CheckOutcome::Throttled { method, until },
    };
    Decision::with(entered.changes, outcome)
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

/// Which confirmation is checked with what.
#[derive(Debug, Clone)]
pub struct NumberCheckRequest {
    /// The account that asks.
    pub account: AccountId,
    /// The confirmation.
    pub confirmation: VerificationId,
    /// What the person typed.
    pub entered: EnteredCode,
    /// What the caller tells of the person's browser.
    pub browser: BrowserTrace,
    /// A success makes the browser trusted (S-21).
    pub trusts_cookies: bool,
    /// The person's address, if the caller tells it.
    pub address: Option<AddressKey>,
    /// The limit per address refuses; otherwise it only counts.
    pub enforces_address_limits: bool,
}

/// Answer of [`check_number`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberCheckOutcome {
    /// It is the code; the confirmation is used up (S-6).
    Approved,
    /// It was compared and is not the code.
    WrongCode {
        /// Attempts that remain.
        attempts_left: u32,
    },
    /// The code is no longer valid or was used; nothing was compared.
    Expired,
    /// Too many wrong codes, or too many checks from one address; nothing was
    /// compared.
    Throttled,
    /// The account has no such confirmation.
    NotFound,
}

/// Records that [`check_number`] needs.
pub fn number_keys(request: &NumberCheckRequest) -> Keys {
    Keys {
        confirmation: Some((request.account, request.confirmation)),
        addresses: request.address.into_iter().collect(),
        ..Keys::default()
    }
}

/// Checks a code that was entered for a number confirmation
/// (`number-verification-api.md` 4.2).
pub fn check_number(
    snapshot: &Snapshot,
    request: &NumberCheckRequest,
    policy: &Policy,
    guard: &GuardPolicy,
    keys: &AccountKeys,
    now: Timestamp,
) -> Decision<NumberCheckOutcome> {
    let known = snapshot.confirmation.as_ref().filter(|c| now < c.forget_at);
    let Some(confirmation) = known else {
        return Decision::unchanged(NumberCheckOutcome::NotFound);
    };
    // The verification that is kept may be a later one of the same number:
    // this one is then used up or over.
    let verification = snapshot.verification.as_ref().filter(|v| v.id == confirmation.id);
    let Some(verification) = verification.filter(|v| now < v.expires_at) else {
        return Decision::unchanged(NumberCheckOutcome::Expired);
    };
    let mut changes = Vec::new();
    if is_address_refused(snapshot, request, &policy.addresses, &mut changes, now) {
        return Decision::with(changes, NumberCheckOutcome::Throttled);
    }
    let scope = CodeScope {
        account: request.account,
        service: confirmation.service,
        user: confirmation.user,
        verification: confirmation.id,
    };
    let entry = Entry { scope, entered: &request.entered, guard };
    let entered = enter(snapshot, verification, &entry, &policy.codes, keys, now);
    changes.extend(entered.changes);
    let outcome = match entered.outcome {
        Entered::Approved => {
            changes.extend(trust(confirmation, request, now));
            changes.push(without_repeat(confirmation));
            NumberCheckOutcome::Approved
        }
        Entered::Wrong { attempts_left } => {
            if attempts_left == 0 {
                changes.push(without_repeat(confirmation));
                changes.extend(distrust(snapshot, confirmation, verification, &policy.codes));
            }
            NumberCheckOutcome::WrongCode { attempts_left }
        }
        Entered::Expired => NumberCheckOutcome::Expired,
        Entered::Throttled { until: _ } => NumberCheckOutcome::Throttled,
    };
    Decision::with(changes, outcome)
}

/// Counts the check against the person's address (D-28).
fn is_address_refused(
    snapshot: &Snapshot,
    request: &NumberCheckRequest,
    limits: &AddressLimits,
    changes: &mut Vec<Change>,
    now: Timestamp,
) -> bool {
    let (Some(key), Some(sends)) = (request.address, snapshot.addresses.first()) else {
        return false;
    };
    if request.enforces_address_limits && sends.check_refused_until(now, limits).is_some() {
        return true;
    }
    let mut sends = sends.clone();
    sends.record_check(now);
    changes.push(Change::PutAddressSends(key, sends));
    false
}

fn without_repeat(confirmation: &Confirmation) -> Change {
    Change::PutConfirmation(Box::new(Confirmation { repeat_at: None, ..confirmation.clone() }))
}

/// The browser that is trusted from now on; what the check told wins over what
/// the start told (`number-verification-api.md` 5).
fn trust(
    confirmation: &Confirmation,
    request: &NumberCheckRequest,
    now: Timestamp,
) -> Option<Change> {
    let (of_check, of_start) = (&request.browser, &confirmation.browser);
    let cookie = of_check.cookie.or(of_start.cookie).filter(|_| request.trusts_cookies)?;
    Some(Change::PutTrust(Box::new(Trust {
        account: confirmation.account,
        number_key: confirmation.number_key,
        cookie,
        network: of_check.network.or(of_start.network),
        agent: of_check.agent.or(of_start.agent),
        created_at: now,
    })))
}

/// Exhausted confirmations after which every trusted browser of the number is
/// forgotten (`number-verification-api.md` 5). They are counted since the last
/// success, which is at least as strict as 24 hours: the blocks between them
/// let no more than that happen in a day.
const EXHAUSTED_TO_DISTRUST: u32 = 5;

fn distrust(
    snapshot: &Snapshot,
    confirmation: &Confirmation,
    verification: &Verification,
    codes: &CodePolicy,
) -> Option<Change> {
    let failures = snapshot.guard.consecutive_failures.saturating_add(1);
    let attempts_max = verification
        .code
        .as_ref()
        .map_or(codes.attempts_max, |kept| codes.attempts_max_of(kept.length));
    let is_enough = failures >= attempts_max.saturating_mul(EXHAUSTED_TO_DISTRUST);
    is_enough.then_some(Change::DropTrusts(confirmation.account, confirmation.number_key))
}

/// A code that was entered, and what it is held against.
struct Entry<'a> {
    scope: CodeScope,
    entered: &'a EnteredCode,
    guard: &'a GuardPolicy,
}

enum Entered {
    Approved,
    Wrong { attempts_left: u32 },
    Expired,
    Throttled { until: Option<Timestamp> },
}

/// Holds an entered code against a verification.
///
/// The attempt and its cost are charged before the comparison, in the same
/// step (S-5); a right code gives the charge back. Success removes the
/// verification, so a code is accepted at most once (S-6).
fn enter(
    snapshot: &Snapshot,
    verification: &Verification,
    entry: &Entry<'_>,
    codes: &CodePolicy,
    keys: &AccountKeys,
    now: Timestamp,
) -> Decision<Entered> {
    let (cost, attempts_max) = terms(snapshot, verification, codes);
    if let Some(lock) = snapshot.guard.lock(now, cost, entry.guard) {
        return Decision::unchanged(Entered::Throttled { until: Lock::until(&lock) });
    }
    if now >= verification.expires_at {
        return Decision::unchanged(Entered::Expired);
    }
    // A policy that allows fewer attempts than before ends it here.
    if verification.is_exhausted || verification.attempts >= attempts_max {
        return Decision::unchanged(Entered::Throttled { until: Some(now) });
    }

    let mut charged = verification.clone();
    charged.attempts += 1;
    let mut guard = snapshot.guard.clone();
    guard.charge(now, cost, entry.guard);
    match hold(snapshot, verification, entry, keys, now) {
        Held::Right(authenticators) => {
            with_authenticators(approved(snapshot, entry, verification, now), authenticators)
        }
        Held::Wrong(authenticators) => {
            with_authenticators(wrong(entry, charged, guard, attempts_max), authenticators)
        }
    }
}

fn with_authenticators(
    mut entered: Decision<Entered>,
    authenticators: Vec<Authenticator>,
) -> Decision<Entered> {
    let changed = authenticators.into_iter().map(Box::new);
    entered.changes.extend(changed.map(Change::PutAuthenticator));
    entered
}

/// What a wrong guess costs, and how many a verification bears.
fn terms(snapshot: &Snapshot, verification: &Verification, codes: &CodePolicy) -> (u32, u32) {
    match verification.method {
        Method::Sms => {
            let length = verification.code.as_ref().map_or(codes.length, |kept| kept.length);
            (length.guess_cost_milliunits(), codes.attempts_max_of(length))
        }
        Method::Totp => (guess_cost_milliunits(&snapshot.authenticators), codes.attempts_max),
    }
}

/// Holds the code against what the method of the verification asks for, and
/// against nothing else (`verigator-app.md` 6.3).
fn hold(
    snapshot: &Snapshot,
    verification: &Verification,
    entry: &Entry<'_>,
    keys: &AccountKeys,
    now: Timestamp,
) -> Held {
    match verification.method {
        Method::Sms if equals_kept_code(verification, entry, keys) => Held::Right(Vec::new()),
        Method::Sms => Held::Wrong(Vec::new()),
        Method::Totp => authenticator::hold(&snapshot.authenticators, entry.entered, keys, now),
    }
}

/// A verification that keeps no code equals nothing that can be typed.
fn equals_kept_code(verification: &Verification, entry: &Entry<'_>, keys: &AccountKeys) -> bool {
    let Some(kept) = &verification.code else { return false };
    keys.code.matches(&entry.scope, &kept.digest, entry.entered)
}

fn approved(
    snapshot: &Snapshot,
    entry: &Entry<'_>,
    verification: &Verification,
    now: Timestamp,
) -> Decision<Entered> {
    let CodeScope { service, user, .. } = entry.scope;
    let mut changes = vec![Change::DeleteVerification(service, user)];
    changes.extend(verification.last_message.map(Change::DropMessage));
    if !snapshot.guard.is_clean() {
        let mut guard = snapshot.guard.clone();
        guard.succeed(now);
        changes.push(Change::PutGuard(service, user, Box::new(guard)));
    }
    Decision::with(changes, Entered::Approved)
}

fn wrong(
    entry: &Entry<'_>,
    mut charged: Verification,
    guard: crate::guard::Guard,
    attempts_max: u32,
) -> Decision<Entered> {
    let CodeScope { service, user, .. } = entry.scope;
    let attempts_left = attempts_max.saturating_sub(charged.attempts);
    let mut changes = Vec::with_capacity(3);
    if attempts_left == 0 {
        charged.is_exhausted = true;
        charged.code = None;
        changes.extend(charged.last_message.take().map(Change::DropMessage));
    }
    changes.push(Change::PutVerification(service, user, Box::new(charged)));
    changes.push(Change::PutGuard(service, user, Box::new(guard)));
    Decision::with(changes, Entered::Wrong { attempts_left })
}
