//! How values are written: seconds, addresses, networks, and an empty text for "none". Messages name what is
//! allowed, since they reach the operator as they stand.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use verify::message::SenderId;

use super::problem::Report;

pub(super) fn seconds<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
    u64::deserialize(input).map(Duration::from_secs)
}

pub(super) fn seconds_list<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<Duration>, D::Error> {
    let list = Vec::<u64>::deserialize(input)?;
    Ok(list.into_iter().map(Duration::from_secs).collect())
}

pub(super) fn address<'de, D: Deserializer<'de>>(input: D) -> Result<SocketAddr, D::Error> {
    parse_address(&String::deserialize(input)?).map_err(D::Error::custom)
}

pub(super) fn optional_address<'de, D: Deserializer<'de>>(
    input: D,
) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(input)?;
    if text.is_empty() {
        Ok(None)
    } else {
        parse_address(&text).map(Some).map_err(D::Error::custom)
    }
}

pub(super) fn optional_path<'de, D: Deserializer<'de>>(
    input: D,
) -> Result<Option<PathBuf>, D::Error> {
    let text = String::deserialize(input)?;
    Ok((!text.is_empty()).then(|| PathBuf::from(text)))
}

pub(super) fn optional_text<'de, D: Deserializer<'de>>(
    input: D,
) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(input)?;
    Ok((!text.is_empty()).then_some(text))
}

pub(super) fn networks<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<IpNet>, D::Error> {
    let list = Vec::<String>::deserialize(input)?;
    list.iter().map(|text| parse_network(text).map_err(D::Error::custom)).collect()
}

/// Senders, as SMS can show them.
pub(super) fn senders<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<SenderId>, D::Error> {
    let list = Vec::<String>::deserialize(input)?;
    let parse = |text: &String| {
        SenderId::parse(text).ok_or_else(|| {
            D::Error::custom(format!(
                "{text:?} cannot be a sender; write up to 11 letters, digits, blanks, - . and _, or a number of up to \
                 15 digits"
            ))
        })
    };
    list.iter().map(parse).collect()
}

/// Says under `key` when `path` is not a file this process can open.
pub(super) fn check_readable(key: &str, path: &Path, report: &mut Report) {
    match std::fs::File::open(path).and_then(|file| file.metadata()) {
        Ok(about) if about.is_file() => {}
        Ok(_) => report.add(key, format!("{} is not a file", path.display())),
        Err(cause) => report.add(key, format!("could not open {}: {cause}", path.display())),
    }
}

fn parse_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!(
            "{text:?} is not an address; write IP:PORT, such as \"127.0.0.1:8080\" or \"[::]:8080\""
        )
    })
}

fn parse_network(text: &str) -> Result<IpNet, String> {
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let network = network.map_err(|_| {
        format!(
            "{text:?} is not a network; write an IP address or a prefix, such as \"10.0.0.0/8\""
        )
    })?;
    Ok(network.trunc())
}
