//! Commands of the control port.

use serde::Deserialize;
use serde_json::Value;

use crate::ids::IdForm;

/// What this program can be told, one JSON object a line. `--help` explains each.
#[derive(Debug, Deserialize)]
#[serde(tag = "cmd", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Command {
    Receipts(Receipts),
    Ids(Ids),
    Answer { delay_ms: u64 },
    Throttle { every: u64 },
    Rate { per_second: u32 },
    Refuse { status: u32, count: u64 },
    RefuseBind { status: u32, count: u64 },
    Statuses { list: Vec<u32> },
    Silent(Silent),
    HalfOpen { on: bool },
    Sequence { offset: i32 },
    Garbage(Garbage),
    Dribble(Dribble),
    Flood(Flood),
    Receipt(Receipt),
    Disconnect { after: u64 },
    Hold {},
    Go {},
    Mo { from: String, to: String, text: String },
    EnquireLink {},
    Unbind {},
    BindsMax { count: usize },
    Drop {},
    Die {},
    Record { on: bool },
    Stats {},
    Defaults {},
}

/// Which receipts a message gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// A text that says it was delivered.
    Delivered,
    /// A text that says it was not.
    Failed,
    /// None.
    None,
    /// Optional parameters that say it was delivered, and no text.
    Tlv,
    /// A text; the id is hexadecimal in the answer and decimal in the receipt.
    Hex,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Receipts {
    pub(crate) mode: Mode,
    /// From the answer to the receipt.
    #[serde(default)]
    pub(crate) delay_ms: u64,
    /// The receipt leaves before the answer.
    #[serde(default)]
    pub(crate) before_response: bool,
    /// How often the same receipt is sent.
    #[serde(default = "one")]
    pub(crate) copies: u8,
    /// Each second receipt waits so much longer, so that the next one overtakes it.
    #[serde(default)]
    pub(crate) swap_ms: u64,
}

fn one() -> u8 {
    1
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ids {
    pub(crate) response: IdForm,
    pub(crate) receipt: IdForm,
}

/// What is not answered.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "four things that can each be left unanswered")]
pub(crate) struct Silent {
    pub(crate) binds: bool,
    pub(crate) submits: bool,
    pub(crate) enquire_links: bool,
    pub(crate) unbinds: bool,
}

/// Bytes that are no PDU, or one made by hand.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Garbage {
    pub(crate) hex: Option<String>,
    pub(crate) octets: u16,
    pub(crate) seed: u64,
}

impl Default for Garbage {
    fn default() -> Self {
        Self { hex: None, octets: 64, seed: 1 }
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dribble {
    pub(crate) octets: usize,
    #[serde(default)]
    pub(crate) pause_ms: u64,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Flood {
    pub(crate) count: u64,
    pub(crate) per_second: u32,
}

/// One receipt made by hand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Receipt {
    /// Left out, the receipt names no message.
    #[serde(default)]
    pub(crate) id: Option<String>,
    /// The phone, which the receipt comes from.
    pub(crate) destination: String,
    /// Who had sent the message.
    pub(crate) source: String,
    pub(crate) stat: String,
    #[serde(default = "no_error")]
    pub(crate) err: String,
}

fn no_error() -> String {
    "000".to_owned()
}

/// Why a line is not obeyed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotACommand {
    /// There is no command of that name.
    Unsupported(String),
    /// It makes no sense, and why.
    Wrong(String),
}

impl Command {
    /// Reads a line; gives the command and its name.
    pub(crate) fn read(line: &str) -> Result<(Self, String), NotACommand> {
        let wrong = |what: serde_json::Error| NotACommand::Wrong(what.to_string());
        let value: Value = serde_json::from_str(line).map_err(wrong)?;
        let Some(name) = value["cmd"].as_str().map(str::to_owned) else {
            return Err(NotACommand::Wrong("no text `cmd`".to_owned()));
        };
        match serde_json::from_value(value) {
            Ok(command) => Ok((command, name)),
            Err(fault) if fault.to_string().starts_with(&format!("unknown variant `{name}`")) => {
                Err(NotACommand::Unsupported(name))
            }
            Err(fault) => Err(wrong(fault)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_with_their_defaults() {
        let (command, name) = Command::read(r#"{"cmd":"receipts","mode":"tlv"}"#).unwrap();
        let Command::Receipts(receipts) = command else { panic!("{command:?}") };
        assert_eq!((name.as_str(), receipts.mode, receipts.copies), ("receipts", Mode::Tlv, 1));
        assert!(matches!(Command::read(r#"{"cmd":"go"}"#), Ok((Command::Go {}, _))));
        let silent = Command::read(r#"{"cmd":"silent","submits":true}"#);
        let Ok((Command::Silent(silent), _)) = silent else { panic!("{silent:?}") };
        assert!(silent.submits && !silent.binds);
    }

    #[test]
    fn what_is_unknown_is_told_from_what_is_wrong() {
        let unknown = Command::read(r#"{"cmd":"fly"}"#).unwrap_err();
        assert_eq!(unknown, NotACommand::Unsupported("fly".to_owned()));
        for wrong in [
            "go",
            "{}",
            r#"{"cmd":"refuse","status":8}"#,
            r#"{"cmd":"go","now":true}"#,
            r#"{"cmd":"receipts","mode":"delivered","delay":1}"#,
        ] {
            let refused = Command::read(wrong).unwrap_err();
            assert!(matches!(refused, NotACommand::Wrong(_)), "{wrong}: {refused:?}");
        }
    }
}
