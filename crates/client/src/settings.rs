//! What a client is made of, checked.

use std::net::Ipv4Addr;
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use zeroize::Zeroizing;

use crate::limits::{
    CONNECT_TIMEOUT, CREDENTIALS_BYTES_MAX, RETRIES, RETRIES_MAX, TIMEOUT, TIMEOUT_MAX,
};
use crate::widget::Signer;
use crate::{Ringproof, environment};

/// Where `ringproof serve --dev` listens.
const LOCAL: &str = "http://127.0.0.1:8080";

/// Why there is no client. The texts repeat no address: a password may stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The username cannot be one.
    #[error("the username must be printable ASCII without a colon")]
    Username,
    /// The password cannot be one.
    #[error("the password must be printable ASCII, with less than 512 characters in all")]
    Password,
    /// No address of a server.
    #[error("an endpoint must begin with https:// or http://, without user, query and fragment")]
    Endpoint,
    /// The password would travel in the open.
    #[error("an endpoint must begin with https://, unless allow_plain_http is said")]
    PlainHttp,
    /// A time-out of nothing, or of more than a day.
    #[error("a time-out must be more than nothing and at most a day")]
    Timeout,
    /// More rounds than anybody needs.
    #[error("retries must be at most {RETRIES_MAX}")]
    Retries,
    /// The widget's secret or address.
    #[error("the widget needs a secret that is not empty, and an address")]
    Widget,
    /// The certificates cannot be read, or the system has none.
    #[error("there are no certificates of authorities")]
    Certificates,
}

/// A client in the making; see [`Ringproof::builder`].
#[must_use = "a builder does nothing until it is built"]
pub struct Builder {
    username: String,
    password: Zeroizing<String>,
    endpoints: Vec<String>,
    timeout: Duration,
    connect_timeout: Duration,
    retries: u32,
    allow_plain_http: bool,
    authorities_pem: Option<Vec<u8>>,
    widget_secret: Option<Zeroizing<String>>,
    widget_url: Option<String>,
}

/// The same, checked.
pub(crate) struct Settings {
    pub(crate) username: String,
    pub(crate) password: Zeroizing<String>,
    pub(crate) endpoints: Vec<String>,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) retries: u32,
    pub(crate) authorities_pem: Option<Vec<u8>>,
    pub(crate) signer: Option<Signer>,
}

impl Builder {
    pub(crate) fn new(username: &str, password: &str) -> Self {
        Self {
            username: username.to_owned(),
            password: Zeroizing::new(password.to_owned()),
            endpoints: Vec::new(),
            timeout: TIMEOUT,
            connect_timeout: CONNECT_TIMEOUT,
            retries: RETRIES,
            allow_plain_http: false,
            authorities_pem: None,
            widget_secret: None,
            widget_url: None,
        }
    }

    /// Address of the server, without `/v1`: `https://verify.example.com`. Said twice,
    /// the second address is asked when the first one fails; all must lead to the same
    /// server. Without it the environment's `RINGPROOF_ENDPOINT` is taken, where several
    /// are separated by blanks or commas, else `http://127.0.0.1:8080`.
    pub fn endpoint(mut self, address: &str) -> Self {
        self.endpoints.push(address.to_owned());
        self
    }

    /// How long one request may take, 15 seconds if nothing is said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long a connection may take, 5 seconds if nothing is said.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How often a call that only reads asks all addresses again, once if nothing is
    /// said.
    pub fn retries(mut self, rounds: u32) -> Self {
        self.retries = rounds;
        self
    }

    /// Also sends the password over plain HTTP to another machine. Only where something
    /// else encrypts the way.
    pub fn allow_plain_http(mut self) -> Self {
        self.allow_plain_http = true;
        self
    }

    /// Certificates in PEM of an authority of your own, instead of the system's.
    pub fn authorities_pem(mut self, pem: &[u8]) -> Self {
        self.authorities_pem = Some(pem.to_vec());
        self
    }

    /// The account's secret for the widget, which is not its password.
    pub fn widget_secret(mut self, secret: &str) -> Self {
        self.widget_secret = Some(Zeroizing::new(secret.to_owned()));
        self
    }

    /// Address of the widget where it has a host of its own; else it is `/widget` of
    /// the first endpoint.
    pub fn widget_url(mut self, address: &str) -> Self {
        self.widget_url = Some(address.to_owned());
        self
    }

    /// Makes the client. It calls nobody yet.
    ///
    /// # Errors
    /// [`SettingsError`]
    pub fn build(self) -> Result<Ringproof, SettingsError> {
        Ringproof::of(self.checked()?)
    }

