//! Alphabet and parts of 20,000 texts beside two calculators that we did not write: npm's
//! `sms-segments-calculator` and `PyPI`'s `smsutil` (delivery contract, DL-3).
//!
//! To see it fail, give the euro sign one septet in `text::gsm`, or an emoji one unit.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ringproof_verify::text::{Alphabet, segments};

const TEXTS: usize = 20_000;

/// What texts are made of; each kind has its own way to be counted. Characters that NFC
/// changes are left out, since the calculators count what they are given.
const ALPHABETS: [&[char]; 6] = [
    &['a', 'B', '7', ' ', '@', '_', 'é', 'Ç', 'Ω', 'ß', '\n'],
    &['a', '€', '[', '~', '\\', 'z'],
    &['€'],
    &['п', 'р', 'и', 'ç', 'a', '€', '字'],
    &['😀', '🔑', 'a', 'ж'],
    &['😀'],
];

/// Numbers that look random and are the same each time (Knuth, MMIX).
struct Draws(u64);

impl Draws {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(0x1405_7b7e_f767_814f);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn text(&mut self) -> String {
        let alphabet = ALPHABETS[self.below(ALPHABETS.len())];
        // Around the end of a part is where counts differ.
        let whole = [70, 67, 134, 160, 153, 306, 459][self.below(7)];
        let length = if self.below(4) == 0 {
            self.below(500)
        } else {
            whole / (1 + self.below(2)) + self.below(9)
        };
        // One at least: they do not agree about the alphabet of no text at all.
        (0..=length).map(|_| alphabet[self.below(alphabet.len())]).collect()
    }
}

#[test]
#[ignore = "needs the packages of tests/smsc/install; bin/test smsc runs it"]
fn twenty_thousand_texts_count_as_two_calculators_count_them() {
    let mut draws = Draws(20_261_127);
    let texts: Vec<String> = (0..TEXTS).map(|_| draws.text()).collect();
    let ours: Vec<String> = texts.iter().map(|text| counted(text)).collect();
    let linked = ours.iter().filter(|count| !count.ends_with(" 1")).count();
    let folder = packages();
    let python = folder.join("python/bin/python");
    for (program, script) in [(Path::new("node"), "node/count.js"), (&python, "python/count.py")] {
        let theirs = count_by(program, script, &folder, &texts);
        assert_eq!(theirs.len(), TEXTS, "{script}");
        for ((text, ours), theirs) in texts.iter().zip(&ours).zip(&theirs) {
            assert_eq!(ours, theirs, "{script}: {text:?}");
        }
        println!("{script}: {TEXTS} texts counted alike, {linked} of more than one part");
    }
}

fn counted(text: &str) -> String {
    let counted = segments(text);
    let alphabet = match counted.alphabet {
        Alphabet::Gsm7 => "GSM",
        Alphabet::Ucs2 => "UCS2",
    };
    format!("{alphabet} {}", counted.parts)
}

/// Runs a calculator over texts and gives a line for each.
fn count_by(program: &Path, script: &str, folder: &Path, texts: &[String]) -> Vec<String> {
    let mut lines = String::new();
    for text in texts {
        lines.push('"');
        for unit in text.encode_utf16() {
            write!(lines, "\\u{unit:04x}").expect("a string takes what is written");
        }
        lines.push_str("\"\n");
    }
    let started = Command::new(program)
        .arg(sources().join(script))
        .env("NODE_PATH", folder.join("node/node_modules"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = started.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let mut stdin = child.stdin.take().expect("it is piped");
    // From a thread, since the program answers while it reads.
    let feeder = std::thread::Builder::new().name("feeder".to_owned());
    let feeder = feeder.spawn(move || stdin.write_all(lines.as_bytes())).expect("a thread starts");
    let output = child.wait_with_output().expect("it ends");
    feeder.join().expect("no panic").expect("it reads all");
    assert!(output.status.success(), "{script} failed");
    let printed = String::from_utf8(output.stdout).expect("it prints ASCII");
    printed.lines().map(str::to_owned).collect()
}

/// The folder of the calculators' packages, which are installed if they are not there.
fn packages() -> PathBuf {
    let this = std::env::current_exe().expect("a running program has a path");
    // target/debug/deps/it-0123 → target
    let target = this.ancestors().nth(3).expect("it is below target").to_owned();
    let status = Command::new(sources().join("install")).env("CARGO_TARGET_DIR", &target).status();
    assert!(status.expect("tests/smsc/install starts").success(), "tests/smsc/install has failed");
    target.join("smsc")
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/smsc")
}
