//! What must not be found, in every form in which it could lie about.
//!
//! The codes of these tests have ten digits, so that a hit is a leak and never
//! the accident that six digits in a timestamp would be.

use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

/// Bytes by which a needle is looked up; none may be shorter.
const PREFIX: usize = 5;

/// A set of forbidden byte strings, searched for in one pass.
#[derive(Default)]
pub(crate) struct Needles {
    by_prefix: HashMap<[u8; PREFIX], Vec<(Vec<u8>, String)>>,
}

impl Needles {
    /// Forbids a text: as it is, as UTF-16, in hexadecimal, and inside base64.
    pub(crate) fn text(&mut self, what: &str, text: &str) {
        self.bytes(&format!("{what} as text"), text.as_bytes());
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        self.bytes(&format!("{what} as UTF-16LE"), &little);
        self.bytes(&format!("{what} as UTF-16BE"), &big);
        self.bytes(&format!("{what} in hexadecimal"), hex(text.as_bytes()).as_bytes());
        for core in base64_cores(text.as_bytes()) {
            self.bytes(&format!("{what} inside base64"), core.as_bytes());
        }
    }

    /// Forbids a code: as text, as an integer of a database record or of
    /// memory, and as a hash that needs no key.
    pub(crate) fn code(&mut self, what: &str, code: &str, salts: &[&str]) {
        self.text(what, code);
        let number: u64 = code.parse().expect("a code is a number");
        // SQLite keeps integers of this size in six bytes, the highest first.
        self.bytes(&format!("{what} as an SQLite integer"), &number.to_be_bytes()[2..]);
        self.bytes(&format!("{what} as an integer"), &number.to_le_bytes());
        self.unkeyed_hashes(what, code, salts);
    }

    /// Forbids SHA-256 of a secret, alone and joined with each salt, raw and in hexadecimal.
    pub(crate) fn unkeyed_hashes(&mut self, what: &str, secret: &str, salts: &[&str]) {
        let mut inputs = vec![secret.to_owned()];
        for salt in salts {
            for separator in ["", ":"] {
                inputs.push(format!("{salt}{separator}{secret}"));
                inputs.push(format!("{secret}{separator}{salt}"));
            }
        }
        for input in inputs {
            let digest = Sha256::digest(input.as_bytes());
            self.bytes(&format!("{what} as an unkeyed hash"), &digest);
            self.bytes(&format!("{what} as an unkeyed hash in text"), hex(&digest).as_bytes());
        }
    }

    /// Forbids these very bytes.
    pub(crate) fn bytes(&mut self, what: &str, bytes: &[u8]) {
        let prefix = *bytes.first_chunk().expect("needles are long enough to mean something");
        self.by_prefix.entry(prefix).or_default().push((bytes.to_vec(), what.to_owned()));
    }

    /// Names what was found, each with the bytes around its first place.
    pub(crate) fn found_in(&self, haystack: &[u8]) -> Vec<String> {
        let mut found = BTreeMap::new();
        for (at, window) in haystack.windows(PREFIX).enumerate() {
            let prefix: &[u8; PREFIX] = window.first_chunk().expect("windows have this size");
            for (needle, what) in self.by_prefix.get(prefix).into_iter().flatten() {
                if haystack[at..].starts_with(needle) {
                    found.entry(what).or_insert_with(|| around(haystack, at, needle.len()));
                }
            }
        }
        found.into_iter().map(|(what, around)| format!("{what}: …{around}…")).collect()
    }
}

/// Quotes what surrounds a hit, but not the hit itself.
fn around(haystack: &[u8], at: usize, length: usize) -> String {
    let before = String::from_utf8_lossy(&haystack[at.saturating_sub(120)..at]).into_owned();
    let end = at + length;
    let after = String::from_utf8_lossy(&haystack[end..haystack.len().min(end + 40)]).into_owned();
    format!("{}[HERE]{}", before.escape_debug(), after.escape_debug())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Gives three texts of which one occurs in the base64 of whatever contains
/// `bytes`: one for each place that the first byte can have in a group of three.
fn base64_cores(bytes: &[u8]) -> Vec<String> {
    (0..3)
        .map(|lead| {
            let padded = [vec![0; lead], bytes.to_vec()].concat();
            let text = base64(&padded);
            // Digits that also depend on neighbouring bytes are cut off.
            let (from, to) = ((lead * 8).div_ceil(6), padded.len() * 8 / 6);
            text[from..to].to_owned()
        })
        .collect()
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0, |bits: u32, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = DIGITS[usize::try_from(bits >> (18 - 6 * place) & 63).expect("six bits")];
            text.push(if place <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[test]
fn base64_is_the_standard_one_and_its_cores_occur_at_every_place() {
    assert_eq!(base64(b"acme:pw"), "YWNtZTpwdw==");
    for lead in ["", "a", "ab", "abc"] {
        let whole = base64(format!("{lead}1234567890:xyz").as_bytes());
        assert!(base64_cores(b"1234567890").iter().any(|core| whole.contains(core)), "{whole}");
    }
}

#[test]
fn every_form_of_a_code_is_found_and_nothing_else() {
    let mut needles = Needles::default();
    needles.code("the code", "1234567890", &["salt"]);
    let utf16: Vec<u8> = "1234567890".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let number = 1_234_567_890_u64;
    let forms: [Vec<u8>; 8] = [
        b"PIN 1234567890.".to_vec(),
        utf16,
        b"31323334353637383930".to_vec(),
        base64(b"x1234567890y").into_bytes(),
        number.to_be_bytes()[2..].to_vec(),
        number.to_le_bytes().to_vec(),
        Sha256::digest(b"salt:1234567890").to_vec(),
        hex(&Sha256::digest(b"1234567890")).into_bytes(),
    ];
    for form in forms {
        let planted = [b"before ".as_slice(), &form, b" after"].concat();
        assert!(!needles.found_in(&planted).is_empty(), "{}", String::from_utf8_lossy(&form));
        assert!(needles.found_in(&planted[..7 + form.len() / 2]).is_empty());
    }
}
