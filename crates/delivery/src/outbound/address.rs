//! Which addresses belong to the public internet.
//!
//! A name that an integrator gives may lead anywhere: to the machine itself,
//! to the metadata service of a cloud, to a database beside us. Only addresses
//! of global unicast are called (security rule S-83). The tables follow the
//! IANA registries of special-purpose addresses (RFC 6890); ranges that carry
//! an IPv4 address inside an IPv6 one (mapped, NAT64, 6to4, Teredo) are out as
//! a whole, since the inner address would need a check of its own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// A range that is not called, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range<N> {
    /// Its addresses.
    pub net: N,
    /// What it is for, with the RFC that says so.
    pub name: &'static str,
}

const fn v4(octets: [u8; 4], prefix_bits: u8, name: &'static str) -> Range<Ipv4Net> {
    Range { net: Ipv4Net::new_assert(Ipv4Addr::from_octets(octets), prefix_bits), name }
}

const fn v6(segments: [u16; 8], prefix_bits: u8, name: &'static str) -> Range<Ipv6Net> {
    Range { net: Ipv6Net::new_assert(Ipv6Addr::from_segments(segments), prefix_bits), name }
}

/// The ranges of IPv4 that are not called.
pub const FORBIDDEN_V4: [Range<Ipv4Net>; 15] = [
    v4([0, 0, 0, 0], 8, "this network (RFC 791)"),
    v4([10, 0, 0, 0], 8, "private (RFC 1918)"),
    v4([100, 64, 0, 0], 10, "shared by carriers (RFC 6598)"),
    v4([127, 0, 0, 0], 8, "loopback (RFC 1122)"),
    v4([169, 254, 0, 0], 16, "link-local, metadata of clouds (RFC 3927)"),
    v4([172, 16, 0, 0], 12, "private (RFC 1918)"),
    v4([192, 0, 0, 0], 24, "protocol assignments (RFC 6890)"),
    v4([192, 0, 2, 0], 24, "documentation (RFC 5737)"),
    v4([192, 88, 99, 0], 24, "relays of 6to4 (RFC 7526)"),
    v4([192, 168, 0, 0], 16, "private (RFC 1918)"),
    v4([198, 18, 0, 0], 15, "benchmarks (RFC 2544)"),
    v4([198, 51, 100, 0], 24, "documentation (RFC 5737)"),
    v4([203, 0, 113, 0], 24, "documentation (RFC 5737)"),
    v4([224, 0, 0, 0], 4, "multicast (RFC 1112)"),
    v4([240, 0, 0, 0], 4, "reserved, and broadcast (RFC 1112, RFC 919)"),
];

/// The ranges of IPv6 that are not called. Those outside of `2000::/3` are out
/// without a row as well; they have one for its name.
pub const FORBIDDEN_V6: [Range<Ipv6Net>; 15] = [
    v6([0, 0, 0, 0, 0, 0, 0, 0], 128, "unspecified (RFC 4291)"),
    v6([0, 0, 0, 0, 0, 0, 0, 1], 128, "loopback (RFC 4291)"),
    v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96, "IPv4-mapped (RFC 4291)"),
    v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, "NAT64 (RFC 6052)"),
    v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, "local NAT64 (RFC 8215)"),
    v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64, "discard (RFC 6666)"),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, "protocol assignments, Teredo, ORCHID (RFC 2928)"),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, "documentation (RFC 3849)"),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, "6to4 (RFC 3056)"),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, "documentation (RFC 9637)"),
    v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16, "segment routing (RFC 9602)"),
    v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, "unique local (RFC 4193)"),
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, "link-local (RFC 4291)"),
    v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, "site-local (RFC 3879)"),
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, "multicast (RFC 4291)"),
];

/// All that IANA hands out as global unicast (RFC 4291 §2.4, RFC 3587).
const GLOBAL_V6: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Whether an address belongs to the public internet and to one machine.
///
/// ```
/// use std::net::IpAddr;
/// use ringproof_delivery::outbound::address::is_global_unicast;
///
/// let is_global = |text: &str| is_global_unicast(text.parse::<IpAddr>().unwrap());
/// assert!(is_global("8.8.8.8") && is_global("2606:4700::1111"));
/// assert!(!is_global("169.254.169.254") && !is_global("::ffff:8.8.8.8"));
/// ```
pub fn is_global_unicast(address: IpAddr) -> bool {
    forbidden_range(address).is_none()
}

/// The name of the range that keeps an address from being called; `None` for
/// one that may be called.
pub fn forbidden_range(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => {
            let row = FORBIDDEN_V4.iter().find(|range| range.net.contains(&address));
            row.map(|range| range.name)
        }
        IpAddr::V6(address) => {
            let row = FORBIDDEN_V6.iter().find(|range| range.net.contains(&address));
            let is_outside = !GLOBAL_V6.contains(&address);
            row.map(|range| range.name)
                .or(is_outside.then_some("outside of global unicast (RFC 4291)"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_global(text: &str) -> bool {
        is_global_unicast(text.parse().unwrap())
    }

    #[test]
    fn each_range_ends_where_its_neighbours_begin() {
        // The last address before, the first and the last inside, the first after.
        for [before, first, last, after] in [
            ["", "0.0.0.0", "0.255.255.255", "1.0.0.0"],
            ["9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"],
            ["100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"],
            ["126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"],
            ["169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"],
            ["172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"],
            ["191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"],
            ["192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"],
            ["192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"],
            ["192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"],
            ["198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"],
            ["198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"],
            ["203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"],
            ["223.255.255.255", "224.0.0.0", "255.255.255.255", ""],
            ["", "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""],
            ["", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"],
            [
                "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:db8::",
                "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:db9::",
            ],
            [
                "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "2002::",
                "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "2003::",
            ],
            [
                "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "3fff::",
                "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
                "3fff:1000::",
            ],
            [
                "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "4000::",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "",
            ],
        ] {
            for outside in [before, after].into_iter().filter(|text| !text.is_empty()) {
                assert!(is_global(outside), "{outside} is public");
            }
            for inside in [first, last] {
                assert!(!is_global(inside), "{inside} is not public");
            }
        }
    }

    #[test]
    fn each_row_is_out_by_its_own_name() {
        for range in FORBIDDEN_V4 {
            assert_eq!(forbidden_range(range.net.network().into()), Some(range.name));
            assert_eq!(forbidden_range(range.net.broadcast().into()), Some(range.name));
        }
        for range in FORBIDDEN_V6 {
            assert_eq!(forbidden_range(range.net.network().into()), Some(range.name));
            assert_eq!(forbidden_range(range.net.broadcast().into()), Some(range.name));
        }
        let nameless = "4000::1".parse().unwrap();
        assert_eq!(forbidden_range(nameless), Some("outside of global unicast (RFC 4291)"));
    }

    #[test]
    fn an_inner_public_address_does_not_open_the_outer_one() {
        for text in ["::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"] {
            assert!(!is_global(text), "{text}");
        }
    }
}
