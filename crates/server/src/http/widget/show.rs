//! A session as a page, and pages that say why there is none.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use store::Fault;
use verify::engine::Keys;
use verify::phone::{Country, PhoneNumber};
use verify::record::{Brand, WidgetSession, WidgetStep};
use verify::widget::signature;
use verify::widget::target::CallbackUrl;
use verify::widget::work;

use super::visit::{self, Visit};
use crate::app::App;
use crate::entropy::SystemEntropy;
use crate::http::auth::AccountEntry;
use crate::http::stack::Peer;
use crate::pages::widget::{self as pages, Form, Language, Page, Screen};

pub(super) use crate::pages::widget::Refused;

/// Why a request does not come to its session.
pub(super) struct Turned {
    pub(super) why: Why,
    /// The account, if it is proved.
    pub(super) entry: Option<Arc<AccountEntry>>,
    /// The origin whose page has ours in a frame, and may.
    parent: Option<String>,
}

/// The reason itself.
pub(super) enum Why {
    /// There is no such session, or it is not this browser's.
    Gone,
    /// The request cannot be used.
    Refused(Refused),
}

impl From<Fault> for Turned {
    fn from(fault: Fault) -> Self {
        tracing::error!(error = %fault, "a call of the widget could not be done");
        Self::refused(Refused::Unavailable)
    }
}

impl Turned {
    /// There is no such session for this browser.
    pub(super) fn gone() -> Self {
        Self { why: Why::Gone, entry: None, parent: None }
    }

    /// The request cannot be used.
    pub(super) fn refused(refused: Refused) -> Self {
        Self { why: Why::Refused(refused), entry: None, parent: None }
    }

    /// The account of the request.
    pub(super) fn of(self, entry: &Arc<AccountEntry>) -> Self {
        Self { entry: Some(entry.clone()), ..self }
    }

    /// Whose page is around ours.
    pub(super) fn within(self, parent: Option<String>) -> Self {
        Self { parent, ..self }
    }

    /// The page.
    pub(super) fn into_response(self, app: &App, headers: &HeaderMap) -> Response<Body> {
        let nobody = Brand::default();
        let widget = self.entry.as_ref().and_then(|entry| entry.widget.as_ref());
        let brand = widget.map_or(&nobody, |widget| &widget.settings.brand);
        let page = Page {
            brand,
            site: brand.name.as_deref().unwrap_or_default(),
            language: Language::of(headers),
            screen: match self.why {
                Why::Gone => Screen::Gone,
                Why::Refused(refused) => Screen::Refused(refused),
            },
            notice: None,
            now: app.clock.now(),
            parent_origin: self.parent.as_deref(),
            captcha: None,
        };
        pages::respond(&page, &mut SystemEntropy::new())
    }
}

/// The origin whose page has the session's in a frame.
pub(super) fn parent(session: &WidgetSession) -> Option<String> {
    let callback = CallbackUrl::parse(&session.callback_url).ok();
    callback.filter(|_| session.is_framed).map(|callback| callback.origin())
}

/// `GET /widget/s/{id}`.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Response<Body> {
    let (parts, _) = request.into_parts();
    let peer = parts.extensions.get::<Peer>().copied();
    let shown = async {
        let peer = peer.ok_or_else(|| Turned::refused(Refused::Unavailable))?;
        let visit = visit::find(&app, &id, &parts.headers, peer).await?;
        let chosen = parts.uri.query().and_then(|query| query.strip_prefix("country="));
        let chosen = chosen.and_then(Country::parse);
        let look = Look { headers: &parts.headers, address: peer.address, chosen };
        page(&app, &visit, &look, false).await
    };
    shown.await.unwrap_or_else(|turned: Turned| turned.into_response(&app, &parts.headers))
}

/// Who looks at a page.
pub(super) struct Look<'a> {
    pub(super) headers: &'a HeaderMap,
    pub(super) address: IpAddr,
    /// The country that was chosen for a number that is none.
    pub(super) chosen: Option<Country>,
}

