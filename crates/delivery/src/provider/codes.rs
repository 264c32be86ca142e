//! Tables of providers' codes, as data.
//!
//! Providers change what their codes mean, so no code stands in the program: a
//! table is a TOML file in `tables/`, compiled in, and an operator's file may
//! replace rows of it. A table has up to four sections, each with one row a
//! code:
//!
//! ```toml
//! [codes]   # code of a refusal -> a word of `Refusal`, or "accepted"
//! 21211 = "refused_dest"
//! [states]  # word of a receipt -> a word of `ReceiptState`
//! sent = "accepted"
//! [causes]  # failure code of a receipt -> a word of `Cause`
//! 30003 = "dest_off"
//! [pumped]  # code of either -> whether the provider takes the message for pumped traffic
//! 30450 = "yes"
//! ```
//!
//! What no row names has a fallback: a code is answered by the HTTP status
//! (`delivery.md` 6.3), a state is `unknown`, a cause is `unknown`, and nothing is pumped.

use std::collections::HashMap;

use verify::engine::outbox::Refusal;
use verify::record::{Cause, ReceiptState};

use crate::gateway::Reason;

/// What a provider's code of an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The provider has the message.
    Accepted,
    /// It has not, or left that open.
    Refused(Refusal),
}

impl Verdict {
    /// Reads a word of [`Refusal`], or `accepted`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "accepted" => Some(Self::Accepted),
            word => Refusal::parse(word).map(Self::Refused),
        }
    }
}

/// The words of [`Verdict::parse`], for messages about a wrong one.
pub const VERDICTS: &str = "accepted, throttled, retry, route_down, route_unfit, \
    refused_dest, refused_dest_confirm, refused_content, in_doubt";

/// The words of [`ReceiptState::parse`], for messages about a wrong one.
pub const STATES: &str =
    "accepted, unknown, expired, deleted, undeliverable, failed, rejected, delivered";

/// The words of [`Cause::parse`], for messages about a wrong one.
pub const CAUSES: &str = "dest_invalid, dest_off, network, blocked, account, expired, unknown";

/// The words of [`yes_or_no`].
pub const YES_OR_NO: &str = "yes, no";

fn yes_or_no(word: &str) -> Option<bool> {
    match word {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// What a provider's codes mean.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeTable {
    codes: HashMap<String, Verdict>,
    states: HashMap<String, ReceiptState>,
    causes: HashMap<String, Cause>,
    pumped: HashMap<String, bool>,
}

/// A table cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// It is not TOML.
    #[error("the table of codes is not TOML: {0}")]
    Syntax(String),
    /// It has a section that means nothing.
    #[error(
        "the table of codes has no section [{0}]; write [codes], [states], [causes] or [pumped]"
    )]
    Section(String),
    /// A row says something that means nothing.
    #[error("row {row} of section [{section}] in the table of codes must be one of: {allowed}")]
    Row {
        /// Where it stands.
        section: &'static str,
        /// The code.
        row: String,
        /// What it may say.
        allowed: &'static str,
    },
}

impl CodeTable {
    /// Reads a table.
    ///
    /// # Errors
    /// [`TableError`].
    pub fn parse(text: &str) -> Result<Self, TableError> {
        Self::default().with_rows(text)
    }

    /// This table with the rows of another in the place of its own.
    ///
    /// # Errors
    /// [`TableError`] if the other cannot be read.
    pub fn with_rows(mut self, text: &str) -> Result<Self, TableError> {
        let sections: toml::Table = text
            .parse()
            .map_err(|e: toml::de::Error| TableError::Syntax(e.message().to_owned()))?;
        for (name, rows) in &sections {
            let toml::Value::Table(rows) = rows else {
                return Err(TableError::Section(name.clone()));
            };
            match name.as_str() {
                "codes" => replace(&mut self.codes, rows, "codes", Verdict::parse, VERDICTS)?,
                "states" => {
                    replace(&mut self.states, rows, "states", ReceiptState::parse, STATES)?;
                }
                "causes" => replace(&mut self.causes, rows, "causes", Cause::parse, CAUSES)?,
                "pumped" => replace(&mut self.pumped, rows, "pumped", yes_or_no, YES_OR_NO)?,
                _ => return Err(TableError::Section(name.clone())),
            }
        }
        Ok(self)
    }

