//! What is kept of the traffic of a service in a part of the world, so that the
//! guard against pumped traffic ([`crate::traffic`]) knows after a start what it
//! knew before, and so that the servers of a cluster hold the same areas.

use std::fmt;
use std::str::FromStr;

use crate::Timestamp;
use crate::ids::{AccountId, ServiceId};
use crate::phone::{Country, PhoneNumber};
use crate::routing::Prefix;

/// Digits at the end of a number that tell neighbours of one block apart (D-32).
const BLOCK_DIGITS: usize = 3;

/// A part of all numbers (`delivery.md` 10), from large to small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Area {
    /// A country; in [`Display`](fmt::Display) as `EE`.
    Country(Country),
    /// An operator prefix, as `+3725123`.
    Prefix(Prefix),
    /// A block of a thousand numbers, as `+37251234xxx`.
    Block(Block),
}

/// The numbers that differ in their last three digits only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Block(u64);

impl Block {
    /// The block of a number.
    pub fn of(number: &PhoneNumber) -> Self {
        let digits = number.as_e164().bytes().skip(1);
        let kept = digits.len().saturating_sub(BLOCK_DIGITS);
        Self(digits.take(kept).fold(0, |value, digit| value * 10 + u64::from(digit - b'0')))
    }
}

impl Area {
    /// The areas of a number of this country, the largest first; without a country for
    /// a number whose calling code is of none.
    pub fn of(country: Option<Country>, number: &PhoneNumber) -> impl Iterator<Item = Self> {
        let country = country.map(Self::Country);
        let smaller = [Self::Prefix(Prefix::of(number)), Self::Block(Block::of(number))];
        country.into_iter().chain(smaller)
    }
}

impl Area {
    /// What kind of area it is, for metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Country(_) => "country",
            Self::Prefix(_) => "prefix",
            Self::Block(_) => "block",
        }
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Country(country) => write!(f, "{country}"),
            Self::Prefix(prefix) => write!(f, "{prefix}"),
            Self::Block(Block(digits)) => write!(f, "+{digits}xxx"),
        }
    }
}

/// A text that names no area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no country (EE), operator prefix (+3725123) or block of numbers (+37251234xxx)")]
pub struct AreaError;

impl FromStr for Area {
    type Err = AreaError;

    fn from_str(text: &str) -> Result<Self, AreaError> {
        let Some(rest) = text.strip_prefix('+') else {
            return Country::parse(text).map(Self::Country).ok_or(AreaError);
        };
        if let Some(digits) = rest.strip_suffix("xxx") {
            return number(digits).map(|digits| Self::Block(Block(digits)));
        }
        let digits = u32::try_from(number(rest)?).map_err(|_| AreaError)?;
        Ok(Self::Prefix(Prefix::from_digits(digits)))
    }
}

fn number(digits: &str) -> Result<u64, AreaError> {
    // No calling code begins with a zero, and so an area has one text.
    let is_number = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    let is_number = is_number && !digits.is_empty();
    if is_number { digits.parse().map_err(|_| AreaError) } else { Err(AreaError) }
}

/// What the guard does with an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Few messages at a time, and a page asks for a proof of work first.
    Challenge,
    /// Nothing is sent.
    Closed,
}

impl Stage {
    /// The name in the store, logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Challenge => "challenge",
            Self::Closed => "closed",
        }
    }
}

impl FromStr for Stage {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Challenge, Self::Closed].into_iter().find(|s| s.as_str() == text).ok_or(())
    }
}

/// The rule of the guard that refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TrafficRule {
    /// Too many messages whose codes are not entered yet (G-1).
    InFlight,
    /// Codes are not entered as elsewhere (G-2).
    Evidence,
    /// Neighbouring numbers in a short time (G-3, D-32).
    Neighbours,
    /// Messages to one block (D-32).
    Block,
    /// Hardly any code of a country is entered (D-33).
    Completion,
    /// Many more messages than usual, and few of their codes are entered (G-4).
    Jump,
}

impl TrafficRule {
    const ALL: [Self; 6] = [
        Self::InFlight,
        Self::Evidence,
        Self::Neighbours,
        Self::Block,
        Self::Completion,
        Self::Jump,
    ];

    /// The name in the store, logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InFlight => "in_flight",
            Self::Evidence => "evidence",
            Self::Neighbours => "neighbours",
            Self::Block => "block",
            Self::Completion => "completion",
            Self::Jump => "jump",
        }
    }
}

impl FromStr for TrafficRule {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == text).ok_or(())
    }
}

/// An area that the guard holds, with the figures that made it do so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficHold {
    /// What it does.
    pub stage: Stage,
    /// By which rule.
    pub rule: TrafficRule,
    /// Since when.
    pub since: Timestamp,
    /// Until when, by itself.
    pub until: Timestamp,
    /// How often in a row the area was closed; each time is twice as long.
    pub times: u32,
    /// Messages that were looked at.
    pub sent: u32,
    /// How many of their codes were entered.
    pub entered: u32,
    /// What share was expected, in thousandths.
    pub base_permille: u32,
}

/// Messages of a day that were counted for the expected share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayTraffic {
    /// Days since 1970-01-01 UTC.
    pub day: i64,
    /// Messages whose end is known.
    pub sent: u32,
    /// Those of them whose code was entered.
    pub entered: u32,
}

/// The most codes that were entered within one maturity time of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourPeak {
    /// Hours since 1970-01-01 UTC.
    pub hour: i64,
    /// Codes.
    pub entered: u32,
}

/// What a server knows of the traffic of a service in an area. One row for each
/// (service, area, server).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficArea {
    /// Whose service it is.
    pub account: AccountId,
    /// The service.
    pub service: ServiceId,
    /// The part of all numbers.
    pub area: Area,
    /// The server that knows it; empty where only one works with the database.
    pub node: String,
    /// The last 30 days, oldest first; of countries only.
    pub days: Vec<DayTraffic>,
    /// The last seven days, oldest first; hours without a code are left out.
    pub hours: Vec<HourPeak>,
    /// The last hold, also when it is over: the next one is longer.
    pub hold: Option<TrafficHold>,
    /// Starts that were refused since `hold` began.
    pub refused: u32,
    /// When the server wrote it.
    pub updated_at: Timestamp,
    /// When the operator released the area last. Only
    /// [`Change::ReleaseTraffic`](crate::engine::Change::ReleaseTraffic) writes it.
    pub released_at: Option<Timestamp>,
}
