//! Where the browser may be sent (S-78): registered targets, and addresses that
//! are compared with them.
//!
//! An address is parsed once, by the parser that browsers are specified with,
//! and whatever that parser would have to repair is refused: what was read, what
//! is compared and what stands in the form are one text.

use std::fmt;

use url::{Host, Url};

use crate::limits::{CALLBACK_URL_BYTES_MAX, HOST_CHARS_MAX, HOST_LABEL_CHARS_MAX};

/// Why a text is no address that a browser may be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// Over 2,048 bytes.
    #[error("the address is longer than {CALLBACK_URL_BYTES_MAX} bytes")]
    TooLong,
    /// It has blanks, control characters, invisible ones or a backslash.
    #[error("the address has white space, a control character or a backslash")]
    Character,
    /// It does not begin with `https://` or `http://` and a host.
    #[error("the address does not begin with https:// and a host")]
    Scheme,
    /// `http` to another host than this machine.
    #[error("http is allowed to 127.0.0.1, [::1] and localhost only; write https")]
    PlainHttp,
    /// It has a user name or password.
    #[error("the address has user information")]
    UserInformation,
    /// It has a fragment, be it empty.
    #[error("the address has a fragment")]
    Fragment,
    /// The host or the port is not spelled as browsers spell it, or is an address of
    /// IPv6 that is not this machine.
    #[error("host and port must be written as browsers show them, in ASCII; no IPv6 address")]
    Host,
    /// The path could mean another one to somebody who decodes it once more.
    #[error("the path has encoded dots, slashes or control characters that lead elsewhere")]
    Path,
}

/// An address that an answer can be sent to, if a [`Target`] allows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackUrl {
    url: Url,
    written: String,
}

impl CallbackUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// [`CallbackError`]: what was not refused here, every browser reads alike.
    pub fn parse(text: &str) -> Result<Self, CallbackError> {
        if text.len() > CALLBACK_URL_BYTES_MAX {
            return Err(CallbackError::TooLong);
        }
        if text.chars().any(is_barred) {
            return Err(CallbackError::Character);
        }
        let authority = authority(text)?;
        if authority.contains('@') {
            return Err(CallbackError::UserInformation);
        }
        if text.contains('#') {
            return Err(CallbackError::Fragment);
        }
        let url = Url::parse(text).map_err(|_| CallbackError::Host)?;
        if !is_as_written(authority, &url) {
            return Err(CallbackError::Host);
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(CallbackError::PlainHttp);
        }
        // The serialisation is longer than what was written where it encodes.
        if url.as_str().len() > 3 * CALLBACK_URL_BYTES_MAX {
            return Err(CallbackError::TooLong);
        }
        if is_path_ambiguous(url.path()) {
            return Err(CallbackError::Path);
        }
        Ok(Self { url, written: text.to_owned() })
    }

    /// The address as the parser writes it: what stands in the form.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// The address as the site wrote it: what its signatures cover.
    pub fn as_written(&self) -> &str {
        &self.written
    }

    /// The origin, such as `https://shop.example`, with a port where it is not
    /// the scheme's own.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// The host, for people who are told where they came from.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }
}

/// What the user name, host and port are in the text.
fn authority(text: &str) -> Result<&str, CallbackError> {
    let (scheme, rest) = text.split_once("://").ok_or(CallbackError::Scheme)?;
    if !["https", "http"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err(CallbackError::Scheme);
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    if end == 0 { Err(CallbackError::Scheme) } else { Ok(&rest[..end]) }
}

/// Characters that browsers drop, repair, or show as something else: white space,
/// controls, a backslash, and those that only steer the writing.
fn is_barred(c: char) -> bool {
    let steers = matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}');
    c.is_control() || c.is_whitespace() || c == '\\' || steers
}

/// Whether the host and port were written as the parser writes them. All forms
/// of an IP address but one, a trailing dot, other scripts and percent signs end
/// here: the parser would repair them.
fn is_as_written(authority: &str, url: &Url) -> bool {
    let port_at = match authority.rfind(']') {
        Some(end) => (authority.len() > end + 1).then_some(end + 1),
        None => authority.find(':'),
    };
    let (host, port) = authority.split_at(port_at.unwrap_or(authority.len()));
    let is_port_plain = port_at.is_none()
        || port.strip_prefix(':').is_some_and(|digits| {
            let number = digits.parse::<u16>().ok().filter(|number| *number != 0);
            number.is_some_and(|number| {
                number.to_string() == digits && url.port_or_known_default() == Some(number)
            })
        });
    let is_host_plain = url.host_str().is_some_and(|known| host.eq_ignore_ascii_case(known));
    is_port_plain && is_host_plain && url.host().is_some_and(|host| is_host(&host))
}

fn is_host(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(_) => true,
        // A page's policy has no word for them; a test on this machine has to do.
        Host::Ipv6(address) => *address == std::net::Ipv6Addr::LOCALHOST,
        Host::Domain(name) => name.len() <= HOST_CHARS_MAX && name.split('.').all(is_label),
    }
}

fn is_label(label: &str) -> bool {
    let is_plain = (1..=HOST_LABEL_CHARS_MAX).contains(&label.len())
        && label
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b))
        && !label.starts_with('-')
        && !label.ends_with('-');
    is_plain && (!label.starts_with("xn--") || is_of_one_script(label))
}

