//! What flags hold: countries, networks, limits. Each reads itself from the text that was typed, and says what to
//! write instead.

use std::str::FromStr;

use clap::ValueEnum;
use ipnet::IpNet;
use verify::limits::SENDERS_MAX;
use verify::message::SenderId;
use verify::phone::Country;
use verify::record::NumberProfile;

use crate::config::{CreateStatus, WebhookUrl};

/// Longest address of an account's reports, in characters (`sms-api.md` 3).
const REPORT_URL_CHARS_MAX: usize = 2_000;

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

impl Switch {
    /// Whether it is on.
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

/// Sender names of an account, the default first; empty = the server's sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Senders(pub Vec<SenderId>);

impl FromStr for Senders {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "server" {
            return Ok(Self(Vec::new()));
        }
        let senders =
            text.split(',').map(|name| sender(name.trim())).collect::<Result<Vec<_>, _>>()?;
        check_senders(&senders)?;
        Ok(Self(senders))
    }
}

/// Reads one sender name.
pub(super) fn sender(text: &str) -> Result<SenderId, String> {
    SenderId::parse(text).ok_or_else(|| {
        format!(
            "{text:?} cannot be a sender; write up to 11 letters, digits, blanks, - . and _, or a number of up to 15 \
             digits"
        )
    })
}

/// Whether a list of sender names is not too long and names each once.
pub(super) fn check_senders(senders: &[SenderId]) -> Result<(), String> {
    if senders.len() > SENDERS_MAX {
        return Err(format!("{} senders are too many; give at most {SENDERS_MAX}", senders.len()));
    }
    let twice = senders.iter().enumerate().find(|(index, name)| senders[..*index].contains(name));
    match twice {
        Some((_, name)) => Err(format!("the sender {name} is there twice; give it once")),
        None => Ok(()),
    }
}

/// The country an account is at home in, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HomeCountry(pub Option<Country>);

impl FromStr for HomeCountry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(None));
        }
        let country = Country::parse(text);
        let country = country.ok_or("write the two letters of a country, such as EE, or none")?;
        Ok(Self(Some(country)))
    }
}

/// Reads a number profile.
pub(super) fn number_profile(text: &str) -> Result<NumberProfile, String> {
    NumberProfile::parse(text)
        .ok_or_else(|| "write standard, short-when-asked or legacy-short".to_owned())
}

/// The address of an account's reports, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportUrl(pub Option<String>);

impl FromStr for ReportUrl {
    type Err = String;

    /// Whether the address leads into the operator's own network is for the one who connects to say.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(None));
        }
        if text.chars().count() > REPORT_URL_CHARS_MAX {
            return Err(format!(
                "is longer than {REPORT_URL_CHARS_MAX} characters; give a shorter one"
            ));
        }
        let is_address = text.parse::<WebhookUrl>().is_ok();
        is_address.then(|| Self(Some(text.to_owned()))).ok_or_else(|| {
            "write an address such as https://shop.example/reports, without credentials in it, or none"
                .to_owned()
        })
    }
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
    /// Messages in an hour (`limits.account_sms_per_hour`).
    SmsPerHour,
    /// Messages in 24 hours (`limits.account_sms_per_day`).
    SmsPerDay,
    /// Messages to each foreign country in 24 hours (`limits.country_sms_per_day`).
    CountrySmsPerDay,
}

impl FromStr for AccountLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, messages) =
            text.split_once('=').ok_or("write NAME=N, such as sms_per_day=50000")?;
        let name = match name {
            "sms_per_second" => AccountLimitName::SmsPerSecond,
            "sms_per_hour" => AccountLimitName::SmsPerHour,
            "sms_per_day" => AccountLimitName::SmsPerDay,
            "country_sms_per_day" => AccountLimitName::CountrySmsPerDay,
            _ => {
                return Err(format!(
                    "{name:?} is not a limit; write sms_per_second, sms_per_hour, sms_per_day or country_sms_per_day"
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
