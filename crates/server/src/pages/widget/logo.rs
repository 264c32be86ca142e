//! `/widget/logo/DIGEST.png`: the logo of the page that was just sent. A page puts
//! its logo here, and the browser fetches it at once; later it has its own copy.

use std::collections::VecDeque;
use std::sync::{LazyLock, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::Path;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response};
use sha2::{Digest as _, Sha256};
use verify::hex;

use super::assets::missing;
use super::headers;
use super::limits::{LOGO_BYTES_MAX, LOGOS_MAX};

/// The bytes of PNG begin so.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The last ones to be shown, the newest at the end.
static SHOWN: LazyLock<Mutex<VecDeque<(String, Bytes)>>> = LazyLock::new(Mutex::default);

/// Keeps a logo and gives its address. `None` for what is no PNG, or too large.
pub(super) fn address(logo: &[u8]) -> Option<String> {
    if !logo.starts_with(PNG) || logo.len() > LOGO_BYTES_MAX {
        return None;
    }
    let name = hex::encode(&Sha256::digest(logo)[..8]);
    let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let found = shown.iter().position(|(one, _)| *one == name).and_then(|at| shown.remove(at));
    let entry = found.unwrap_or_else(|| (name.clone(), Bytes::copy_from_slice(logo)));
    while shown.len() >= LOGOS_MAX {
        shown.pop_front();
    }
    shown.push_back(entry);
    Some(format!("/widget/logo/{name}.png"))
}

/// Answers with a logo.
pub(super) async fn show(Path(file): Path<String>) -> Response<Body> {
    let find = |name: &str| {
        let shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
        shown.iter().find(|(one, _)| one == name).map(|(_, logo)| logo.clone())
    };
    let Some(logo) = file.strip_suffix(".png").and_then(find) else { return missing() };
    let mut response = Response::new(Body::from(logo));
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
    use http::StatusCode;

    use super::*;

    fn logo(number: usize) -> Vec<u8> {
        [PNG, number.to_string().as_bytes()].concat()
    }

    #[tokio::test]
    async fn a_logo_is_fetched_under_its_digest_and_an_old_one_makes_room() {
        let first = address(&logo(0)).unwrap();
        let file = first.rsplit('/').next().unwrap().to_owned();
        assert_eq!(file.len(), "0123456789abcdef.png".len());
        let found = show(Path(file.clone())).await;
        assert_eq!(found.headers()[CONTENT_TYPE], "image/png");
        for number in 1..LOGOS_MAX {
            address(&logo(number)).unwrap();
        }
        assert_eq!(address(&logo(0)).unwrap(), first, "shown again, it is the newest");
        for number in 1..LOGOS_MAX {
            address(&logo(LOGOS_MAX + number)).unwrap();
        }
        assert_eq!(show(Path(file)).await.status(), StatusCode::OK);
        let gone = address(&logo(1)).unwrap();
        assert!(SHOWN.lock().unwrap().len() <= LOGOS_MAX, "{gone}");
        assert_eq!(show(Path("none.png".to_owned())).await.status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn what_is_no_picture_has_no_address() {
        assert_eq!(address(b"<svg onload=alert(1)>"), None);
        assert_eq!(address(&[PNG, &vec![0; LOGO_BYTES_MAX]].concat()), None);
    }
}
