//! V9 and V10: start an authentication, verify a PIN.

use axum::body::Body;
use http::{Request, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use verify::code::EnteredCode;
use verify::engine::check::{self, CheckOutcome, CheckRequest};
use verify::engine::start::{self, StartContext, StartOutcome, StartRefusal, StartRequest};
use verify::ids::{ServiceId, UserId, VerificationId};
use verify::record::Method;

use super::Caller;
use super::answer::{Answer, Problem};
use super::body::Members;
use super::route::PathId;
use super::users::both;
use crate::entropy::SystemEntropy;
use crate::http::sending::Sending;

/// Answer of V9. Newer clients ignore `auth_id`, the oldest needs it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Started")]
pub(super) struct WireStarted {
    #[schemars(extend("enum" = ["sms", "totp"]))]
    method: &'static str,
    #[schemars(extend("format" = "uuid"))]
    auth_id: Option<String>,
}

/// Answer of V10.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Verified")]
pub(super) struct WireVerified {
    #[schemars(extend("enum" = ["sms", "totp"]))]
    method: &'static str,
    verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "WireStatus")]
    status: Option<WireStatus>,
}

/// Why a PIN was not accepted: exactly one flag is true and agrees with
/// `result`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NotVerified")]
pub(super) struct WireStatus {
    throttled: bool,
    expired: bool,
    invalid: bool,
    #[schemars(extend("enum" = ["INVALID", "EXPIRED", "THROTTLED"]))]
    result: &'static str,
}

/// V9.
pub(super) async fn start(
    caller: &Caller<'_>,
    service: PathId<ServiceId>,
    user: PathId<UserId>,
    request: Request<Body>,
) -> Result<Answer, Problem> {
    let (service, user) = both(caller, service, user).await?;
    let status = caller.create_status(request.headers());
    let method = match read_method(request).await {
        Ok(method) => method,
        Err(problem) => return Err(caller.body_problem(problem, service, Some(user)).await),
    };
    let app = caller.app;
    let start_request = StartRequest { account: caller.entry.account.id, service, user, method };
    let keys = start::keys(&start_request);
    let (now, policy) = (app.clock.now(), app.policy());
    let sending = Sending::of(app, caller.entry);
    let way = sending.clone();
    let (mut entropy, is_time_trusted) = (SystemEntropy::new(), app.clock.is_trusted());
    let rule = move |snapshot: &_| {
        let context = StartContext { policy: &policy, send: way.context(), is_time_trusted };
        start::start(snapshot, &start_request, &context, now, &mut entropy)
    };
    match app.store.transact(keys, rule).await? {
        StartOutcome::Refused(refusal) => {
            app.metrics.verification(refusal_name(&refusal));
            Err(start_problem(caller, &refusal))
        }
        StartOutcome::Started(started) => {
            app.metrics.verification(if started.is_resend { "resent" } else { "started" });
            tracing::info!(
                verification.id = %started.verification, user.id = %user, account = caller.name(),
                method = started.method.as_str(), is_resend = started.is_resend,
                has_message = started.message.is_some(), "a verification lives"
            );
            if let Some(message) = started.message {
                sending.offer(app, message);
            }
            if let Some(wake) = started.wake {
                app.wake.ring(wake);
            }
            if started.is_downgrade {
                app.metrics.verification("downgraded");
                tracing::warn!(
                    user.id = %user, account = caller.name(),
                    "the user has a device that cannot be relied on now, so a message goes out"
                );
            }
            let auth_id = match started.method {
                Method::Sms => Some(started.verification.to_string()),
                Method::Totp => None,
            };
            Ok(Answer::new(status, &WireStarted { method: started.method.as_str(), auth_id }))
        }
    }
}

async fn read_method(request: Request<Body>) -> Result<Method, Problem> {
    let members = Members::read(request).await?;
    Method::parse(members.text("method")?).ok_or(Problem::field("method", "must be sms or totp"))
}

/// Said of a block that time ends.
pub(super) const LOCKED: &str = "too many wrong PINs for this user, try again later";
/// Said of one that it does not.
const HARD_LOCKED: &str = "too many wrong PINs for this user; make sure of the person by other \
                                      means, then lift the lock with DELETE …/users/{id}/lock";

fn start_problem(caller: &Caller<'_>, refusal: &StartRefusal) -> Problem {
    let app = caller.app;
    match refusal {
        StartRefusal::ServiceNotFound => Problem::ServiceNotFound,
        StartRefusal::UserNotFound => Problem::UserNotFound,
        StartRefusal::Locked(lock) => match lock.until() {
            Some(until) => Problem::RateLimited(LOCKED, app.seconds_until(until)),
            None => Problem::RateLimited(HARD_LOCKED, HARD_LOCK_RETRY_SECONDS),
        },
        StartRefusal::Throttled { throttle, until } => {
            Problem::RateLimited(throttle.message(), app.seconds_until(*until))
        }
        StartRefusal::NumberBlocked => Problem::NumberBlocked,
        StartRefusal::CountryNotAllowed(_) => Problem::CountryNotAllowed,
        StartRefusal::NoOpenGateway => Problem::SmsUnavailable,
    }
}

