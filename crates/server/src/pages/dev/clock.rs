//! `/dev/clock`: moves the time by which all rules decide, so that a program's
//! handling of expiry and blocks can be tried without waiting.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use http::{Response, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use verify::{SignedDuration, Timestamp};

use super::{problem, read_json};
use crate::app::App;
use crate::http::verification::answer::Answer;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
#[schemars(rename = "ClockChange")]
pub(super) enum Change {
    /// Seconds to move by; may be negative or have a fraction.
    AdvanceSeconds(f64),
    /// The time that it shall be now.
    Set(String),
    /// Back to the real time.
    Reset(#[expect(dead_code, reason = "`true` is the only thing to say")] bool),
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Clock")]
pub(super) struct Shown {
    #[schemars(extend("format" = "date-time"))]
    now: String,
    offset_ms: i64,
}

/// Shows the time and how far it is moved.
pub(super) async fn show(State(app): State<Arc<App>>) -> Response<Body> {
    let now = format!("{:.3}", app.clock.now());
    Answer::new(StatusCode::OK, &Shown { now, offset_ms: app.clock.offset_ms() }).into_response()
}

/// Moves the time.
pub(super) async fn change(State(app): State<Arc<App>>, body: Body) -> Response<Body> {
    let change = match read_json::<Change>(body).await {
        Ok(change) => change,
        Err(answer) => return answer,
    };
    match apply(&app, &change) {
        Ok(()) => show(State(app)).await,
        Err(message) => problem(StatusCode::UNPROCESSABLE_ENTITY, &message),
    }
}

fn apply(app: &App, change: &Change) -> Result<(), String> {
    let moved = match change {
        Change::AdvanceSeconds(seconds) => {
            let by = SignedDuration::try_from_secs_f64(*seconds).map_err(|e| e.to_string())?;
            app.clock.advance(by)
        }
        Change::Set(time) => {
            let time: Timestamp = time.parse().map_err(|_| "set must be a time in RFC 3339")?;
            app.clock.set(time)
        }
        Change::Reset(_) => app.clock.reset(),
    };
    moved.map_err(|error| error.to_string())
}
