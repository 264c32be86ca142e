//! An address that an integrator gave, read once.
//!
//! It is read by the WHATWG parser of the `url` crate, and its reading is then
//! held against the text. The parser is made to understand whatever people
//! type: it takes `http:/\0x7f.1` for `http://127.0.0.1/`. Who looks at the
//! text sees something else, and two who disagree about one address are what
//! such attacks live on. So a text is accepted only when it spells what it
//! means: any other spelling is refused, also of a harmless host.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use http::HeaderValue;
use http::uri::PathAndQuery;
use url::form_urlencoded::byte_serialize;
use url::{Host, Url};

use super::policy::{Barred, TargetPolicy};
use crate::limits::{HOST_CHARS_MAX, HOST_LABEL_CHARS_MAX, TARGET_CHARS_MAX};

/// An address that may be called, as far as its text can tell.
///
/// Where a name leads is checked when it is called, since it may lead
/// elsewhere by then. Shown with `{:?}` it keeps path and query to itself:
/// they are the integrator's and often carry a secret.
///
/// ```
/// use ringproof_delivery::outbound::{Target, TargetPolicy, TargetRefusal};
///
/// let policy = TargetPolicy::default();
/// let target = Target::parse("https://shop.example/dlr?key=k#top", &policy)?;
/// let target = target.with_parameters(&[("status", "DELIVERED")])?;
/// assert_eq!(target.path_and_query(), "/dlr?key=k&status=DELIVERED");
///
/// let refusal = Target::parse("http://127.0.0.1/", &policy);
/// assert_eq!(refusal, Err(TargetRefusal::Address));
/// # Ok::<(), TargetRefusal>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    is_https: bool,
    place: Place,
    port: u16,
    host_header: HeaderValue,
    path_and_query: PathAndQuery,
}

/// Where a target lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Behind a name in lower case.
    Name(String),
    /// At an address.
    Address(IpAddr),
}

/// Why a text is no address that is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetRefusal {
    /// It is longer than [`TARGET_CHARS_MAX`], or became so long by parameters
    /// that no request can carry it.
    #[error("the address has more than {TARGET_CHARS_MAX} characters")]
    TooLong,
    /// A character is not visible ASCII, or is a backslash.
    #[error("the address contains a character other than visible ASCII, or a backslash")]
    Characters,
    /// It does not begin with `http://` or `https://`.
    #[error("the address does not begin with http:// or https://")]
    NotAbsolute,
    /// It is http, which the operator does not allow.
    #[error("the address does not begin with https://")]
    NotHttps,
    /// It names a user or a password.
    #[error("the address contains a user name or password")]
    Credentials,
    /// Its host is not spelled as the name or the address that it means.
    #[error("the host of the address is neither a plain name nor a plain IP address")]
    Host,
    /// Its port is not spelled plainly, or not allowed.
    #[error("the port of the address is not allowed")]
    Port,
    /// Its host is an IP address that is not called.
    #[error("the IP address is not a public one")]
    Address,
    /// It cannot be read as an address.
    #[error("the address cannot be read")]
    Unreadable,
}

impl Target {
    /// Reads an address: absolute, http or https, without credentials; a
    /// fragment is dropped.
    ///
    /// # Errors
    /// [`TargetRefusal`]; what comes first in the text is named first.
    pub fn parse(text: &str, policy: &TargetPolicy) -> Result<Self, TargetRefusal> {
        let written = Written::read(text)?;
        if !policy.admits_scheme(written.is_https) {
            return Err(TargetRefusal::NotHttps);
        }
        let url = Url::parse(&written.in_lower_case()).map_err(|_| TargetRefusal::Unreadable)?;
        let place = written.place(&url)?;
        let port = url.port_or_known_default().ok_or(TargetRefusal::Port)?;
        if written.port.is_some_and(|written| written != port.to_string()) {
            return Err(TargetRefusal::Port);
        }
        let allowed = match &place {
            Place::Address(address) => policy.look_at(*address, port),
            Place::Name(_) if policy.may_admit(port) => Ok(()),
            Place::Name(_) => Err(Barred::Port),
        };
        allowed.map_err(|barred| match barred {
            Barred::Address => TargetRefusal::Address,
            Barred::Port => TargetRefusal::Port,
        })?;
        let path_and_query = match url.query() {
            None => PathAndQuery::try_from(url.path()),
            Some(query) => PathAndQuery::try_from(format!("{}?{query}", url.path())),
        };
        Ok(Self {
            is_https: written.is_https,
            host_header: host_header(&url)?,
            path_and_query: path_and_query.map_err(|_| TargetRefusal::Unreadable)?,
            place,
            port,
        })
    }

