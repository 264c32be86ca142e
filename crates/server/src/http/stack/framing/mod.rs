//! Watches the raw bytes of an HTTP/1 connection on their way to hyper and refuses what two readers
//! could understand in two ways (S-95), and what is too large (D-45).
//!
//! hyper forgives several shapes that request smuggling is made of: it drops a `Content-Length`
//! beside a `Transfer-Encoding`, folds a repeated one, takes bare line feeds and chunk extensions
//! of 16 KiB, and by the time a service sees the request no trace is left of them. So this module
//! follows the framing itself, one pass over heads and chunk headers, skipping bodies by their
//! length. It is stricter than hyper everywhere, so whatever it lets pass both understand alike;
//! hyper still does the parsing.
//!
//! It holds no socket and no clock: bytes in, verdict out.

mod chunks;
mod fields;
mod verdict;

use memchr::memchr;

use super::answer::{self, Answer};
use super::limits;
use fields::{BodyKind, Head};
pub(super) use verdict::{HeadLimits, Place, Verdict};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Follows one connection.
#[derive(Debug)]
pub(super) struct Framing {
    limits: HeadLimits,
    state: State,
    /// The begun line when a read ended inside it; empty on the fast path.
    line: Vec<u8>,
    head: Head,
    /// Heads that were complete.
    heads: u32,
    /// Bytes of the present body, its chunk headers included.
    body_bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// So many bytes of the HTTP/2 preface have matched.
    Preface(usize),
    /// So many bytes of empty lines were skipped.
    Between(usize),
    RequestLine,
    Fields,
    Body(u64),
    ChunkSize,
    ChunkData(u64),
    ChunkEnd,
    /// So many bytes of trailer lines have come.
    Trailers(usize),
    Http2,
    Refused,
}

/// Ends the work on a read early.
enum Stop {
    Head(Answer),
    Body,
}

impl Framing {
    pub(super) fn new(limits: HeadLimits) -> Self {
        Self {
            limits,
            state: State::Preface(0),
            line: Vec::new(),
            head: Head::default(),
            heads: 0,
            body_bytes: 0,
        }
    }

    /// Heads that were complete so far (wraps).
    pub(super) fn heads(&self) -> u32 {
        self.heads
    }

    /// How much of the present body has come, chunk headers included.
    pub(super) fn body_bytes(&self) -> u64 {
        self.body_bytes
    }

    pub(super) fn place(&self) -> Place {
        match self.state {
            State::Preface(0) => Place::Start,
            State::Between(_) if self.heads == 0 => Place::Start,
            State::Between(_) | State::Http2 => Place::Between,
            State::Preface(_) | State::RequestLine | State::Fields | State::Refused => Place::Head,
            State::Body(_)
            | State::ChunkSize
            | State::ChunkData(_)
            | State::ChunkEnd
            | State::Trailers(_) => Place::Body,
        }
    }

    /// Judges the bytes of one read, which follow those of the read before.
    pub(super) fn inspect(&mut self, bytes: &[u8]) -> Verdict {
        let mut at = 0;
        while at < bytes.len() {
            if self.state == State::Http2 {
                return Verdict::Http2;
            }
            let begin = at;
            let is_body = self.place() == Place::Body;
            if let Err(stop) = self.step(bytes, &mut at) {
                self.state = State::Refused;
                return match stop {
                    Stop::Head(answer) => Verdict::Refuse { at: begin, answer },
                    Stop::Body => Verdict::BrokenBody { at: begin },
                };
            }
            if is_body {
                self.body_bytes += (at - begin) as u64;
            }
        }
        if self.state == State::Http2 { Verdict::Http2 } else { Verdict::Pass }
    }

    /// Takes the next line or the next stretch of body.
    fn step(&mut self, bytes: &[u8], at: &mut usize) -> Result<(), Stop> {
        match self.state {
            State::Preface(matched) => self.preface(matched, bytes, at),
            State::Between(skipped) => self.between(skipped, bytes, at),
            State::Body(left) => {
                let left = skip(left, bytes, at);
                self.state = if left == 0 { State::Between(0) } else { State::Body(left) };
                Ok(())
            }
            State::ChunkData(left) => {
                let left = skip(left, bytes, at);
                self.state = if left == 0 { State::ChunkEnd } else { State::ChunkData(left) };
                Ok(())
            }
            State::Refused => Err(Stop::Body),
            State::Http2 => Ok(()),
            State::RequestLine
            | State::Fields
            | State::ChunkSize
            | State::ChunkEnd
            | State::Trailers(_) => self.next_line(bytes, at),
        }
    }

