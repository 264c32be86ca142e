//! The authenticator app's side of the server (`docs/APP-PROTOCOL.md`): a thin
//! translator between its wire and the engine. No rule lives here.
//!
//! * [`wire`]: what is refused, and how answers leave.
//! * [`signed`]: calls that a device signs.
//! * [`polls`]: devices that wait for news.
//! * [`enrol`], [`sync`], [`devices`], [`other`]: the calls.
//! * [`describe`]: the calls as data.

pub(crate) mod describe;
mod devices;
mod enrol;
mod other;
mod polls;
mod signed;
mod sync;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::routing::post;
use http::{HeaderMap, Request, Response};

pub use self::polls::Polls;
use self::wire::{Refusal, Reply};
use crate::app::App;
use crate::http::stack::limits::BODY_BYTES_MAX;
use crate::http::stack::{Peer, read_body};

/// The routes below `/app/api/`.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/app/api/{*call}", post(respond))
}

/// A call as it came.
struct Received {
    /// The path after `/app/api/`.
    call: String,
    headers: HeaderMap,
    body: Vec<u8>,
    peer: Peer,
}

async fn respond(
    State(app): State<Arc<App>>,
    Path(call): Path<String>,
    request: Request<Body>,
) -> Response<Body> {
    let reply = match receive(call, request).await {
        // PINs and keys go over TLS only, as credentials do (design "Settled" 4).
        Ok(Received { peer, .. }) if !(peer.secure || peer.loopback || app.allow_plain_http) => {
            Err(Refusal::Insecure)
        }
        Ok(received) => take(&app, &received).await,
        Err(refusal) => Err(refusal),
    };
    let reply = reply.unwrap_or_else(|refusal| refusal.into_reply(&app));
    app.metrics.app_call(reply.word());
    reply.into_response()
}

async fn receive(call: String, request: Request<Body>) -> Result<Received, Refusal> {
    let (parts, body) = request.into_parts();
    // A page of another site must not make a person's browser call here (S-79).
    let mut sites = parts.headers.get_all("sec-fetch-site").iter();
    if sites.any(|site| site.as_bytes() != b"same-origin") {
        return Err(Refusal::Site);
    }
    if !is_json(&parts.headers) {
        return Err(Refusal::Body);
    }
    let peer = parts.extensions.get::<Peer>().copied().ok_or(Refusal::Unavailable)?;
    let body = read_body(body, BODY_BYTES_MAX).await.map_err(|_| Refusal::Body)?;
    Ok(Received { call, headers: parts.headers, body: body.to_vec(), peer })
}

/// Whether a body is announced as JSON, once; parameters do not matter.
fn is_json(headers: &HeaderMap) -> bool {
    let mut kinds = headers.get_all(http::header::CONTENT_TYPE).iter();
    let (first, second) = (kinds.next(), kinds.next());
    let kind = first.and_then(|kind| kind.to_str().ok()).filter(|_| second.is_none());
    let essence = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim());
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
}

async fn take(app: &Arc<App>, received: &Received) -> Result<Reply, Refusal> {
    let call = CALLS.iter().find(|(name, _)| *name == received.call);
    let (_, call) = call.ok_or(Refusal::Missing)?;
    match call {
        Call::Nonce => Ok(signed::nonce(app)),
        Call::EnrolStart => enrol::start(app, received).await,
        Call::EnrolFinish => enrol::finish(app, received).await,
        Call::Sync => sync::sync(app, received).await,
        Call::Confirm => sync::confirm(app, received).await,
        Call::DevicesCode => devices::code(app, received).await,
        Call::DevicesApprove => devices::approve(app, received).await,
        Call::DevicesRemove => devices::remove(app, received).await,
        Call::DevicesRename => devices::rename(app, received).await,
        Call::Push => devices::push(app, received).await,
        Call::OtherCreate => other::create(app, received).await,
        Call::OtherConfirm => other::confirm(app, received).await,
    }
}

/// What a device asks for.
#[derive(Debug, Clone, Copy)]
enum Call {
    Nonce,
    EnrolStart,
    EnrolFinish,
    Sync,
    Confirm,
    DevicesCode,
    DevicesApprove,
    DevicesRemove,
    DevicesRename,
    Push,
    OtherCreate,
    OtherConfirm,
}

/// The calls by their paths below `/app/api/`.
const CALLS: [(&str, Call); 12] = [
    ("nonce", Call::Nonce),
    ("enrol/start", Call::EnrolStart),
    ("enrol/finish", Call::EnrolFinish),
    ("sync", Call::Sync),
    ("confirm", Call::Confirm),
    ("devices/code", Call::DevicesCode),
    ("devices/approve", Call::DevicesApprove),
    ("devices/remove", Call::DevicesRemove),
    ("devices/rename", Call::DevicesRename),
    ("push", Call::Push),
    ("other/create", Call::OtherCreate),
    ("other/confirm", Call::OtherConfirm),
];
