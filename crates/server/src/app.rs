//! The running program as requests see it: what they share, and the routes.

use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::middleware::map_response;
use axum::routing::get;
use delivery::inbox::InboxGateway;
use delivery::outbound::OutboundClient;
use delivery::{Outbox, Receipts, ReportBell};
use http::{Request, Response, StatusCode};
use store::Store;
use verify::keys::{Keyring, NonceKey};
use verify::policy::Policy;
use verify::record::{CreateStatus, TextStore};
use verify::{SignedDuration, Timestamp};

use crate::clock::Clock;
use crate::events::Events;
use crate::http::auth::Logins;
use crate::http::callbacks::{self, Callbacks};
use crate::http::caps::Caps;
use crate::http::sms::prices::Prices;
use crate::http::text_api::{self, route::Call};
use crate::http::verification::answer::Problem;
use crate::http::{app_api, ops, verification, widget};
use crate::jobs::{ClockGap, Waker};
use crate::openapi::Surface;
use crate::pages;
use crate::pages::dev;
use crate::telemetry::{Metrics, RequestMetrics};

/// What requests share.
pub struct App {
    /// Where everything is kept.
    pub store: Store,
    /// Keys of the installation.
    pub keyring: Keyring,
    /// The time by which rules decide.
    pub clock: Clock,
    /// How far it is from the database's.
    pub clock_gap: ClockGap,
    /// The name of this server among those that share the database; empty if it is
    /// alone.
    pub node: String,
    /// Who may call.
    pub logins: Logins,
    /// The way to the dispatcher.
    pub outbox: Outbox,
    /// Tells which caps of accounts are nearly full.
    pub caps: Caps,
    /// Notes what gateways report.
    pub receipts: Receipts,
    /// Counts what happens.
    pub metrics: RequestMetrics,
    /// Renders all metrics.
    pub exporter: Metrics,
    /// Status of a creation, unless the account has its own.
    pub create_status: CreateStatus,
    /// Credentials are taken over plain HTTP from anywhere.
    pub allow_plain_http: bool,
    /// What segments cost.
    pub prices: Prices,
    /// Calls clients' addresses; says which may be called.
    pub outbound: Arc<OutboundClient>,
    /// Tells the reporter that a report was queued.
    pub report_bell: ReportBell,
    /// Makes the nonces that devices sign.
    pub nonce_key: NonceKey,
    /// Wakes the app on devices.
    pub wake: Waker,
    /// Devices that wait for news.
    pub polls: app_api::Polls,
    /// Who may call for a gateway; replaced when the configuration is read again.
    pub callbacks: RwLock<Arc<Callbacks>>,
    /// The widget's own part.
    pub widget: widget::Desk,
    /// Defaults of clients' messages.
    pub sms: SmsDefaults,
    /// Repeats of a code also follow a message that was delivered.
    pub repeats_after_delivery: bool,
    /// How long a browser is trusted with a number (S-21).
    pub trusted_for: SignedDuration,
    /// How long texts of clients' messages are kept (D-54).
    pub texts_kept: SignedDuration,
    /// The inbox, with `--dev` only.
    pub dev_inbox: Option<Arc<InboxGateway>>,
    /// Replaced as a whole when the configuration is read again.
    pub policy: RwLock<Arc<Policy>>,
}

/// Defaults of clients' messages.
#[derive(Debug, Clone, Copy)]
pub struct SmsDefaults {
    /// How long delivery is tried.
    pub validity: SignedDuration,
    /// How texts are kept.
    pub text_store: TextStore,
}

impl App {
    /// Whether no other server works with the database.
    pub fn is_alone(&self) -> bool {
        self.node.is_empty()
    }

    /// Who may call for a gateway, now.
    pub fn callbacks(&self) -> Arc<Callbacks> {
        self.callbacks.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts other callers in force.
    pub fn set_callbacks(&self, callbacks: Callbacks) {
        *self.callbacks.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(callbacks);
    }

    /// Makes reports of what happens to devices, for a rule that queues them.
    pub fn events(&self) -> Events {
        let accounts = self.logins.accounts.all();
        let accounts = accounts.values().map(|entry| &entry.account);
        Events::new(&self.keyring, self.callbacks(), accounts)
    }

    /// The numbers in force.
    pub fn policy(&self) -> Arc<Policy> {
        self.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts new numbers in force.
    pub fn set_policy(&self, policy: Policy) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
    }

    /// Whole seconds from now until then, at least one: for `Retry-After`.
    pub fn seconds_until(&self, then: Timestamp) -> i64 {
        let millis = then.duration_since(self.clock.now()).as_millis();
        i64::try_from(millis.div_euclid(1_000) + i128::from(millis % 1_000 != 0))
            .unwrap_or(1)
            .max(1)
    }
}

/// The routes of the main listener. Whatever is no other route belongs to the
/// dialects; the Verification API answers 404 to what none of them knows.
pub fn routes(app: Arc<App>, has_own_metrics_listener: bool) -> Router {
    let mut router =
        Router::new().route("/healthz", get(ops::healthz)).route("/readyz", get(ops::readyz));
    if !has_own_metrics_listener {
        router = router.route("/metrics", get(ops::metrics));
    }
    if app.dev_inbox.is_some() {
        router = router.merge(dev::routes(&app));
    }
    let app_pages = app_api::routes()
        .merge(pages::app::routes())
        .method_not_allowed_fallback(method_not_allowed)
        .layer(map_response(pages::app::lock_down));
    let surface =
        Surface { has_dev: app.dev_inbox.is_some(), has_metrics: !has_own_metrics_listener };
    let widget_pages = widget::routes().merge(pages::widget::routes());
    router = router.merge(callbacks::routes()).merge(app_pages).merge(widget_pages);
    router = router.merge(pages::docs::routes(surface));
    router.method_not_allowed_fallback(method_not_allowed).fallback(dialects).with_state(app)
}

/// The routes of the operations listener (`server.metrics_listen`).
pub fn operations_routes(app: Arc<App>) -> Router {
    Router::new()
        .route("/healthz", get(ops::healthz))
        .route("/readyz", get(ops::readyz))
        .route("/metrics", get(ops::metrics))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(async || Problem::RouteNotFound.into_answer().into_response())
        .with_state(app)
}

/// The dialects share the paths below `/v1`.
async fn dialects(State(app): State<Arc<App>>, request: Request<Body>) -> Response<Body> {
    if widget::is_root_of_host(&app, &request) {
        return widget::at_root(&app, request).await;
    }
    match Call::parse(request.uri().path()) {
        Some(call) => text_api::respond(&app, call, request).await,
        None => verification::respond(&app, request).await,
    }
}

/// Axum adds the `Allow` header of the route.
async fn method_not_allowed() -> Response<Body> {
    let mut response = Problem::MethodNotAllowed("").into_answer().into_response();
    response.headers_mut().remove(http::header::ALLOW);
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}
