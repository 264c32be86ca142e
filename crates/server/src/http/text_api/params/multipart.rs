//! `multipart/form-data` (RFC 7578, RFC 2046 §5.1), whole in memory.
//!
//! Read by hand: the body is complete and small, and the known libraries are
//! made for streams and bring more crates than this has lines worth. It is
//! strict where two readers could disagree: lines end with CR LF, a line that
//! begins with the boundary is one, the end must be there, and a part has one
//! name and no transfer encoding that changes its bytes. A file is a value as
//! well; a part's type and charset do not matter.

use memchr::memmem;
use zeroize::Zeroizing;

use super::{Gathered, ParamsError};
use crate::http::text_api::limits::{BOUNDARY_BYTES_MAX, PART_HEAD_BYTES_MAX};

const BROKEN: ParamsError = ParamsError::BrokenMultipart;

/// Reads a body that is not empty.
pub(super) fn read(
    content_type: &[u8],
    body: &[u8],
    gathered: &mut Gathered,
) -> Result<(), ParamsError> {
    let boundary = boundary(content_type).ok_or(BROKEN)?;
    let delimiter = [b"\r\n--", &boundary[..]].concat();
    let finder = memmem::Finder::new(&delimiter);
    // The first delimiter has no line end of its own if nothing stands before it.
    let mut rest = match body.strip_prefix(&delimiter[2..]) {
        Some(rest) => rest,
        None => &body[finder.find(body).ok_or(BROKEN)? + delimiter.len()..],
    };
    loop {
        if let Some(after) = rest.strip_prefix(b"--") {
            // What follows the line of the last delimiter is nobody's.
            let is_last_line = after.iter().all(|byte| is_blank(*byte));
            return if is_last_line || after_delimiter(after).is_some() {
                Ok(())
            } else {
                Err(BROKEN)
            };
        }
        let part = after_delimiter(rest).ok_or(BROKEN)?;
        let end = finder.find(part).ok_or(BROKEN)?;
        let (name, value) = part_of(&part[..end]).ok_or(BROKEN)?;
        gathered.push(&name, Zeroizing::new(value.to_vec()))?;
        rest = &part[end + delimiter.len()..];
    }
}

/// The boundary that `Content-Type` names.
fn boundary(content_type: &[u8]) -> Option<Vec<u8>> {
    let boundary = Parameters::after_first(content_type).named("boundary")?;
    let is_possible = (1..=BOUNDARY_BYTES_MAX).contains(&boundary.len())
        && boundary.iter().all(|byte| matches!(byte, b' '..=b'~'));
    is_possible.then_some(boundary)
}

/// Blanks after a delimiter belong to it.
fn after_delimiter(rest: &[u8]) -> Option<&[u8]> {
    let blanks = rest.iter().take_while(|byte| is_blank(**byte)).count();
    rest[blanks..].strip_prefix(b"\r\n")
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Name and value of a part.
fn part_of(part: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let head_end = memmem::find(part, b"\r\n\r\n")?;
    if head_end > PART_HEAD_BYTES_MAX {
        return None;
    }
    let mut name = None;
    let mut lines = &part[..head_end];
    while !lines.is_empty() {
        let end = memmem::find(lines, b"\r\n").unwrap_or(lines.len());
        let line = &lines[..end];
        lines = lines.get(end + 2..).unwrap_or_default();
        let colon = memchr::memchr(b':', line)?;
        let (field, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if field.eq_ignore_ascii_case(b"content-disposition") {
            if name.is_some() {
                return None;
            }
            name = Some(name_in(value)?);
        } else if field.eq_ignore_ascii_case(b"content-transfer-encoding")
            && !is_plain_encoding(value)
        {
            return None;
        }
    }
    Some((name?, &part[head_end + 4..]))
}

/// Whether a value so encoded stands there as it is.
fn is_plain_encoding(value: &[u8]) -> bool {
    [&b"7bit"[..], b"8bit", b"binary"].iter().any(|plain| value.eq_ignore_ascii_case(plain))
}

/// The name in a `Content-Disposition`.
fn name_in(disposition: &[u8]) -> Option<Vec<u8>> {
    let kind = disposition.split(|byte| *byte == b';').next()?.trim_ascii();
    if !kind.eq_ignore_ascii_case(b"form-data") {
        return None;
    }
    Parameters::after_first(disposition).named("name")
}

/// The `; name=value` pairs of a header value.
struct Parameters<'a> {
    rest: &'a [u8],
}

impl<'a> Parameters<'a> {
    /// Those behind the first `;`.
    fn after_first(value: &'a [u8]) -> Self {
        Self { rest: memchr::memchr(b';', value).map_or(&b""[..], |at| &value[at + 1..]) }
    }

    /// The one of this name; `None` if there is none, there are two, or the
    /// pairs cannot be told apart.
    fn named(mut self, name: &str) -> Option<Vec<u8>> {
        let mut found = None;
        loop {
            self.rest = self.rest.trim_ascii_start();
            if let [b';', rest @ ..] = self.rest {
                self.rest = rest;
                continue;
            }
            if self.rest.is_empty() {
                return found;
            }
            let equals = memchr::memchr(b'=', self.rest)?;
            let is_wanted = self.rest[..equals].trim_ascii().eq_ignore_ascii_case(name.as_bytes());
            self.rest = self.rest[equals + 1..].trim_ascii_start();
            let value = self.value()?;
            if is_wanted && found.replace(value).is_some() {
                return None;
            }
        }
    }

    /// A token, or a text in quotes in which a backslash stands before a quote
    /// or a backslash; a lone one means itself, as in old file paths.
    fn value(&mut self) -> Option<Vec<u8>> {
        let [b'"', rest @ ..] = self.rest else {
            let end = memchr::memchr(b';', self.rest).unwrap_or(self.rest.len());
            let token = self.rest[..end].trim_ascii_end().to_vec();
            self.rest = &self.rest[end..];
            return Some(token);
        };
        self.rest = rest;
        let mut value = Vec::new();
        loop {
            let (byte, rest) = match self.rest {
                [b'"', rest @ ..] => {
                    self.rest = rest.trim_ascii_start();
                    return (self.rest.is_empty() || self.rest.starts_with(b";")).then_some(value);
                }
                [b'\\', byte @ (b'"' | b'\\'), rest @ ..] | [byte, rest @ ..] => (*byte, rest),
                [] => return None,
            };
            value.push(byte);
            self.rest = rest;
        }
    }
}