    /// The same address with parameters behind its query, which is kept as it
    /// is; `?` begins one where there is none (`sms-api.md` 7).
    ///
    /// # Errors
    /// [`TargetRefusal::TooLong`].
    pub fn with_parameters(&self, parameters: &[(&str, &str)]) -> Result<Self, TargetRefusal> {
        let mut text = self.path_and_query.as_str().to_owned();
        let mut sign = match self.path_and_query.query() {
            None => "?",
            Some("") => "",
            Some(_) => "&",
        };
        for (name, value) in parameters {
            text.push_str(sign);
            text.extend(byte_serialize(name.as_bytes()));
            text.push('=');
            text.extend(byte_serialize(value.as_bytes()));
            sign = "&";
        }
        let path_and_query = PathAndQuery::try_from(text).map_err(|_| TargetRefusal::TooLong)?;
        Ok(Self { path_and_query, ..self.clone() })
    }

    /// Whether it is called over TLS.
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// Host, and port where it is not the usual one: what the header `Host`
    /// says. Fit for a log line.
    pub fn authority(&self) -> &str {
        // Made of visible ASCII by the parser.
        self.host_header.to_str().unwrap_or_default()
    }

    /// The name of its host in lower case, unless that is an IP address.
    pub fn host_name(&self) -> Option<&str> {
        match &self.place {
            Place::Name(name) => Some(name),
            Place::Address(_) => None,
        }
    }

    /// The port that is called.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Path and query. Not fit for a log line.
    pub fn path_and_query(&self) -> &str {
        self.path_and_query.as_str()
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn host_header(&self) -> HeaderValue {
        self.host_header.clone()
    }

    pub(super) fn request_target(&self) -> PathAndQuery {
        self.path_and_query.clone()
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(f, "Target({scheme}://{}/…)", self.authority())
    }
}

fn host_header(url: &Url) -> Result<HeaderValue, TargetRefusal> {
    let host = url.host_str().ok_or(TargetRefusal::Host)?;
    let value = match url.port() {
        None => HeaderValue::try_from(host),
        Some(port) => HeaderValue::try_from(format!("{host}:{port}")),
    };
    value.map_err(|_| TargetRefusal::Host)
}

/// What somebody sees who looks at the text.
struct Written<'a> {
    is_https: bool,
    host: &'a str,
    port: Option<&'a str>,
    /// Host and port.
    authority: &'a str,
    /// What follows them.
    rest: &'a str,
}

impl<'a> Written<'a> {
    fn read(text: &'a str) -> Result<Self, TargetRefusal> {
        if text.len() > TARGET_CHARS_MAX {
            return Err(TargetRefusal::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
            return Err(TargetRefusal::Characters);
        }
        let (scheme, rest) = text.split_once("://").ok_or(TargetRefusal::NotAbsolute)?;
        let is_https = scheme.eq_ignore_ascii_case("https");
        if !is_https && !scheme.eq_ignore_ascii_case("http") {
            return Err(TargetRefusal::NotAbsolute);
        }
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(TargetRefusal::Credentials);
        }
        let host_ends = authority.find(']').map_or(0, |at| at + 1);
        let (host, port) = match authority[host_ends..].find(':') {
            None => (authority, None),
            Some(at) => {
                let (host, port) = authority.split_at(host_ends + at);
                (host, Some(&port[1..]))
            }
        };
        // Whatever the parser would map to such a host is refused before it is asked.
        if !host.starts_with('[') && !host.bytes().all(|byte| byte == b'.' || is_in_label(byte)) {
            return Err(TargetRefusal::Host);
        }
        Ok(Self { is_https, host, port, authority, rest })
    }

