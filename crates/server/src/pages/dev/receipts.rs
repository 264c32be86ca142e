//! `/dev/inbox/receipts` and `/dev/inbox/inbound`: what a carrier would tell
//! later of the messages in the inbox, and messages of the persons themselves.
//! They go the way of the calls that gateways make.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use delivery::Gateway as _;
use http::{Response, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use verify::engine::receipt::ReceiptOutcome;

use super::{problem, read_json};
use crate::app::App;
use crate::http::callbacks::inbound::{self, WireMessage, WireMessages};
use crate::http::callbacks::receipts::{self, WireReceipt};
use crate::http::verification::answer::{Answer, Problem};

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReceiptNoted")]
pub(super) struct Noted {
    #[schemars(extend("enum" = ["taken", "stale"]))]
    outcome: &'static str,
}

/// Takes a receipt for one message of the inbox.
pub(super) async fn receipt(State(app): State<Arc<App>>, body: Body) -> Response<Body> {
    let Some(inbox) = &app.dev_inbox else {
        return Problem::RouteNotFound.into_answer().into_response();
    };
    let wire = match read_json::<WireReceipt>(body).await {
        Ok(wire) => wire,
        Err(answer) => return answer,
    };
    let request = match receipts::read(inbox.name(), &wire) {
        Ok(request) => request,
        Err(message) => return problem(StatusCode::UNPROCESSABLE_ENTITY, message),
    };
    let outcome = match app.receipts.note(request).await {
        Ok(ReceiptOutcome::Raised(_) | ReceiptOutcome::Part(_)) => "taken",
        Ok(ReceiptOutcome::Stale) => "stale",
        Ok(ReceiptOutcome::Unknown) => {
            return problem(StatusCode::NOT_FOUND, "the inbox has handed over no such message");
        }
        Err(fault) => return Problem::from(fault).into_answer().into_response(),
    };
    Answer::new(StatusCode::OK, &Noted { outcome }).into_response()
}

/// Takes one message from a person.
pub(super) async fn inbound(State(app): State<Arc<App>>, body: Body) -> Response<Body> {
    match read_json::<WireMessage>(body).await {
        Ok(message) => inbound::take(&app, WireMessages::from(message)).await.into_response(),
        Err(answer) => answer,
    }
}
