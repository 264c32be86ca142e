//! `POST /v1/widget/confirm`: the integrator's server asks whether an answer that a
//! browser brought is ours, once (S-77).

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::State;
use http::{Request, Response, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use verify::engine::widget::{self as rules, ConfirmOutcome};
use verify::ids::WidgetSessionId;
use verify::phone::PhoneNumber;
use verify::record::{WidgetSession, WidgetStep, WidgetWire};

use crate::app::App;
use crate::http::auth::AccountEntry;
use crate::http::stack::Peer;
use crate::http::verification::answer::{Answer, Problem};
use crate::http::verification::authenticate;
use crate::http::verification::body::Members;

/// An answer of the widget, as the server has it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WidgetAnswer")]
pub(super) struct WireAnswer<'a> {
    vid: String,
    #[schemars(extend("enum" = ["VERIFIED", "CANCELLED"]))]
    status: &'static str,
    /// Missing where the person cancelled and there was none.
    phone: Option<&'a str>,
    user: &'a str,
    #[schemars(extend("enum" = [1, 2]))]
    version: u8,
    /// That of the request, with version 2.
    nonce: Option<&'a str>,
    callback_url: &'a str,
    #[schemars(extend("format" = "date-time"))]
    finished_at: String,
}

/// Answers the call.
pub(super) async fn confirm(State(app): State<Arc<App>>, request: Request<Body>) -> Response<Body> {
    let began = Instant::now();
    let answer = try_confirm(&app, request).await.unwrap_or_else(Problem::into_answer);
    app.metrics.verification_request(answer.status, began.elapsed());
    answer.into_response()
}

async fn try_confirm(app: &App, request: Request<Body>) -> Result<Answer, Problem> {
    let peer = request.extensions().get::<Peer>().copied().ok_or(Problem::Internal)?;
    let entry = authenticate(app, peer, request.headers()).await?;
    let members = Members::read(request).await?;
    let id = WidgetSessionId::parse_hex(members.text("vid")?);
    let id = id.ok_or(Problem::WidgetAnswerNotFound)?;
    let (account, now) = (entry.account.id, app.clock.now());
    let rule = move |snapshot: &_| rules::confirm(snapshot, account, now);
    match app.store.transact(rules::session_keys(id), rule).await? {
        ConfirmOutcome::Confirmed(session) => {
            app.metrics.widget("confirmed");
            answer(&entry, &session)
        }
        ConfirmOutcome::Again(_) => {
            app.metrics.widget("confirmed_again");
            tracing::warn!(
                account = entry.account.username, widget.session = %id,
                "an answer of the widget was to be confirmed a second time"
            );
            Err(Problem::WidgetAnswerConfirmed)
        }
        ConfirmOutcome::NotFound => Err(Problem::WidgetAnswerNotFound),
    }
}

fn answer(entry: &AccountEntry, session: &WidgetSession) -> Result<Answer, Problem> {
    let WidgetStep::Done { status, phone, at, .. } = &session.step else {
        return Err(Problem::WidgetAnswerNotFound);
    };
    let version = match session.wire {
        WidgetWire::Pass | WidgetWire::Password => 1,
        WidgetWire::Two => 2,
    };
    let wire = WireAnswer {
        vid: session.id.to_hex(),
        status: status.as_str(),
        phone: phone.as_ref().map(PhoneNumber::as_e164),
        user: &entry.account.username,
        version,
        nonce: session.nonce.as_deref(),
        callback_url: &session.callback_url,
        finished_at: format!("{at:.3}"),
    };
    Ok(Answer::new(StatusCode::OK, &wire))
}
