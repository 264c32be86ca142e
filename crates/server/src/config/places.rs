//! Where a value was written.

use std::fmt;
use std::path::PathBuf;

/// Where a value was written, for messages and `config print`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the file that is compiled in.
    Default,
    /// In a configuration file, at a line counted from 1.
    File {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
    },
    /// In an environment variable of this name.
    Environment(String),
    /// By a flag of this name.
    Flag(&'static str),
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File { path, line } => write!(formatter, "{}:{line}", path.display()),
            Self::Environment(name) => formatter.write_str(name),
            Self::Flag(name) => formatter.write_str(name),
        }
    }
}
