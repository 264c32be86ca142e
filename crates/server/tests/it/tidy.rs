//! The house rules that no compiler holds: which room may know what (design.md section 2, style.md 2.1), and the
//! shape of files. Each rule reads manifests and sources, says what to do where it is broken, and is shown a sample
//! that it must catch before it looks at the tree.
//!
//! * [`tree`]: the files of the repository, and [`source`]: Rust text told apart into code and strings.
//! * [`manifests`]: who may depend on whom, and the lints and profiles that hold everywhere.
//! * [`borders`]: words that only certain rooms may say: SQL, HTTP statuses, clocks, chance, the comparator …
//! * [`secrets`]: how what proves somebody is compared.
//! * [`shape`]: length of files and lines, leftovers, files that nobody compiles.
//!
//! A rule here is the second lock on a door. The first is the compiler or the linter where they can be: a renamed
//! import gets past a search for words, but not past `clippy.toml`, which knows the function by its true path.

mod borders;
mod manifests;
mod secrets;
mod shape;
mod source;
pub(crate) mod tree;

/// A place where a rule is broken: `path:line`, and what is there.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    /// Counted from 1; 0 where the whole file is meant.
    line: usize,
    what: String,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

/// Fails with every finding and what to do about them.
fn nothing_found(findings: &[Finding], remedy: &str) {
    let list: Vec<String> = findings
        .iter()
        .map(|finding| format!("  {}:{}: {}", finding.path, finding.line, finding.what))
        .collect();
    assert!(findings.is_empty(), "\n{}\nWhat to do: {remedy}\n", list.join("\n"));
}

/// A rule that finds nothing in a sample made to break it guards nothing.
fn something_found(findings: &[Finding], sample: &str) {
    assert!(!findings.is_empty(), "the rule does not catch its own sample:\n{sample}");
}