    /// The whole text with scheme and host as they are compared.
    fn in_lower_case(&self) -> String {
        let scheme = if self.is_https { "https" } else { "http" };
        format!("{scheme}://{}{}", self.authority.to_ascii_lowercase(), self.rest)
    }

    /// The host as the parser reads it, if that is what stands there.
    fn place(&self, url: &Url) -> Result<Place, TargetRefusal> {
        let (place, is_plain) = match url.host().ok_or(TargetRefusal::Host)? {
            Host::Domain(name) => {
                let is_plain = self.host.eq_ignore_ascii_case(name) && is_host_name(name);
                (Place::Name(name.to_owned()), is_plain)
            }
            Host::Ipv4(address) => {
                (Place::Address(address.into()), self.host == address.to_string())
            }
            Host::Ipv6(address) => {
                let inner = self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
                let read_again = inner.and_then(|inner| inner.parse::<Ipv6Addr>().ok());
                (Place::Address(address.into()), read_again == Some(address))
            }
        };
        if is_plain { Ok(place) } else { Err(TargetRefusal::Host) }
    }
}

/// Labels of letters, digits, hyphens and underscores. A dot at the end, which
/// a certificate never has, is refused with the empty label behind it.
fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=HOST_LABEL_CHARS_MAX).contains(&label.len()) && label.bytes().all(is_in_label)
    };
    name.len() <= HOST_CHARS_MAX && name.split('.').all(is_label)
}

