//! Who is calling: the client's address, and whether the way to us is private (S-55, S-96).
//!
//! The TCP peer is a fact. What forwarding headers say is a wish, unless the TCP peer is a
//! configured proxy; then the entries count from the right, because each proxy appends the peer it
//! saw, and end at the first address that is not a proxy of ours.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// The headers that proxies add, each of which says that somebody else is behind the TCP peer.
static FORWARDING: [HeaderName; 5] = [
    X_FORWARDED_FOR,
    X_FORWARDED_PROTO,
    HeaderName::from_static("x-real-ip"),
    http::header::FORWARDED,
    http::header::VIA,
];

/// The caller of one request. The stack puts it into the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The client's address: the TCP peer, or what our trusted proxies report.
    pub address: IpAddr,
    /// Whether the client's connection is encrypted: TLS on our socket, or a trusted proxy says
    /// `https`.
    pub secure: bool,
    /// Whether the client itself is on this machine: the TCP peer is loopback and no header says
    /// that it forwards for somebody else.
    pub loopback: bool,
}

/// The networks whose forwarding headers count.
#[derive(Clone, Debug, Default)]
pub(super) struct TrustedProxies(Arc<[IpNet]>);

/// What is known of a connection before any request: the TCP peer and what it may tell us.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connection {
    peer: Peer,
    is_trusted: bool,
}

impl TrustedProxies {
    pub(super) fn new(networks: &[IpNet]) -> Self {
        Self(networks.into())
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// What a connection from `address` starts with; `secure` says whether it speaks TLS with us.
    pub(super) fn connection(&self, address: SocketAddr, secure: bool) -> Connection {
        // A dual-stack socket shows IPv4 peers as ::ffff:a.b.c.d.
        let address = address.ip().to_canonical();
        Connection {
            peer: Peer { address, secure, loopback: address.is_loopback() },
            is_trusted: self.contains(address),
        }
    }
}

impl Connection {
    /// Whether the TCP peer is a configured proxy.
    pub(super) fn is_trusted(&self) -> bool {
        self.is_trusted
    }

    /// The caller of the request with these headers.
    pub(super) fn peer(&self, headers: &HeaderMap, proxies: &TrustedProxies) -> Peer {
        // Most callers are neither proxies nor on this machine: for them no header matters.
        if !self.is_trusted && !self.peer.loopback {
            return self.peer;
        }
        let mut peer = self.peer;
        peer.loopback = peer.loopback && !is_forwarded(headers);
        if self.is_trusted {
            peer.secure = peer.secure || says_https(headers);
            if let Some(address) = forwarded_client(headers, proxies) {
                peer.address = address;
            }
        }
        peer
    }
}

/// Whether any header that proxies add is present. One pass, because most requests have few
/// headers.
fn is_forwarded(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| FORWARDING.contains(name))
}

/// Whether `X-Forwarded-Proto` is there and every value says `https`: an entry that the client
/// smuggled in before the proxy's own can then only make it less secure.
fn says_https(headers: &HeaderMap) -> bool {
    let mut values = headers
        .get_all(X_FORWARDED_PROTO)
        .iter()
        .flat_map(|value| value.as_bytes().split(|&b| b == b','));
    let is_https = |word: &[u8]| word.trim_ascii().eq_ignore_ascii_case(b"https");
    values.next().is_some_and(is_https) && values.all(is_https)
}

/// The rightmost address of `X-Forwarded-For` that is not a proxy of ours; the last good one when
/// the next entry is not an address, or when all are proxies.
fn forwarded_client(headers: &HeaderMap, proxies: &TrustedProxies) -> Option<IpAddr> {
    let mut client = None;
    for value in headers.get_all(X_FORWARDED_FOR).iter().rev() {
        for entry in value.as_bytes().rsplit(|&byte| byte == b',') {
            let Some(address) = parse_entry(entry) else { return client };
            client = Some(address);
            if !proxies.contains(address) {
                return client;
            }
        }
    }
    client
}

