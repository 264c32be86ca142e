//! `/healthz`, `/readyz`, `/metrics`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use delivery::GatewayState;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

use super::verification::answer::Answer;
use crate::app::App;

/// The process runs and answers; touches nothing.
pub async fn healthz() -> Response<Body> {
    let mut response = Response::new(Body::from(r#"{"status":"ok"}"#));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[derive(Serialize)]
struct Readiness<'a> {
    status: &'static str,
    store: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<String>,
    gateways: Vec<GatewayReadiness<'a>>,
}

#[derive(Serialize)]
struct GatewayReadiness<'a> {
    name: &'a str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// Whether requests should be sent here: the store answers, our clock is near its
/// clock, and a gateway is open. 503 with the same body if not.
pub async fn readyz(State(app): State<Arc<App>>) -> Response<Body> {
    let is_stored = app.store.accounts_version().await.is_ok();
    let routes = app.outbox.exits().routes();
    let gateways = routes.exits().iter().map(|exit| {
        let gateway = &exit.gateway;
        let (state, reason) = match app.outbox.exits().state(&**gateway) {
            GatewayState::Open => ("open", None),
            GatewayState::Closed(reason) => ("closed", Some(reason)),
        };
        GatewayReadiness { name: gateway.name(), state, reason }
    });
    let gap = app.clock_gap.too_large();
    let is_ready = is_stored && gap.is_none() && app.outbox.has_open_gateway();
    let body = Readiness {
        status: if is_ready { "ready" } else { "not ready" },
        store: if is_stored { "ok" } else { "not available" },
        clock: gap.map(|gap| format!("{} s from the database's", gap.as_secs())),
        gateways: gateways.collect(),
    };
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Answer::new(status, &body).into_response()
}

/// Everything that is counted, in the text format of Prometheus.
pub async fn metrics(State(app): State<Arc<App>>) -> Response<Body> {
    let mut response = Response::new(Body::from(app.exporter.render()));
    let headers = response.headers_mut();
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    headers.insert(CONTENT_TYPE, text);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
