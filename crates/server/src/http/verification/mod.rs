//! The Verification API (`/v1/service/…`): a thin translator between its wire
//! and the engine. No rule lives here.
//!
//! * [`route`]: paths and methods.
//! * [`body`]: request bodies, strictly read.
//! * [`answer`]: answers and the error table.
//! * [`services`], [`users`], [`authentication`]: the calls V1–V10.
//! * [`authenticators`], [`recovery`]: our own calls below a user.
//! * [`describe`]: the calls as data.

pub mod answer;
pub mod authentication;
pub mod authenticators;
pub mod body;
pub mod describe;
pub mod recovery;
pub mod route;
pub mod services;
pub mod users;

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use http::{HeaderMap, Request, Response};

use self::answer::{Answer, Problem};
use self::route::{Call, Target};
use crate::app::App;
use crate::http::auth::{AccountEntry, LoginOutcome, header};
use crate::http::stack::Peer;

/// Answers a request below `/v1/service`, and any other path with 404.
///
/// Order: route, transport, credentials, then the call (`verigator-api.md` 3).
pub async fn respond(app: &Arc<App>, request: Request<Body>) -> Response<Body> {
    let began = Instant::now();
    let answer = match try_respond(app, request).await {
        Ok(answer) => answer,
        Err(problem) => problem.into_answer(),
    };
    app.metrics.verification_request(answer.status, began.elapsed());
    answer.into_response()
}

async fn try_respond(app: &Arc<App>, request: Request<Body>) -> Result<Answer, Problem> {
    let target = Target::parse(request.uri().path()).ok_or(Problem::RouteNotFound)?;
    let call = target.call(request.method()).ok_or(Problem::MethodNotAllowed(target.methods()))?;
    let peer = request.extensions().get::<Peer>().copied().ok_or(Problem::Internal)?;
    let entry = authenticate(app, peer, request.headers()).await?;
    let caller = Caller { app, entry: &entry };
    match call {
        Call::CreateService => services::create(&caller, request).await,
        Call::ReadService(service) => services::read(&caller, service).await,
        Call::DeleteService(service) => services::delete(&caller, service).await,
        Call::AddUser(service) => users::add(&caller, service, request).await,
        Call::ListUsers(service) => users::list(&caller, service, request.uri().query()).await,
        Call::ReadUser(service, user) => users::read(&caller, service, user).await,
        Call::RemoveUser(service, user) => users::remove(&caller, service, user).await,
        Call::UnlockUser(service, user) => users::unlock(&caller, service, user).await,
        Call::Start(service, user) => authentication::start(&caller, service, user, request).await,
        Call::Check(service, user) => authentication::check(&caller, service, user, request).await,
        Call::CreateAuthenticator(service, user) => {
            authenticators::create(&caller, service, user, request).await
        }
        Call::ListAuthenticators(service, user) => {
            authenticators::list(&caller, service, user).await
        }
        Call::ConfirmAuthenticator(service, user, id) => {
            authenticators::confirm(&caller, service, user, id, request).await
        }
        Call::RemoveAuthenticator(service, user, id) => {
            authenticators::remove(&caller, service, user, id).await
        }
        Call::RefuseDevice(service, user, id) => {
            authenticators::refuse_device(&caller, service, user, id).await
        }
        Call::RenewRecovery(service, user) => {
            recovery::renew(&caller, service, user, request).await
        }
        Call::CountRecovery(service, user) => recovery::count(&caller, service, user).await,
        Call::CheckRecovery(service, user) => {
            recovery::check(&caller, service, user, request).await
        }
    }
}

/// The account that calls, and what it calls upon.
pub struct Caller<'a> {
    /// The program.
    pub app: &'a Arc<App>,
    /// The account.
    pub entry: &'a Arc<AccountEntry>,
}

/// Who calls, by `X-Service-Auth`.
///
/// # Errors
/// [`Problem`]: over plain HTTP, or nobody that we know.
pub(in crate::http) async fn authenticate(
    app: &App,
    peer: Peer,
    headers: &HeaderMap,
) -> Result<Arc<AccountEntry>, Problem> {
    if !(peer.secure || peer.loopback || app.allow_plain_http) {
        tracing::warn!(peer = %peer.address, "a call over plain HTTP was refused");
        return Err(Problem::PlainHttp);
    }
    let credentials = header::credentials(headers).ok_or(Problem::AuthRequired)?;
    match app.logins.login(&credentials, peer.address, app.clock.now()).await {
        LoginOutcome::Known(entry) => Ok(entry),
        LoginOutcome::Unknown => {
            app.metrics.login_failed();
            Err(Problem::AuthRequired)
        }
        LoginOutcome::Throttled { until } => Err(Problem::LoginThrottled(app.seconds_until(until))),
        LoginOutcome::AddressNotAllowed => Err(Problem::AddressNotAllowed),
        LoginOutcome::Busy | LoginOutcome::Outdated => Err(Problem::Unavailable),
    }
}
