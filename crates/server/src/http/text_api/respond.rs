//! From a request of a plain-text interface to its answer: parameters,
//! credentials, then the call.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use http::{Request, Response};
use store::Fault;

use super::answer::{Accept, ErrorCode, FailedCode, Line, method_not_allowed};
use super::params::{Params, ParamsError, Presented};
use super::route::Call;
use crate::app::App;
use crate::http::auth::{AccountEntry, LoginOutcome};
use crate::http::stack::Peer;
use crate::http::{number, sms};

/// The account that calls, and what it calls upon.
pub struct Caller<'a> {
    /// The program.
    pub app: &'a App,
    /// The account.
    pub entry: &'a Arc<AccountEntry>,
    /// What the request says.
    pub params: &'a Params,
    /// What the caller would like to get.
    pub accept: Accept,
}

/// What a call comes to.
pub enum Reply {
    /// One line of text.
    Line(Line),
    /// A document.
    Document(Response<Body>),
}

/// Why a call comes to nothing: the line that says so.
pub struct Refused(pub Line);

impl From<ErrorCode> for Refused {
    fn from(code: ErrorCode) -> Self {
        Self(Line::Error(code))
    }
}

impl From<FailedCode> for Refused {
    fn from(code: FailedCode) -> Self {
        Self(Line::Failed(code))
    }
}

impl From<ParamsError> for Refused {
    fn from(error: ParamsError) -> Self {
        Self(error.line())
    }
}

/// The store failed: a fault of ours. The line does not say whether the step was done.
impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        tracing::error!(error = %fault, "a call of a plain-text interface could not be done");
        Self(Line::Failed(FailedCode::ServerFault))
    }
}

impl From<Line> for Reply {
    fn from(line: Line) -> Self {
        Self::Line(line)
    }
}

/// Answers a call. Its status is 200 whatever it comes to, except where HTTP
/// itself went wrong.
pub async fn respond(app: &App, call: Call, request: Request<Body>) -> Response<Body> {
    let began = Instant::now();
    let accept = Accept::of(request.headers());
    let response = if call.takes(request.method()) {
        try_respond(app, call, accept, request).await
    } else {
        method_not_allowed(accept)
    };
    app.metrics.text_request(call.dialect(), response.status(), began.elapsed());
    response
}

async fn try_respond(
    app: &App,
    call: Call,
    accept: Accept,
    request: Request<Body>,
) -> Response<Body> {
    let peer = request.extensions().get::<Peer>().copied();
    let (parts, body) = request.into_parts();
    let params = match Params::read(&parts, body).await {
        Ok(params) => params,
        Err(error) => return error.into_response(accept),
    };
    match answer(app, call, accept, &params, peer).await {
        Ok(Reply::Line(line)) | Err(Refused(line)) => line.into_response(accept),
        Ok(Reply::Document(response)) => response,
    }
}

async fn answer(
    app: &App,
    call: Call,
    accept: Accept,
    params: &Params,
    peer: Option<Peer>,
) -> Result<Reply, Refused> {
    // This call alone says what it lacks before who calls
    // (`number-verification-api.md` 4.2).
    if call == Call::VerifyPin {
        number::pin::require_parameters(params)?;
    }
    let entry = authenticate(app, params, peer).await?;
    let caller = Caller { app, entry: &entry, params, accept };
    match call {
        Call::VerifyStart => number::start::start(&caller).await.map(Reply::from),
        Call::VerifyPin => number::pin::pin(&caller).await.map(Reply::from),
        Call::SendSms => sms::send::send(&caller).await.map(Reply::from),
        Call::DeliveryState => sms::state::state(&caller).await.map(Reply::from),
        Call::CancelSms => sms::state::cancel(&caller).await.map(Reply::from),
        Call::Balance => sms::money::balance(&caller).await.map(Reply::from),
        Call::Prices => sms::money::prices(&caller).map(Reply::Document),
        Call::PriceList => Ok(Reply::Document(sms::money::price_list(&caller))),
    }
}

async fn authenticate(
    app: &App,
    params: &Params,
    peer: Option<Peer>,
) -> Result<Arc<AccountEntry>, Refused> {
    let peer = peer.ok_or(FailedCode::ServerFault)?;
    if !(peer.secure || peer.loopback || app.allow_plain_http) {
        tracing::warn!(peer = %peer.address, "a call over plain HTTP was refused");
        return Err(ErrorCode::AddressNotAllowed.into());
    }
    let credentials = match params.credentials() {
        Presented::Missing => return Err(ErrorCode::WrongParameters.into()),
        Presented::Impossible => {
            app.metrics.login_failed();
            return Err(ErrorCode::WrongCredentials.into());
        }
        Presented::Given(credentials) => credentials,
    };
    match app.logins.login(&credentials, peer.address, app.clock.now()).await {
        LoginOutcome::Known(entry) => {
            if params.has_query_credentials() && !entry.account.takes_query_credentials {
                tracing::warn!(
                    account = entry.account.username,
                    "credentials in the query were refused; the account takes them in a body only"
                );
                return Err(ErrorCode::WrongCredentials.into());
            }
            Ok(entry)
        }
        // No status of HTTP and no other code: to these clients both would
        // mean that the server is gone (`number-verification-api.md` 4.2).
        LoginOutcome::Unknown | LoginOutcome::Throttled { until: _ } => {
            app.metrics.login_failed();
            Err(ErrorCode::WrongCredentials.into())
        }
        LoginOutcome::AddressNotAllowed => Err(ErrorCode::AddressNotAllowed.into()),
        LoginOutcome::Busy | LoginOutcome::Outdated => Err(FailedCode::ServerFault.into()),
    }
}

impl Caller<'_> {
    /// The account's name, for logs.
    pub fn name(&self) -> &str {
        &self.entry.account.username
    }

    /// The sender to show: the one asked for if the account has it, else its
    /// default.
    ///
    /// # Errors
    /// The account has no such sender.
    pub fn sender(
        &self,
        policy: &verify::policy::Policy,
    ) -> Result<verify::message::SenderId, Refused> {
        let activated = match self.entry.account.senders.as_slice() {
            [] => std::slice::from_ref(&policy.sender),
            own => own,
        };
        let Some(asked) = self.params.filled_text("from")? else {
            return activated.first().cloned().ok_or(ErrorCode::SenderNotActivated.into());
        };
        let found = activated.iter().find(|sender| sender.as_str() == asked);
        found.cloned().ok_or(ErrorCode::SenderNotActivated.into())
    }
}
