//! What gateways call: receipts (`/dlr/{gateway}`) and messages from persons
//! (`/inbound/{gateway}`). The operator's program behind a webhook gateway
//! calls them with the gateway's receipt token. A provider over HTTP calls
//! `/dlr/{gateway}/{tag}` for the message of the tag, or `/dlr/{gateway}` with
//! the tag in the body ([`provider`]).
//!
//! A gateway that is not there, one without a token, and a wrong token answer
//! alike: there is nothing at this path (`delivery.md` 7.1).

pub mod describe;
pub mod inbound;
pub mod provider;
pub mod receipts;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::routing::post;
use delivery::http_gateway::HttpGateway;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use schemars::JsonSchema;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq as _;

use crate::app::App;
use crate::http::stack::limits::BODY_BYTES_MAX;
use crate::http::stack::{BodyError, Peer, read_body};
use crate::http::verification::answer::{Answer, Problem};

/// Who may call, and whose numbers persons write to.
#[derive(Default)]
pub struct Callbacks {
    /// Receipt tokens by gateway.
    pub tokens: HashMap<String, SecretString>,
    /// Numbers that persons write to, as gateways name them.
    pub inbound: HashMap<String, InboundNumber>,
    /// Who is told of devices, by account.
    pub events: HashMap<String, EventTarget>,
    /// Providers over HTTP, by gateway.
    pub providers: HashMap<String, Arc<HttpGateway>>,
}

/// A number that persons write to.
pub struct InboundNumber {
    /// The account that it belongs to.
    pub account: String,
    /// Where its messages go.
    pub url: String,
    /// Signs them (`sms-api.md` 10).
    pub secret: SecretString,
}

/// Where an account is told what happens to devices.
pub struct EventTarget {
    /// The address.
    pub url: String,
    /// Signs what it is told (S-82).
    pub secret: SecretString,
}

/// The routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/dlr/{gateway}", post(receipts_of).get(told_by_query))
        .route("/dlr/{gateway}/{tag}", post(told_of).get(told_of))
        .route("/inbound/{gateway}", post(inbound_of))
}

async fn receipts_of(
    State(app): State<Arc<App>>,
    Path(gateway): Path<String>,
    request: Request,
) -> Response<Body> {
    if let Some(provider) = app.callbacks().providers.get(&gateway) {
        return provider::take(&app, provider, None, request).await;
    }
    match read(&app, &gateway, request).await {
        Ok(wire) => receipts::take(&app, &gateway, wire).await.into_response(),
        Err(response) => response,
    }
}

/// Only a provider calls with everything in its query.
async fn told_by_query(
    State(app): State<Arc<App>>,
    Path(gateway): Path<String>,
    request: Request,
) -> Response<Body> {
    told(&app, &gateway, None, request).await
}

async fn told_of(
    State(app): State<Arc<App>>,
    Path((gateway, tag)): Path<(String, String)>,
    request: Request,
) -> Response<Body> {
    told(&app, &gateway, Some(&tag), request).await
}

async fn told(app: &App, gateway: &str, tag: Option<&str>, request: Request) -> Response<Body> {
    match app.callbacks().providers.get(gateway) {
        Some(provider) => provider::take(app, provider, tag, request).await,
        None => no_such_path(),
    }
}

fn no_such_path() -> Response<Body> {
    Problem::RouteNotFound.into_answer().into_response()
}

/// Whether what a call holds may have travelled as it did.
fn came_safely(app: &App, request: &Request) -> bool {
    let peer = request.extensions().get::<Peer>();
    peer.is_some_and(|peer| peer.secure || peer.loopback || app.allow_plain_http)
}

async fn inbound_of(
    State(app): State<Arc<App>>,
    Path(gateway): Path<String>,
    request: Request,
) -> Response<Body> {
    match read(&app, &gateway, request).await {
        Ok(wire) => inbound::take(&app, wire).await.into_response(),
        Err(response) => response,
    }
}

/// Looks at the token, then reads the body.
async fn read<T: DeserializeOwned>(
    app: &App,
    gateway: &str,
    request: Request,
) -> Result<T, Response<Body>> {
    if !came_safely(app, &request) {
        return Err(Problem::PlainHttp.into_answer().into_response());
    }
    if !is_allowed(app, gateway, request.headers()) {
        return Err(no_such_path());
    }
    let bytes =
        read_body(request.into_body(), BODY_BYTES_MAX).await.map_err(BodyError::response)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let message = format!("the body cannot be read: {error}");
        problem(StatusCode::UNPROCESSABLE_ENTITY, &message).into_response()
    })
}

fn is_allowed(app: &App, gateway: &str, headers: &HeaderMap) -> bool {
    let callbacks = app.callbacks();
    let Some(token) = callbacks.tokens.get(gateway) else { return false };
    let given = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
    let given = given.and_then(|value| value.strip_prefix(b"Bearer ")).unwrap_or_default();
    given.ct_eq(token.expose_secret().as_bytes()).into()
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CallbackProblem")]
pub(super) struct WireProblem<'a> {
    message: &'a str,
}

fn problem(status: StatusCode, message: &str) -> Answer {
    Answer::new(status, &WireProblem { message })
}
