//! Lines for the person who waits, on the error output; results go to the standard output.

/// Says one line.
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}
