//! Start a verification of a user, or resend the code of the one that lives
//! (V9).

use super::admit::{SendContext, SendRefusal};
use super::begin::{self, BeginContext, BeginRefusal, Begun, Subject, Terms};
use super::{Change, Decision, Keys, Snapshot};
use crate::Timestamp;
use crate::entropy::Entropy;
use crate::guard::Lock;
use crate::ids::{AccountId, ServiceId, UserId};
use crate::phone::Country;
use crate::policy::Policy;
use crate::record::{Method, User};
use crate::send_limits::Throttle;

pub use super::begin::Started;

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
    Keys {
        service: Some((request.account, request.service)),
        user: Some((request.service, request.user)),
        number_of_user: true,
        blocked_for: Some(request.account),
        account_sends: Some(request.account),
        ..Keys::default()
    }
}

/// The method really used: an authenticator if the user has one and the
/// caller prefers it, else a message. The answer names it (S-30).
fn method_used(preferred: Method, user: &User) -> Method {
    match preferred {
        Method::Totp if user.devices_active > 0 => Method::Totp,
        Method::Totp | Method::Sms => Method::Sms,
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
    begin::check_guard(snapshot, policy.codes.length, &policy.guard, now)?;
    if method_used(request.method, user) == Method::Totp {
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
    Ok(begin::by_message(snapshot, &subject, &terms, &begin, now, entropy)?)
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
    let outcome = begin::started(&verification, None, live.is_some());
    let kept = Box::new(verification);
    (vec![Change::PutVerification(user.service, user.id, kept)], outcome)
}
