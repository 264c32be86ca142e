//! Reading JSON by walking over it: no tree, no allocation unless a text has escapes.
//!
//! The walker follows the grammar (nesting, texts with escapes), so a brace or a member name
//! inside a text cannot mislead it; it does not check what it only skips.

use std::borrow::Cow;

use memchr::memchr2;

use crate::http::Malformed;

/// Calls `each` with name and raw value of every member of an object.
pub(crate) fn members<'a>(
    object: &'a [u8],
    mut each: impl FnMut(&'a [u8], &'a [u8]) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let mut cursor = Cursor { bytes: object, at: 0 };
    cursor.expect(b'{', "not a JSON object")?;
    if cursor.take(b'}') {
        return Ok(());
    }
    loop {
        let name = cursor.value()?;
        let name = text_between_quotes(name).ok_or("a member name that is not a text")?;
        cursor.expect(b':', "a member without a colon")?;
        each(name, cursor.value()?)?;
        if !cursor.take(b',') {
            return cursor.expect(b'}', "an object without its end");
        }
    }
}

/// Calls `each` with the raw value of every element of an array.
pub(crate) fn elements<'a>(
    array: &'a [u8],
    mut each: impl FnMut(&'a [u8]) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let mut cursor = Cursor { bytes: array, at: 0 };
    cursor.expect(b'[', "not a JSON array")?;
    if cursor.take(b']') {
        return Ok(());
    }
    loop {
        each(cursor.value()?)?;
        if !cursor.take(b',') {
            return cursor.expect(b']', "an array without its end");
        }
    }
}

/// The raw value of one member of an object.
pub(crate) fn member<'a>(object: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut found = None;
    members(object, |key, value| {
        if key == name {
            found = Some(value);
        }
        Ok(())
    })
    .ok()?;
    found
}

/// The text that a raw value stands for, with its escapes resolved.
pub(crate) fn text(value: &[u8]) -> Option<Cow<'_, [u8]>> {
    let inner = text_between_quotes(value)?;
    if memchr::memchr(b'\\', inner).is_none() {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_slice::<String>(value).ok().map(|text| Cow::Owned(text.into_bytes()))
}

fn text_between_quotes(value: &[u8]) -> Option<&[u8]> {
    value.strip_prefix(b"\"")?.strip_suffix(b"\"")
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&mut self) -> Option<u8> {
        while let Some(&byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    fn take(&mut self, wanted: u8) -> bool {
        let is_there = self.peek() == Some(wanted);
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, wanted: u8, complaint: Malformed) -> Result<(), Malformed> {
        if self.take(wanted) { Ok(()) } else { Err(complaint) }
    }

    /// Passes one value of any kind and gives its bytes.
    fn value(&mut self) -> Result<&'a [u8], Malformed> {
        let first = self.peek().ok_or("JSON that ends early")?;
        let start = self.at;
        match first {
            b'"' => self.pass_text()?,
            b'{' | b'[' => self.pass_nested()?,
            b',' | b':' | b'}' | b']' => return Err("a value is missing"),
            _ => self.pass_word(),
        }
        Ok(&self.bytes[start..self.at])
    }

    fn pass_text(&mut self) -> Result<(), Malformed> {
        self.at += 1;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let Some(offset) = memchr2(b'"', b'\\', rest) else {
                return Err("a text without its end");
            };
            let is_escape = rest[offset] == b'\\';
            self.at += offset + 1 + usize::from(is_escape);
            if !is_escape {
                return Ok(());
            }
        }
    }

    fn pass_nested(&mut self) -> Result<(), Malformed> {
        let mut depth = 0_u32;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'"' => {
                    self.pass_text()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
        Err("a value without its end")
    }

    /// Passes a number, `true`, `false` or `null`.
    fn pass_word(&mut self) {
        let rest = &self.bytes[self.at..];
        let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n');
        self.at += rest.iter().position(ends).unwrap_or(rest.len());
    }
}

#[cfg(test)]
mod tests {
    use super::{elements, member, members, text};

    #[test]
    fn a_member_is_found_between_others_and_never_inside_a_text() {
        let object =
            br#" { "a" : "\"id\":1}" , "n":{"id":"no"}, "id" : "yes", "l":[1,{"id":2}] } "#;
        assert_eq!(member(object, b"id"), Some(&b"\"yes\""[..]));
        assert_eq!(member(object, b"l"), Some(&br#"[1,{"id":2}]"#[..]));
        assert_eq!(member(object, b"missing"), None);
        assert_eq!(member(b"{}", b"id"), None);
        assert_eq!(member(br#"{"verified": true}"#, b"verified"), Some(&b"true"[..]));
    }

    #[test]
    fn escapes_are_resolved() {
        assert_eq!(text(br#""\u002b372 \"x\"""#).unwrap().as_ref(), b"+372 \"x\"");
        assert_eq!(text(br#""plain""#).unwrap().as_ref(), b"plain");
        assert!(text(b"12").is_none());
    }

    #[test]
    fn elements_come_in_order() {
        let mut seen = Vec::new();
        elements(br#"[ {"a":[1,2]}, "x,]" ,3]"#, |element| {
            seen.push(element.to_vec());
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, [&br#"{"a":[1,2]}"#[..], br#""x,]""#, b"3"]);
        assert!(elements(b"[]", |_| Err("called for nothing")).is_ok());
    }

    #[test]
    fn broken_json_is_an_error_and_never_a_panic() {
        let whole = br#"{"messages":[{"id":"a\\","to":"+1","n":-1.5e3,"t":true}],"x":{}}"#;
        assert!(members(whole, |_, _| Ok(())).is_ok());
        for cut in 0..whole.len() {
            assert!(members(&whole[..cut], |_, _| Ok(())).is_err(), "{cut}");
        }
    }
}
