//! `/dev/faults`: outages on purpose, so that a program's handling of 503 can
//! be tried.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use http::{Response, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::read_json;
use crate::app::App;
use crate::http::verification::answer::Answer;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "FaultsChange")]
pub(super) struct Change {
    gateway: Option<GatewayFault>,
    store: Option<StoreFault>,
}

#[derive(Deserialize, Serialize, Clone, Copy, PartialEq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum GatewayFault {
    Accept,
    Refuse,
}

#[derive(Deserialize, Serialize, Clone, Copy, PartialEq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum StoreFault {
    Available,
    Unavailable,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Faults")]
pub(super) struct Shown {
    gateway: GatewayFault,
    store: StoreFault,
}

/// Shows which outages are in force.
pub(super) async fn show(State(app): State<Arc<App>>) -> Response<Body> {
    let is_refusing = app.dev_inbox.as_ref().is_some_and(|inbox| inbox.is_refusing());
    let shown = Shown {
        gateway: if is_refusing { GatewayFault::Refuse } else { GatewayFault::Accept },
        store: if app.store.is_switched_off() {
            StoreFault::Unavailable
        } else {
            StoreFault::Available
        },
    };
    Answer::new(StatusCode::OK, &shown).into_response()
}

/// Begins or ends outages.
pub(super) async fn change(State(app): State<Arc<App>>, body: Body) -> Response<Body> {
    let change = match read_json::<Change>(body).await {
        Ok(change) => change,
        Err(answer) => return answer,
    };
    if let (Some(fault), Some(inbox)) = (change.gateway, &app.dev_inbox) {
        inbox.refuse(fault == GatewayFault::Refuse);
    }
    if let Some(fault) = change.store {
        app.store.switch_off(fault == StoreFault::Unavailable);
        if fault == StoreFault::Available {
            // The outage is over with the answer, not with the next look at the accounts.
            let _ = app.logins.accounts.refresh().await;
        }
    }
    show(State(app)).await
}
