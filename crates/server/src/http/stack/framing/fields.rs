//! The head of one request, line by line: its size, and how long its body will be.

use memchr::{memchr, memrchr};

use super::HeadLimits;
use crate::http::stack::answer::{self, Answer};
use crate::http::stack::limits;

/// Bytes of a request line that are not its target: method, two spaces, version, line end.
pub(super) const REQUEST_LINE_REST_BYTES_MAX: usize =
    limits::METHOD_BYTES_MAX + " HTTP/1.1\r\n".len() + 1;

/// How the length of a body is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyKind {
    /// So many bytes, none without a length.
    Length(u64),
    /// Chunk by chunk.
    Chunked,
}

/// What has been seen of one head.
#[derive(Debug, Default)]
pub(super) struct Head {
    fields: usize,
    bytes: usize,
    is_http_10: bool,
    has_host: bool,
    is_chunked: bool,
    length: Option<u64>,
}

impl Head {
    /// Takes the request line, without its line end.
    pub(super) fn request_line(&mut self, line: &[u8], limits: &HeadLimits) -> Result<(), Answer> {
        let (Some(first), Some(last)) = (memchr(b' ', line), memrchr(b' ', line)) else {
            return Err(answer::malformed(
                "the request line must be a method, a target and a version",
            ));
        };
        // Length first: a target that is too long is told so whatever else is wrong.
        if last.saturating_sub(first + 1) > limits.uri_bytes {
            return Err(answer::URI_TOO_LONG);
        }
        if first > limits::METHOD_BYTES_MAX {
            return Err(answer::malformed("the request method is unknown"));
        }
        if &line[..first] == b"CONNECT" {
            return Err(answer::malformed("this server is not a proxy: CONNECT is not served"));
        }
        self.is_http_10 = match &line[last + 1..] {
            b"HTTP/1.1" => false,
            b"HTTP/1.0" => true,
            _ => return Err(answer::malformed("the HTTP version must be 1.0, 1.1 or 2")),
        };
        Ok(())
    }

    /// Takes one field line, without its line end.
    pub(super) fn field(&mut self, line: &[u8], limits: &HeadLimits) -> Result<(), Answer> {
        self.check_size(line.len() + 2, limits)?;
        self.fields += 1;
        self.bytes += line.len() + 2;
        if matches!(line[0], b' ' | b'\t') {
            return Err(answer::malformed("header fields must not be folded over several lines"));
        }
        let Some(colon) = memchr(b':', line) else {
            return Err(answer::malformed("a header field has no colon"));
        };
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if name.last().is_none_or(|byte| matches!(byte, b' ' | b'\t')) {
            return Err(answer::malformed(
                "a header field name must be followed by its colon directly",
            ));
        }
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => self.host(),
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                self.content_length(value.trim_ascii())
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                self.transfer_encoding(value.trim_ascii())
            }
            _ => Ok(()),
        }
    }

    /// Refuses the head when one more line of `line_bytes` is too much.
    pub(super) fn check_size(&self, line_bytes: usize, limits: &HeadLimits) -> Result<(), Answer> {
        // A line that has only begun may still be the empty one at the end.
        let is_field = line_bytes > 2;
        let is_full = self.fields == limits.fields || self.bytes + line_bytes > limits.bytes;
        if is_field && is_full {
            return Err(answer::HEADERS_TOO_LARGE);
        }
        Ok(())
    }

    /// How the body that follows is framed.
    pub(super) fn body(&self) -> BodyKind {
        if self.is_chunked { BodyKind::Chunked } else { BodyKind::Length(self.length.unwrap_or(0)) }
    }

    fn host(&mut self) -> Result<(), Answer> {
        if std::mem::replace(&mut self.has_host, true) {
            return Err(answer::malformed("the Host field must not be repeated"));
        }
        Ok(())
    }

    fn content_length(&mut self, value: &[u8]) -> Result<(), Answer> {
        if self.is_chunked {
            return Err(answer::malformed(
                "Content-Length and Transfer-Encoding exclude each other",
            ));
        }
        if self.length.is_some() {
            return Err(answer::malformed("the Content-Length field must not be repeated"));
        }
        let number = (!value.is_empty() && value.iter().all(u8::is_ascii_digit))
            .then(|| std::str::from_utf8(value).ok()?.parse().ok())
            .flatten();
        self.length =
            Some(number.ok_or(answer::malformed("Content-Length must be a number without sign"))?);
        Ok(())
    }

    fn transfer_encoding(&mut self, value: &[u8]) -> Result<(), Answer> {
        if self.length.is_some() {
            return Err(answer::malformed(
                "Content-Length and Transfer-Encoding exclude each other",
            ));
        }
        if self.is_http_10 {
            return Err(answer::malformed("HTTP/1.0 has no Transfer-Encoding"));
        }
        if self.is_chunked || !value.eq_ignore_ascii_case(b"chunked") {
            return Err(answer::malformed("the only Transfer-Encoding served is chunked, once"));
        }
        self.is_chunked = true;
        Ok(())
    }
}
