//! What commands say: answers on stdout, failures on stderr.

use std::io::Write as _;

use crate::telemetry::escape;

/// Says one line. A reader who closed the pipe wants no more.
pub(crate) fn line(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Says why a command failed, causes and all.
pub(crate) fn error(error: &anyhow::Error) {
    let _ = writeln!(std::io::stderr(), "ringproof: {error:#}");
}

/// Says something that is not the answer itself.
pub(crate) fn note(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A text of others on one line, with nothing in it that a terminal obeys (S-86).
pub(super) fn harmless(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    escape::sentence(&mut harmless, text);
    harmless
}