/// Whether an encoded label stands for letters beyond ASCII (RUSTSEC-2024-0421),
/// and mixes none that look like Latin ones with Latin ones.
fn is_of_one_script(label: &str) -> bool {
    let decoded = url::quirks::domain_to_unicode(label);
    let is_readable = !decoded.is_empty() && !decoded.is_ascii() && !decoded.contains('\u{fffd}');
    let is_latin = |c: char| {
        c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
    };
    // Greek, Cyrillic, Armenian; Georgian; Cherokee; Coptic; Lisu.
    let looks_latin = |c: char| {
        matches!(c, '\u{370}'..='\u{58f}' | '\u{10a0}'..='\u{10ff}' | '\u{13a0}'..='\u{13ff}'
            | '\u{1c80}'..='\u{1c8f}' | '\u{1f00}'..='\u{1fff}' | '\u{2c80}'..='\u{2dff}'
            | '\u{a4d0}'..='\u{a4ff}' | '\u{a640}'..='\u{a69f}' | '\u{ab70}'..='\u{abbf}')
    };
    is_readable && !(decoded.chars().any(is_latin) && decoded.chars().any(looks_latin))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address == std::net::Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address == std::net::Ipv6Addr::LOCALHOST,
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Decodings of a path that are looked through: servers and their proxies decode
/// once each.
const DECODINGS_MAX: usize = 4;

/// Whether a server that decodes the path once more than the parser did could
/// come to another folder, or to something that is no path.
fn is_path_ambiguous(path: &str) -> bool {
    let leads_elsewhere = |segment: &[u8]| {
        // Some servers take off what follows a semicolon before they look for dots.
        let name = segment.split(|&byte| byte == b';').next().unwrap_or_default();
        matches!(name, b"." | b"..")
    };
    let mut path = path.as_bytes().to_vec();
    for _ in 0..DECODINGS_MAX {
        let is_odd = path.iter().any(|&byte| byte < b' ' || byte == 0x7f || byte == b'\\');
        if is_odd || path.split(|&byte| byte == b'/').any(leads_elsewhere) {
            return true;
        }
        let decoded = percent_decoded(&path);
        if decoded == path {
            return false;
        }
        path = decoded;
    }
    // Encoded over and over: nobody honest does it.
    true
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        let digits = tail.get(..2).filter(|_| byte == b'%');
        if let Some(&[value]) = digits.and_then(crate::hex::decode).as_deref() {
            decoded.push(value);
            rest = &tail[2..];
        } else {
            decoded.push(byte);
            rest = tail;
        }
    }
    decoded
}

/// A scheme, a host and a port, or any port of this machine: whose pages may show
/// the widget in a frame. Written `https://shop.example`, `http://localhost:*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    url: Url,
    is_any_port: bool,
}

impl Origin {
    /// Reads an origin; a `/` at its end is left out.
    ///
    /// # Errors
    /// [`TargetError`]
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let target = Target::parse(text)?;
        if matches!(target.origin.url.host(), Some(Host::Ipv6(_))) {
            return Err(TargetError::FrameHost);
        }
        if target.origin.url.path() == "/" { Ok(target.origin) } else { Err(TargetError::Path) }
    }

    /// Whether the address is of this origin.
    pub fn allows(&self, callback: &CallbackUrl) -> bool {
        let (ours, other) = (&self.url, &callback.url);
        ours.scheme() == other.scheme()
            && ours.host() == other.host()
            && (self.is_any_port || ours.port_or_known_default() == other.port_or_known_default())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let any = if self.is_any_port { ":*" } else { "" };
        write!(f, "{}{any}", self.url.origin().ascii_serialization())
    }
}

/// Why a text is no target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is no address.
    #[error(transparent)]
    Address(#[from] CallbackError),
    /// `:*` behind another host than this machine's.
    #[error("any port (:*) is allowed for 127.0.0.1, [::1] and localhost only")]
    AnyPort,
    /// A target has no query.
    #[error("a target has no query")]
    Query,
    /// The policy of a page can name no origin with an address of IPv6.
    #[error("a frame cannot be allowed to [::1]; use localhost or 127.0.0.1")]
    FrameHost,
    /// An origin has no path.
    #[error("an origin has no path")]
    Path,
}

/// A place that answers may go to: an origin and the beginning of a path, such as
/// `https://shop.example/verify/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    origin: Origin,
}

impl Target {
    /// Reads a target as an operator registers it: an address of `https`, or of
    /// `http` and this machine, there also with `:*` for any port.
    ///
    /// # Errors
    /// [`TargetError`]
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        if text.contains('?') {
            return Err(TargetError::Query);
        }
        let (address, is_any_port) = match authority(text)?.strip_suffix(":*") {
            Some(_) => (text.replacen(":*", "", 1), true),
            None => (text.to_owned(), false),
        };
        let CallbackUrl { url, written: _ } = CallbackUrl::parse(&address)?;
        if is_any_port && !is_loopback(&url) {
            return Err(TargetError::AnyPort);
        }
        Ok(Self { origin: Origin { url, is_any_port } })
    }

    /// Whether an answer may go to the address: the origins are equal, and the
    /// path is this one or lies below it.
    pub fn allows(&self, callback: &CallbackUrl) -> bool {
        let (prefix, path) = (self.origin.url.path(), callback.url.path());
        let is_below = path
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || prefix.ends_with('/') || rest.starts_with('/'));
        is_below && self.origin.allows(callback)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.origin.url.path())
    }
}
