//! The pages of the verification widget: a number is asked for, a code, and the
//! browser is sent back. What stands here knows no store, no cookie and no rule;
//! it is told what to show, and shows it.
//!
//! [`respond`] makes a page of a [`Page`], with the headers that lock it down
//! ([`headers`], S-38). [`routes`] are the files that pages need: scripts and
//! styles ([`assets`]), how numbers are grouped ([`formats`]), logos ([`logo`]).
//! Texts are in [`text`] and `web/widget/languages`, markup in
//! `templates/widget`, scripts in `web/widget`. [`describe`] tells of the files as data.

mod assets;
mod countries;
pub mod describe;
mod formats;
mod headers;
mod language;
mod limits;
pub mod logo;
mod text;
mod theme;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Response, StatusCode};
use verify::phone::{Countries, Country, PhoneNumber};
use verify::record::{Brand, Notice, WidgetStatus};
use verify::{Entropy, Timestamp};

pub use self::language::{Language, country_hint};
use crate::app::App;

/// What a page shows.
pub struct Page<'a> {
    /// How it looks; the default where no account is known.
    pub brand: &'a Brand,
    /// Name of the site, or the host that the answer goes to; empty where none is
    /// known.
    pub site: &'a str,
    /// The person's language.
    pub language: Language,
    /// What it is about.
    pub screen: Screen<'a>,
    /// What it says beside that.
    pub notice: Option<Notice>,
    /// The time of times that are told.
    pub now: Timestamp,
    /// The origin whose page has this one in a frame; `None`: it is in none.
    pub parent_origin: Option<&'a str>,
    /// A challenge of somebody else, where a message is asked for.
    pub captcha: Option<&'a Captcha>,
}

/// A challenge by somebody else (S-80): its script puts its proof into a field of
/// the form that it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captcha {
    /// Address of the script.
    pub script_url: String,
    /// Origins of everything that the script loads, as a policy names them.
    pub origins: &'static str,
    /// Whose challenge it is.
    pub site_key: String,
    /// Class of the element that the script looks for.
    pub class: String,
    /// Name of the field with the proof.
    pub field: String,
}

/// What a page is about.
pub enum Screen<'a> {
    /// A number is asked for.
    Number {
        /// Where it goes.
        form: Form<'a>,
        /// What the person typed before, or what the request named.
        typed: &'a str,
        /// Where the number is likely from; the page finds it in a whole number
        /// by itself, and in the person's language.
        country: Option<Country>,
        /// Where messages may go.
        countries: &'a Countries,
        /// The number, where the person cannot change it.
        locked: Option<PhoneNumber>,
    },
    /// A code was sent.
    Code {
        /// Where it goes.
        form: Form<'a>,
        /// Where the code went.
        to: PhoneNumber,
        /// How long it is.
        digits: u8,
        /// When it ends.
        expires_at: Timestamp,
        /// When another message can be asked for; `None` if none can.
        resend_at: Option<Timestamp>,
        /// Whether another number can be given.
        can_change: bool,
    },
    /// The end: the browser carries the answer back.
    Return {
        /// The address that gets it.
        action: &'a str,
        /// The origin of that.
        callback_origin: &'a str,
        /// The answer.
        fields: &'a [(&'static str, String)],
        /// What it says.
        status: WidgetStatus,
        /// Goes by itself, where there are scripts.
        automatic: bool,
    },
    /// The session is over or unknown, or its cookie is missing.
    Gone,
    /// The request cannot be used.
    Refused(Refused),
}

/// Where the forms of a page go, and what they carry.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    /// Address of the page.
    pub base: &'a str,
    /// Proof that a post comes from this page.
    pub token: &'a str,
    /// The work that the next message costs.
    pub challenge: &'a str,
}

/// Why a request cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Not signed by an account.
    Signature,
    /// A version that is not known, or not switched on.
    Version,
    /// The callback is no address.
    Callback,
    /// The callback is no registered target.
    CallbackNotRegistered,
    /// A parameter too many, twice, or not of its kind.
    Parameters,
    /// In a frame of a page that may not have it.
    Frame,
    /// The nonce was used.
    Used,
    /// After its time.
    Expired,
    /// Not over a secure connection.
    PlainHttp,
    /// Too many of them.
    TooMany,
    /// A post that comes from another page.
    CrossSite,
    /// Something does not work.
    Unavailable,
}

impl Refused {
    /// All.
    pub const ALL: [Self; 12] = [
        Self::Signature,
        Self::Version,
        Self::Callback,
        Self::CallbackNotRegistered,
        Self::Parameters,
        Self::Frame,
        Self::Used,
        Self::Expired,
        Self::PlainHttp,
        Self::TooMany,
        Self::CrossSite,
        Self::Unavailable,
    ];

    /// With which it is answered.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Version | Self::Callback | Self::Parameters => StatusCode::BAD_REQUEST,
            Self::Signature
            | Self::CallbackNotRegistered
            | Self::Frame
            | Self::Expired
            | Self::PlainHttp
            | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::Used => StatusCode::CONFLICT,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The word in the catalogues of texts, and on the page for the site's people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Version => "version",
            Self::Callback => "callback",
            Self::CallbackNotRegistered => "callback_not_registered",
            Self::Parameters => "parameters",
            Self::Frame => "frame",
            Self::Used => "used",
            Self::Expired => "expired",
            Self::PlainHttp => "plain_http",
            Self::TooMany => "too_many",
            Self::CrossSite => "cross_site",
            Self::Unavailable => "unavailable",
        }
    }
}

/// The page as it is sent, with its status and headers.
pub fn respond(page: &Page<'_>, entropy: &mut dyn Entropy) -> Response<Body> {
    let nonce = headers::nonce(entropy);
    let (status, html) = match view::render(page, &nonce) {
        Ok(html) => (status(&page.screen), html),
        Err(error) => {
            tracing::error!(%error, "a page of the widget could not be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, String::new())
        }
    };
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    headers::lock_down(page, &nonce, response.headers_mut());
    response
}

const fn status(screen: &Screen<'_>) -> StatusCode {
    match screen {
        Screen::Number { .. } | Screen::Code { .. } | Screen::Return { .. } => StatusCode::OK,
        Screen::Gone => StatusCode::GONE,
        Screen::Refused(refused) => refused.status(),
    }
}

/// The files that pages need.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/widget/assets/{name}", get(assets::newest))
        .route("/widget/assets/{build}/{name}", get(assets::of_build))
        .route("/widget/embed.js", get(assets::embed))
        .route("/widget/embed.d.ts", get(assets::embed_types))
        .route("/widget/formats/{file}", get(formats::show))
        .route("/widget/logo/{file}", get(logo::show))
}

#[cfg(test)]
mod tests;
