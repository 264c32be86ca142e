//! The push services that are known.
//!
//! A browser gives its app an address at the push service of its maker. There
//! are few of those, so the server needs to call nobody else, and whoever makes
//! up an address makes it call one of them at worst (security rule S-40).

use std::fmt;
use std::str::FromStr;

use ipnet::IpNet;

use crate::limits::{HOST_CHARS_MAX, HOST_LABEL_CHARS_MAX};
use crate::outbound::{Target, TargetPolicy};

/// The port of HTTPS, and of an entry that names no other.
const HTTPS: u16 = 443;

/// The push services of the browsers in use: Chromium and its kin, Firefox,
/// Edge, Safari.
pub const KNOWN: [&str; 6] = [
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.push.services.mozilla.com",
    "*.notify.windows.com",
    "web.push.apple.com",
    "*.push.apple.com",
];

/// One entry of the list: a name, or `*.` and the end of names, and perhaps a
/// port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushHost {
    /// Whether names below this one are meant, and not the name itself.
    is_parent: bool,
    /// In lower case.
    name: String,
    port: u16,
}

/// The text is no entry of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "is no host of a push service; write a name such as \"fcm.googleapis.com\", or \"*.push.apple.com\" for all names below \
     one of at least two parts, with \":PORT\" where it is not 443"
)]
pub struct NoPushHost;

impl PushHost {
    fn admits(&self, name: &str, port: u16) -> bool {
        let is_meant = match name.strip_suffix(self.name.as_str()) {
            None => false,
            Some(front) if self.is_parent => front.len() > 1 && front.ends_with('.'),
            Some(front) => front.is_empty(),
        };
        is_meant && port == self.port
    }
}

impl FromStr for PushHost {
    type Err = NoPushHost;

    fn from_str(text: &str) -> Result<Self, NoPushHost> {
        let (host, port) = match text.split_once(':') {
            None => (text, HTTPS),
            Some((host, port)) => {
                let is_plain = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
                let port = if is_plain { port.parse().ok() } else { None };
                (host, port.filter(|port| *port != 0).ok_or(NoPushHost)?)
            }
        };
        let (is_parent, name) = match host.strip_prefix("*.") {
            None => (false, host),
            Some(parent) => (true, parent),
        };
        let is_label = |label: &str| {
            let is_in_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            (1..=HOST_LABEL_CHARS_MAX).contains(&label.len()) && label.bytes().all(is_in_label)
        };
        // A last part of digits would be an address.
        let is_name = name.len() <= HOST_CHARS_MAX
            && name.split('.').all(is_label)
            && !name
                .rsplit('.')
                .next()
                .is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
        if !is_name || is_parent && !name.contains('.') {
            return Err(NoPushHost);
        }
        Ok(Self { is_parent, name: name.to_ascii_lowercase(), port })
    }
}

impl fmt::Display for PushHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (star, name) = (if self.is_parent { "*." } else { "" }, &self.name);
        match self.port {
            HTTPS => write!(f, "{star}{name}"),
            port => write!(f, "{star}{name}:{port}"),
        }
    }
}

/// The known push services, and what of the guard the operator has opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushServices {
    hosts: Vec<PushHost>,
    policy: TargetPolicy,
}

impl PushServices {
    /// These services. A name that leads into one of the networks is called
    /// although its address is not public: for a push service of one's own, and
    /// for tests.
    pub fn new(hosts: Vec<PushHost>, allow_private: Vec<IpNet>) -> Self {
        let mut ports: Vec<u16> = hosts.iter().map(|host| host.port).collect();
        ports.sort_unstable();
        ports.dedup();
        Self { hosts, policy: TargetPolicy { allow_http: false, ports, allow_private } }
    }

    /// The list.
    pub fn hosts(&self) -> &[PushHost] {
        &self.hosts
    }

    /// What may be called, for the guarded client.
    pub fn policy(&self) -> &TargetPolicy {
        &self.policy
    }

    /// Whether an address is at one of them.
    pub fn admit(&self, target: &Target) -> bool {
        let is_listed = |name: &str| self.hosts.iter().any(|host| host.admits(name, target.port()));
        target.is_https() && target.host_name().is_some_and(is_listed)
    }
}

impl Default for PushServices {
    /// The services of [`KNOWN`], and no address that is not public.
    fn default() -> Self {
        let known = KNOWN.iter().filter_map(|host| host.parse().ok());
        Self::new(known.collect(), Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_names_or_ends_of_names() {
        for text in KNOWN.iter().chain(&["localhost:8443", "*.push.example:1", "a-1.example"]) {
            assert_eq!(text.parse::<PushHost>().unwrap().to_string(), *text);
        }
        assert_eq!("FCM.GoogleApis.com:443".parse::<PushHost>().unwrap().to_string(), KNOWN[0]);
        for text in [
            "",
            "*",
            "*.",
            "*.com",
            "**.push.example",
            "a.*.example",
            "push.*",
            ".example",
            "a..b",
            "a.",
            "*.a.",
            "https://push.example",
            "push.example/",
            "push.example:",
            "push.example:0",
            "push.example:+1",
            "push.example:65536",
            "push.example:1:2",
            "u@push.example",
            "127.0.0.1",
            "*.0.0.1",
            "1",
            "[::1]",
            "::1",
            "bücher.example",
            "a b",
            "a_b.example",
            "a%2eb",
        ] {
            assert_eq!(text.parse::<PushHost>(), Err(NoPushHost), "{text}");
        }
        let label = "x".repeat(HOST_LABEL_CHARS_MAX);
        let long = [label.as_str(); 4].join(".");
        assert!(label.parse::<PushHost>().is_ok() && long.parse::<PushHost>().is_err());
        assert!(format!("{label}x").parse::<PushHost>().is_err());
    }

    #[test]
    fn all_known_services_are_on_the_list() {
        assert_eq!(PushServices::default().hosts.len(), KNOWN.len());
        assert_eq!(PushServices::default().policy().ports, [443]);
    }
}
