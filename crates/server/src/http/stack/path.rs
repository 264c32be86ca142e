//! Paths in their plain form, so that the router knows each route by one name.
//!
//! Old clients double slashes and append one (verigator-api.md §2, rule 3), and no answer may be a
//! redirect (rule 4). So runs of `/` become one and a trailing `/` goes, before the router looks.

use std::borrow::Cow;

use http::Uri;
use http::uri::PathAndQuery;

/// The path with each run of `/` as one and without a trailing `/`; the root stays `/`.
///
/// Borrows when there is nothing to do. Percent-encoded slashes are data and stay.
pub fn normalise_path(path: &str) -> Cow<'_, str> {
    if is_plain(path) {
        return Cow::Borrowed(path);
    }
    let mut plain = String::with_capacity(path.len());
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        plain.push('/');
        plain.push_str(segment);
    }
    if plain.is_empty() {
        plain.push('/');
    }
    Cow::Owned(plain)
}

/// Brings the path of `uri` into its plain form and leaves everything else of it alone.
pub fn normalise_uri(uri: &mut Uri) {
    // Asterisk form (`OPTIONS *`) and authority form have no path to mend.
    if is_plain(uri.path()) || !uri.path().starts_with('/') {
        return;
    }
    let mut text = normalise_path(uri.path()).into_owned();
    if let Some(query) = uri.query() {
        text.push('?');
        text.push_str(query);
    }
    let mut parts = std::mem::take(uri).into_parts();
    parts.path_and_query = Some(
        PathAndQuery::from_maybe_shared(bytes::Bytes::from(text))
            .expect("a shorter valid path is valid"),
    );
    *uri = Uri::from_parts(parts).expect("only the path was changed");
}

fn is_plain(path: &str) -> bool {
    let bytes = path.as_bytes();
    bytes.len() <= 1
        || (bytes[bytes.len() - 1] != b'/' && !bytes.windows(2).any(|pair| pair == b"//"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_are_collapsed_and_trimmed() {
        for (given, plain) in [
            ("/", "/"),
            ("//", "/"),
            ("/v1/service", "/v1/service"),
            ("/v1/service/", "/v1/service"),
            ("//v1///service//", "/v1/service"),
            ("/a%2F%2Fb/", "/a%2F%2Fb"),
            ("*", "*"),
        ] {
            assert_eq!(normalise_path(given), plain, "{given}");
        }
        assert!(matches!(normalise_path("/v1/service"), Cow::Borrowed(_)));
    }

    #[test]
    fn query_and_authority_survive() {
        for (given, plain) in [
            ("//a//b/?x=//&y=/", "/a/b?x=//&y=/"),
            ("http://host:1//a/", "http://host:1/a"),
            ("/a?b/", "/a?b/"),
            ("*", "*"),
        ] {
            let mut uri: Uri = given.parse().unwrap();
            normalise_uri(&mut uri);
            assert_eq!(uri.to_string(), plain);
        }
    }
}