/// A hard lock has no end of its own; asking again before a day makes no sense.
const HARD_LOCK_RETRY_SECONDS: i64 = 86_400;

/// The refusal as a label.
fn refusal_name(refusal: &StartRefusal) -> &'static str {
    match refusal {
        StartRefusal::ServiceNotFound | StartRefusal::UserNotFound => "not_found",
        StartRefusal::Locked(_) => "locked",
        StartRefusal::Throttled { throttle, .. } => throttle.name(),
        StartRefusal::NumberBlocked => "number_blocked",
        StartRefusal::CountryNotAllowed(_) => "country_not_allowed",
        StartRefusal::NoOpenGateway => "no_open_gateway",
    }
}

/// V10.
pub(super) async fn check(
    caller: &Caller<'_>,
    service: PathId<ServiceId>,
    user: PathId<UserId>,
    request: Request<Body>,
) -> Result<Answer, Problem> {
    let (service, user) = both(caller, service, user).await?;
    let (entered, verification) = match read_token(request).await {
        Ok(read) => read,
        Err(problem) => return Err(caller.body_problem(problem, service, Some(user)).await),
    };
    let app = caller.app;
    let account = caller.entry.account.id;
    let check_request = CheckRequest { account, service, user, entered, verification };
    let keys = check::keys(&check_request);
    let (now, policy, entry) = (app.clock.now(), app.policy(), caller.entry.clone());
    let rule =
        move |snapshot: &_| check::check(snapshot, &check_request, &policy, &entry.keys, now);
    let outcome = app.store.transact(keys, rule).await?;
    note_check(caller, user, &outcome);
    match outcome {
        CheckOutcome::ServiceNotFound => Err(Problem::ServiceNotFound),
        CheckOutcome::UserNotFound => Err(Problem::UserNotFound),
        CheckOutcome::VerificationNotFound => Err(Problem::VerificationNotFound),
        CheckOutcome::Approved { method, .. } => Ok(verified(method, None)),
        CheckOutcome::WrongCode { method, .. } => Ok(verified(method, Some(INVALID))),
        CheckOutcome::Expired { method } => Ok(verified(method, Some(EXPIRED))),
        CheckOutcome::Throttled { method, until } => {
            let seconds = until.map(|until| app.seconds_until(until));
            Ok(verified(method, Some(THROTTLED)).retry_after(seconds))
        }
    }
}

const INVALID: WireStatus =
    WireStatus { throttled: false, expired: false, invalid: true, result: "INVALID" };
const EXPIRED: WireStatus =
    WireStatus { throttled: false, expired: true, invalid: false, result: "EXPIRED" };
const THROTTLED: WireStatus =
    WireStatus { throttled: true, expired: false, invalid: false, result: "THROTTLED" };

fn verified(method: Method, status: Option<WireStatus>) -> Answer {
    let body = WireVerified { method: method.as_str(), verified: status.is_none(), status };
    Answer::new(StatusCode::OK, &body)
}

/// What was typed, and the verification that is meant if one was named.
type Token = (EnteredCode, Option<Option<VerificationId>>);

async fn read_token(request: Request<Body>) -> Result<Token, Problem> {
    let members = Members::read(request).await?;
    let entered = EnteredCode::parse(members.text("token")?)
        .ok_or(Problem::field("token", "must have 1 to 16 characters"))?;
    if let Some(word) = members.optional_text("method")? {
        Method::parse(word).ok_or(Problem::field("method", "must be sms or totp"))?;
    }
    let verification = members.nullable_text("auth_id")?.map(VerificationId::parse);
    Ok((entered, verification))
}

fn note_check(caller: &Caller<'_>, user: UserId, outcome: &CheckOutcome) {
    let metrics = &caller.app.metrics;
    match outcome {
        CheckOutcome::Approved { verification, .. } => {
            caller.app.outbox.exits().verified(*verification, caller.app.clock.now());
            metrics.comparison();
            metrics.verification("approved");
            tracing::info!(
                verification.id = %verification, user.id = %user, account = caller.name(),
                "a verification was approved"
            );
        }
        CheckOutcome::WrongCode { verification, attempts_left, .. } => {
            metrics.comparison();
            metrics.verification("wrong_code");
            tracing::info!(
                verification.id = %verification, user.id = %user, account = caller.name(),
                attempts_left, "a wrong code was entered"
            );
        }
        CheckOutcome::Expired { .. } => metrics.verification("expired"),
        CheckOutcome::Throttled { .. } => metrics.verification("throttled"),
        CheckOutcome::ServiceNotFound
        | CheckOutcome::UserNotFound
        | CheckOutcome::VerificationNotFound => metrics.verification("not_found"),
    }
}
