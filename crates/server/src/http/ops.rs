//! `/healthz`, `/readyz`, `/metrics`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use delivery::GatewayState;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Response, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::verification::answer::Answer;
use crate::app::App;
use crate::jobs::ELSEWHERE;
use crate::openapi::model::{Answer as Told, Example, Login, Operation, Sent, Tag};
use crate::openapi::refusals;
use crate::openapi::schemas::{Schemas, object, one_of};

/// The process runs and answers; touches nothing.
pub async fn healthz() -> Response<Body> {
    let mut response = Response::new(Body::from(r#"{"status":"ok"}"#));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Readiness<'a> {
    #[schemars(extend("enum" = ["ready", "not ready"]))]
    status: &'static str,
    #[schemars(extend("enum" = ["ok", "not available"]))]
    store: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<String>,
    gateways: Vec<GatewayReadiness<'a>>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct GatewayReadiness<'a> {
    name: &'a str,
    #[schemars(extend("enum" = ["open", "closed", "elsewhere"]))]
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    reason: Option<&'static str>,
}

/// Whether requests should be sent here: the store answers, our clock is near its
/// clock, and a gateway is open. 503 with the same body if not.
pub async fn readyz(State(app): State<Arc<App>>) -> Response<Body> {
    let is_stored = is_stored(&app).await;
    let routes = app.outbox.exits().routes();
    let gateways = routes.exits().iter().map(|exit| {
        let gateway = &exit.gateway;
        let (state, reason) = match app.outbox.exits().state(&**gateway) {
            GatewayState::Open => ("open", None),
            GatewayState::Closed(reason) => ("closed", Some(reason)),
            GatewayState::Elsewhere => ("elsewhere", Some(ELSEWHERE)),
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

/// Whether the store answers. Where others work on it too, that is known from the looks at
/// the accounts: whoever asks here, however often, delays none of them, and a server that
/// lets nobody in is not ready. Where this server is alone it is asked, which costs
/// nothing and notices a broken disk.
async fn is_stored(app: &App) -> bool {
    match app.logins.accounts.are_current() {
        Some(are_current) => are_current && !app.store.is_switched_off(),
        None => app.store.accounts_version().await.is_ok(),
    }
}

/// Everything that is counted, in the text format of Prometheus.
pub async fn metrics(State(app): State<Arc<App>>) -> Response<Body> {
    delivery::meters::look(app.outbox.exits());
    let mut response = Response::new(Body::from(app.exporter.render()));
    let headers = response.headers_mut();
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    headers.insert(CONTENT_TYPE, text);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The routes as data.
pub fn describe(schemas: &mut Schemas, has_metrics: bool) -> Vec<Operation> {
    let get = |id, path: &str, summary, text, answers| Operation {
        id,
        tag: Tag::Operations,
        method: Method::GET,
        path: path.to_owned(),
        aliases: Vec::new(),
        summary,
        text,
        login: Login::Nobody,
        parameters: Vec::new(),
        taken: None,
        sent: Sent::to(path),
        answers,
        shared: refusals::EDGE,
    };
    let alive = object(&[("status", one_of(&["ok"]))], &[]);
    let alive = Told::json(200, "It runs.", alive).example(Example::json(
        "ok",
        &Sent::to("/healthz"),
        json!({ "status": "ok" }),
    ));
    let open = |name: &str| json!({ "name": name, "state": "open" });
    let gateways = [open("inbox"), open("sms")];
    let ready = json!({ "status": "ready", "store": "ok", "gateways": gateways });
    let schema = schemas.answer::<Readiness<'_>>();
    let sent = Sent::to("/readyz");
    let readiness = vec![
        Told::json(200, "Requests can come.", schema.clone())
            .example(Example::json("ready", &sent, ready)),
        Told::json(503, "The store does not answer, or no gateway is open.", schema),
    ];
    let counted = vec![("text/plain", json!({ "type": "string" }))];
    let mut operations = vec![
        get(
            "readHealth",
            "/healthz",
            "Whether the process runs",
            "It touches nothing.",
            vec![alive],
        ),
        get(
            "readReadiness",
            "/readyz",
            "Whether it can work",
            "For whoever distributes requests.",
            readiness,
        ),
    ];
    if has_metrics {
        let counted = Told::of(200, "The text format of Prometheus.", counted);
        let text = "Only here if no listener of its own is configured.";
        operations.push(get(
            "readMetrics",
            "/metrics",
            "Everything that is counted",
            text,
            vec![counted],
        ));
    }
    operations
}
