//! Files of pages as they are sent: read once, in gzip where that is smaller.

use std::io::Write as _;

use axum::body::{Body, Bytes};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, Response};

use crate::http::verification::answer::Problem;

/// A file as it is sent.
pub(super) struct File {
    kind: &'static str,
    /// Its content.
    pub(super) plain: Bytes,
    /// The same in gzip, where that is smaller.
    pub(super) zipped: Option<Bytes>,
}

impl File {
    /// `None` for a file of a kind that is not served.
    pub(super) fn new(path: &str, plain: Bytes) -> Option<Self> {
        let kind = kind(path)?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let zipped = encoder.write_all(&plain).and_then(|()| encoder.finish()).ok();
        let zipped = zipped.filter(|zipped| zipped.len() < plain.len()).map(Bytes::from);
        Some(Self { kind, plain, zipped })
    }

    /// The answer to a request with these headers.
    pub(super) fn respond(&self, request: &HeaderMap) -> Response<Body> {
        let takes_gzip = request.get_all(ACCEPT_ENCODING).iter().any(|value| {
            value.to_str().is_ok_and(|text| text.split(',').any(|one| one.trim() == "gzip"))
        });
        let zipped = self.zipped.as_ref().filter(|_| takes_gzip);
        let mut response = Response::new(Body::from(zipped.unwrap_or(&self.plain).clone()));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if zipped.is_some() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

fn kind(path: &str) -> Option<&'static str> {
    Some(match path.rsplit('.').next()? {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json; charset=utf-8",
        "webmanifest" => "application/manifest+json; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ts" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

/// The answer where there is no such file.
pub(super) fn missing() -> Response<Body> {
    let mut response = Problem::RouteNotFound.into_answer().into_response();
    response.headers_mut().remove(ALLOW);
    response
}
