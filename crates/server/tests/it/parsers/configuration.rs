//! Configurations from anywhere: files and variables that were right once.

use std::io::Write as _;

use ringproof_server::config::{DEFAULT_FILE, Flags, load};

use super::mutate;
use super::random::{Random, Witness};

const FILES: &[&str] = &[
    "",
    "[codes]\nlength = 8\nlifetime_seconds = 120\n\n[server]\nlisten = \"127.0.0.1:0\"\n",
    "[[gateway]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"https://sms.example/x\"\n",
    "[limits]\nnumber_per_day = 1000000000\n[log]\nlevel = \"debug,hyper=warn\"\nformat = \"json\"\n",
    "[sms]\nsender = \"Shop\"\ntemplate = \"<PIN>\"\n[server]\ntrusted_proxies = [\"10.0.0.0/8\"]\n",
    DEFAULT_FILE,
];

const WORDS: &[&str] = &[
    "[",
    "]",
    "[[gateway]]\n",
    "=",
    "\"",
    "\"\"\"",
    "\n",
    "#",
    ",",
    "{",
    "}",
    ".",
    "[codes]\n",
    "length = 4\n",
    "kind = \"inbox\"\n",
    "-1",
    "99999999999999999999",
    "1e400",
    "nan",
    "true",
    "2026-02-03T09:15:27Z",
    "\\u0000",
    "\u{1b}[2J",
    "\u{202e}",
];

const VARIABLES: &[(&str, &str)] = &[
    ("RINGPROOF_CODES__LENGTH", "8"),
    ("RINGPROOF_SERVER__LISTEN", "[::1]:8080"),
    ("RINGPROOF_SERVER__TRUSTED_PROXIES", "10.0.0.0/8,192.0.2.1/32"),
    ("RINGPROOF_CODES__RESEND_COOLDOWN_SECONDS", "30,60"),
    ("RINGPROOF_GATEWAY__HOOK__URL", "https://sms.example/x"),
    ("RINGPROOF_ROOT_KEY", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
    ("RINGPROOF_LOG__LEVEL", "warn"),
];

/// Loads so many configurations; gives how many were accepted.
pub(super) fn run(seed: u64, thread: u64, cases: u64) -> u64 {
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    let flags = Flags { config: Some(file.path().to_owned()), ..Flags::default() };
    let mut accepted = 0;
    for case in 0..cases {
        let mut random = Random::of_case(seed, 3_000 + thread, case);
        let (text, variables) = given(&mut random);
        let report = || {
            let text = text.escape_ascii();
            format!("seed {seed}, thread {thread}, case {case}: {variables:?}\n{text}")
        };
        let witness = Witness(&report);
        let mut opened = std::fs::File::create(file.path()).unwrap();
        opened.write_all(&text).unwrap();
        match load(&flags, variables.clone()) {
            Ok(loaded) => {
                accepted += 1;
                let printed = loaded.print();
                assert!(printed.parse::<toml::Table>().is_ok(), "cannot be read again: {printed}");
            }
            Err(problems) => {
                let words = problems.to_string();
                assert!(!words.trim().is_empty(), "refused without a word");
                // Nothing that is quoted may begin a line or move the cursor of a terminal (S-86).
                let is_plain = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
                assert!(words.chars().all(is_plain), "{}", words.escape_debug());
                let count = problems.0.len();
                assert_eq!(
                    words.lines().count(),
                    if count == 1 { 1 } else { count + 1 },
                    "{words}"
                );
            }
        }
        drop(witness);
    }
    accepted
}

fn given(random: &mut Random) -> (Vec<u8>, Vec<(String, String)>) {
    let mut text = random.pick(FILES).as_bytes().to_vec();
    if !random.one_in(4) {
        mutate::damage(random, &mut text, WORDS);
    }
    let mut variables = Vec::new();
    for _ in 0..random.below(3) {
        let (name, value) = VARIABLES[random.below(VARIABLES.len())];
        let mut damaged = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            if random.one_in(3) {
                mutate::damage(random, &mut bytes, &["__", "_", ",", "=", " ", "\n", "0"]);
            }
            String::from_utf8_lossy(&bytes).into_owned()
        };
        variables.push((damaged(name), damaged(value)));
    }
    // Another file than ours may not be named.
    variables.retain(|(name, _)| name != "RINGPROOF_CONFIG");
    (text, variables)
}
