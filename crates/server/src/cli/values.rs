//! What flags hold: countries, networks, limits. Each reads itself from the text that was typed, and says what to
//! write instead.

use std::str::FromStr;

use clap::ValueEnum;
use ipnet::IpNet;

use crate::config::CreateStatus;

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// Status of an account's creating answers, or the server's setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountCreateStatus {
    /// As the server is configured.
    Server,
    /// Its own.
    Own(CreateStatus),
}

impl FromStr for AccountCreateStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "server" {
            return Ok(Self::Server);
        }
        let own = CreateStatus::from_str(text, false);
        own.map(Self::Own).map_err(|_| "write auto, 200, 201 or server".to_owned())
    }
}

/// Countries an account may send to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Countries {
    /// Every country.
    All,
    /// These, as two upper-case letters (ISO 3166-1), each once, in the order they were given. Whether a country
    /// exists is for the rules to say, which know the numbering plans.
    Only(Vec<String>),
}

impl FromStr for Countries {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("all") {
            return Ok(Self::All);
        }
        let mut codes: Vec<String> = Vec::new();
        for code in text.split(',').map(|code| code.trim().to_ascii_uppercase()) {
            if code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
                return Err(format!(
                    "{code:?} is not a country; write two letters each, such as EE,FI, or all"
                ));
            }
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        Ok(Self::Only(codes))
    }
}

/// Networks an account may call from; empty = any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Networks(pub Vec<IpNet>);

impl FromStr for Networks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "any" {
            return Ok(Self(Vec::new()));
        }
        text.split(',').map(|part| network(part.trim())).collect::<Result<_, _>>().map(Self)
    }
}

pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let network =
        text.parse::<IpNet>().or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from));
    let network =
        network.map_err(|_| "write an IP address or a network such as 10.0.0.0/8".to_owned())?;
    Ok(network.trunc())
}

/// A limit an account can have of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountLimit {
    /// Which limit.
    pub name: AccountLimitName,
    /// Messages; none = as the server.
    pub messages: Option<u32>,
}

/// Which limit of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountLimitName {
    /// Messages in a second (`limits.account_sms_per_second`).
    SmsPerSecond,
    /// Messages in 24 hours (`limits.account_sms_per_day`).
    SmsPerDay,
}

impl FromStr for AccountLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, messages) =
            text.split_once('=').ok_or("write NAME=N, such as sms_per_day=50000")?;
        let name = match name {
            "sms_per_second" => AccountLimitName::SmsPerSecond,
            "sms_per_day" => AccountLimitName::SmsPerDay,
            _ => {
                return Err(format!(
                    "{name:?} is not a limit; write sms_per_second or sms_per_day"
                ));
            }
        };
        let messages = match messages {
            "server" => None,
            number => Some(number.parse().ok().filter(|number| (1..=1_000_000_000).contains(number)).ok_or_else(
                || format!("{number:?} is not allowed; write 1 to 1000000000, or server for the server's limit"),
            )?),
        };
        Ok(Self { name, messages })
    }
}
