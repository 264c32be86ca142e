//! `/widget/assets/…`: scripts and styles of the pages; `/widget/embed.js` for the
//! pages of others. All from files in the program.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::body::{Body, Bytes};
use axum::extract::Path;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue, Response};
use include_dir::{Dir, include_dir};
use sha2::{Digest as _, Sha256};
use verify::hex;

use super::headers;
use crate::pages::files::{self, File};

static SOURCES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../web/widget");

/// What other sites load.
const EMBED: [&str; 2] = ["embed.js", "embed.d.ts"];

/// An hour: other sites get a mended script soon.
const EMBED_CACHED: &str = "public, max-age=3600";

static FILES: LazyLock<HashMap<String, File>> = LazyLock::new(|| {
    let name = |file: &include_dir::File<'static>| file.path().to_string_lossy().into_owned();
    SOURCES
        .files()
        .filter_map(|file| {
            Some((name(file), File::new(&name(file), Bytes::from_static(file.contents()))?))
        })
        .collect()
});

/// A name of all files as they are: what was loaded under it never changes.
static BUILD: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<&String> = FILES.keys().collect();
    names.sort_unstable();
    let mut digest = Sha256::new();
    for name in names {
        digest.update(name.as_bytes());
        digest.update(FILES.get(name).map_or(&[][..], |file| &file.plain));
    }
    hex::encode(&digest.finalize()[..8])
});

/// Where the files of this build are, for the links of a page.
pub(super) fn folder() -> String {
    format!("/widget/assets/{}", *BUILD)
}

/// Scripts that the first one of a page needs, to be asked for beside it.
pub(super) fn modules() -> &'static [&'static str] {
    &[
        "code_field",
        "countdown",
        "digits",
        "forms",
        "frame",
        "grouping",
        "page",
        "phone_field",
        "sha256",
        "work",
    ]
}

/// A file under its name alone: not kept, since it changes.
pub(super) async fn newest(Path(name): Path<String>, request: HeaderMap) -> Response<Body> {
    own(&name, &request, "no-store")
}

/// A file of a build, kept for ever. A page of another build gets the file that
/// there is.
pub(super) async fn of_build(
    Path((build, name)): Path<(String, String)>,
    request: HeaderMap,
) -> Response<Body> {
    let is_kept = build == *BUILD;
    own(&name, &request, if is_kept { "public, max-age=31536000, immutable" } else { "no-store" })
}

fn own(name: &str, request: &HeaderMap, cached: &'static str) -> Response<Body> {
    if EMBED.contains(&name) {
        return missing();
    }
    show(name, request, cached, "same-origin")
}

/// The script that opens the widget on the page of another site.
pub(super) async fn embed(request: HeaderMap) -> Response<Body> {
    for_others("embed.js", &request)
}

/// What the script has to offer, for TypeScript.
pub(super) async fn embed_types(request: HeaderMap) -> Response<Body> {
    for_others("embed.d.ts", &request)
}

fn for_others(name: &str, request: &HeaderMap) -> Response<Body> {
    let mut response = show(name, request, EMBED_CACHED, "cross-origin");
    // So that a site can pin the script by its digest.
    headers::set(response.headers_mut(), "access-control-allow-origin", "*");
    response
}

fn show(
    name: &str,
    request: &HeaderMap,
    cached: &'static str,
    readers: &'static str,
) -> Response<Body> {
    let Some(file) = FILES.get(name) else { return missing() };
    let mut response = file.respond(request);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cached));
    headers::common(headers);
    headers::set(headers, "cross-origin-resource-policy", readers);
    response
}

/// The answer where there is no such file, locked down like the others.
pub(super) fn missing() -> Response<Body> {
    let mut response = files::missing();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers::common(headers);
    headers::set(headers, "cross-origin-resource-policy", "same-origin");
    response
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn files_are_kept_under_the_name_of_their_build_only() {
        let get = async |build: &str, name: &str| {
            of_build(Path((build.to_owned(), name.to_owned())), HeaderMap::new()).await
        };
        let kept = get(&BUILD, "widget.css").await;
        assert_eq!(kept.headers()[CONTENT_TYPE], "text/css; charset=utf-8");
        assert!(kept.headers()[CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        assert_eq!(get("0123", "widget.css").await.headers()[CACHE_CONTROL], "no-store");
        let newest = newest(Path("widget.js".to_owned()), HeaderMap::new()).await;
        assert_eq!(newest.headers()[CACHE_CONTROL], "no-store");
        for name in ["README.md", "embed.js", "en.json", "../dev/inbox.js", "languages/en.json", ""]
        {
            let answer = get(&BUILD, name).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{name}");
            assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        }
    }

    /// What an integrator's page pays (verification widget, issue 6).
    #[tokio::test]
    async fn the_embed_script_is_below_5_kilobytes_as_it_is_served() {
        let mut request = HeaderMap::new();
        request.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, br"));
        let answer = embed(request).await;
        assert_eq!(answer.headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(answer.headers()["cross-origin-resource-policy"], "cross-origin");
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(bytes.len() < 5_000, "{} bytes", bytes.len());
        let types = embed_types(HeaderMap::new()).await;
        assert_eq!(types.status(), StatusCode::OK);
    }

    #[test]
    fn the_page_asks_for_every_module_at_once() {
        let mut scripts: Vec<&str> =
            FILES.keys().filter_map(|name| name.strip_suffix(".js")).collect();
        scripts.retain(|name| !["widget", "return", "embed"].contains(name));
        scripts.sort_unstable();
        assert_eq!(scripts, modules());
    }

    #[test]
    fn every_script_that_another_one_needs_is_there() {
        for (name, file) in FILES.iter() {
            let text = String::from_utf8_lossy(&file.plain);
            let imports = text.split(" from './").skip(1).filter_map(|rest| rest.split_once('\''));
            for (import, _) in imports {
                assert!(FILES.contains_key(import), "{name} imports {import}");
            }
        }
    }
}
