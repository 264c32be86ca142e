//! The shape of files: how long they and their lines are, what must not be left in them, and that each is compiled.

use std::collections::BTreeSet;

use super::source::Source;
use super::tree::Tree;
use super::{Finding, nothing_found, something_found};

/// Longest file in lines; one that wants to be longer usually holds two things (style.md 2.5).
const FILE_LINES_MAX: usize = 600;

/// Half of all files are at most this long (style.md 2.5).
const FILE_LINES_MEDIAN_MAX: usize = 200;

/// Longest line in characters.
const LINE_CHARS_MAX: usize = 120;

/// Where the words that must not be left are written down to be looked for.
const OWN_SAMPLES: &str = "crates/server/tests/it/tidy";

fn long_files(tree: &Tree) -> Vec<Finding> {
    let long = tree.rust().filter(|(_, text)| text.lines().count() > FILE_LINES_MAX);
    long.map(|(path, text)| Finding::new(path, 0, format!("has {} lines", text.lines().count())))
        .collect()
}

fn median_lines(tree: &Tree) -> usize {
    let mut lengths: Vec<usize> = tree.rust().map(|(_, text)| text.lines().count()).collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied().unwrap_or_default()
}

#[test]
fn files_are_short() {
    let long = "x\n".repeat(FILE_LINES_MAX + 1);
    something_found(&long_files(&Tree::sample(&[("a.rs", &long)])), "601 lines");
    nothing_found(&long_files(&Tree::sample(&[("a.rs", &long[2..])])), "600 lines are allowed");
    let tree = Tree::of_repository();
    nothing_found(&long_files(tree), "it holds two things: give each a file");
    let median = median_lines(tree);
    println!("{} Rust files, median {median} lines", tree.rust().count());
    assert!(
        median <= FILE_LINES_MEDIAN_MAX,
        "half of the files have more than {median} lines: divide some"
    );
}

/// Longest line in characters when a string makes it long: a message that is broken cannot be searched for.
const STRING_LINE_CHARS_MAX: usize = 160;

/// Whether a line of a table or with an address in it, which cannot be broken.
fn may_be_long(path: &str, line: &str) -> bool {
    let line = line.trim();
    let is_row = path.ends_with(".toml") && (line.contains(" = {") || line.starts_with('{'));
    is_row || line.split_whitespace().any(|word| word.contains("://") && word.len() > 60)
}

/// Prose in Markdown is not looked at: whoever shows it breaks its lines.
fn long_lines(tree: &Tree) -> Vec<Finding> {
    const CODE: [&str; 7] = [".rs", ".toml", ".sql", ".js", ".css", ".py", ".java"];
    let mut findings = Vec::new();
    for (path, text) in tree.files() {
        if !CODE.iter().any(|ending| path.ends_with(ending)) {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let chars = line.chars().count();
            if chars > LINE_CHARS_MAX && !may_be_long(path, line) {
                findings.push(Finding::new(path, number + 1, format!("has {chars} characters")));
            }
        }
    }
    let is_free = |finding: &Finding| {
        let text = tree.text(&finding.path).unwrap_or_default();
        finding.path.ends_with(".rs") && is_long_by_strings(text, finding.line)
    };
    findings.retain(|finding| !is_free(finding));
    findings
}

/// Whether the code of a line would be short enough without its strings.
fn is_long_by_strings(text: &str, line: usize) -> bool {
    let strings = Source::new(text).strings;
    let nth =
        |text: &str| text.lines().nth(line - 1).unwrap_or_default().chars().collect::<Vec<_>>();
    let (all, inside) = (nth(text), nth(&strings));
    let inside = inside.iter().filter(|c| **c != ' ').count();
    all.len() <= STRING_LINE_CHARS_MAX && all.len() - inside <= LINE_CHARS_MAX
}