fn is_in_label(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Target, TargetRefusal> {
        Target::parse(text, &TargetPolicy::default())
    }

    #[test]
    fn what_is_spelled_plainly_is_read() {
        for (text, authority, port, path_and_query) in [
            ("http://shop.example", "shop.example", 80, "/"),
            ("HTTPS://Shop.Example:443/a", "shop.example", 443, "/a"),
            ("http://shop.example:8080?a=1", "shop.example:8080", 8080, "/?a=1"),
            ("https://a_b.shop.example/x?#f?", "a_b.shop.example", 443, "/x?"),
            ("https://xn--bcher-kva.example/@:80", "xn--bcher-kva.example", 443, "/@:80"),
            ("http://8.8.8.8/#f", "8.8.8.8", 80, "/"),
            ("http://[2606:4700:0::1]:80/", "[2606:4700::1]", 80, "/"),
            ("http://h/a/../b?x=%3f|\"", "h", 80, "/b?x=%3f|%22"),
            ("http://h/?to=http://u@127.0.0.1/", "h", 80, "/?to=http://u@127.0.0.1/"),
        ] {
            let target = parse(text).unwrap_or_else(|refusal| panic!("{text}: {refusal}"));
            let seen = (target.authority(), target.port(), target.path_and_query());
            assert_eq!(seen, (authority, port, path_and_query), "{text}");
            assert_eq!(target.is_https(), text.to_ascii_lowercase().starts_with("https"), "{text}");
        }
    }

    #[test]
    fn each_refusal_has_its_cause() {
        use TargetRefusal::*;
        let long = format!("http://h/{}", "x".repeat(TARGET_CHARS_MAX));
        let label = format!("http://{}.example/", "x".repeat(HOST_LABEL_CHARS_MAX + 1));
        for (text, refusal) in [
            ("", NotAbsolute),
            ("shop.example/x", NotAbsolute),
            ("//shop.example/x", NotAbsolute),
            ("http:/shop.example", NotAbsolute),
            ("ftp://shop.example/", NotAbsolute),
            ("javascript://shop.example/%0aalert", NotAbsolute),
            (" http://shop.example/", Characters),
            ("http://shop.example/a b", Characters),
            ("http://shop.example/\r\nX: y", Characters),
            ("http://shop.example\\@h/", Characters),
            ("http://bücher.example/", Characters),
            ("http://shop.example/ü", Characters),
            ("http://u@shop.example/", Credentials),
            ("http://@shop.example/", Credentials),
            ("http://u:p@shop.example/", Credentials),
            ("http:///shop.example/", Host),
            ("http:////shop.example/", Host),
            ("http://shop%2eexample/", Host),
            ("http://shop.example./", Host),
            ("http://.shop.example/", Host),
            ("http://a..b/", Host),
            ("http://a&b/", Host),
            ("http://A%fe80::1", Host),
            (&label, Host),
            ("http://134744072/", Host),
            ("http://8.8.8.8./", Host),
            ("http://shop.example:/", Port),
            ("http://shop.example:0080/", Port),
            ("http://shop.example:25/", Port),
            ("http://8.8.8.8:25/", Port),
            ("http://10.0.0.1/", Address),
            ("http://[::1]/", Address),
            ("http://[fe80::1%25eth0]/", Unreadable),
            ("http://shop.example:99999/", Unreadable),
            ("http://shop.example:8o80/", Unreadable),
            ("http://xn--localhost-.example/", Unreadable),
            ("http://", Unreadable),
            (&long, TooLong),
        ] {
            assert_eq!(parse(text).err(), Some(refusal), "{text}");
        }
        let longest = format!("http://h/{}", "x".repeat(TARGET_CHARS_MAX - 9));
        assert!(parse(&longest).is_ok());
    }

    #[test]
    fn http_and_ports_are_up_to_the_operator() {
        let strict =
            TargetPolicy { allow_http: false, ports: vec![443], ..TargetPolicy::default() };
        let parse = |text| Target::parse(text, &strict).err();
        assert_eq!(parse("http://shop.example/"), Some(TargetRefusal::NotHttps));
        assert_eq!(parse("https://shop.example:8443/"), Some(TargetRefusal::Port));
        assert_eq!(parse("https://shop.example/"), None);

        let allow_private = vec!["10.0.0.0/8".parse().unwrap()];
        let own = TargetPolicy { allow_private, ..TargetPolicy::default() };
        let parse = |text| Target::parse(text, &own).err();
        assert_eq!(parse("http://10.0.0.1:9000/"), None);
        // It may lead into that network; the call finds out.
        assert_eq!(parse("http://shop.example:9000/"), None);
        assert_eq!(parse("http://8.8.8.8:9000/"), Some(TargetRefusal::Port));
    }

    #[test]
    fn parameters_go_behind_the_query() {
        let added = |text: &str| {
            let target = parse(text).unwrap().with_parameters(&[("id", "a b&c=é"), ("err", "")]);
            target.unwrap().path_and_query().to_owned()
        };
        assert_eq!(added("http://h/x"), "/x?id=a+b%26c%3D%C3%A9&err=");
        assert_eq!(added("http://h/x?"), "/x?id=a+b%26c%3D%C3%A9&err=");
        assert_eq!(added("http://h/x?a=1#f"), "/x?a=1&id=a+b%26c%3D%C3%A9&err=");
        assert_eq!(added("http://h"), "/?id=a+b%26c%3D%C3%A9&err=");
        let endless = "x".repeat(usize::from(u16::MAX));
        let refusal = parse("http://h/").unwrap().with_parameters(&[("id", &endless)]);
        assert_eq!(refusal, Err(TargetRefusal::TooLong));
    }

    #[test]
    fn secrets_in_the_query_are_not_shown() {
        let target = parse("https://shop.example:8443/hook?key=hush").unwrap();
        assert_eq!(format!("{target:?}"), "Target(https://shop.example:8443/…)");
    }
}
