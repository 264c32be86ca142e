//! Start a verification, or resend the code of the one that lives (V9).

use super::{Change, Decision, Keys, Snapshot};
use crate::code::Code;
use crate::entropy::Entropy;
use crate::guard::Lock;
use crate::ids::{AccountId, MessageId, ServiceId, UserId, VerificationId};
use crate::keys::{AccountKeys, CodeScope};
use crate::phone::{Countries, Country};
use crate::policy::Policy;
use crate::record::{KeptCode, Method, OutgoingMessage, Service, User, Verification};
use crate::sealed::{Place, Sealed};
use crate::send_limits::{SendLimits, Throttle};
use crate::{SignedDuration, Timestamp};

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
    /// Send limits with the account's overrides.
    pub sends: SendLimits,
    /// Countries that the account may send to.
    pub countries: &'a Countries,
    /// The account's keys.
    pub keys: &'a AccountKeys,
    /// Whether some gateway takes messages at this time.
    pub has_open_gateway: bool,
    /// The dispatcher run that is handed the message right after the step; it
    /// holds the first lease, so that no claim is needed (ADR 2).
    pub lease: u64,
}

/// Answer of [`start`].
#[derive(Debug)]
pub enum StartOutcome {
    /// A verification lives.
    Started(Started),
    /// Nothing was changed.
    Refused(StartRefusal),
}

