//! What commands say: answers on stdout, failures on stderr.

use std::io::Write as _;

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
