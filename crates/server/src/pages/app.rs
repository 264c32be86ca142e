//! `/app/`: the authenticator app, from files in the program.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::routing::get;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue, Response};
use include_dir::{Dir, include_dir};
use sha2::{Digest as _, Sha256};
use verify::hex;

use crate::app::App;
use crate::pages::files::{File, missing};

static SOURCES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../web/app");

/// Stands in the sources for a digest of all of them: a worker of another build is
/// another worker, and fetches everything anew.
const BUILD: &str = "__BUILD__";

/// Nothing from anywhere else, nothing inline, no frame, and no text that becomes
/// a script: the one policy lets the worker's address through (S-38).
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; \
    font-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; \
    require-trusted-types-for 'script'; trusted-types ringproof-app";

static FILES: LazyLock<HashMap<String, File>> = LazyLock::new(|| {
    let mut sources = Vec::new();
    collect(&SOURCES, &mut sources);
    sources.sort_unstable();
    let mut digest = Sha256::new();
    for (path, content) in &sources {
        digest.update(path.as_bytes());
        digest.update(content);
    }
    let build = hex::encode(&digest.finalize()[..8]);
    let file =
        |(path, content): &(String, &[u8])| Some((path.clone(), load(path, content, &build)?));
    sources.iter().filter_map(file).collect()
});

fn collect(dir: &Dir<'static>, into: &mut Vec<(String, &'static [u8])>) {
    for file in dir.files() {
        into.push((file.path().to_string_lossy().into_owned(), file.contents()));
    }
    for inner in dir.dirs() {
        collect(inner, into);
    }
}

/// `None` for a file of a kind that is not served.
fn load(path: &str, content: &[u8], build: &str) -> Option<File> {
    let plain = match std::str::from_utf8(content) {
        Ok(text) => Bytes::from(text.replace(BUILD, build)),
        Err(_) => Bytes::copy_from_slice(content),
    };
    File::new(path, plain)
}

/// The routes of the app's files.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        // The edge takes a slash off the end of a path, so this is `/app/` too.
        .route("/app", get(async |headers: HeaderMap| show("index.html", &headers)))
        .route("/app/{*path}", get(file))
}

/// Locks down whatever is answered below `/app`: pages, calls, refusals (S-38).
pub async fn lock_down(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(CACHE_CONTROL.as_str(), "no-store");
    set("content-security-policy", CONTENT_SECURITY_POLICY);
    set("x-content-type-options", "nosniff");
    set("referrer-policy", "no-referrer");
    set("cross-origin-opener-policy", "same-origin");
    set("cross-origin-resource-policy", "same-origin");
    set("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()");
    response
}

async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response<Body> {
    show(&path, &headers)
}

fn show(path: &str, request: &HeaderMap) -> Response<Body> {
    FILES.get(path).map_or_else(missing, |file| file.respond(request))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};

    use super::*;

    #[test]
    fn every_source_is_served_and_the_build_stands_in_none() {
        let mut sources = Vec::new();
        collect(&SOURCES, &mut sources);
        sources.retain(|(path, _)| path != "README.md");
        assert_eq!(FILES.len(), sources.len(), "a kind of file is not known");
        for (path, file) in FILES.iter() {
            let text = String::from_utf8_lossy(&file.plain);
            assert!(!text.contains(BUILD), "{path}");
        }
        assert!(FILES.contains_key("index.html") && FILES.contains_key("worker.js"));
    }

    #[test]
    fn a_browser_that_takes_gzip_gets_it() {
        let mut headers = HeaderMap::new();
        assert!(show("index.html", &headers).headers().get(CONTENT_ENCODING).is_none());
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("br, gzip, deflate"));
        assert_eq!(show("index.html", &headers).headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(show("../Cargo.toml", &headers).status(), StatusCode::NOT_FOUND);
    }
}
