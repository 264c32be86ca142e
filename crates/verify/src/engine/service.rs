//! Services (V1–V3).

use super::{Change, Decision, Keys, Snapshot};
use crate::Timestamp;
use crate::entropy::Entropy;
use crate::ids::{AccountId, ServiceId};
use crate::limits::{
    HOST_CHARS_MAX, HOST_LABEL_CHARS_MAX, HOST_TEXT_CHARS_MAX, SERVICE_NAME_CHARS_MAX,
};
use crate::record::Service;

/// The name of a service: trimmed, 1–100 characters, no control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceName(String);

impl ServiceName {
    /// Reads a name; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let chars = text.chars().count();
        let fits = (1..=SERVICE_NAME_CHARS_MAX).contains(&chars);
        (fits && !text.chars().any(char::is_control)).then(|| Self(text.to_owned()))
    }
}

/// The host of a service, read from a domain name or from a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceHost {
    host: String,
    text: String,
}

impl ServiceHost {
    /// Reads `shop.example`, `https://user@shop.example:8443/path`, an IP
    /// address or `localhost`; `None` if no host remains
    /// (`verigator-api.md` 5.4).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > HOST_TEXT_CHARS_MAX || text.chars().any(char::is_control) {
            return None;
        }
        let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
        let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        let host = without_port(rest)?.to_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host).to_owned();
        is_host(&host).then(|| Self { host, text: text.to_owned() })
    }

    /// The host alone, lower case.
    pub fn host(&self) -> &str {
        &self.host
    }
}

fn without_port(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return (is_port && address.parse::<std::net::Ipv6Addr>().is_ok()).then_some(address);
    }
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return Some(text);
    }
    match text.split_once(':') {
        None => Some(text),
        Some((host, port)) => is_port(port).then_some(host),
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

fn is_host(host: &str) -> bool {
    if host.parse::<std::net::IpAddr>().is_ok() {
        return true;
    }
    let is_label = |label: &str| {
        (1..=HOST_LABEL_CHARS_MAX).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    (1..=HOST_CHARS_MAX).contains(&host.len()) && host.split('.').all(is_label)
}

/// Records that [`create`] needs.
pub fn create_keys(account: AccountId, name: &ServiceName) -> Keys {
    Keys { service_name: Some((account, name.0.clone())), ..Keys::default() }
}

/// Answer of [`create`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateOutcome {
    /// The service is there.
    Created(Box<Service>),
    /// The account has a service of this name.
    NameTaken,
}

/// Makes a service, unless the account has one of this name (V1, C-19).
pub fn create(
    snapshot: &Snapshot,
    account: AccountId,
    name: &ServiceName,
    host: &ServiceHost,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Decision<CreateOutcome> {
    if snapshot.service_named.is_some() {
        return Decision::unchanged(CreateOutcome::NameTaken);
    }
    let service = Box::new(Service {
        id: ServiceId::random(entropy),
        account,
        name: name.0.clone(),
        host: host.host.clone(),
        host_text: host.text.clone(),
        created_at: now,
    });
    Decision::with(vec![Change::InsertService(service.clone())], CreateOutcome::Created(service))
}

/// Records that [`delete`] needs.
pub fn delete_keys(account: AccountId, service: ServiceId) -> Keys {
    Keys { service: Some((account, service)), has_users: Some(service), ..Keys::default() }
}

/// Answer of [`delete`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteOutcome {
    /// It is gone.
    Deleted,
    /// The account has no such service.
    ServiceNotFound,
    /// It has users; they must be removed first.
    NotEmpty,
}

/// Removes a service that has no users (V3).
pub fn delete(snapshot: &Snapshot) -> Decision<DeleteOutcome> {
    match &snapshot.service {
        None => Decision::unchanged(DeleteOutcome::ServiceNotFound),
        Some(_) if snapshot.has_users => Decision::unchanged(DeleteOutcome::NotEmpty),
        Some(service) => {
            Decision::with(vec![Change::DeleteService(service.id)], DeleteOutcome::Deleted)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_from_names_and_urls() {
        for (text, host) in [
            ("shop.example", "shop.example"),
            (" Login.Shop.Example. ", "login.shop.example"),
            ("http://example.com", "example.com"),
            ("https://shop.example:8443", "shop.example"),
            ("https://user:pw@shop.example:8443/a?b#c", "shop.example"),
            ("localhost", "localhost"),
            ("localhost:3000", "localhost"),
            ("192.0.2.7", "192.0.2.7"),
            ("http://[2001:db8::1]:80/", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("köök.example", "köök.example"),
        ] {
            assert_eq!(ServiceHost::parse(text).map(|h| h.host), Some(host.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_names_no_host_is_refused() {
        for text in [
            "",
            " ",
            "not a host",
            "http://",
            "https:///path",
            "a..b",
            "-a.example",
            "a-.example",
            "shop.example:port",
            "shop.example:99999",
            "[::1",
            "[zz]",
            "a\u{7}b",
            ".",
            "shop,example",
            "shop.example:+80",
        ] {
            assert_eq!(ServiceHost::parse(text), None, "{text}");
        }
        let label = "a".repeat(63);
        assert!(ServiceHost::parse(&label).is_some());
        assert!(ServiceHost::parse(&format!("{label}a")).is_none());
        let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        assert_eq!(longest.len(), 253);
        assert!(ServiceHost::parse(&longest).is_some());
        assert!(ServiceHost::parse(&format!("{longest}a")).is_none());
    }

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(ServiceName::parse("  Köök ☕ ").unwrap().0, "Köök ☕");
        assert!(ServiceName::parse("   ").is_none());
        assert!(ServiceName::parse("a\nb").is_none());
        assert!(ServiceName::parse(&"ö".repeat(100)).is_some());
        assert!(ServiceName::parse(&"ö".repeat(101)).is_none());
    }
}
