//! What exists with `--dev` only: the inbox, the clock, and outages to try.
//!
//! Codes are shown here; that is the purpose. A page of another site must not
//! get at them by a name that it points at this machine, so the `Host` must be
//! an address or `localhost`.

mod clock;
mod faults;
mod inbox;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::routing::get;
use http::header::HOST;
use http::{HeaderMap, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::http::stack::limits::BODY_BYTES_MAX;
use crate::http::stack::read_body;
use crate::http::verification::answer::Answer;

/// The routes below `/dev`.
pub fn routes(_app: &App) -> Router<Arc<App>> {
    Router::new()
        .route("/dev/inbox", get(inbox::show))
        .route("/dev/inbox.css", get(inbox::style))
        .route("/dev/inbox.js", get(inbox::script))
        .route("/dev/clock", get(clock::show).post(clock::change))
        .route("/dev/faults", get(faults::show).post(faults::change))
        .layer(middleware::from_fn(local_names_only))
}

async fn local_names_only(request: Request, next: Next) -> Response<Body> {
    if is_local_name(request.headers()) {
        return next.run(request).await;
    }
    problem(
        StatusCode::FORBIDDEN,
        "the development pages answer to an IP address or localhost only",
    )
}

fn is_local_name(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST) else { return true };
    let Ok(authority) = http::uri::Authority::try_from(host.as_bytes()) else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok()
}

#[derive(Serialize)]
struct WireProblem<'a> {
    message: &'a str,
}

fn problem(status: StatusCode, message: &str) -> Response<Body> {
    Answer::new(status, &WireProblem { message }).into_response()
}

/// Reads a small JSON body; the error is an answer that says what is wrong.
async fn read_json<T: DeserializeOwned>(body: Body) -> Result<T, Response<Body>> {
    let bytes = read_body(body, BODY_BYTES_MAX).await.map_err(|error| error.response())?;
    serde_json::from_slice(&bytes)
        .map_err(|error| problem(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

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