#[test]
fn lines_are_short() {
    let long = "é".repeat(LINE_CHARS_MAX + 1);
    something_found(&long_lines(&Tree::sample(&[("a.js", &long)])), "121 characters");
    something_found(&long_lines(&Tree::sample(&[("a.rs", &format!("// {long}"))])), "a comment");
    something_found(
        &long_lines(&Tree::sample(&[("a.rs", &format!("\"{long}{long}\""))])),
        "a string of 242",
    );
    let string = format!("x(\"{long}\");");
    let address = format!("// see https://example.com/{long}");
    let entry = format!("x = {{ reason = \"{long}\" }}");
    let fine = [
        ("a.js", &long[2..]),
        ("a.rs", &string),
        ("b.rs", &address),
        ("c.toml", &entry),
        ("d.md", &long),
    ];
    nothing_found(&long_lines(&Tree::sample(&fine)), "strings, tables and addresses are free");
    let remedy = "break the line; a long string goes on behind a backslash";
    nothing_found(&long_lines(Tree::of_repository()), remedy);
}

/// Finds words anywhere in text files, comments included.
fn leftovers(tree: &Tree, words: &[&str], except: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_free = |path: &str| {
        path.starts_with(OWN_SAMPLES) || except.iter().any(|free| path.starts_with(free))
    };
    for (path, text) in tree.files().filter(|(path, _)| !is_free(path)) {
        for word in words {
            for line in super::source::lines_with(text, word) {
                findings.push(Finding::new(path, line, format!("holds `{word}`")));
            }
        }
    }
    findings
}

#[test]
fn nothing_is_left_to_do() {
    let words = ["TODO", "FIXME", "XXX", "HACK", "dbg!", "todo!", "unimplemented!"];
    something_found(&leftovers(&Tree::sample(&[("a.rs", "// TODO: later")]), &words, &[]), "TODO");
    something_found(&leftovers(&Tree::sample(&[("a.py", "dbg!(x)")]), &words, &[]), "dbg!");
    nothing_found(
        &leftovers(Tree::of_repository(), &words, &[]),
        "do it, or file an issue and say nothing here",
    );
}

#[test]
fn no_broken_hash_is_used() {
    let words = ["MD5", "md5*", "Md5", "SHA1", "sha1", "Sha1"];
    something_found(&leftovers(&Tree::sample(&[("a.rs", "use md5::Md5;")]), &words, &[]), "md5");
    // The manuals may warn of one. Authenticator programs know no other hash below their codes, where nothing is to
    // collide (RFC 6238). Some providers sign with nothing better, and nothing of ours is signed so (ADR 10).
    let except = [
        "docs/",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "crates/client/",
        "crates/delivery/Cargo.toml",
        "crates/verify/Cargo.toml",
        "crates/verify/src/totp.rs",
        "crates/verify/src/widget/signature.rs",
        "crates/verify/tests/it/",
        "crates/store/src/sqlite/migrations/0004_devices.sql",
        "crates/store/tests/it/",
        "crates/server/src/http/app_api/other.rs",
        "crates/server/src/http/verification/authenticators.rs",
        "crates/server/src/http/verification/describe/below_user.rs",
        "tests/browser/",
        "tests/sdk/",
        "tests/src/",
        "tests/tests/",
        "crates/delivery/src/provider/",
        "crates/delivery/tests/it/http_gateway/",
        "crates/server/src/config/gateway/vonage.rs",
        "crates/server/src/ringproof.default.toml",
        "crates/server/tests/it/config/providers.rs",
        // Client libraries sign version 1 of the widget for programs that exist, and their runners make codes.
        "sdk/",
        "tests/Cargo.toml",
        "tests/src/devi.rs",
        "tests/src/totp.rs",
        "tests/tests/behaviour/app_devices.rs",
        "tests/tests/behaviour/app_events.rs",
        "tests/tests/behaviour/authenticators.rs",
        "tests/tests/behaviour/providers/",
        "tests/tests/leaks/app.rs",
        "tests/tests/races/app.rs",
    ];
    nothing_found(
        &leftovers(Tree::of_repository(), &words, &except),
        "take SHA-256 or HMAC-SHA-256 from `verify::keys`",
    );
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let here = super::tree::root().display().to_string();
    let words = [here.as_str(), "/root/", "/home/", "/Users/", "C:\\Users"];
    let sample = format!("path = \"{here}\"");
    something_found(&leftovers(&Tree::sample(&[("a.toml", &sample)]), &words, &[]), &sample);
    let remedy = "take a path from the root, a flag or a temporary folder";
    nothing_found(&leftovers(Tree::of_repository(), &words, &[]), remedy);
}

