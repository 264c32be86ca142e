//! Start a verification of a user, or resend the code of the one that lives
//! (V9).

use super::admit::{SendContext, SendRefusal};
use super::begin::{self, BeginContext, BeginRefusal, Begun, Subject, Terms};
use super::check::guess_cost_milliunits;
use super::prompt::{self, Login};
use super::{AuthenticatorsOf, Change, Decision, Keys, Snapshot};
use crate::Timestamp;
use crate::entropy::Entropy;
use crate::guard::Lock;
use crate::ids::{AccountId, ServiceId, UserId};
use crate::phone::Country;
use crate::policy::Policy;
use crate::record::{Authenticator, Device, Method, Prompts, User};
use crate::send_limits::Throttle;

pub use super::begin::{Started, Wake};

/// Who asks for what.
#[derive(Debug, Clone)]
pub struct StartRequest {
    /// The account that asks.
    pub account: AccountId,
    /// One of its services.
    pub service: ServiceId,
    /// A user of that service.
    pub user: UserId,
    /// What the caller prefers.
    pub method: Method,
}

/// What governs a start, besides the snapshot.
#[derive(Debug)]
pub struct StartContext<'a> {
    /// The numbers in force.
    pub policy: &'a Policy,
    /// Sending.
    pub send: SendContext<'a>,
    /// Whether our clock can be relied on; codes of a wrong time are no proof (S-28).
    pub is_time_trusted: bool,
}

/// Answer of [`start`].
#[derive(Debug)]
pub enum StartOutcome {
    /// A verification lives.
    Started(Started),
    /// Nothing was changed.
    Refused(StartRefusal),
}

/// Why a start is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartRefusal {
    /// The account has no such service.
    ServiceNotFound,
    /// The service has no such user.
    UserNotFound,
    /// Too many wrong codes (S-8, S-9).
    Locked(Lock),
    /// The account must not send to the user's number.
    NumberBlocked,
    /// Too many messages (D-26, D-27, D-30, D-31).
    Throttled {
        /// Which throttle.
        throttle: Throttle,
        /// When it lifts.
        until: Timestamp,
    },
    /// The account does not send to this country (D-31).
    CountryNotAllowed(Option<Country>),
    /// No gateway takes messages now.
    NoOpenGateway,
}

impl From<BeginRefusal> for StartRefusal {
    fn from(refusal: BeginRefusal) -> Self {
        match refusal {
            BeginRefusal::Locked(lock) => Self::Locked(lock),
            BeginRefusal::Send(SendRefusal::NumberBlocked) => Self::NumberBlocked,
            BeginRefusal::Send(SendRefusal::CountryNotAllowed(c)) => Self::CountryNotAllowed(c),
            BeginRefusal::Send(SendRefusal::Throttled { throttle, until }) => {
                Self::Throttled { throttle, until }
            }
            BeginRefusal::Send(SendRefusal::NoOpenGateway) => Self::NoOpenGateway,
        }
    }
}

/// Records that [`start`] needs.
pub fn keys(request: &StartRequest) -> Keys {
    let prefers_totp = request.method == Method::Totp;
    let confirmed = AuthenticatorsOf::Confirmed;
    Keys {
        authenticators: if prefers_totp { confirmed } else { AuthenticatorsOf::Nobody },
        devices_of_user: prefers_totp,
        service: Some((request.account, request.service)),
        user: Some((request.service, request.user)),
        number_of_user: true,
        blocked_for: Some(request.account),
        account_sends: Some(request.account),
        ..Keys::default()
    }
}

/// The method that a start uses.
struct Choice {
    method: Method,
    is_downgrade: bool,
}