    /// What a code of an answer means; `None` where only the HTTP status tells.
    pub fn code(&self, code: &str) -> Option<Verdict> {
        self.codes.get(code).copied()
    }

    /// What a word of a receipt means.
    pub fn state(&self, word: &str) -> ReceiptState {
        self.states.get(word).copied().unwrap_or(ReceiptState::Unknown)
    }

    /// Whether a code, of an answer or a receipt, says that the provider takes the message
    /// for pumped traffic (`delivery.md` 10, G-6).
    pub fn is_pumped(&self, code: &str) -> bool {
        self.pumped.get(code).copied().unwrap_or(false)
    }

    /// A reason in this text for people, of an answer with this code.
    pub fn reason(&self, code: &str, text: impl Into<Reason>) -> Reason {
        text.into().pumped(self.is_pumped(code))
    }

    /// What a failure code of a receipt means.
    pub fn cause(&self, code: &str) -> Cause {
        self.causes.get(code).copied().unwrap_or(Cause::Unknown)
    }
}

fn replace<T>(
    rows: &mut HashMap<String, T>,
    given: &toml::Table,
    section: &'static str,
    parse: fn(&str) -> Option<T>,
    allowed: &'static str,
) -> Result<(), TableError> {
    for (row, word) in given {
        let meaning = word.as_str().and_then(parse);
        let meaning =
            meaning.ok_or_else(|| TableError::Row { section, row: row.clone(), allowed })?;
        rows.insert(row.clone(), meaning);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operators_rows_replace_those_of_the_table_and_leave_the_rest() {
        let shipped = "[codes]\n1 = \"retry\"\n2 = \"accepted\"\n[states]\nsent = \"accepted\"\n";
        let table = CodeTable::parse(shipped).unwrap();
        assert_eq!(table.code("1"), Some(Verdict::Refused(Refusal::Temporary)));
        let table =
            table.with_rows("[codes]\n1 = \"route_down\"\n[causes]\n9 = \"blocked\"").unwrap();
        assert_eq!(table.code("1"), Some(Verdict::Refused(Refusal::GatewayDown)));
        assert_eq!(table.code("2"), Some(Verdict::Accepted));
        assert_eq!(table.state("sent"), ReceiptState::Accepted);
        assert_eq!(table.cause("9"), Cause::Blocked);
        let table = table.with_rows("[pumped]\n1 = \"yes\"\n2 = \"yes\"").unwrap();
        let table = table.with_rows("[pumped]\n2 = \"no\"").unwrap();
        assert_eq!(["1", "2", "3"].map(|code| table.is_pumped(code)), [true, false, false]);
        assert!(table.reason("1", "code 1").is_pumped());
    }

    #[test]
    fn what_no_row_names_is_left_to_the_status_or_unknown() {
        let table = CodeTable::default();
        assert_eq!(table.code("1"), None);
        assert_eq!(table.state("delivered"), ReceiptState::Unknown);
        assert_eq!(table.cause("1"), Cause::Unknown);
    }

    #[test]
    fn a_wrong_table_is_refused_with_the_row_and_the_words_that_are_allowed() {
        let error = |text| CodeTable::parse(text).unwrap_err().to_string();
        assert!(error("[codes]\n7 = \"lost\"").starts_with("row 7 of section [codes]"));
        assert!(error("[codes]\n7 = \"lost\"").contains("in_doubt"));
        assert!(error("[causes]\n7 = 3").contains("dest_invalid"));
        assert!(error("[states]\na.b = \"sent\"").starts_with("row a of section [states]"));
        assert!(error("[pumped]\n7 = \"maybe\"").contains("yes, no"));
        assert!(error("[words]\n7 = \"x\"").contains("[words]"));
        assert!(error("codes = \"x\"").contains("[codes]"));
        assert!(error("[codes").contains("not TOML"));
    }

    #[test]
    fn the_words_named_in_errors_are_the_words_that_are_read() {
        for word in VERDICTS.split(", ") {
            assert!(Verdict::parse(word).is_some(), "{word}");
        }
        let states: Vec<_> = STATES.split(", ").map(ReceiptState::parse).collect();
        assert_eq!(states, ReceiptState::ALL.map(Some));
        let causes: Vec<_> = CAUSES.split(", ").map(Cause::parse).collect();
        assert_eq!(causes, Cause::ALL.map(Some));
    }
}
