//! A person enters a code, goes back to the number, or gives up.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use http::{Request, Response};
use verify::code::EnteredCode;
use verify::engine::Keys;
use verify::engine::check::NumberCheckRequest;
use verify::engine::confirm;
use verify::engine::widget::{self as rules, CheckContext, CheckRequest, Stepped};
use verify::ids::VerificationId;
use verify::record::{BrowserTrace, NoticeKind, WidgetSession, WidgetStatus, WidgetStep};

use super::number::note;
use super::show::{self, Look, Turned};
use super::visit::{self, Posted, Visit};
use crate::app::App;
use crate::http::number::pin;

/// `POST /widget/s/{id}/code`.
pub(super) async fn code(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Response<Body> {
    answer(&app, &id, request, Act::Code).await
}

/// `POST /widget/s/{id}/change`.
pub(super) async fn change(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Response<Body> {
    answer(&app, &id, request, Act::Change).await
}

/// `POST /widget/s/{id}/cancel`.
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Response<Body> {
    answer(&app, &id, request, Act::Cancel).await
}

/// What the person does.
#[derive(Clone, Copy)]
enum Act {
    Code,
    Change,
    Cancel,
}

async fn answer(app: &Arc<App>, id: &str, request: Request<Body>, act: Act) -> Response<Body> {
    let posted = match visit::receive(app, id, request).await {
        Err((turned, headers)) => return turned.into_response(app, &headers),
        Ok(posted) => posted,
    };
    let done = match act {
        Act::Code => enter(app, &posted).await,
        Act::Change | Act::Cancel => leave(app, &posted, act).await,
    };
    match done {
        Ok(stepped) => next(app, posted, stepped).await,
        Err(turned) => turned.into_response(app, &posted.headers),
    }
}

/// The page after that: the answer on its way where the session has just ended, by
/// this post or by one at the same time, else its own page.
async fn next(app: &App, posted: Posted, stepped: Option<Stepped>) -> Response<Body> {
    let Posted { visit, headers, peer, .. } = posted;
    let path = show::path(&visit.session);
    let is_over = |session: &WidgetSession| matches!(session.step, WidgetStep::Done { .. });
    let was_over = is_over(&visit.session);
    let ends = stepped.filter(|stepped| is_over(&stepped.session) && !was_over);
    let Some(Stepped { session, has_ended }) = ends else { return show::see(&path) };
    if has_ended {
        report_end(app, &visit.entry.account.username, &session);
    }
    let visit = Visit { session, ..visit };
    let look = Look { headers: &headers, address: peer.address, chosen: None };
    let page = show::page(app, &visit, &look, true).await;
    page.unwrap_or_else(|turned| turned.into_response(app, &headers))
}

fn report_end(app: &App, account: &str, session: &WidgetSession) {
    app.metrics.widget(match session.step {
        WidgetStep::Done { status: WidgetStatus::Verified, .. } => "verified",
        WidgetStep::Done { .. } | WidgetStep::Number | WidgetStep::Code { .. } => "cancelled",
    });
    tracing::info!(account, widget.session = %session.id, "a session of the widget ended");
}

/// Checks a code; gives the session as it is then.
async fn enter(app: &App, posted: &Posted) -> Result<Option<Stepped>, Turned> {
    let (session, entry) = (&posted.visit.session, &posted.visit.entry);
    let WidgetStep::Code { verification, .. } = session.step else { return Ok(None) };
    let typed = posted.params.text("code").ok().flatten().unwrap_or_default();
    let entered = EnteredCode::parse_or_wrong(typed);
    if !is_whole(app, posted, verification, &entered).await? {
        note(app, session, NoticeKind::CodeIncomplete, None).await?;
        return Ok(None);
    }
    let account = &entry.account;
    let [address, _] = visit::addresses(app, posted.peer.address);
    let request = CheckRequest {
        session: session.id,
        number: NumberCheckRequest {
            account: account.id,
            confirmation: verification,
            entered,
            browser: BrowserTrace::default(),
            trusts_cookies: false,
            address: Some(address),
            enforces_address_limits: true,
        },
    };
    let (now, policy, account_keys) = (app.clock.now(), app.policy(), entry.keys.clone());
    let guard = confirm::guard_policy(&policy, account.number_profile);
    let keys = rules::check_keys(&request);
    let rule = move |snapshot: &_| {
        let context = CheckContext { policy: &policy, guard: &guard, keys: &account_keys };
        rules::check(snapshot, &request, &context, now)
    };
    let checked = app.store.transact(keys, rule).await?;
    if let Some((_, Some(outcome))) = &checked {
        pin::note(app, &account.username, verification, outcome);
    }
    Ok(checked.map(|(stepped, _)| stepped))
}

/// Whether what was typed has the digits of a code: a slip of the hand costs no try.
async fn is_whole(
    app: &App,
    posted: &Posted,
    verification: VerificationId,
    entered: &EnteredCode,
) -> Result<bool, Turned> {
    let account = posted.visit.entry.account.id;
    let keys = Keys { confirmation: Some((account, verification)), ..Keys::default() };
    let live = app.store.read(keys).await?.verification;
    let Some(code) = live.and_then(|live| live.code) else { return Ok(true) };
    Ok(entered.is_of(code.length))
}

/// Goes back to the number, or gives up.
async fn leave(app: &App, posted: &Posted, act: Act) -> Result<Option<Stepped>, Turned> {
    let now = app.clock.now();
    let is_locked = posted.visit.session.is_phone_locked;
    let rule = move |snapshot: &_| match act {
        Act::Change if is_locked => verify::engine::Decision::unchanged(None),
        Act::Change | Act::Code => rules::change_number(snapshot, now),
        Act::Cancel => rules::cancel(snapshot, now),
    };
    Ok(app.store.transact(rules::leave_keys(&posted.visit.session), rule).await?)
}
