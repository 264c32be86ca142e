//! The verification widget (`verification-widget.md`): from the signed request of a
//! site to the signed answer. A thin translator between browsers and the engine:
//! no rule lives here, and no HTML.
//!
//! * [`desk`]: what the widget has of the configuration, and what it remembers.
//! * `entry`: the signed request begins a session.
//! * `visit`: whose session a request is about, and whether it may be (S-79).
//! * `number`, `code`: what a person does on the page; `captcha` is part of it.
//! * `show`: a session as a page, and pages that say why there is none.
//! * `confirm`: the integrator's server asks for an answer by its id (S-77).
//! * [`describe`]: all of it as data.

mod captcha;
mod code;
mod confirm;
pub mod describe;
pub mod desk;
mod entry;
pub mod limits;
mod number;
mod show;
mod throttle;
mod visit;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::{any, get, post};
use http::{Request, Response};

pub use captcha::Captcha;
pub use desk::{Desk, DeskParts};

use crate::app::App;

/// The routes of the widget, but for the files of its pages.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/widget", any(on_every_host))
        .route("/widget/s/{id}", get(show::show))
        .route("/widget/s/{id}/number", post(number::number))
        .route("/widget/s/{id}/resend", post(number::resend))
        .route("/widget/s/{id}/code", post(code::code))
        .route("/widget/s/{id}/change", post(code::change))
        .route("/widget/s/{id}/cancel", post(code::cancel))
        .route("/v1/widget/confirm", post(confirm::confirm))
}

async fn on_every_host(State(app): State<Arc<App>>, request: Request<Body>) -> Response<Body> {
    entry::enter(&app, request).await
}

/// Whether a request is for `/` on the host that is configured as the widget's.
pub fn is_root_of_host(app: &App, request: &Request<Body>) -> bool {
    request.uri().path() == "/" && app.widget.is_own_host(request)
}

/// Answers `/` on that host.
pub async fn at_root(app: &Arc<App>, request: Request<Body>) -> Response<Body> {
    entry::enter(app, request).await
}
