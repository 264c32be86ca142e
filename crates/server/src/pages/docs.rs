//! `/openapi.json` and `/docs/`: the description of every route, for programs and
//! for people. Both are made once, when they are first asked for.

mod page;

use std::io::Write as _;
use std::sync::{Arc, LazyLock, OnceLock};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use sha2::{Digest as _, Sha256};
use verify::hex;

use crate::app::App;
use crate::http::verification::answer::Problem;
use crate::openapi::{self, Surface};

/// Nothing from anywhere else, nothing inline, no script, no frame (S-38).
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Something that is sent as it is, to everybody.
struct Published {
    kind: &'static str,
    plain: Bytes,
    zipped: Option<Bytes>,
    tag: String,
}

/// The document and the page.
type Both = Arc<OnceLock<Option<[Published; 2]>>>;

/// The routes of a server that shows this much.
pub fn routes(surface: Surface) -> Router<Arc<App>> {
    let both = Both::default();
    let show = move |nth: usize| {
        let both = both.clone();
        get(async move |headers: HeaderMap| {
            both.get_or_init(|| publish(surface)).as_ref().map_or_else(
                || Problem::Internal.into_answer().into_response(),
                |both| both[nth].show(&headers),
            )
        })
    };
    Router::new()
        .route("/openapi.json", show(0))
        // The edge takes a slash off the end of a path, so this is `/docs/` too.
        .route("/docs", show(1))
        .route("/docs/style.css", get(style))
}

async fn style(headers: HeaderMap) -> Response<Body> {
    static STYLE: LazyLock<Published> = LazyLock::new(|| {
        let style = include_bytes!("../../../../web/docs/style.css");
        Published::new("text/css; charset=utf-8", style.to_vec())
    });
    STYLE.show(&headers)
}

fn publish(surface: Surface) -> Option<[Published; 2]> {
    let description = openapi::describe(surface);
    let document = openapi::document::document(&description).to_string();
    match page::render(&description) {
        Ok(page) => Some([
            Published::new("application/json; charset=utf-8", document.into_bytes()),
            Published::new("text/html; charset=utf-8", page.into_bytes()),
        ]),
        Err(error) => {
            tracing::error!(%error, "the description could not be rendered");
            None
        }
    }
}

impl Published {
    fn new(kind: &'static str, content: Vec<u8>) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let zipped = encoder.write_all(&content).and_then(|()| encoder.finish()).ok();
        let tag = format!("\"{}\"", hex::encode(&Sha256::digest(&content)[..8]));
        Self { kind, plain: content.into(), zipped: zipped.map(Bytes::from), tag }
    }

    fn show(&self, request: &HeaderMap) -> Response<Body> {
        let names = |header, wanted: &str| {
            request.get_all(header).iter().any(|value| {
                value.to_str().is_ok_and(|text| {
                    text.split(',').any(|one| one.trim().trim_start_matches("W/") == wanted)
                })
            })
        };
        let mut response = Response::new(Body::empty());
        let zipped = self.zipped.as_ref().filter(|_| names(ACCEPT_ENCODING, "gzip"));
        if names(IF_NONE_MATCH, &self.tag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            *response.body_mut() = Body::from(zipped.unwrap_or(&self.plain).clone());
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
            if zipped.is_some() {
                response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
        }
        let headers = response.headers_mut();
        if let Ok(tag) = HeaderValue::try_from(&self.tag) {
            headers.insert(ETAG, tag);
        }
        let mut set = |name: &'static str, value| {
            headers.insert(name, HeaderValue::from_static(value));
        };
        // Another version of the program has another description: always ask.
        set(CACHE_CONTROL.as_str(), "no-cache");
        set(VARY.as_str(), "accept-encoding");
        set("content-security-policy", CONTENT_SECURITY_POLICY);
        set("x-content-type-options", "nosniff");
        set("referrer-policy", "no-referrer");
        set("cross-origin-opener-policy", "same-origin");
        response
    }
}