/// A verification that lives.
#[derive(Debug)]
pub struct Started {
    /// Its id.
    pub verification: VerificationId,
    /// The method that is really used.
    pub method: Method,
    /// The message that was queued; `None` if no message was due.
    pub message: Option<Box<OutgoingMessage>>,
    /// Whether the verification lived before.
    pub is_resend: bool,
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
    /// Too many messages (D-26, D-27, D-30).
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

/// Records that [`start`] needs.
pub fn keys(request: &StartRequest) -> Keys {
    Keys {
        service: Some((request.account, request.service)),
        user: Some((request.service, request.user)),
        number_of_user: true,
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

/// Starts a verification, or resends the code of the one that lives.
///
/// At most one verification lives per user (S-3). A start while one lives is
/// a resend: same code, same id; attempts, budget and expiry stay (S-4). A
/// resend within the cooldown, beyond the messages that a verification may
/// send, or with too little time left answers the same and sends nothing.
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

type Begun = (Vec<Change>, Started);

fn try_start(
    snapshot: &Snapshot,
    request: &StartRequest,
    context: &StartContext<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<Begun, StartRefusal> {
    let service = snapshot.service.as_ref().ok_or(StartRefusal::ServiceNotFound)?;
    let user = snapshot.user.as_ref().ok_or(StartRefusal::UserNotFound)?;
    let codes = &context.policy.codes;
    let cost = codes.length.guess_cost_milliunits();
    if let Some(lock) = snapshot.guard.lock(now, cost, &context.policy.guard) {
        return Err(StartRefusal::Locked(lock));
    }
    let live = snapshot.verification.as_ref().filter(|v| v.is_live(now));
    let method = method_used(request.method, user);
    if method == Method::Totp {
        return Ok(start_totp(service, user, live, context, now, entropy));
    }
    if let Some(live) = live.filter(|v| is_echo(v, context, now)) {
        return Ok(echo(live, service, user, Vec::new()));
    }
    if !context.countries.allow_lazily(|| user.phone.country()) {
        return Err(StartRefusal::CountryNotAllowed(user.phone.country()));
    }
    admit(snapshot, service, context, now)?;
    if !context.has_open_gateway {
        return Err(StartRefusal::NoOpenGateway);
    }
    let mut number_sends = snapshot.number_sends.clone();
    number_sends.record(now, service.id, &context.sends);
    let mut changes = vec![Change::PutNumberSends(user.number_key, number_sends)];
    if let Some(live) = live.filter(|v| has_too_little_left(v, context, now)) {
        // D-6: no message, but the request counts against the number, so that
        // asking at the end of each code's life does not evade D-26.
        return Ok(echo(live, service, user, changes));
    }
    let mut account_sends = snapshot.account_sends.clone();
    account_sends.record(now);
    changes.push(Change::PutAccountSends(request.account, account_sends));

    let is_resend = live.is_some();
    let (mut verification, code) = match live.and_then(|v| reopen(v, service, user, context)) {
        Some(kept) => kept,
        None => fresh(live, service, user, context, now, entropy),
    };
    verification.method = Method::Sms;
    let message = message(&verification, &code, service, user, context, now, entropy);
    verification.sends += 1;
    verification.last_sent_at = Some(now);
    verification.last_message = Some(message.id);
    let outcome = started(&verification, Some(message.clone()), is_resend);
    changes.push(Change::PutVerification(service.id, user.id, Box::new(verification)));
    changes.push(Change::QueueMessage(message));
    Ok((changes, outcome))
}

fn started(v: &Verification, message: Option<Box<OutgoingMessage>>, is_resend: bool) -> Started {
    Started { verification: v.id, method: v.method, message, is_resend }
}

/// An authenticator makes the code, so there is none to keep and nothing to send.
fn start_totp(
    service: &Service,
    user: &User,
    live: Option<&Verification>,
    context: &StartContext<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Begun {
    let mut verification = match live {
        Some(live) => live.clone(),
        None => blank(context, now, entropy),
    };
    verification.method = Method::Totp;
    let outcome = started(&verification, None, live.is_some());
    (vec![Change::PutVerification(service.id, user.id, Box::new(verification))], outcome)
}

/// Whether a resend is answered without a message: the cooldown runs (D-5) or
/// the verification has sent all its messages (D-4).
fn is_echo(live: &Verification, context: &StartContext<'_>, now: Timestamp) -> bool {
    let cooldown = context.policy.codes.cooldown_after(live.sends);
    let ends = live.last_sent_at.and_then(|last| last.saturating_add(cooldown).ok());
    let is_cooling = ends.is_some_and(|end| now < end);
    is_cooling || live.sends >= context.policy.codes.sends_max
}

/// A resend without a message. The code that was sent counts again if an
/// authenticator was asked for in between; a verification that never had a
/// code keeps its method, and the answer says so.
fn echo(live: &Verification, service: &Service, user: &User, mut changes: Vec<Change>) -> Begun {
    let mut verification = live.clone();
    if verification.code.is_some() && verification.method != Method::Sms {
        verification.method = Method::Sms;
        changes.push(Change::PutVerification(service.id, user.id, Box::new(verification.clone())));
    }
    (changes, started(&verification, None, true))
}

fn has_too_little_left(live: &Verification, context: &StartContext<'_>, now: Timestamp) -> bool {
    live.expires_at.duration_since(now) < context.policy.codes.resend_remaining_min
}

fn admit(
    snapshot: &Snapshot,
    service: &Service,
    context: &StartContext<'_>,
    now: Timestamp,
) -> Result<(), StartRefusal> {
    let number = snapshot.number_sends.throttled(now, service.id, &context.sends);
    let account = snapshot.account_sends.throttled(now, &context.sends);
    match number.into_iter().chain(account).max_by_key(|t| t.until) {
        None => Ok(()),
        Some(t) => Err(StartRefusal::Throttled { throttle: t.throttle, until: t.until }),
    }
}

/// The verification with its code, opened for a resend. `None` if no code is
/// kept (it began with an authenticator) or it does not open (the root key
/// changed): then the same verification gets a new code.
fn reopen(
    live: &Verification,
    service: &Service,
    user: &User,
    context: &StartContext<'_>,
) -> Option<(Verification, Code)> {
    let kept = live.code.as_ref()?;
    let scope = scope(live.id, service, user);
    let digits = open_code(context.keys, &scope, &kept.sealed)?;
    Some((live.clone(), Code::from_sealed(digits)))
}

fn fresh(
    live: Option<&Verification>,
    service: &Service,
    user: &User,
    context: &StartContext<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> (Verification, Code) {
    let mut verification = live.cloned().unwrap_or_else(|| blank(context, now, entropy));
    let length = context.policy.codes.length;
    let code = Code::generate(length, entropy);
    let scope = scope(verification.id, service, user);
    verification.code = Some(KeptCode {
        digest: context.keys.code.digest(&scope, &code),
        sealed: seal_code(context.keys, &scope, &code, entropy),
        length,
    });
    (verification, code)
}

fn blank(context: &StartContext<'_>, now: Timestamp, entropy: &mut dyn Entropy) -> Verification {
    let lifetime = context.policy.codes.lifetime;
    Verification {
        id: VerificationId::random(entropy),
        method: Method::Sms,
        code: None,
        attempts: 0,
        is_exhausted: false,
        sends: 0,
        last_sent_at: None,
        last_message: None,
        created_at: now,
        expires_at: now.saturating_add(lifetime).unwrap_or(Timestamp::MAX),
    }
}

fn message(
    verification: &Verification,
    code: &Code,
    service: &Service,
    user: &User,
    context: &StartContext<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Box<OutgoingMessage> {
    let id = MessageId::ordered(now, entropy);
    let text = context.policy.template.render(code);
    let sealed = super::outbox::seal_text(context.keys, id, &text, entropy);
    // A code that arrives with its last seconds is worth nothing
    // (delivery.md 8.3); short-lived codes keep a fifth of their life.
    let margin = context.policy.codes.resend_remaining_min.min(context.policy.codes.lifetime / 5);
    Box::new(OutgoingMessage {
        id,
        account: service.account,
        service: service.id,
        user: user.id,
        verification: verification.id,
        to: user.phone,
        sender: context.policy.sender.as_str().to_owned(),
        text: sealed,
        created_at: now,
        deadline: verification.expires_at.saturating_sub(margin).unwrap_or(now),
        attempts: 1,
        in_doubt: 0,
        next_at: now
            .saturating_add(SignedDuration::from_secs(crate::limits::LEASE_SECONDS))
            .unwrap_or(now),
        lease: context.lease,
    })
}

fn scope(verification: VerificationId, service: &Service, user: &User) -> CodeScope {
    CodeScope { account: service.account, service: service.id, user: user.id, verification }
}

const CODE_COLUMN: &str = "verification.code_sealed";

fn seal_code(
    keys: &AccountKeys,
    scope: &CodeScope,
    code: &Code,
    entropy: &mut dyn Entropy,
) -> Sealed {
    let account = scope.account.as_i64().to_be_bytes();
    let record: [&[u8]; 4] =
        [&account, scope.service.as_bytes(), scope.user.as_bytes(), scope.verification.as_bytes()];
    keys.seal.seal(&Place { column: CODE_COLUMN, record: &record }, code.expose(), entropy)
}

fn open_code(keys: &AccountKeys, scope: &CodeScope, sealed: &Sealed) -> Option<String> {
    let account = scope.account.as_i64().to_be_bytes();
    let record: [&[u8]; 4] =
        [&account, scope.service.as_bytes(), scope.user.as_bytes(), scope.verification.as_bytes()];
    let opened = keys.seal.open(&Place { column: CODE_COLUMN, record: &record }, sealed).ok()?;
    Some(opened.to_string())
}
