//! What is wrong with a configuration: all of it, each with its place.

use std::fmt;
use std::fmt::Write as _;

use super::places::Place;
use crate::telemetry::escape;

/// One mistake: where it stands, what it is about, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key it is about, such as `codes.length`; empty when it is about a whole file.
    pub key: String,
    /// Where it was written, if anywhere.
    pub place: Option<Place>,
    /// What is wrong and what to write instead; never shows a secret.
    pub message: String,
}

/// One line, whatever stands in the file or the variable that it quotes (S-86).
impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = String::new();
        if let Some(place) = self.place.as_ref().filter(|place| **place != Place::Default) {
            write!(line, "{place}: ")?;
        }
        if !self.key.is_empty() {
            write!(line, "{}: ", self.key)?;
        }
        line.push_str(&self.message);
        let mut harmless = String::with_capacity(line.len());
        escape::sentence(&mut harmless, &line);
        formatter.write_str(&harmless)
    }
}

/// Every mistake in a configuration, in the order they were found. Printed one a line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` when nothing is wrong, else itself.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [only] => write!(formatter, "configuration: {only}"),
            many => {
                write!(formatter, "configuration: {} mistakes", many.len())?;
                many.iter().try_for_each(|problem| write!(formatter, "\n  {problem}"))
            }
        }
    }
}

impl std::error::Error for Problems {}

/// Collects mistakes while layers are read and checked.
#[derive(Debug, Default)]
pub(crate) struct Report {
    found: Vec<Problem>,
}

impl Report {
    /// Notes a mistake whose place the layers know from its key.
    pub(crate) fn add(&mut self, key: impl Into<String>, message: impl Into<String>) {
        self.found.push(Problem { key: key.into(), place: None, message: message.into() });
    }

    /// Notes a mistake at a known place; `key` may be empty.
    pub(crate) fn add_at(
        &mut self,
        place: &Place,
        key: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.found.push(Problem {
            key: key.into(),
            place: Some(place.clone()),
            message: message.into(),
        });
    }

    /// Whether a mistake about `key` was already noted, so that what follows from it need not be.
    pub(crate) fn knows(&self, key: &str) -> bool {
        self.found.iter().any(|problem| problem.key == key)
    }

    /// Takes over what a later look found, except about keys already noted, and finds the places.
    pub(crate) fn merge(&mut self, later: Self, place_of: impl Fn(&str) -> Option<Place>) {
        let new: Vec<Problem> =
            later.found.into_iter().filter(|problem| !self.knows(&problem.key)).collect();
        self.found.extend(new.into_iter().map(|mut problem| {
            problem.place = problem.place.or_else(|| place_of(&problem.key));
            problem
        }));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(crate) fn into_problems(self) -> Problems {
        Problems(self.found)
    }
}