/// Addresses of package indexes and their mirrors, by the parts of their names.
fn package_hosts(tree: &Tree) -> Vec<Finding> {
    const PARTS: [&str; 12] = [
        "registry",
        "index",
        "mirror",
        "artifactory",
        "nexus",
        "npm",
        "npmjs",
        "pypi",
        "pythonhosted",
        "maven",
        "deb",
        "proxy",
    ];
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| !path.starts_with(OWN_SAMPLES)) {
        for (number, line) in text.lines().enumerate() {
            for address in line.split("://").skip(1) {
                let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
                let host = &address[..address.find(|c| !is_host(c)).unwrap_or(address.len())];
                let is_made_up =
                    host.split('.').any(|part| part == "example" || part == "localhost");
                if !is_made_up && host.split('.').any(|part| PARTS.contains(&part)) {
                    findings.push(Finding::new(path, number + 1, format!("names the host {host}")));
                }
            }
        }
    }
    findings
}

#[test]
fn no_file_names_a_package_index() {
    let lock = "\"resolved\": \"https://registry.somewhere.org/x.tgz\"";
    something_found(&package_hosts(&Tree::sample(&[("package-lock.json", lock)])), lock);
    nothing_found(&package_hosts(&Tree::sample(&[("a.md", "https://proxy.example/x")])), "made up");
    let remedy = "leave it to the client's own configuration: a mirror works as well";
    nothing_found(&package_hosts(Tree::of_repository()), remedy);
}

/// Where compilation begins: the files cargo finds by itself, and those a manifest names.
fn roots(tree: &Tree) -> BTreeSet<String> {
    let mut roots = BTreeSet::new();
    for (path, text) in tree.files() {
        let Some(folder) = path.strip_suffix("Cargo.toml") else { continue };
        for file in tree.rust().filter_map(|(path, _)| path.strip_prefix(folder)) {
            let names: Vec<&str> = file.split('/').collect();
            let is_root = match names[..] {
                ["build.rs"] | ["src", "lib.rs" | "main.rs"] => true,
                ["src", "bin", _] | ["tests" | "benches" | "examples", _] => true,
                ["tests" | "benches" | "examples", _, "main.rs"] | ["src", "bin", _, "main.rs"] => {
                    true
                }
                _ => text.lines().any(|line| line.trim() == format!("path = \"{file}\"")),
            };
            if is_root {
                roots.insert(format!("{folder}{file}"));
            }
        }
    }
    roots
}