    fn checked(self) -> Result<Settings, SettingsError> {
        if !is_printable(&self.username) || self.username.contains(':') {
            return Err(SettingsError::Username);
        }
        let is_short = self.username.len() + self.password.len() < CREDENTIALS_BYTES_MAX;
        if !is_printable(&self.password) || !is_short {
            return Err(SettingsError::Password);
        }
        for timeout in [self.timeout, self.connect_timeout] {
            if timeout.is_zero() || timeout > TIMEOUT_MAX {
                return Err(SettingsError::Timeout);
            }
        }
        if self.retries > RETRIES_MAX {
            return Err(SettingsError::Retries);
        }
        let endpoints = addresses(self.endpoints)
            .iter()
            .map(|address| endpoint(address, self.allow_plain_http))
            .collect::<Result<Vec<_>, _>>()?;
        let first = endpoints.first().ok_or(SettingsError::Endpoint)?;
        let page = self.widget_url.unwrap_or_else(|| format!("{first}/widget"));
        let signer = self.widget_secret.map(|secret| {
            Signer::at(&page, &self.username, &secret).map_err(|_| SettingsError::Widget)
        });
        Ok(Settings {
            username: self.username,
            password: self.password,
            timeout: self.timeout,
            connect_timeout: self.connect_timeout,
            retries: self.retries,
            authorities_pem: self.authorities_pem,
            signer: signer.transpose()?,
            endpoints,
        })
    }
}

fn is_printable(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}

fn addresses(given: Vec<String>) -> Vec<String> {
    if !given.is_empty() {
        return given;
    }
    let variable = environment::endpoint().unwrap_or_default();
    let is_between = |c: char| c.is_whitespace() || c == ',';
    let named: Vec<String> =
        variable.split(is_between).filter(|part| !part.is_empty()).map(str::to_owned).collect();
    if named.is_empty() { vec![LOCAL.to_owned()] } else { named }
}

/// An address without its last `/` and `/v1`.
fn endpoint(address: &str, allow_plain_http: bool) -> Result<String, SettingsError> {
    // A fragment would be dropped without a word.
    if address.contains(['#', '?', '@', '\\']) {
        return Err(SettingsError::Endpoint);
    }
    let uri: Uri = address.parse().map_err(|_| SettingsError::Endpoint)?;
    let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
        return Err(SettingsError::Endpoint);
    };
    let is_plain = *scheme == Scheme::HTTP;
    if (!is_plain && *scheme != Scheme::HTTPS) || authority.host().is_empty() {
        return Err(SettingsError::Endpoint);
    }
    if is_plain && !allow_plain_http && !is_loopback(authority.host()) {
        return Err(SettingsError::PlainHttp);
    }
    let path = uri.path().trim_end_matches('/');
    let path = path.strip_suffix("/v1").unwrap_or(path).trim_end_matches('/');
    Ok(format!("{scheme}://{authority}{path}"))
}

fn is_loopback(host: &str) -> bool {
    let is_ipv4 = |host: &str| host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    host.eq_ignore_ascii_case("localhost") || host == "[::1]" || is_ipv4(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_brought_to_one_form() {
        for (given, taken) in [
            ("https://verify.example.com", "https://verify.example.com"),
            ("https://verify.example.com/", "https://verify.example.com"),
            ("https://verify.example.com/v1/", "https://verify.example.com"),
            ("https://verify.example.com/proof//", "https://verify.example.com/proof"),
            ("http://localhost:8080/v1", "http://localhost:8080"),
            ("http://127.9.9.9", "http://127.9.9.9"),
            ("http://[::1]:80", "http://[::1]:80"),
        ] {
            assert_eq!(endpoint(given, false).as_deref(), Ok(taken));
        }
        for (given, error) in [
            ("verify.example.com", SettingsError::Endpoint),
            ("ftp://verify.example.com", SettingsError::Endpoint),
            ("https://", SettingsError::Endpoint),
            ("https://user:word@verify.example.com", SettingsError::Endpoint),
            ("https://verify.example.com/?a", SettingsError::Endpoint),
            ("https://verify.example.com/#a", SettingsError::Endpoint),
            ("http://verify.example.com", SettingsError::PlainHttp),
            ("http://localhost.example.com", SettingsError::PlainHttp),
            ("http://128.0.0.1", SettingsError::PlainHttp),
        ] {
            assert_eq!(endpoint(given, false), Err(error), "{given}");
        }
        assert!(endpoint("http://verify.example.com", true).is_ok());
    }
}
