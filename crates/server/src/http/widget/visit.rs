//! Whose session a request is about, and whether it may be (S-79): the browser that
//! began it shows its cookie, and what changes something comes from a page of ours.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue, Request};
use verify::engine::widget as rules;
use verify::entropy::draw;
use verify::ids::{AccountId, WidgetSessionId};
use verify::keys::AddressKey;
use verify::record::WidgetSession;
use zeroize::Zeroizing;

use super::show::{self, Refused, Turned};
use crate::app::App;
use crate::entropy::SystemEntropy;
use crate::http::auth::AccountEntry;
use crate::http::number::browser;
use crate::http::stack::Peer;
use crate::http::text_api::Params;

/// How long a browser keeps a cookie, in seconds: as long as a session lasts.
const COOKIE_SECONDS: u32 = 1_800;
/// Cookies of sessions that a browser carries to a new one. Beyond these the oldest
/// are taken back, long before they are more than one request may carry.
const COOKIES_MAX: usize = 20;
/// Longest value that is looked at; ours have 43 characters.
const COOKIE_CHARS_MAX: usize = 64;

/// A session with who is there.
pub(super) struct Visit {
    pub(super) session: WidgetSession,
    pub(super) entry: Arc<AccountEntry>,
    pub(super) cookie: Zeroizing<String>,
}

/// What came with a form.
pub(super) struct Posted {
    pub(super) visit: Visit,
    pub(super) params: Params,
    pub(super) headers: HeaderMap,
    pub(super) peer: Peer,
}

/// A fresh cookie of 256 random bits.
pub(super) fn new_cookie() -> Zeroizing<String> {
    let bytes = Zeroizing::new(draw::<32>(&mut SystemEntropy::new()));
    Zeroizing::new(Base64UrlUnpadded::encode_string(&*bytes))
}

/// The cookie as the browser is told it. In a frame of another site's page a browser
/// sends it only if it says so, and keeps it for that site alone.
pub(super) fn set_cookie(
    id: WidgetSessionId,
    cookie: &str,
    is_secure: bool,
    is_framed: bool,
) -> Option<HeaderValue> {
    let name = name(id, is_secure || is_framed);
    let text = Zeroizing::new(format!("{name}={cookie}; Max-Age={COOKIE_SECONDS}"));
    with_attributes(&text, is_secure, is_framed)
}

/// What makes a browser forget the cookies of sessions that it began before many others.
/// It names those of one path in the order in which it got them (RFC 6265 section 5.4).
pub(super) fn forget_cookies(
    headers: &HeaderMap,
    is_secure: bool,
    is_framed: bool,
) -> Vec<HeaderValue> {
    let known = |(name, _): &(&str, &str)| {
        let id = name.strip_prefix(prefix(is_secure || is_framed));
        id.is_some_and(|id| WidgetSessionId::parse_hex(id).is_some())
    };
    let names: Vec<&str> = pairs(headers).filter(known).map(|(name, _)| name).collect();
    let surplus = names.len().saturating_sub(COOKIES_MAX);
    let texts = names.iter().take(surplus).map(|name| format!("{name}=; Max-Age=0"));
    texts.filter_map(|text| with_attributes(&text, is_secure, is_framed)).collect()
}

fn with_attributes(text: &str, is_secure: bool, is_framed: bool) -> Option<HeaderValue> {
    let rest = match (is_framed, is_secure) {
        (true, _) => "Path=/; Secure; HttpOnly; SameSite=None; Partitioned",
        (false, true) => "Path=/; Secure; HttpOnly; SameSite=Lax",
        (false, false) => "Path=/widget; HttpOnly; SameSite=Lax",
    };
    let text = Zeroizing::new(format!("{text}; {rest}"));
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Each session has a cookie of its own, so that two tabs do not meet.
fn name(id: WidgetSessionId, is_host_only: bool) -> String {
    format!("{}{}", prefix(is_host_only), id.to_hex())
}

const fn prefix(is_host_only: bool) -> &'static str {
    if is_host_only { "__Host-ringproof-" } else { "ringproof-" }
}

