//! How values of an `smpp` block are written.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use delivery::smpp::KeyPin;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest host name (RFC 1035 §2.3.4).
const HOST_CHARACTERS_MAX: usize = 253;

/// Most octets of an optional parameter that is sent with every message.
const TLV_OCTETS_MAX: usize = 255;

/// A host and its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmscAddress {
    /// A name, or an IP address without brackets.
    pub host: String,
    /// From 1.
    pub port: u16,
}

impl SmscAddress {
    /// Whether it leads back to this machine.
    pub fn is_loopback(&self) -> bool {
        let is_here = |address: IpAddr| address.is_loopback();
        self.host.eq_ignore_ascii_case("localhost") || self.host.parse().is_ok_and(is_here)
    }
}

impl FromStr for SmscAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "is no address of an SMSC; write HOST:PORT, such as \"smsc.example.com:2775\" or \
                             \"[2001:db8::1]:2775\"";
        let (host, port) = text.rsplit_once(':').ok_or(WRONG)?;
        let port = port.parse::<u16>().ok().filter(|port| *port > 0).ok_or(WRONG)?;
        let in_brackets = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_host = match in_brackets {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => {
                !host.is_empty()
                    && host.len() <= HOST_CHARACTERS_MAX
                    && host
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
            }
        };
        let host = in_brackets.unwrap_or(host).to_owned();
        is_host.then_some(Self { host, port }).ok_or(WRONG)
    }
}

impl fmt::Display for SmscAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl<'de> Deserialize<'de> for SmscAddress {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        text.parse().map_err(|wrong| D::Error::custom(format!("{text:?} {wrong}")))
    }
}

/// Type and plan of an address (SMPP 3.4 §5.2.5, §5.2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TonNpiSetting {
    /// Type of number.
    pub ton: u8,
    /// Numbering plan.
    pub npi: u8,
}

impl FromStr for TonNpiSetting {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text.split_once('/');
        let numbers = numbers.and_then(|(ton, npi)| Some((ton.parse().ok()?, npi.parse().ok()?)));
        let wrong = "is no type and plan; write TON/NPI, such as \"1/1\"";
        numbers.map(|(ton, npi)| Self { ton, npi }).ok_or(wrong)
    }
}

impl<'de> Deserialize<'de> for TonNpiSetting {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        text.parse().map_err(|wrong| D::Error::custom(format!("{text:?} {wrong}")))
    }
}

impl Serialize for TonNpiSetting {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        output.collect_str(&format_args!("{}/{}", self.ton, self.npi))
    }
}

/// An optional parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorTlv {
    /// Its tag.
    pub tag: u16,
    /// Its value.
    pub octets: Vec<u8>,
}

impl FromStr for VendorTlv {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "is no optional parameter; write its tag and its octets in hexadecimal, such as \"0x1400=0102\"";
        let parts = text.split_once('=').and_then(|(tag, octets)| {
            let tag = u16::from_str_radix(tag.strip_prefix("0x")?, 16).ok()?;
            let octets = verify::hex::decode(octets.as_bytes())?;
            (octets.len() <= TLV_OCTETS_MAX).then_some(Self { tag, octets })
        });
        parts.ok_or(wrong)
    }
}

impl<'de> Deserialize<'de> for VendorTlv {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        text.parse().map_err(|wrong| D::Error::custom(format!("{text:?} {wrong}")))
    }
}

/// Keys of a peer.
pub(super) fn pins<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<KeyPin>, D::Error> {
    let parse =
        |text: String| text.parse().map_err(|wrong| D::Error::custom(format!("{text:?} {wrong}")));
    Vec::deserialize(input)?.into_iter().map(parse).collect()
}
