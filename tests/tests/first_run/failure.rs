//! What every failure looks like: exit code 1, quickly, and one clear sentence
//! with its remedy on standard error.

use ringproof_blackbox::cli::{self, Finished};
use ringproof_blackbox::folder::Folder;
use std::time::Duration;

const QUICK: Duration = Duration::from_secs(5);
/// Words of which a remedy has at least one.
const REMEDIES: [&str; 33] = [
    "stop",
    "use ",
    "choose",
    "run ",
    "set ",
    "give",
    "put ",
    "make ",
    "remove",
    "delete",
    "rename",
    "restore",
    "change",
    "check",
    "install",
    "upgrade",
    "update",
    "correct",
    "move",
    "start",
    "must be",
    "write",
    "did you mean",
    "allowed",
    "create",
    "known",
    "add ",
    "try ",
    "pass ",
    "between",
    "outside",
    "must stand",
    "No such file",
];

/// Runs a command that must fail and insists that it says all of `parts`.
#[track_caller]
pub(crate) fn assert_fails(folder: &Folder, args: &[&str], parts: &[&str]) {
    assert_clear(&cli::run(folder, args), parts);
}

/// Insists on a clear failure that says all of `parts`.
#[track_caller]
pub(crate) fn assert_clear(finished: &Finished, parts: &[&str]) {
    assert_eq!(finished.code, Some(1), "{finished:#?}");
    assert!(finished.took < QUICK, "it took {:?}", finished.took);
    let told = told(&finished.stderr);
    assert!(
        (1..=2).contains(&told.len()),
        "one sentence, perhaps with its remedy on a second line: {finished:#?}"
    );
    let told = told.join(" ");
    assert!(told.len() <= 600, "too long to be read: {told}");
    for noise in ["panicked", "RUST_BACKTRACE", "Error {", "Os {", "Error("] {
        assert!(!told.contains(noise), "{noise} is for programmers: {told}");
    }
    let lower = told.to_lowercase();
    for part in parts {
        assert!(lower.contains(&part.to_lowercase()), "`{part}` is not said: {told}");
    }
    assert!(REMEDIES.iter().any(|remedy| lower.contains(remedy)), "no remedy: {told}");
}

/// Gives the lines meant for the operator: log lines in JSON are not.
fn told(stderr: &str) -> Vec<&str> {
    stderr.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('{')).collect()
}

#[test]
fn the_rule_refuses_what_only_programmers_read() {
    let finished = |code, stderr: &str| {
        let stderr = stderr.to_owned();
        Finished { code: Some(code), stdout: String::new(), stderr, took: Duration::ZERO }
    };
    assert_clear(
        &finished(1, "{\"level\":\"INFO\"}\nerror: /x is in use; stop the other server"),
        &["/x"],
    );
    let refused = [
        (0, "error: /x is in use; stop the other server"),
        (1, ""),
        (1, "error: /x is in use"),
        (1, "thread 'main' panicked at /x; use RUST_BACKTRACE"),
        (1, "a\nb\n/x: stop"),
        (1, "error: something; stop it"),
    ];
    for (code, stderr) in refused {
        let finished = finished(code, stderr);
        assert!(std::panic::catch_unwind(|| assert_clear(&finished, &["/x"])).is_err(), "{stderr}");
    }
}
