//! What exists with `--dev` only: the inbox, the clock, and outages to try.
//!
//! Codes are shown here; that is the purpose. A page of another site must not
//! get at them by a name that it points at this machine, so the `Host` must be
//! an address or `localhost`.

mod clock;
pub mod describe;
mod faults;
mod inbox;
mod receipts;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::routing::{get, post};
use http::header::{HOST, ORIGIN};
use http::{HeaderMap, Response, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::http::stack::limits::BODY_BYTES_MAX;
use crate::http::stack::{BodyError, read_body};
use crate::http::verification::answer::Answer;

/// The routes below `/dev`.
pub fn routes(_app: &App) -> Router<Arc<App>> {
    Router::new()
        .route("/dev/inbox", get(inbox::show))
        .route("/dev/inbox.css", get(inbox::style))
        .route("/dev/inbox.js", get(inbox::script))
        .route("/dev/inbox/receipts", post(receipts::receipt))
        .route("/dev/inbox/inbound", post(receipts::inbound))
        .route("/dev/clock", get(clock::show).post(clock::change))
        .route("/dev/faults", get(faults::show).post(faults::change))
        .layer(middleware::from_fn(local_names_only))
}

async fn local_names_only(request: Request, next: Next) -> Response<Body> {
    if is_local_name(request.headers()) && is_same_site(request.headers()) {
        return next.run(request).await;
    }
    problem(StatusCode::FORBIDDEN, NOT_LOCAL)
}

/// Said to whoever came by another name.
const NOT_LOCAL: &str = "the development pages answer to an IP address or localhost only";

/// A page of another site can send a form here without asking; its browser
/// then names that site.
fn is_same_site(headers: &HeaderMap) -> bool {
    let (Some(origin), Some(host)) = (headers.get(ORIGIN), headers.get(HOST)) else { return true };
    let host = host.as_bytes();
    origin.as_bytes().strip_suffix(host).is_some_and(|scheme| scheme.ends_with(b"://"))
}

fn is_local_name(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST) else { return true };
    let Ok(authority) = http::uri::Authority::try_from(host.as_bytes()) else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok()
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DevProblem")]
pub(super) struct WireProblem<'a> {
    message: &'a str,
}

fn problem(status: StatusCode, message: &str) -> Response<Body> {
    Answer::new(status, &WireProblem { message }).into_response()
}

/// Reads a small JSON body; the error is an answer that says what is wrong.
async fn read_json<T: DeserializeOwned>(body: Body) -> Result<T, Response<Body>> {
    let bytes = read_body(body, BODY_BYTES_MAX).await.map_err(BodyError::response)?;
    serde_json::from_slice(&bytes)
        .map_err(|error| problem(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_sites_change_nothing() {
        let is_same = |origin: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, "127.0.0.1:8080".parse().unwrap());
            headers.insert(ORIGIN, origin.parse().unwrap());
            is_same_site(&headers)
        };
        assert!(is_same("http://127.0.0.1:8080"));
        for origin in ["http://evil.example", "http://evil127.0.0.1:8080", "null", ""] {
            assert!(!is_same(origin), "{origin}");
        }
        assert!(is_same_site(&HeaderMap::new()));
    }

    #[test]
    fn only_local_names_reach_the_pages() {
        let is_local = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().unwrap());
            is_local_name(&headers)
        };
        for host in ["127.0.0.1:8080", "localhost", "localhost:8080", "[::1]:8080", "a.localhost"] {
            assert!(is_local(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:8080", "", "127.0.0.1.evil.example"] {
            assert!(!is_local(host), "{host}");
        }
        assert!(is_local_name(&HeaderMap::new()));
    }
}
