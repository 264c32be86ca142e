//! The value of `X-Service-Auth`: `username:password`.

use http::HeaderMap;

/// The header's name.
pub const X_SERVICE_AUTH: &str = "x-service-auth";

/// Longest value, in bytes (S-55).
const VALUE_BYTES_MAX: usize = 512;

/// What a caller presents.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The part before the first colon.
    pub username: &'a str,
    /// The part after it; may hold colons.
    pub password: &'a str,
}

/// Reads the one `X-Service-Auth` field of a request. `None` if it is missing,
/// doubled, too long, not printable ASCII, or has no colon; the caller learns
/// nothing about which (`verigator-api.md` 3).
pub fn credentials(headers: &HeaderMap) -> Option<Credentials<'_>> {
    let mut fields = headers.get_all(X_SERVICE_AUTH).iter();
    let (value, None) = (fields.next()?, fields.next()) else { return None };
    parse(value.as_bytes())
}

/// Reads one value.
pub fn parse(value: &[u8]) -> Option<Credentials<'_>> {
    if value.len() > VALUE_BYTES_MAX {
        return None;
    }
    let value = value.trim_ascii();
    if !value.iter().all(|b| matches!(b, b' '..=b'~')) {
        return None;
    }
    let value = std::str::from_utf8(value).ok()?;
    let (username, password) = value.split_once(':')?;
    (!username.is_empty() && !password.is_empty()).then_some(Credentials { username, password })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<(String, String)> {
        parse(value.as_bytes()).map(|c| (c.username.to_owned(), c.password.to_owned()))
    }

    #[test]
    fn splits_at_the_first_colon() {
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(read("acme-api:s3cr3t:pw"), pair("acme-api", "s3cr3t:pw"));
        assert_eq!(read(" acme-api:pw\t"), pair("acme-api", "pw"));
        assert_eq!(read("a: b"), pair("a", " b"));
    }

    #[test]
    fn everything_else_is_refused() {
        for value in
            ["", ":", "acme-api", "acme-api;s3cr3t", ":pw", "acme:", "a:\u{e9}", "a:\u{7f}"]
        {
            assert_eq!(read(value), None, "{value:?}");
        }
        assert!(read(&format!("a:{}", "x".repeat(510))).is_some());
        assert!(read(&format!("a:{}", "x".repeat(511))).is_none());
        assert!(parse(b"a:b\0c").is_none());
    }
}
