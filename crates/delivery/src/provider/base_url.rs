//! The address of a provider's interface, as the operator gives it.

use http::Uri;
use url::{Host, Url};

/// An address without query, checked: whoever holds one may be called with
/// credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

/// Why an address is not taken; says what to write instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// It is no address.
    #[error("is no address; write one such as https://api.example.com")]
    NoAddress,
    /// It is http.
    #[error("must begin with https://; over http, credentials and codes could be read on the way")]
    PlainHttp,
    /// It has more than scheme, host, port and path.
    #[error("must have neither user, query nor fragment")]
    TooMuch,
}

impl BaseUrl {
    /// Reads an address: https, or http to this machine itself, or any http
    /// where the operator allows it. A slash at its end is left out.
    ///
    /// # Errors
    /// [`BaseUrlError`].
    pub fn parse(text: &str, allow_plain_http: bool) -> Result<Self, BaseUrlError> {
        let url = Url::parse(text).map_err(|_| BaseUrlError::NoAddress)?;
        check(&url, allow_plain_http)?;
        if url.query().is_some() {
            return Err(BaseUrlError::TooMuch);
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// A provider's own address.
    ///
    /// # Panics
    /// If it is not one that [`BaseUrl::parse`] takes.
    pub(crate) fn of_provider(text: &'static str) -> Self {
        Self::parse(text, false).expect("the address of a provider is https")
    }

    /// The address with `path`, which begins with a slash, behind it.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

/// Looks whether an address may be called with credentials.
///
/// # Errors
/// [`BaseUrlError`].
pub fn check(url: &Url, allow_plain_http: bool) -> Result<(), BaseUrlError> {
    let is_loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => return Err(BaseUrlError::NoAddress),
    };
    match url.scheme() {
        "https" => {}
        "http" if is_loopback || allow_plain_http => {}
        "http" => return Err(BaseUrlError::PlainHttp),
        _ => return Err(BaseUrlError::NoAddress),
    }
    let has_user = !url.username().is_empty() || url.password().is_some();
    if has_user || url.fragment().is_some() {
        return Err(BaseUrlError::TooMuch);
    }
    Ok(())
}

/// Whether a request may be made: the same as [`check`].
pub fn may_be_called(uri: &Uri, allow_plain_http: bool) -> bool {
    Url::parse(&uri.to_string()).is_ok_and(|url| check(&url, allow_plain_http).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_https_unless_they_stay_on_this_machine() {
        let parse = |text| BaseUrl::parse(text, false);
        assert_eq!(
            parse("https://api.example.com/").unwrap().join("/x"),
            "https://api.example.com/x"
        );
        assert_eq!(
            parse("https://api.example.com/v1").unwrap().join("/x"),
            "https://api.example.com/v1/x"
        );
        for text in
            ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1", "http://127.9.9.9"]
        {
            assert!(parse(text).is_ok(), "{text}");
        }
        for text in ["http://api.example.com", "http://10.0.0.1", "http://localhost.example.com"] {
            assert_eq!(parse(text), Err(BaseUrlError::PlainHttp), "{text}");
            assert!(BaseUrl::parse(text, true).is_ok(), "{text}");
        }
        for text in
            ["", "api.example.com", "ftp://api.example.com", "file:///etc/passwd", "https://"]
        {
            assert_eq!(BaseUrl::parse(text, true), Err(BaseUrlError::NoAddress), "{text}");
        }
        for text in ["https://u@h", "https://u:p@h", "https://h/?a=b", "https://h/#a"] {
            assert_eq!(parse(text), Err(BaseUrlError::TooMuch), "{text}");
        }
    }
}
