//! What a peer's codes mean: data, not code (`delivery.md` 6.2, 6.4).
//!
//! The table of the program stands in `status.toml`; an operator's file
//! replaces single rows of it.

use std::collections::HashMap;

use serde::Deserialize;
use smpp::session::Ended;
use verify::engine::outbox::Refusal;
use verify::record::Cause;

use super::SmppError;
use crate::limits::CODE_CHARS_MAX;

const SHIPPED: &str = include_str!("status.toml");

/// The row for codes that have none.
const OTHER: &str = "other";

/// What to do about a status that answers a submit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StatusClass {
    /// Slow down; the message waits here.
    Throttled,
    /// The message waits elsewhere.
    ThrottledDestination,
    /// The session has to be bound anew.
    Rebind,
    /// Once more with the next sender of the gateway.
    Sender,
    /// Once more in another alphabet.
    Encoding,
    /// Once more with parts linked otherwise.
    Linking,
    /// Once more without a validity.
    Validity,
    /// Once more without optional parameters.
    Optional,
    /// The message goes back with this.
    Refused(Refusal),
}

impl StatusClass {
    const NAMED: [(&'static str, Self); 8] = [
        ("throttled", Self::Throttled),
        ("throttled_destination", Self::ThrottledDestination),
        ("rebind", Self::Rebind),
        ("sender", Self::Sender),
        ("encoding", Self::Encoding),
        ("linking", Self::Linking),
        ("validity", Self::Validity),
        ("optional", Self::Optional),
    ];

    /// The word in the table and in metrics.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.as_str(),
            Self::Throttled
            | Self::ThrottledDestination
            | Self::Rebind
            | Self::Sender
            | Self::Encoding
            | Self::Linking
            | Self::Validity
            | Self::Optional => {
                let named = Self::NAMED.into_iter().find(|(_, class)| *class == self);
                named.map_or("", |(name, _)| name)
            }
        }
    }

    fn parse(word: &str) -> Option<Self> {
        let named = Self::NAMED.into_iter().find(|(name, _)| *name == word);
        // A status is an answer, so it leaves nothing in doubt.
        let refused = || Refusal::parse(word).filter(|refusal| *refusal != Refusal::InDoubt);
        named.map(|(_, class)| class).or_else(|| refused().map(Self::Refused))
    }
}

/// The tables of one gateway.
#[derive(Debug)]
pub(super) struct Codes {
    submit: Table<u32, StatusClass>,
    bind: Table<u32, Ended>,
    gsm: Table<u16, Cause>,
    err: HashMap<String, Cause>,
}

#[derive(Debug)]
struct Table<K, V> {
    rows: HashMap<K, V>,
    other: V,
}

impl<K: std::hash::Hash + Eq, V: Copy> Table<K, V> {
    fn get(&self, key: &K) -> V {
        self.rows.get(key).copied().unwrap_or(self.other)
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    submit: HashMap<String, String>,
    bind: HashMap<String, String>,
    gsm: HashMap<String, String>,
    err: HashMap<String, String>,
}

impl Codes {
    /// Reads the table of the program, with the rows of `overrides` over it.
    pub(super) fn read(overrides: Option<&str>) -> Result<Self, SmppError> {
        let parse = |text| toml::from_str::<File>(text);
        let unreadable = |error: toml::de::Error| SmppError::Codes(error.message().to_owned());
        let mut file = parse(SHIPPED).map_err(unreadable)?;
        let over = overrides.map_or(Ok(File::default()), parse).map_err(unreadable)?;
        file.submit.extend(over.submit);
        file.bind.extend(over.bind);
        file.gsm.extend(over.gsm);
        file.err.extend(over.err);
        let err = file.err.iter().map(|(code, word)| {
            let cause = Cause::parse(word).ok_or_else(|| unknown("err", code, word))?;
            Ok((plain(code).to_owned(), cause))
        });
        Ok(Self {
            submit: table("submit", &file.submit, number, StatusClass::parse)?,
            bind: table("bind", &file.bind, number, parse_bind)?,
            gsm: table("gsm", &file.gsm, |code| number(code)?.try_into().ok(), Cause::parse)?,
            err: err.collect::<Result<_, SmppError>>()?,
        })
    }

    /// What to do about a status that answers a submit.
    pub(super) fn submit(&self, status: u32) -> StatusClass {
        self.submit.get(&status)
    }

    /// What a refused bind means for the next one.
    pub(super) fn bind(&self, status: u32) -> Ended {
        self.bind.get(&status)
    }

    /// The cause of an error code of a GSM network.
    pub(super) fn gsm(&self, code: u16) -> Cause {
        self.gsm.get(&code)
    }

