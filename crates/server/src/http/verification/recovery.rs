//! Our own extension below a user: recovery codes (D-25).

use axum::body::Body;
use http::{Request, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use verify::code::EnteredCode;
use verify::engine::check::{self, RecoveryOutcome, RecoveryRequest};
use verify::engine::recovery::{self, RenewOutcome};
use verify::ids::{ServiceId, UserId};

use super::Caller;
use super::answer::{Answer, Problem};
use super::body::Members;
use super::route::PathId;
use super::users::both;
use crate::entropy::SystemEntropy;

/// The codes; shown once, only digests of them are kept.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RecoveryCodes")]
pub(super) struct WireCodes<'a> {
    codes: Vec<&'a str>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RecoveryCodesLeft")]
pub(super) struct WireLeft {
    left: usize,
    #[schemars(extend("format" = "date-time"))]
    ctime: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RecoveryChecked")]
pub(super) struct WireChecked {
    verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "usize")]
    left: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("enum" = ["INVALID", "THROTTLED"]))]
    result: Option<&'static str>,
}

/// `POST …/recovery`: a new set, the old one is dead.
pub(super) async fn renew(
    caller: &Caller<'_>,
    service: PathId<ServiceId>,
    user: PathId<UserId>,
    request: Request<Body>,
) -> Result<Answer, Problem> {
    let (service, user) = both(caller, service, user).await?;
    let status = caller.create_status(request.headers());
    let keys = recovery::keys(caller.entry.account.id, service, user);
    let (now, keyring, mut entropy) =
        (caller.app.clock.now(), caller.app.keyring.clone(), SystemEntropy::new());
    let rule = move |snapshot: &_| recovery::renew(snapshot, &keyring, now, &mut entropy);
    match caller.app.store.transact(keys, rule).await? {
        RenewOutcome::ServiceNotFound => Err(Problem::ServiceNotFound),
        RenewOutcome::UserNotFound => Err(Problem::UserNotFound),
        RenewOutcome::Renewed(codes) => {
            tracing::info!(user.id = %user, account = caller.name(), "recovery codes were made");
            let codes = codes.iter().map(|code| code.as_str()).collect();
            Ok(Answer::new(status, &WireCodes { codes }))
        }
    }
}

/// `GET …/recovery`: how many are left.
pub(super) async fn count(
    caller: &Caller<'_>,
    service: PathId<ServiceId>,
    user: PathId<UserId>,
) -> Result<Answer, Problem> {
    let (service, user) = both(caller, service, user).await?;
    let keys = recovery::keys(caller.entry.account.id, service, user);
    let snapshot = caller.app.store.read(keys).await?;
    snapshot.service.ok_or(Problem::ServiceNotFound)?;
    snapshot.user.ok_or(Problem::UserNotFound)?;
    let left = snapshot.recovery.as_ref().map_or(0, |set| set.digests.len());
    let ctime = snapshot.recovery.map(|set| format!("{:.3}", set.created_at));
    Ok(Answer::new(StatusCode::OK, &WireLeft { left, ctime }))
}

/// `PUT …/recovery`: checks one; a right one is used up.
pub(super) async fn check(
    caller: &Caller<'_>,
    service: PathId<ServiceId>,
    user: PathId<UserId>,
    request: Request<Body>,
) -> Result<Answer, Problem> {
    let (service, user) = both(caller, service, user).await?;
    let entered = match read_code(request).await {
        Ok(entered) => entered,
        Err(problem) => return Err(caller.body_problem(problem, service, Some(user)).await),
    };
    let request = RecoveryRequest { account: caller.entry.account.id, service, user, entered };
    let keys = check::recovery_keys(&request);
    let app = caller.app;
    let (now, policy, keyring) = (app.clock.now(), app.policy(), app.keyring.clone());
    let rule =
        move |snapshot: &_| check::check_recovery(snapshot, &request, &policy, &keyring, now);
    let checked = |verified, left, result| {
        Answer::new(StatusCode::OK, &WireChecked { verified, left, result })
    };
    match app.store.transact(keys, rule).await? {
        RecoveryOutcome::ServiceNotFound => Err(Problem::ServiceNotFound),
        RecoveryOutcome::UserNotFound => Err(Problem::UserNotFound),
        RecoveryOutcome::Approved { left } => {
            app.metrics.comparison();
            app.metrics.verification("recovered");
            tracing::warn!(user.id = %user, account = caller.name(), left, "a recovery code was used");
            Ok(checked(true, Some(left), None))
        }
        RecoveryOutcome::WrongCode => {
            app.metrics.comparison();
            app.metrics.verification("wrong_recovery_code");
            tracing::info!(user.id = %user, account = caller.name(), "a wrong recovery code was entered");
            Ok(checked(false, None, Some("INVALID")))
        }
        RecoveryOutcome::Throttled { until } => {
            app.metrics.verification("throttled");
            let seconds = app.seconds_until(until);
            Ok(checked(false, None, Some("THROTTLED")).retry_after(Some(seconds)))
        }
    }
}

async fn read_code(request: Request<Body>) -> Result<EnteredCode, Problem> {
    let members = Members::read(request).await?;
    EnteredCode::parse_recovery(members.text("code")?).ok_or(Problem::field(
        "code",
        "must be 24 letters and digits of base 32; blanks and hyphens do not matter",
    ))
}
