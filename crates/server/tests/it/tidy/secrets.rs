//! What a person or a program proves itself with is compared in constant time (S-16): `==` stops at the first byte
//! that differs, and how long it took tells how much was right.

use super::source::{Source, lines_with};
use super::tree::Tree;
use super::{Finding, nothing_found, something_found};

const WITHIN: &str = "crates/verify/src/";

/// What holds a secret in clear, or is made of one as bare bytes; the types of digests compare in constant time.
const SECRETS: [&str; 16] = [
    ".expose()",
    "expose_secret",
    "secret",
    "sig",
    "tag",
    "token",
    "seed",
    "entered",
    "typed",
    ".digest(",
    "digest_text(",
    "sign_1(",
    "sign_2(",
    "first_16(",
    "expand(",
    "finalize(",
];

/// What ends an operand of a comparison.
const ENDS: [char; 8] = [';', '{', '}', ',', '&', '|', '=', '?'];

/// The operand that `text` begins with, without what stands between its brackets.
fn operand(text: impl Iterator<Item = char>, opening: [char; 2], closing: [char; 2]) -> String {
    let (mut operand, mut depth) = (String::new(), 0_usize);
    for c in text {
        if closing.contains(&c) {
            let Some(less) = depth.checked_sub(1) else { break };
            depth = less;
        } else if depth == 0 && ENDS.contains(&c) && !operand.trim().is_empty() {
            break;
        }
        if depth == 0 {
            operand.push(c);
        }
        if opening.contains(&c) {
            depth += 1;
        }
    }
    operand
}

fn is_secret(operand: &str) -> bool {
    let is_length = [".len()", ".count()"].iter().any(|end| operand.trim_end().ends_with(end));
    !is_length && SECRETS.iter().any(|secret| !lines_with(operand, secret).is_empty())
}

/// Secrets on either side of `==` or `!=`.
fn compared(path: &str, code: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, sign) in code.match_indices("==").chain(code.match_indices("!=")) {
        let (before, after) = (&code[..at], &code[at + sign.len()..]);
        let left = operand(before.chars().rev(), [')', ']'], ['(', '[']).chars().rev().collect();
        let right = operand(after.chars(), ['(', '['], [')', ']']);
        for side in [left, right].into_iter().filter(|side: &String| is_secret(side)) {
            let line = 1 + before.matches('\n').count();
            findings.push(Finding::new(
                path,
                line,
                format!("compares `{}` by {sign}", side.trim()),
            ));
        }
    }
    findings
}

/// Types around a secret, and nothing else, that derive a comparison.
fn derived(path: &str, code: &str) -> Vec<Finding> {
    const NAMES: [&str; 6] = ["Digest", "Code", "Key", "Secret", "Seed", "Proof"];
    let mut findings = Vec::new();
    for (at, _) in code.match_indices("struct ") {
        let attributes = &code[code[..at].rfind([';', '}']).unwrap_or_default()..at];
        let definition = &code[at + "struct ".len()..];
        let definition = &definition[..definition.find([';', '}']).unwrap_or(definition.len())];
        let name = definition.split(['(', '<', ' ', '{']).next().unwrap_or_default();
        let is_wrapper = definition.contains('(');
        let is_secret =
            NAMES.iter().any(|end| name.ends_with(end)) || definition.contains("Zeroizing");
        if is_wrapper && is_secret && !lines_with(attributes, "PartialEq").is_empty() {
            let line = 1 + code[..at].matches('\n').count();
            findings.push(Finding::new(path, line, format!("derives a comparison of `{name}`")));
        }
    }
    findings
}

fn findings(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust().filter(|(path, _)| path.starts_with(WITHIN)) {
        let code = Source::of_program(text).code;
        findings.extend(compared(path, &code));
        findings.extend(derived(path, &code));
    }
    findings
}

#[test]
fn secrets_are_compared_in_constant_time() {
    let found = |line: &str| findings(&Tree::sample(&[("crates/verify/src/x.rs", line)]));
    for broken in [
        "fn f() -> bool { kept.expose() == entered.expose() }",
        "fn f() -> bool { x == self.0.digest(&[a, b]) }",
        "fn f() -> bool { sign_1(secret, &pairs) != sent }",
        "fn f() -> bool {\n    is_new && claim.sig\n        == expected\n}",
        "if f(other) && *tag != first_16(&x) {}",
        "#[derive(Clone, PartialEq, Eq)]\npub struct ShortCode(String);",
        "#[derive(PartialEq)]\nstruct Kept(Zeroizing<String>);",
    ] {
        something_found(&found(broken), broken);
    }
    for fine in [
        // A digest of a type of its own.
        "fn f() -> bool { keys.approval_digest(id, code.expose()) == approval.digest }",
        "fn f() -> bool { claim.sig.len() == 2 * BYTES && name != \"sig\" }",
        "fn f(secret: &str) -> bool { x == y }",
        "#[derive(PartialEq)]\nstruct Length(u8);\n\n#[derive(Clone)]\nstruct Code(Zeroizing<String>);",
    ] {
        nothing_found(&found(fine), fine);
    }
    let remedy =
        "compare by `ct_eq`, or as a digest type of keys.rs, which does (security rule S-16)";
    nothing_found(&findings(Tree::of_repository()), remedy);
}