/// The cookies that a request shows, in its order.
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.trim(), value.trim()))
}

/// The value that a request shows for a session. Over an encrypted connection only
/// the name counts that no other host can plant.
fn shown_cookie(headers: &HeaderMap, id: WidgetSessionId, is_secure: bool) -> Option<String> {
    let names = [name(id, true), name(id, false)];
    let names = &names[..if is_secure { 1 } else { 2 }];
    let ours = pairs(headers).filter(|(name, _)| names.iter().any(|known| known == name));
    let mut values: Vec<&str> = ours.map(|(_, value)| value).collect();
    values.dedup();
    // Several that differ are not ours to choose from.
    match values.as_slice() {
        [one] if one.len() <= COOKIE_CHARS_MAX => Some((*one).to_owned()),
        _ => None,
    }
}

/// The session of an id, for the browser that began it.
///
/// # Errors
/// There is none, or this is another browser.
pub(super) async fn find(
    app: &App,
    id: &str,
    headers: &HeaderMap,
    peer: Peer,
) -> Result<Visit, Turned> {
    if !may_come(app, peer) {
        return Err(Turned::refused(Refused::PlainHttp));
    }
    let id = WidgetSessionId::parse_hex(id).ok_or_else(Turned::gone)?;
    let snapshot = app.store.read(rules::session_keys(id)).await?;
    let kept = snapshot.widget_session.ok_or_else(Turned::gone)?;
    // A frame may be shown that this is so: browsers keep cookies from some.
    let gone = || Turned::gone().within(show::parent(&kept));
    let cookie = shown_cookie(headers, id, peer.secure).ok_or_else(gone)?;
    if app.keyring.widget_cookie(id, &cookie) != kept.cookie {
        return Err(gone());
    }
    let session = rules::settled(&kept, app.clock.now()).ok_or_else(gone)?;
    let entry = app.logins.accounts.by_id(session.account);
    let entry = entry.filter(|entry| entry.account.is_enabled).ok_or_else(gone)?;
    Ok(Visit { session, entry, cookie: Zeroizing::new(cookie) })
}

/// The names under which a person's address and its network are counted: as an address
/// of the whole installation, whichever account's site sends the person here (D-28).
/// The app's enrolment counts under the same names.
pub(super) fn addresses(app: &App, address: IpAddr) -> [AddressKey; 2] {
    browser::addresses(&app.keyring, AccountId::INSTALLATION, address)
}

/// Whether a connection is private enough for numbers and codes (design "Settled" 4).
pub(super) fn may_come(app: &App, peer: Peer) -> bool {
    peer.secure || peer.loopback || app.allow_plain_http
}

/// Reads a form that a page of the session posts.
///
/// # Errors
/// It is none, or comes from elsewhere; nothing was changed.
pub(super) async fn receive(
    app: &App,
    id: &str,
    request: Request<Body>,
) -> Result<Posted, (Turned, HeaderMap)> {
    let (parts, body) = request.into_parts();
    let received = async {
        if !is_same_origin(&parts.headers) {
            return Err(Turned::refused(Refused::CrossSite));
        }
        let peer = parts.extensions.get::<Peer>().copied();
        let peer = peer.ok_or_else(|| Turned::refused(Refused::Unavailable))?;
        let visit = find(app, id, &parts.headers, peer).await?;
        let params = Params::read(&parts, body).await;
        let params = params.map_err(|_| Turned::refused(Refused::Parameters))?;
        let token = params.text("token").ok().flatten().unwrap_or_default();
        if !app.keyring.is_widget_form_token(visit.session.id, &visit.cookie, token) {
            return Err(Turned::refused(Refused::CrossSite));
        }
        Ok((visit, params, peer))
    };
    match received.await {
        Ok((visit, params, peer)) => Ok(Posted { visit, params, headers: parts.headers, peer }),
        Err(turned) => Err((turned, parts.headers)),
    }
}