/// An address, alone or with a port as some load balancers write it.
fn parse_entry(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim();
    let address = text
        .parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn seen(tcp: &str, secure: bool, headers: &[(&'static str, &str)]) -> Peer {
        let proxies =
            TrustedProxies::new(&["10.0.0.0/8".parse().unwrap(), "127.0.0.2/32".parse().unwrap()]);
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        let address = SocketAddr::new(tcp.parse().unwrap(), 4711);
        proxies.connection(address, secure).peer(&map, &proxies)
    }

    fn peer(address: &str, secure: bool, loopback: bool) -> Peer {
        Peer { address: address.parse().unwrap(), secure, loopback }
    }

    #[test]
    fn a_stranger_can_claim_nothing() {
        let lies = [
            ("x-forwarded-for", "127.0.0.1"),
            ("x-forwarded-proto", "https"),
            ("forwarded", "for=127.0.0.1"),
        ];
        assert_eq!(seen("192.0.2.7", false, &lies), peer("192.0.2.7", false, false));
        assert_eq!(seen("192.0.2.7", true, &lies), peer("192.0.2.7", true, false));
    }

    #[test]
    fn a_proxy_reports_its_client_from_the_right() {
        for (chain, client) in [
            (&["198.51.100.1"][..], "198.51.100.1"),
            (&["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
            (&["1.1.1.1, 198.51.100.1, 10.1.1.1"], "198.51.100.1"),
            (&["1.1.1.1", "198.51.100.1", "10.1.1.1,10.1.1.2"], "198.51.100.1"),
            (&["10.9.9.9, 10.1.1.1"], "10.9.9.9"),
            (&["198.51.100.1, rubbish, 10.1.1.1"], "10.1.1.1"),
            (&["198.51.100.1, rubbish"], "10.0.0.1"),
            (&["198.51.100.1,"], "10.0.0.1"),
            (&["198.51.100.1:5060"], "198.51.100.1"),
            (&["[2001:db8::1]:5060"], "2001:db8::1"),
            (&["[2001:db8::1]"], "2001:db8::1"),
            (&["2001:db8::1"], "2001:db8::1"),
            (&["::ffff:198.51.100.1"], "198.51.100.1"),
            (&[], "10.0.0.1"),
        ] {
            let headers: Vec<_> = chain.iter().map(|entry| ("x-forwarded-for", *entry)).collect();
            assert_eq!(seen("10.0.0.1", false, &headers), peer(client, false, false), "{chain:?}");
            assert_eq!(
                seen("::ffff:10.0.0.1", false, &headers),
                peer(client, false, false),
                "{chain:?} dual stack"
            );
        }
    }

    #[test]
    fn a_proxy_says_https_only_with_one_voice() {
        for (protos, secure) in [
            (&["https"][..], true),
            (&["HTTPS"], true),
            (&["http"], false),
            (&["https, http"], false),
            (&["http, https"], false),
            (&["https", "http"], false),
            (&["https,https"], true),
            (&[""], false),
            (&[], false),
        ] {
            let mut headers: Vec<_> =
                protos.iter().map(|value| ("x-forwarded-proto", *value)).collect();
            headers.push(("x-forwarded-for", "198.51.100.1"));
            assert_eq!(
                seen("10.0.0.1", false, &headers),
                peer("198.51.100.1", secure, false),
                "{protos:?}"
            );
        }
    }

    #[test]
    fn loopback_is_only_who_forwards_for_nobody() {
        assert_eq!(seen("127.0.0.1", false, &[]), peer("127.0.0.1", false, true));
        assert_eq!(seen("::1", false, &[]), peer("::1", false, true));
        for header in ["x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-proto", "via"] {
            assert_eq!(
                seen("127.0.0.1", false, &[(header, "x")]),
                peer("127.0.0.1", false, false),
                "{header}"
            );
        }
        // A trusted local proxy: what it forwards is not loopback, even when the client is said to
        // be.
        let forwarded = [("x-forwarded-for", "127.0.0.1"), ("x-forwarded-proto", "https")];
        assert_eq!(seen("127.0.0.2", false, &forwarded), peer("127.0.0.1", true, false));
        assert_eq!(
            seen("127.0.0.2", false, &[]),
            peer("127.0.0.2", false, true),
            "its own health check"
        );
    }
}