/// An authenticator if the caller prefers it and one can be relied on, else a
/// message; the answer names it (S-30). A device of the number counts although it
/// may not have this user's seed yet: the prompt makes it fetch it
/// (`verigator-app.md` 6.3).
fn choose(preferred: Method, snapshot: &Snapshot, is_time_trusted: bool, now: Timestamp) -> Choice {
    let is_other = |a: &Authenticator| a.device.is_none();
    let is_usable = snapshot.devices.iter().any(|device| device.is_in_use(now))
        || snapshot.authenticators.iter().any(is_other);
    let is_known = !snapshot.devices.is_empty() || !snapshot.authenticators.is_empty();
    match preferred {
        Method::Sms => Choice { method: Method::Sms, is_downgrade: false },
        Method::Totp if is_usable && is_time_trusted => {
            Choice { method: Method::Totp, is_downgrade: false }
        }
        Method::Totp => Choice { method: Method::Sms, is_downgrade: is_known },
    }
}

/// Starts a verification, or resends the code of the one that lives; see
/// [`begin::by_message`].
pub fn start(
    snapshot: &Snapshot,
    request: &StartRequest,
    context: &StartContext<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Decision<StartOutcome> {
    match try_start(snapshot, request, context, now, entropy) {
        Ok((changes, started)) => Decision::with(changes, StartOutcome::Started(started)),
        Err(refusal) => Decision::unchanged(StartOutcome::Refused(refusal)),
    }
}

fn try_start(
    snapshot: &Snapshot,
    request: &StartRequest,
    context: &StartContext<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<Begun, StartRefusal> {
    let service = snapshot.service.as_ref().ok_or(StartRefusal::ServiceNotFound)?;
    let user = snapshot.user.as_ref().ok_or(StartRefusal::UserNotFound)?;
    let policy = context.policy;
    let choice = choose(request.method, snapshot, context.is_time_trusted, now);
    let cost = match choice.method {
        Method::Sms => policy.codes.length.guess_cost_milliunits(),
        Method::Totp => guess_cost_milliunits(&snapshot.authenticators),
    };
    begin::check_guard(snapshot, cost, &policy.guard, now)?;
    if choice.method == Method::Totp {
        return Ok(by_totp(snapshot, user, policy, now, entropy));
    }
    let subject = Subject {
        account: service.account,
        service: service.id,
        user: user.id,
        to: user.phone,
        number_key: user.number_key,
    };
    let terms = Terms {
        length: policy.codes.length,
        lifetime: policy.codes.lifetime,
        template: &policy.template,
        sender: policy.sender.as_str(),
    };
    let begin = BeginContext { codes: &policy.codes, send: &context.send };
    let (changes, started) = begin::by_message(snapshot, &subject, &terms, &begin, now, entropy)?;
    // A verification that cannot send any more may still be by authenticator.
    let is_downgrade = choice.is_downgrade && started.method == Method::Sms;
    Ok((changes, Started { is_downgrade, ..started }))
}

/// An authenticator makes the code, so there is none to keep and nothing to send.
fn by_totp(
    snapshot: &Snapshot,
    user: &User,
    policy: &Policy,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Begun {
    let live = snapshot.verification.as_ref().filter(|v| v.is_live(now));
    let mut verification = match live {
        Some(live) => live.clone(),
        None => begin::blank(policy.codes.lifetime, now, entropy),
    };
    verification.method = Method::Totp;
    let mut outcome = begin::started(&verification, None, live.is_some());
    let mut changes = Vec::with_capacity(2);
    if let Some(prompts) = wake(snapshot, user, verification.expires_at, now, entropy) {
        let (number, prompt, until) = (user.number_key, prompts.id, prompts.expires_at);
        outcome.wake = Some(Wake { number, prompt, until });
        changes.push(Change::PutPrompts(Box::new(prompts)));
    }
    changes.push(Change::PutVerification(user.service, user.id, Box::new(verification)));
    (changes, outcome)
}

/// A prompt, if there is a device that can be woken and it is not too often.
fn wake(
    snapshot: &Snapshot,
    user: &User,
    expires_at: Timestamp,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Option<Prompts> {
    let can_be_woken = |device: &Device| device.is_in_use(now) && device.push.is_some();
    if !snapshot.devices.iter().any(can_be_woken) {
        return None;
    }
    let succeeded_at = snapshot.authenticators.iter().filter_map(|a| a.last_used_at).max();
    let login = Login { service: user.service, user: user.id, expires_at, succeeded_at };
    prompt::one_more(snapshot.prompts.as_ref(), &login, now, entropy)
}