/// Whether a browser says nothing else than that a page of ours asks.
fn is_same_origin(headers: &HeaderMap) -> bool {
    headers.get_all("sec-fetch-site").iter().all(|site| site.as_bytes() == b"same-origin")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: WidgetSessionId = WidgetSessionId::from_bytes([0xab; 16]);
    const HEX: &str = "abababababababababababababababab";

    fn told(is_secure: bool, is_framed: bool) -> String {
        set_cookie(ID, "c", is_secure, is_framed).unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn cookies_are_for_our_host_alone() {
        assert_eq!(
            told(true, false),
            format!(
                "__Host-ringproof-{HEX}=c; Max-Age=1800; Path=/; Secure; HttpOnly; SameSite=Lax"
            )
        );
        let framed = format!(
            "__Host-ringproof-{HEX}=c; Max-Age=1800; Path=/; Secure; HttpOnly; SameSite=None; Partitioned"
        );
        assert_eq!((told(true, true), told(false, true)), (framed.clone(), framed));
        assert_eq!(
            told(false, false),
            format!("ringproof-{HEX}=c; Max-Age=1800; Path=/widget; HttpOnly; SameSite=Lax")
        );
    }

    #[test]
    fn a_browser_keeps_the_cookies_of_its_last_sessions() {
        let name = |n: u8| name(WidgetSessionId::from_bytes([n; 16]), true);
        let of = |count: u8| {
            let sessions: Vec<String> = (0..count).map(|n| format!("{}=v", name(n))).collect();
            let text = format!("a=b; {}; __Host-ringproof-app=w", sessions.join("; "));
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, text.parse().unwrap());
            headers
        };
        assert_eq!(forget_cookies(&of(20), true, false), Vec::<HeaderValue>::new());
        let forgotten = forget_cookies(&of(22), true, false);
        let expected = [0, 1]
            .map(|n| format!("{}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax", name(n)));
        assert_eq!(forgotten, expected);
        assert!(forgotten.iter().all(HeaderValue::is_sensitive));
        assert!(forget_cookies(&of(22), true, true)[0].to_str().unwrap().ends_with("Partitioned"));
        assert_eq!(forget_cookies(&of(22), false, false), Vec::<HeaderValue>::new());
    }

    #[test]
    fn a_cookie_that_another_host_can_plant_counts_over_plain_http_only() {
        let shown = |cookies: &[String], is_secure| {
            let mut headers = HeaderMap::new();
            for cookie in cookies {
                headers.append(COOKIE, cookie.parse().unwrap());
            }
            shown_cookie(&headers, ID, is_secure)
        };
        let (host, plain) = (format!("__Host-ringproof-{HEX}=h"), format!("ringproof-{HEX}=p"));
        assert_eq!(shown(&[format!("a=b; {host}; c=d")], true).as_deref(), Some("h"));
        assert_eq!(shown(&["a=b".to_owned(), host.clone()], true).as_deref(), Some("h"));
        assert_eq!(shown(std::slice::from_ref(&plain), true), None);
        assert_eq!(shown(std::slice::from_ref(&plain), false).as_deref(), Some("p"));
        assert_eq!(shown(&[plain.clone(), host.clone()], true).as_deref(), Some("h"));
        assert_eq!(shown(&[plain, host.clone()], false), None, "which one is ours?");
        assert_eq!(shown(&[host.replace('a', "b")], true), None);
        assert_eq!(shown(&[format!("{host}{}", "x".repeat(64))], true), None);
        assert_eq!(shown(&[], true), None);
    }

    #[test]
    fn a_form_comes_from_our_own_page_as_far_as_the_browser_tells() {
        let comes = |sites: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for site in sites {
                headers.append("sec-fetch-site", HeaderValue::from_static(site));
            }
            is_same_origin(&headers)
        };
        assert!(comes(&[]) && comes(&["same-origin"]));
        for site in ["cross-site", "same-site", "none", "", "Same-Origin"] {
            assert!(!comes(&[site]) && !comes(&["same-origin", site]), "{site}");
        }
    }
}
