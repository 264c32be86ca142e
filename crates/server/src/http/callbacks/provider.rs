//! What a provider over HTTP says of messages that it took (`delivery.md` 7.1).
//!
//! Whatever is not proved to come from it is answered like a path that is not
//! there, and nothing is noted. The answer of success comes after the commit.

use axum::body::Body;
use axum::extract::Request;
use delivery::Gateway as _;
use delivery::http_gateway::HttpGateway;
use delivery::http_gateway::callback::{IncomingCall, NotHeard};
use delivery::provider::{Heard, ProviderReport};
use http::{HeaderMap, Method, Response, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use verify::engine::receipt::{ReceiptOutcome, ReceiptRequest};

use super::{came_safely, no_such_path, problem};
use crate::app::App;
use crate::http::stack::limits::BODY_BYTES_MAX;
use crate::http::stack::{BodyError, read_body};
use crate::http::verification::answer::{Answer, Problem};

/// A call, read whole.
struct Call {
    method: Method,
    tag: Option<String>,
    query: String,
    headers: HeaderMap,
    body: bytes::Bytes,
}

/// What a provider is answered; none of them looks at it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Heard")]
pub(super) struct WireHeard {}

/// Proves a call, notes what it says, and answers it.
pub async fn take(
    app: &App,
    gateway: &HttpGateway,
    tag: Option<&str>,
    request: Request,
) -> Response<Body> {
    if !came_safely(app, &request) {
        return Problem::PlainHttp.into_answer().into_response();
    }
    let (head, body) = request.into_parts();
    if head.method != Method::POST && head.method != Method::GET {
        return no_such_path();
    }
    let body = match read_body(body, BODY_BYTES_MAX).await {
        Ok(body) => body,
        Err(error) => return BodyError::response(error),
    };
    let call = Call {
        method: head.method,
        tag: tag.map(str::to_owned),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    };
    match hear(app, gateway, &call).await {
        Ok(said) => follow(app, gateway, said).await,
        Err(response) => response,
    }
}

/// Proves and reads a call; fetches the certificate that its signature needs.
async fn hear(app: &App, gateway: &HttpGateway, call: &Call) -> Result<Heard, Response<Body>> {
    let hear = || {
        gateway.hear(&IncomingCall {
            method: &call.method,
            tag: call.tag.as_deref(),
            query: &call.query,
            headers: &call.headers,
            body: &call.body,
            now: app.clock.now(),
        })
    };
    let refused = |not_heard| refuse(gateway, call, not_heard);
    match hear().map_err(refused)? {
        Heard::FetchCertificate(uri) => match gateway.fetch_certificate(&uri).await {
            Ok(()) => hear().map_err(refused),
            Err(error) => {
                let name = gateway.name();
                tracing::warn!(%error, gateway.name = name, "a certificate could not be fetched");
                Err(later())
            }
        },
        heard => Ok(heard),
    }
}

/// A call from which nothing is taken. Whoever has a right tag was given it by
/// this server, so what is wrong then is most likely a setting.
fn refuse(gateway: &HttpGateway, call: &Call, not_heard: NotHeard) -> Response<Body> {
    let (name, has_tag) = (gateway.name(), call.tag.is_some());
    match not_heard {
        NotHeard::NoSuchAddress => {}
        NotHeard::NotProved if has_tag => tracing::warn!(
            gateway.name = name,
            "a receipt with a right tag was not proved otherwise: look at the secrets of this \
             gateway, and whether server.public_url is the address that the provider calls"
        ),
        NotHeard::NotProved => {
            tracing::debug!(gateway.name = name, "a call was not proved to be from the provider");
        }
        NotHeard::Unreadable(reason) => {
            tracing::warn!(reason, gateway.name = name, "a call of the provider cannot be read");
            if has_tag {
                return problem(StatusCode::BAD_REQUEST, reason).into_response();
            }
        }
    }
    no_such_path()
}

async fn follow(app: &App, gateway: &HttpGateway, heard: Heard) -> Response<Body> {
    let name = gateway.name();
    match heard {
        Heard::Reports(reports) => note(app, name, reports).await,
        Heard::Confirm(uri) => match gateway.confirm(&uri).await {
            Ok(()) => {
                tracing::info!(gateway.name = name, "the provider will send receipts from now on");
                done()
            }
            Err(error) => {
                tracing::warn!(%error, gateway.name = name, "receipts could not be confirmed");
                later()
            }
        },
        // It was fetched, and is asked for again: it is not the right one.
        Heard::FetchCertificate(_) => no_such_path(),
    }
}

/// Notes each report on its own. After a fault the provider repeats its call;
/// those that were noted are stale then.
async fn note(app: &App, gateway: &str, reports: Vec<ProviderReport>) -> Response<Body> {
    for report in reports {
        let ProviderReport { message, provider_id: _, state, cause, code, is_pumped } = report;
        let request = ReceiptRequest {
            message,
            gateway: gateway.to_owned(),
            in_hand: None,
            state,
            err: None,
            cause,
            code,
            part: None,
            repeats_after_delivery: false,
        };
        match app.receipts.note(request).await {
            Ok(ReceiptOutcome::Raised(delivery)) if is_pumped => {
                app.receipts.exits.reported_as_pumped(&delivery, app.clock.now());
            }
            Ok(
                ReceiptOutcome::Raised(_)
                | ReceiptOutcome::Part(_)
                | ReceiptOutcome::Stale
                | ReceiptOutcome::Unknown,
            ) => {}
            Err(fault) => return Problem::from(fault).into_answer().into_response(),
        }
    }
    done()
}

fn done() -> Response<Body> {
    Answer::new(StatusCode::OK, &WireHeard {}).into_response()
}

fn later() -> Response<Body> {
    problem(StatusCode::SERVICE_UNAVAILABLE, "try again later").into_response()
}