    /// The cause of a peer's own code, if the table has it.
    pub(super) fn err(&self, code: &str) -> Option<Cause> {
        self.err.get(plain(code)).copied()
    }
}

fn table<K: std::hash::Hash + Eq, V>(
    name: &'static str,
    rows: &HashMap<String, String>,
    key: impl Fn(&str) -> Option<K>,
    value: impl Fn(&str) -> Option<V>,
) -> Result<Table<K, V>, SmppError> {
    let mut read = HashMap::with_capacity(rows.len());
    let mut other = None;
    for (code, word) in rows {
        let value = value(word).ok_or_else(|| unknown(name, code, word))?;
        if code == OTHER {
            other = Some(value);
        } else {
            read.insert(key(code).ok_or_else(|| unknown(name, code, word))?, value);
        }
    }
    let other = other.ok_or_else(|| unknown(name, OTHER, ""))?;
    Ok(Table { rows: read, other })
}

fn unknown(table: &str, code: &str, word: &str) -> SmppError {
    SmppError::Codes(format!("[{table}] {code} = \"{word}\" has no meaning"))
}

/// A decimal number, or a hexadecimal one that begins with `0x`.
fn number(code: &str) -> Option<u32> {
    match code.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => code.parse().ok(),
    }
}

fn parse_bind(word: &str) -> Option<Ended> {
    match word {
        "occupied" => Some(Ended::Occupied),
        "denied" => Some(Ended::Denied),
        _ => None,
    }
}

/// A code without leading zeros.
fn plain(code: &str) -> &str {
    let plain = code.trim_start_matches('0');
    if plain.is_empty() { "0" } else { plain }
}

/// A peer's code as it is kept; `None` for those that say that all is well.
pub(super) fn kept(code: &str) -> Option<String> {
    let is_nothing = code.chars().all(|character| character == '0');
    (!is_nothing).then(|| code.chars().take(CODE_CHARS_MAX).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_contract() {
        use Refusal as R;
        use StatusClass as S;
        let codes = Codes::read(None).unwrap();
        let confirm = S::Refused(R::Destination { confirm: true });
        let rows: [(&[u32], StatusClass); 11] = [
            (&[0x58], S::Throttled),
            (&[0x14], S::ThrottledDestination),
            (&[0x08, 0x64, 0x45, 0xfe, 0xff, 0x102], S::Refused(R::Temporary)),
            (&[0x0a, 0x48, 0x49], S::Sender),
            (&[0x0b, 0x65, 0x66], confirm),
            (&[0x01, 0x33, 0x34, 0x40, 0x42, 0x44], S::Refused(R::Content)),
            (&[0x104], S::Encoding),
            (&[0x43], S::Linking),
            (&[0x61, 0x62], S::Validity),
            (&[0xc0, 0xc1, 0xc2, 0xc3, 0xc4], S::Optional),
            (&[0x04], S::Rebind),
        ];
        for (statuses, class) in rows {
            for status in statuses {
                assert_eq!(codes.submit(*status), class, "{status:#x}");
            }
        }
        let down = [2, 3, 6, 7, 0x15, 0x50, 0x51, 0x54, 0x63, 0x100, 0x101, 0x103];
        for status in down {
            assert_eq!(codes.submit(status), S::Refused(R::GatewayDown), "{status:#x}");
        }
        for status in [0x400, 0x4ff, 0x09, 0xffff_ffff] {
            assert_eq!(codes.submit(status), S::Refused(R::Temporary), "{status:#x}");
        }
        let binds = [0x05, 0x0d, 0x08, 0x0e, 0x0f, 0x53].map(|status| codes.bind(status));
        let (occupied, denied) = (Ended::Occupied, Ended::Denied);
        assert_eq!(binds, [occupied, occupied, occupied, denied, denied, denied]);
    }

    #[test]
    fn causes_of_network_errors() {
        let codes = Codes::read(None).unwrap();
        for code in [1, 5, 9, 11, 12, 13, 21] {
            assert_eq!(codes.gsm(code), Cause::DestinationInvalid, "{code}");
        }
        for code in [6, 27, 31, 32, 33] {
            assert_eq!(codes.gsm(code), Cause::DestinationOff, "{code}");
        }
        for code in [8, 34, 35, 36, 99] {
            assert_eq!(codes.gsm(code), Cause::Network, "{code}");
        }
        assert_eq!(codes.err("001"), None);
        assert_eq!(kept("000"), None);
        assert_eq!(kept("0A1").as_deref(), Some("0A1"));
    }

    #[test]
    fn an_operators_file_replaces_single_rows() {
        let over =
            "[submit]\n0x0B = \"refused_dest\"\n1025 = \"route_down\"\n[err]\n005 = \"blocked\"";
        let codes = Codes::read(Some(over)).unwrap();
        let class = StatusClass::Refused;
        assert_eq!(codes.submit(0x0b), class(Refusal::Destination { confirm: false }));
        assert_eq!(codes.submit(0x401), class(Refusal::GatewayDown));
        assert_eq!(codes.submit(0x58), StatusClass::Throttled);
        assert_eq!(
            (codes.err("5"), codes.err("005")),
            (Some(Cause::Blocked), Some(Cause::Blocked))
        );
    }

    #[test]
    fn a_file_that_means_nothing_is_named() {
        let wrong = [
            "[submit]\n0x0B = \"maybe\"",
            "[submit]\nxx = \"retry\"",
            "[submit]\n0x58 = \"in_doubt\"",
            "[bind]\n0x0E = \"hammer\"",
            "[gsm]\n70000 = \"network\"",
            "[err]\n1 = \"weather\"",
            "[sumbit]\n",
            "nonsense",
        ];
        for text in wrong {
            assert!(matches!(Codes::read(Some(text)), Err(SmppError::Codes(_))), "{text}");
        }
    }
}