    /// A first request may be the HTTP/2 preface; no HTTP/1 method begins like it beyond its first
    /// letters.
    fn preface(&mut self, matched: usize, bytes: &[u8], at: &mut usize) -> Result<(), Stop> {
        let expected = &PREFACE[matched..];
        let same =
            expected.iter().zip(&bytes[*at..]).take_while(|(left, right)| left == right).count();
        let matched = matched + same;
        if matched == PREFACE.len() {
            *at += same;
            self.state = State::Http2;
        } else if *at + same == bytes.len() {
            *at += same;
            self.state = State::Preface(matched);
        } else if matched >= b"PRI ".len() {
            return Err(Stop::Head(answer::malformed("the HTTP/2 connection preface is wrong")));
        } else if matched == 0 {
            self.state = State::Between(0);
        } else {
            // The letters that matched may have come with an earlier read.
            self.line.extend_from_slice(&PREFACE[..matched]);
            *at += same;
            self.head = Head::default();
            self.state = State::RequestLine;
        }
        Ok(())
    }

    fn between(&mut self, skipped: usize, bytes: &[u8], at: &mut usize) -> Result<(), Stop> {
        if matches!(bytes[*at], b'\r' | b'\n') {
            if skipped == limits::LEADING_LINE_BYTES_MAX {
                return Err(Stop::Head(answer::malformed("empty lines before the request line")));
            }
            *at += 1;
            self.state = State::Between(skipped + 1);
        } else {
            self.head = Head::default();
            self.state = State::RequestLine;
        }
        Ok(())
    }

    /// Completes the line under way, if its end is there, and acts on it.
    fn next_line(&mut self, bytes: &[u8], at: &mut usize) -> Result<(), Stop> {
        let rest = &bytes[*at..];
        let end = memchr(b'\n', rest).map(|end| end + 1);
        let piece = &rest[..end.unwrap_or(rest.len())];
        *at += piece.len();
        if self.line.is_empty() && end.is_some() {
            return self.act_on(piece);
        }
        self.line.extend_from_slice(piece);
        if end.is_none() {
            return self.check_unfinished();
        }
        let mut line = std::mem::take(&mut self.line);
        let result = self.act_on(&line);
        line.clear();
        self.line = line;
        result
    }

    /// Refuses a line that is too long before its end has come.
    fn check_unfinished(&self) -> Result<(), Stop> {
        let length = self.line.len();
        match self.state {
            State::RequestLine
                if length > self.limits.uri_bytes + fields::REQUEST_LINE_REST_BYTES_MAX =>
            {
                Err(Stop::Head(answer::URI_TOO_LONG))
            }
            State::Fields => Ok(self.head.check_size(length, &self.limits)?),
            State::ChunkSize if length > chunks::HEAD_BYTES_MAX + 1 => Err(Stop::Body),
            State::ChunkEnd if length > 1 => Err(Stop::Body),
            State::Trailers(before) if before + length > self.limits.bytes => Err(Stop::Body),
            _ => Ok(()),
        }
    }

    fn act_on(&mut self, line: &[u8]) -> Result<(), Stop> {
        let Some(line) = line.strip_suffix(b"\r\n") else {
            return Err(match self.state {
                State::RequestLine | State::Fields => {
                    Stop::Head(answer::malformed("lines of a request head must end with CR LF"))
                }
                _ => Stop::Body,
            });
        };
        match self.state {
            State::RequestLine => {
                self.head.request_line(line, &self.limits)?;
                self.state = State::Fields;
            }
            State::Fields if line.is_empty() => {
                self.heads = self.heads.wrapping_add(1);
                self.body_bytes = 0;
                self.state = match self.head.body() {
                    BodyKind::Length(0) => State::Between(0),
                    BodyKind::Length(length) => State::Body(length),
                    BodyKind::Chunked => State::ChunkSize,
                };
            }
            State::Fields => self.head.field(line, &self.limits)?,
            State::ChunkSize => {
                self.state = match chunks::size(line).ok_or(Stop::Body)? {
                    0 => State::Trailers(0),
                    size => State::ChunkData(size),
                };
            }
            State::ChunkEnd if line.is_empty() => self.state = State::ChunkSize,
            State::Trailers(_) if line.is_empty() => self.state = State::Between(0),
            State::Trailers(before) => {
                let bytes = before + line.len() + 2;
                if bytes > self.limits.bytes || !line[0].is_ascii_graphic() {
                    return Err(Stop::Body);
                }
                self.state = State::Trailers(bytes);
            }
            _ => return Err(Stop::Body),
        }
        Ok(())
    }
}

impl From<Answer> for Stop {
    fn from(answer: Answer) -> Self {
        Self::Head(answer)
    }
}

/// Steps over at most `left` bytes and says how many are still to come.
fn skip(left: u64, bytes: &[u8], at: &mut usize) -> u64 {
    let here = bytes.len() - *at;
    let step = usize::try_from(left).map_or(here, |left| left.min(here));
    *at += step;
    left - step as u64
}

#[cfg(test)]
mod tests;
