//! A second reader of request bodies, written from the rules alone (RFC 8259, S-97, D-45), to compare the first with.

use std::collections::HashSet;

/// Deepest nesting that is allowed.
const DEPTH_MAX: usize = 16;

/// Whether these bytes are one JSON object, in UTF-8, that names no member twice and is not nested too deeply.
pub(super) fn accepts(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut reader = Reader { rest: text };
    reader.skip_blanks();
    let is_object = reader.rest.starts_with('{') && reader.value(1).is_some();
    reader.skip_blanks();
    is_object && reader.rest.is_empty()
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<()> {
        self.skip_blanks();
        match self.rest.as_bytes().first()? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => self.string().map(drop),
            b'-' | b'0'..=b'9' => self.number(),
            _ => ["true", "false", "null"].iter().any(|word| self.takes(word)).then_some(()),
        }
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        (self.takes("{") && depth <= DEPTH_MAX).then_some(())?;
        let mut names = HashSet::new();
        self.skip_blanks();
        if self.takes("}") {
            return Some(());
        }
        loop {
            self.skip_blanks();
            let is_new = names.insert(self.string()?);
            self.skip_blanks();
            (is_new && self.takes(":")).then_some(())?;
            self.value(depth + 1)?;
            self.skip_blanks();
            if !self.takes(",") {
                return self.takes("}").then_some(());
            }
        }
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        (self.takes("[") && depth <= DEPTH_MAX).then_some(())?;
        self.skip_blanks();
        if self.takes("]") {
            return Some(());
        }
        loop {
            self.value(depth + 1)?;
            self.skip_blanks();
            if !self.takes(",") {
                return self.takes("]").then_some(());
            }
        }
    }

    /// A string, as the UTF-16 it means.
    fn string(&mut self) -> Option<Vec<u16>> {
        self.takes("\"").then_some(())?;
        let mut units = Vec::new();
        loop {
            let c = self.next()?;
            match c {
                '"' => break,
                '\\' => units.push(self.escape()?),
                '\0'..='\u{1f}' => return None,
                _ => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
            }
        }
        // Halves of pairs that stand alone mean nothing.
        String::from_utf16(&units).is_ok().then_some(units)
    }

    fn escape(&mut self) -> Option<u16> {
        Some(match self.next()? {
            'b' => 8,
            't' => 9,
            'n' => 10,
            'f' => 12,
            'r' => 13,
            c @ ('"' | '\\' | '/') => c as u16,
            'u' => {
                let digits = self
                    .rest
                    .get(..4)
                    .filter(|four| four.bytes().all(|b| b.is_ascii_hexdigit()))?;
                let unit = u16::from_str_radix(digits, 16).ok()?;
                self.rest = &self.rest[4..];
                unit
            }
            _ => return None,
        })
    }

    fn number(&mut self) -> Option<()> {
        let all = self.rest;
        self.takes("-");
        if !self.takes("0") {
            self.digits()?;
        }
        if self.takes(".") {
            self.digits()?;
        }
        if self.takes("e") || self.takes("E") {
            let _ = self.takes("+") || self.takes("-");
            self.digits()?;
        }
        // A number that no double can hold is refused.
        let text = &all[..all.len() - self.rest.len()];
        text.parse().is_ok_and(f64::is_finite).then_some(())
    }

    fn digits(&mut self) -> Option<()> {
        let rest = self.rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_some = rest.len() < self.rest.len();
        self.rest = rest;
        is_some.then_some(())
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next();
        self.rest = chars.as_str();
        c
    }

    fn takes(&mut self, word: &str) -> bool {
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }
}

#[test]
fn the_second_reader_knows_the_rules() {
    for good in ["{}", " {\"a\":[1,-0.5e+3,{\"b\":null}]} ", "{\"\\u00e9\\ud834\\udd1e\":true}"] {
        assert!(accepts(good.as_bytes()), "{good}");
    }
    for bad in [
        "",
        "[]",
        "{",
        "{}x",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":1e999}",
        "{\"\\ud834\":1}",
        "{\"a\":\"\u{1}\"}",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "\u{feff}{}",
    ] {
        assert!(!accepts(bad.as_bytes()), "{bad}");
    }
    let nested = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
    assert!(accepts(nested(15).as_bytes()) && !accepts(nested(16).as_bytes()));
}
