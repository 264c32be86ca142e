//! The gateway at the end of the road: takes the batches of messages the server posts, reads the
//! codes out of them, and answers `204` (all accepted).

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::fd::OwnedFd;

use crate::http::{self, Malformed};
use crate::json;
use crate::limits::BATCH_BYTES_MAX;

/// Tokens of the poller from here on belong to the sink: first the listener, then its connections.
pub(crate) const SINK_TOKENS: u64 = 1 << 32;
/// Digits the shortest code in use has.
pub(crate) const CODE_DIGITS_MIN: usize = 4;
/// Digits the longest code in use has.
pub(crate) const CODE_DIGITS_MAX: usize = 10;
const INPUT_BYTES: usize = 64 * 1024;
const ACCEPTED: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

/// The digits of a code, without an allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    digits: [u8; CODE_DIGITS_MAX],
    length: usize,
}

impl Code {
    /// The digits as bytes.
    pub(crate) fn digits(&self) -> &[u8] {
        &self.digits[..self.length]
    }
}

/// One message that reached its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// The digits of the phone number as one number.
    pub(crate) number: u64,
    /// The code found in its text.
    pub(crate) code: Code,
}

/// Listener and connections of the sink, driven by the poller of the load program.
pub(crate) struct Sink {
    listener: TcpListener,
    connections: Vec<Option<Connection>>,
    /// Messages read and not yet taken; emptied by the driver after each event.
    pub(crate) messages: Vec<Message>,
    /// Batches (requests) taken so far.
    pub(crate) batches: u64,
    /// First thing that was wrong with a batch.
    pub(crate) complaint: Option<Malformed>,
}

struct Connection {
    stream: TcpStream,
    input: Vec<u8>,
    filled: usize,
}

impl Sink {
    /// Listens on a free loopback port and registers with the poller.
    pub(crate) fn open(poller: &OwnedFd) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        epoll::add(poller, &listener, EventData::new_u64(SINK_TOKENS), EventFlags::IN)?;
        Ok(Self {
            listener,
            connections: Vec::new(),
            messages: Vec::with_capacity(1024),
            batches: 0,
            complaint: None,
        })
    }

    /// Where the server has to post to.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Handles an event of one of the sink's tokens.
    pub(crate) fn handle(&mut self, token: u64, poller: &OwnedFd) -> io::Result<()> {
        if token == SINK_TOKENS {
            return self.accept(poller);
        }
        let index = usize::try_from(token - SINK_TOKENS - 1).unwrap_or(usize::MAX);
        let Some(Some(connection)) = self.connections.get_mut(index) else { return Ok(()) };
        match connection.receive(&mut self.messages) {
            Ok(batches) => self.batches += batches,
            Err(failure) => {
                if let Failure::Malformed(complaint) = failure {
                    self.complaint.get_or_insert(complaint);
                }
                self.connections[index] = None;
            }
        }
        Ok(())
    }

    fn accept(&mut self, poller: &OwnedFd) -> io::Result<()> {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            let free = self.connections.iter().position(Option::is_none);
            let index = free.unwrap_or(self.connections.len());
            if free.is_none() {
                self.connections.push(None);
            }
            let token = EventData::new_u64(SINK_TOKENS + 1 + index as u64);
            epoll::add(poller, &stream, token, EventFlags::IN)?;
            self.connections[index] =
                Some(Connection { stream, input: vec![0; INPUT_BYTES], filled: 0 });
        }
    }
}

enum Failure {
    Closed,
    Malformed(Malformed),
}

impl Connection {
    /// Reads once (the poller reports again what is left), takes every whole request and answers
    /// it. Gives the number of batches taken.
    fn receive(&mut self, messages: &mut Vec<Message>) -> Result<u64, Failure> {
        if self.filled == self.input.len() {
            if self.filled >= BATCH_BYTES_MAX {
                return Err(Failure::Malformed("a batch longer than the sink takes"));
            }
            self.input.resize(self.filled * 2, 0);
        }
        match self.stream.read(&mut self.input[self.filled..]) {
            Ok(0) => return Err(Failure::Closed),
            Ok(count) => self.filled += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
            Err(_) => return Err(Failure::Closed),
        }
        let mut batches = 0;
        let mut start = 0;
        while let Some(request) =
            http::request(&self.input[start..self.filled]).map_err(Failure::Malformed)?
        {
            read_messages(request.body, messages).map_err(Failure::Malformed)?;
            start += request.length;
            batches += 1;
            // 27 bytes always fit: the server reads an answer before it posts again.
            self.stream.write_all(ACCEPTED).map_err(|_| Failure::Closed)?;
        }
        self.input.copy_within(start..self.filled, 0);
        self.filled -= start;
        Ok(batches)
    }
}

/// Reads the messages of a batch: `{"messages":[{"id":…,"to":…,"text":…},…]}`.
fn read_messages(body: &[u8], messages: &mut Vec<Message>) -> Result<(), Malformed> {
    let list = json::member(body, b"messages").ok_or("a batch without messages")?;
    json::elements(list, |element| {
        let (mut has_id, mut number, mut code) = (false, None, None);
        json::members(element, |name, value| {
            match name {
                b"id" => has_id = json::text(value).is_some_and(|id| !id.is_empty()),
                b"to" => number = json::text(value).and_then(|text| number_of(&text)),
                b"text" => code = json::text(value).and_then(|text| code_in(&text)),
                _ => {}
            }
            Ok(())
        })?;
        if !has_id {
            return Err("a message without an id");
        }
        messages.push(Message {
            number: number.ok_or("a message without a phone number in E.164")?,
            code: code.ok_or("a message without a code in its text")?,
        });
        Ok(())
    })
}

fn number_of(text: &[u8]) -> Option<u64> {
    let digits = text.strip_prefix(b"+").filter(|digits| (7..=15).contains(&digits.len()))?;
    digits.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + u64::from(digit - b'0'))
    })
}

/// The first run of digits that has the length of a code.
pub(crate) fn code_in(text: &[u8]) -> Option<Code> {
    let found = text
        .split(|byte| !byte.is_ascii_digit())
        .find(|run| (CODE_DIGITS_MIN..=CODE_DIGITS_MAX).contains(&run.len()))?;
    let mut code = Code { digits: [0; CODE_DIGITS_MAX], length: found.len() };
    code.digits[..found.len()].copy_from_slice(found);
    Some(code)
}

#[cfg(test)]
mod tests {
    use super::read_messages;

    #[test]
    fn a_batch_gives_numbers_and_codes_in_order() {
        let body = br#"{"messages":[
            {"id":"1","to":"+37250000001","from":"Verigator","text":"Your Verification PIN code is 123456","expires_at":"x"},
            {"text":"Call 112? No: \"9876543210\".","id":"2","to":"\u002b37250000002"}]}"#;
        let mut messages = Vec::new();
        read_messages(body, &mut messages).unwrap();
        let seen: Vec<_> =
            messages.iter().map(|message| (message.number, message.code.digits())).collect();
        assert_eq!(seen, [(37_250_000_001, &b"123456"[..]), (37_250_000_002, b"9876543210")]);
    }

    #[test]
    fn a_message_that_lacks_something_is_refused() {
        for body in [
            &br"{}"[..],
            br#"{"messages":[{"to":"+37250000001","text":"123456"}]}"#,
            br#"{"messages":[{"id":"1","to":"37250000001","text":"123456"}]}"#,
            br#"{"messages":[{"id":"1","to":"+37250000001","text":"no code 123"}]}"#,
        ] {
            assert!(read_messages(body, &mut Vec::new()).is_err());
        }
    }
}
