//! What gateways call: receipts (`/dlr/{gateway}`) and messages from persons
//! (`/inbound/{gateway}`). The operator's program behind a webhook gateway
//! calls them with the gateway's receipt token.
//!
//! A gateway that is not there, one without a token, and a wrong token answer
//! alike: there is nothing at this path (`delivery.md` 7.1).

pub mod inbound;
pub mod receipts;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::routing::post;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
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

/// The routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/dlr/{gateway}", post(receipts_of))
        .route("/inbound/{gateway}", post(inbound_of))
}

async fn receipts_of(
    State(app): State<Arc<App>>,
    Path(gateway): Path<String>,
    request: Request,
) -> Response<Body> {
    match read(&app, &gateway, request).await {
        Ok(wire) => receipts::take(&app, &gateway, wire).await.into_response(),
        Err(response) => response,
    }
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
    let peer = request.extensions().get::<Peer>().copied();
    if !peer.is_some_and(|peer| peer.secure || peer.loopback || app.allow_plain_http) {
        return Err(Problem::PlainHttp.into_answer().into_response());
    }
    if !is_allowed(app, gateway, request.headers()) {
        return Err(Problem::RouteNotFound.into_answer().into_response());
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

#[derive(Serialize)]
struct WireProblem<'a> {
    message: &'a str,
}

fn problem(status: StatusCode, message: &str) -> Answer {
    Answer::new(status, &WireProblem { message })
}