/// The page of a session; `automatic`: an answer goes on its way by itself.
pub(super) async fn page(
    app: &App,
    visit: &Visit,
    look: &Look<'_>,
    automatic: bool,
) -> Result<Response<Body>, Turned> {
    let Visit { session, entry, cookie } = visit;
    let widget = entry.widget.as_ref().ok_or_else(Turned::gone)?;
    let callback = CallbackUrl::parse(&session.callback_url).map_err(|_| Turned::gone())?;
    let (now, origin) = (app.clock.now(), callback.origin());
    let seen = app.store.read(keys(app, visit, look.address)).await?;
    let captcha = app.widget.captcha(&seen.widget_traffic, now);
    let captcha = captcha.map(|captcha| &captcha.shown);
    let base = path(session);
    let token = app.keyring.widget_form_token(session.id, cookie);
    let is_attack = app.widget.attack().is_attack(&seen.widget_traffic, now);
    let bits = seen.addresses.first().map_or(work::BITS, |a| work::bits(a, is_attack, now));
    let work_key = app.keyring.work_key();
    let challenge = work::challenge(&work_key, session.id, session.starts, bits, now);
    let form = Form { base: &base, token: &token, challenge: &challenge };
    let fields;
    let screen = match &session.step {
        WidgetStep::Number => number_screen(session, entry, form, look),
        WidgetStep::Code { to, expires_at, resend_at, .. } => {
            let kept = seen.verification.as_ref().and_then(|live| live.code.as_ref());
            let length = kept.map_or(app.policy().codes.length, |code| code.length);
            Screen::Code {
                form,
                to: *to,
                digits: length.digits(),
                expires_at: *expires_at,
                resend_at: *resend_at,
                can_change: !session.is_phone_locked,
            }
        }
        WidgetStep::Done { status, .. } => {
            // The operator may have taken it off the list meanwhile.
            if !widget.targets.iter().any(|target| target.allows(&callback)) {
                return Err(Turned::refused(Refused::CallbackNotRegistered).of(entry));
            }
            let secret = widget.secret.as_ref().ok_or_else(Turned::gone)?;
            let (user, twice) = (&entry.account.username, widget.settings.signs_twice);
            fields = signature::answer(secret, user, session, twice).ok_or_else(Turned::gone)?;
            Screen::Return {
                action: callback.as_str(),
                callback_origin: &origin,
                fields: &fields,
                status: *status,
                automatic,
            }
        }
    };
    let brand = &widget.settings.brand;
    let page = Page {
        brand,
        site: brand.name.as_deref().unwrap_or_else(|| callback.host()),
        language: Language::of(look.headers),
        screen,
        notice: session.notice,
        now,
        parent_origin: session.is_framed.then_some(origin.as_str()),
        captcha,
    };
    Ok(pages::respond(&page, &mut SystemEntropy::new()))
}

/// What the page of a session needs besides it.
fn keys(app: &App, visit: &Visit, address: IpAddr) -> Keys {
    let account = visit.entry.account.id;
    let confirmation = match visit.session.step {
        WidgetStep::Code { verification, .. } => Some((account, verification)),
        WidgetStep::Number | WidgetStep::Done { .. } => None,
    };
    Keys {
        addresses: visit::addresses(app, address).into(),
        widget_traffic: Some(account),
        confirmation,
        ..Keys::default()
    }
}

/// The number that is asked for, with the country to begin with: the one chosen, that
/// of the number, that of the browser's language, or where the account is at home.
fn number_screen<'a>(
    session: &'a WidgetSession,
    entry: &'a AccountEntry,
    form: Form<'a>,
    look: &Look<'_>,
) -> Screen<'a> {
    let asked = session.phone.as_ref();
    let typed = session.typed.as_deref().or(asked.map(PhoneNumber::as_e164)).unwrap_or_default();
    let of_number = || PhoneNumber::parse(typed).filter(|_| typed.starts_with('+'))?.country();
    let is_allowed = |country: &Country| entry.account.countries.allow(Some(*country));
    let of_language = || pages::country_hint(look.headers).filter(is_allowed);
    let home = entry.account.home_country;
    Screen::Number {
        form,
        typed,
        country: look.chosen.or_else(of_number).or_else(of_language).or(home),
        countries: &entry.account.countries,
        locked: session.phone.filter(|_| session.is_phone_locked),
    }
}

/// Where the page of a session is.
pub(super) fn path(session: &WidgetSession) -> String {
    format!("/widget/s/{}", session.id.to_hex())
}

/// Sends a browser to another page of ours.
pub(super) fn see(path: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    // Made of hex digits and letters.
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/widget"));
    headers.insert(LOCATION, location);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
