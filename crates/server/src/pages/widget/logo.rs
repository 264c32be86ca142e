//! `/widget/logo/DIGEST.png`: the logo of an account, under a name that changes with it.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response};
use sha2::{Digest as _, Sha256};
use verify::hex;

use super::assets::missing;
use super::headers;
use super::limits::LOGO_BYTES_MAX;
use crate::app::App;

/// The bytes of PNG begin so.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The name of a logo's file: 16 hex digits of its SHA-256, and `.png`. `None` for
/// what is no PNG, or too large.
pub fn file_name(logo: &[u8]) -> Option<String> {
    if !logo.starts_with(PNG) || logo.len() > LOGO_BYTES_MAX {
        return None;
    }
    Some(format!("{}.png", hex::encode(&Sha256::digest(logo)[..8])))
}

/// The address of a logo.
pub(super) fn address(logo: &[u8]) -> Option<String> {
    file_name(logo).map(|file| format!("/widget/logo/{file}"))
}

/// Answers with the logo of an account that has it now.
pub(super) async fn show(State(app): State<Arc<App>>, Path(file): Path<String>) -> Response<Body> {
    let accounts = app.logins.accounts.all();
    let mut widgets = accounts.values().filter_map(|entry| entry.widget.as_ref());
    let widget = widgets.find(|widget| widget.logo_file.as_ref() == Some(&file));
    let Some(logo) = widget.and_then(|widget| widget.settings.brand.logo.as_deref()) else {
        return missing();
    };
    let mut response = Response::new(Body::from(Bytes::copy_from_slice(logo)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/png"));
    let for_ever = HeaderValue::from_static("public, max-age=31536000, immutable");
    headers.insert(CACHE_CONTROL, for_ever);
    headers::common(headers);
    headers::set(headers, "content-security-policy", "default-src 'none'; sandbox");
    headers::set(headers, "cross-origin-resource-policy", "same-origin");
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_belongs_to_a_picture_and_nothing_else_has_one() {
        let logo = |tail: &[u8]| [PNG, tail].concat();
        let name = file_name(&logo(b"one")).unwrap();
        assert_eq!(name.len(), "0123456789abcdef.png".len());
        assert_eq!(file_name(&logo(b"one")), Some(name.clone()));
        assert_ne!(file_name(&logo(b"two")), Some(name));
        assert_eq!(file_name(b"<svg onload=alert(1)>"), None);
        assert_eq!(file_name(&logo(&vec![0; LOGO_BYTES_MAX])), None);
    }
}
