//! The signed request of a site begins a session (`verification-widget.md` 1 and 2).
//!
//! Whatever is wrong with it is said on a page of ours: a request that is not proved
//! must not steer the browser. Nothing of it stands in a log.

use std::sync::Arc;

use axum::body::Body;
use http::header::{ALLOW, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use verify::Timestamp;
use verify::engine::widget::{self as rules, OpenOutcome, OpenRequest};
use verify::ids::WidgetSessionId;
use verify::record::{Version1, WidgetSession, WidgetStep, WidgetWire};
use verify::widget::parameters::{self, Claim, ParametersError, Rules, Version};
use verify::widget::signature;
use verify::widget::target::CallbackUrl;

use super::show::{self, Refused, Turned, Why};
use super::visit;
use crate::app::App;
use crate::entropy::SystemEntropy;
use crate::http::auth::{AccountEntry, accounts::WidgetEntry};
use crate::http::stack::Peer;
use crate::http::text_api::Params;
use crate::http::verification::answer::Problem;

/// Answers the request.
pub(super) async fn enter(app: &Arc<App>, request: Request<Body>) -> Response<Body> {
    let is_known = matches!(*request.method(), Method::GET | Method::POST);
    if !is_known {
        // A look ahead (HEAD) must not use up a request.
        let mut response = Problem::MethodNotAllowed("GET, POST").into_answer().into_response();
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST"));
        return response;
    }
    let headers = request.headers().clone();
    match try_enter(app, request).await {
        Ok(response) => {
            app.metrics.widget("opened");
            response
        }
        Err(turned) => {
            note(app, &turned);
            turned.into_response(app, &headers)
        }
    }
}

async fn try_enter(app: &App, request: Request<Body>) -> Result<Response<Body>, Turned> {
    let (parts, body) = request.into_parts();
    let peer = parts.extensions.get::<Peer>().copied();
    let peer = peer.ok_or_else(|| Turned::refused(Refused::Unavailable))?;
    if !visit::may_come(app, peer) {
        return Err(Turned::refused(Refused::PlainHttp));
    }
    if is_look_ahead(&parts.headers) {
        return Err(Turned::refused(Refused::Unavailable));
    }
    let now = app.clock.now();
    let pairs = Params::read_pairs(&parts, body).await;
    let pairs = pairs.map_err(|_| Turned::refused(Refused::Parameters))?;
    if app.logins.accounts.are_current() == Some(false) {
        return Err(Turned::refused(Refused::Unavailable));
    }
    let (entry, wire) = prove(app, &pairs).ok_or_else(|| Turned::refused(Refused::Signature))?;
    let is_framed = is_framed(&parts.headers);
    let parent = framing_origin(&entry, &pairs).filter(|_| is_framed);
    let turn = |refused| Turned::refused(refused).of(&entry).within(parent.clone());
    // Only what is proved counts: any page could send its visitors here with rubbish.
    if !app.widget.admits(peer.address, now) {
        return Err(turn(Refused::TooMany));
    }
    let asked = read(&entry, &pairs, now).map_err(turn)?;
    note_version_1(app, &entry, wire, now);
    if is_framed && parent.is_none() {
        return Err(turn(Refused::Frame));
    }
    let (id, cookie) = (WidgetSessionId::random(&mut SystemEntropy::new()), visit::new_cookie());
    let nonce = asked.nonce.as_deref().zip(asked.expires_at);
    let nonce =
        nonce.map(|(text, until)| (app.keyring.widget_nonce(entry.account.id, text), until));
    let session = WidgetSession {
        id,
        account: entry.account.id,
        cookie: app.keyring.widget_cookie(id, &cookie),
        wire,
        callback_url: asked.callback_url.as_written().to_owned(),
        phone: asked.phone,
        is_phone_locked: asked.is_phone_locked,
        nonce: asked.nonce,
        is_framed,
        step: WidgetStep::Number,
        notice: None,
        typed: None,
        rounds: 0,
        starts: 0,
        created_at: now,
        used_at: now,
    };
    let mut response = show::see(&show::path(&session));
    let open = OpenRequest { session, nonce };
    let keys = rules::open_keys(&open);
    match app.store.transact(keys, move |snapshot: &_| rules::open(snapshot, &open)).await? {
        OpenOutcome::NonceUsed => return Err(turn(Refused::Used)),
        OpenOutcome::Opened => {}
    }
    tracing::info!(
        account = entry.account.username, widget.session = %id, is_framed,
        version = version(wire), "a session of the widget began"
    );
    let told = visit::set_cookie(id, &cookie, peer.secure, is_framed);
    let forgotten = visit::forget_cookies(&parts.headers, peer.secure, is_framed);
    let told = told.into_iter().chain(forgotten);
    response.headers_mut().extend(told.map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}

/// Whose request it is, and how it is signed. Nobody's costs the same as somebody's.
fn prove(app: &App, pairs: &[(String, String)]) -> Option<(Arc<AccountEntry>, WidgetWire)> {
    let entry = Claim::of(pairs).and_then(|claim| app.logins.accounts.find(claim.user));
    let widget = entry.as_ref().and_then(|entry| entry.widget.as_ref());
    let secret = widget.and_then(|widget| widget.secret.as_ref());
    let wire = signature::check_request(secret.unwrap_or(app.widget.decoy()), pairs);
    let is_theirs = secret.is_some();
    let entry = entry.filter(|entry| entry.account.is_enabled && is_theirs)?;
    Some((entry, wire?))
}

/// Reads a request that is signed well.
fn read(
    entry: &AccountEntry,
    pairs: &[(String, String)],
    now: Timestamp,
) -> Result<parameters::Request, Refused> {
    let widget = entry.widget.as_ref().ok_or(Refused::Signature)?;
    let named = Claim::of(pairs).and_then(|claim| Version::parse(claim.version?));
    if named == Some(Version::One) && !takes_version_1(widget, entry.account.is_compat, now) {
        return Err(Refused::Version);
    }
    let is_compat = entry.account.is_compat;
    let rules = Rules { targets: &widget.targets, is_compat, now };
    parameters::Request::read(pairs, &rules).map_err(|error| match error {
        ParametersError::Version => Refused::Version,
        ParametersError::CallbackMissing | ParametersError::Callback(_) => Refused::Callback,
        ParametersError::NotRegistered => Refused::CallbackNotRegistered,
        ParametersError::Unknown
        | ParametersError::Repeated
        | ParametersError::Ambiguous
        | ParametersError::PhoneLock
        | ParametersError::Nonce
        | ParametersError::Expiry => Refused::Parameters,
        ParametersError::Expired => Refused::Expired,
    })
}

fn takes_version_1(widget: &WidgetEntry, is_compat: bool, now: Timestamp) -> bool {
    match widget.settings.version_1 {
        Version1::AsAccount => is_compat,
        Version1::Off => false,
        Version1::On => true,
        Version1::Until(end) => now < end,
    }
}

fn version(wire: WidgetWire) -> u8 {
    match wire {
        WidgetWire::Pass | WidgetWire::Password => 1,
        WidgetWire::Two => 2,
    }
}

/// Operators are reminded of what version 1 cannot do.
fn note_version_1(app: &App, entry: &AccountEntry, wire: WidgetWire, now: Timestamp) {
    if version(wire) == 1 && app.widget.is_to_note(entry.account.id, now) {
        tracing::warn!(
            account = entry.account.username,
            "the account uses version 1 of the widget, whose signatures are weak and whose answers \
             can be replayed; let its site send version 2, then run `ringproof account widget \
             --version1 off`"
        );
    }
}

/// Whether the page is to stand in a frame of another.
fn is_framed(headers: &HeaderMap) -> bool {
    let frames = [&b"iframe"[..], b"frame"];
    headers.get_all("sec-fetch-dest").iter().any(|dest| frames.contains(&dest.as_bytes()))
}

/// Whether a browser only looks ahead: that must not use up a request, nor begin
/// anything.
fn is_look_ahead(headers: &HeaderMap) -> bool {
    let purposes = headers.get_all("sec-purpose").iter().chain(headers.get_all("purpose"));
    purposes.filter_map(|purpose| purpose.to_str().ok()).any(|purpose| purpose.contains("prefetch"))
}

/// The page that may be around ours: only the one that the answer goes to, if the
/// account lists its origin.
fn framing_origin(entry: &AccountEntry, pairs: &[(String, String)]) -> Option<String> {
    let (_, address) = pairs.iter().find(|(name, _)| name == "callback_url")?;
    let callback = CallbackUrl::parse(address).ok()?;
    let mut origins = entry.widget.iter().flat_map(|widget| &widget.frame_origins);
    origins.any(|origin| origin.allows(&callback)).then(|| callback.origin())
}

/// Counts a request that is turned away, and says of which account if that is proved.
fn note(app: &App, turned: &Turned) {
    let reason = match &turned.why {
        Why::Gone => return,
        Why::Refused(refused) => label(*refused),
    };
    let account = turned.entry.as_ref().map(|entry| entry.account.username.as_str());
    app.metrics.widget(reason);
    tracing::info!(account, reason, "a request of the widget was turned away");
}

/// The reason as a label.
fn label(refused: Refused) -> &'static str {
    match refused {
        Refused::Signature => "refused_signature",
        Refused::Version => "refused_version",
        Refused::Callback => "refused_callback",
        Refused::CallbackNotRegistered => "refused_callback_not_registered",
        Refused::Parameters => "refused_parameters",
        Refused::Frame => "refused_frame",
        Refused::Used => "refused_used",
        Refused::Expired => "refused_expired",
        Refused::PlainHttp => "refused_plain_http",
        Refused::TooMany => "refused_too_many",
        Refused::CrossSite => "refused_cross_site",
        Refused::Unavailable => "refused_unavailable",
    }
}