/// Files that the `mod` lines of a file lead to, whether they exist or not.
fn modules(path: &str, text: &str) -> Vec<String> {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.trim_end_matches(".rs");
    let is_folders_own = matches!(stem, "mod" | "lib" | "main") || is_test_root(path);
    let below = if is_folders_own { folder.to_owned() } else { format!("{folder}/{stem}") };
    let code = Source::new(text).code;
    let mut files = Vec::new();
    for (line, original) in code.lines().zip(text.lines()) {
        if let Some(named) = original.trim().strip_prefix("#[path = \"") {
            files.push(plain(&format!("{folder}/{}", named.trim_end_matches("\"]"))));
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [visibility @ .., "mod", name] = &words[..]
            && visibility.iter().all(|word| word.starts_with("pub") || word.ends_with(')'))
            && let Some(name) = name.strip_suffix(';')
        {
            files.extend([format!("{below}/{name}.rs"), format!("{below}/{name}/mod.rs")]);
        }
    }
    files
}

/// A path with `..` worked out.
fn plain(path: &str) -> String {
    let mut names = Vec::new();
    for name in path.split('/') {
        match name {
            ".." => drop(names.pop()),
            "." => {}
            _ => names.push(name),
        }
    }
    names.join("/")
}

/// A file directly below `tests/` is a crate of its own, and its modules lie beside it.
fn is_test_root(path: &str) -> bool {
    path.rsplit('/').nth(1) == Some("tests")
}

fn dead_files(tree: &Tree) -> Vec<Finding> {
    let mut reached = roots(tree);
    let mut waiting: Vec<String> = reached.iter().cloned().collect();
    while let Some(path) = waiting.pop() {
        let text = tree.text(&path).unwrap_or_default();
        let modules = modules(&path, text).into_iter();
        for module in modules.filter(|module| tree.text(module).is_some()) {
            if reached.insert(module.clone()) {
                waiting.push(module);
            }
        }
    }
    let dead = tree.rust().filter(|(path, _)| !reached.contains(*path));
    dead.map(|(path, _)| Finding::new(path, 0, "no `mod` leads here")).collect()
}

#[test]
fn every_file_is_compiled() {
    let sample = [
        ("c/Cargo.toml", "[[bin]]\npath = \"odd/place.rs\""),
        ("c/src/lib.rs", "pub mod a;\npub(crate) mod b;\n// mod dead;"),
        ("c/src/a.rs", "mod deep;"),
        ("c/src/a/deep.rs", ""),
        ("c/src/b/mod.rs", "#[cfg(test)]\nmod tests;"),
        ("c/src/b/tests.rs", ""),
        ("c/tests/it/main.rs", "mod one;\n#[path = \"../far/two.rs\"]\nmod two;"),
        ("c/tests/far/two.rs", ""),
        ("c/tests/it/one.rs", ""),
        ("c/odd/place.rs", ""),
    ];
    nothing_found(&dead_files(&Tree::sample(&sample)), "all of these are compiled");
    let dead = [("c/src/dead.rs", ""), ("c/tests/it/dead.rs", ""), ("c/src/a/b.rs", "")];
    let found = dead_files(&Tree::sample(&[&sample[..], &dead].concat()));
    assert_eq!(found.len(), dead.len(), "{found:?}");
    nothing_found(
        &dead_files(Tree::of_repository()),
        "delete the file, or add the `mod` that was forgotten",
    );
}

fn tests_not_last(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust().filter(|(path, _)| path.contains("/src/")) {
        let Some(at) = text.find("\n#[cfg(test)]\nmod ") else { continue };
        let rest = &text[at + 1..];
        let is_inline = rest.lines().nth(1).is_some_and(|line| line.ends_with('{'));
        let lines: Vec<&str> = rest.lines().skip(2).collect();
        let ends_at = if is_inline {
            lines.iter().position(|line| *line == "}").map_or(0, |at| at + 1)
        } else {
            0
        };
        if lines[ends_at..].iter().any(|line| !line.trim().is_empty()) {
            findings.push(Finding::new(path, 0, "has code after its unit tests"));
        }
    }
    findings
}

#[test]
fn unit_tests_come_last() {
    let good = "fn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
    nothing_found(&tests_not_last(&Tree::sample(&[("c/src/a.rs", good)])), "this one is right");
    let hidden = format!("{good}\nfn c() {{}}\n");
    something_found(&tests_not_last(&Tree::sample(&[("c/src/a.rs", &hidden)])), &hidden);
    let outside = "fn a() {}\n\n#[cfg(test)]\nmod tests;\nfn c() {}\n";
    something_found(&tests_not_last(&Tree::sample(&[("c/src/a.rs", outside)])), outside);
    let remedy = "put unit tests at the end of the file: the rules on words stop looking there";
    nothing_found(&tests_not_last(Tree::of_repository()), remedy);
}
