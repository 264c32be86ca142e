//! One keep-alive connection to the server: one request at a time, buffers that are reused.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::net::sockopt;

use crate::http::{self, Response};
use crate::limits::RESPONSE_BYTES_MAX;

const REQUEST_BYTES: usize = 1024;

/// A non-blocking connection with at most one request under way.
pub(crate) struct Client {
    address: SocketAddr,
    stream: TcpStream,
    input: Box<[u8]>,
    filled: usize,
    /// The request to send; [`Client::flush`] sends it.
    pub(crate) output: Vec<u8>,
    written: usize,
    /// A request was begun and its answer has not been read.
    pub(crate) is_waiting: bool,
}

/// What a look at the socket brought.
pub(crate) enum Received<'a> {
    /// Not (yet) a whole answer.
    Nothing,
    /// A whole answer, and the buffer in which the next request may be built.
    Answer(Response<'a>, &'a mut Vec<u8>),
    /// The connection is of no more use; the reason.
    Lost(&'static str),
}

impl Client {
    /// Connects and registers with the poller under `token`.
    pub(crate) fn connect(address: SocketAddr, poller: &OwnedFd, token: u64) -> io::Result<Self> {
        Ok(Self {
            address,
            stream: open(address, poller, token)?,
            input: vec![0; RESPONSE_BYTES_MAX].into_boxed_slice(),
            filled: 0,
            output: Vec::with_capacity(REQUEST_BYTES),
            written: 0,
            is_waiting: false,
        })
    }

    /// Replaces the connection by a new one; what was under way is forgotten.
    pub(crate) fn reconnect(&mut self, poller: &OwnedFd, token: u64) -> io::Result<()> {
        self.stream = open(self.address, poller, token)?;
        self.filled = 0;
        self.output.clear();
        self.written = 0;
        self.is_waiting = false;
        Ok(())
    }

    /// Begins to send what `output` holds.
    pub(crate) fn send(&mut self) -> io::Result<()> {
        self.written = 0;
        self.filled = 0;
        self.is_waiting = true;
        self.flush()
    }

    /// Sends on, as far as the socket takes it.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        while self.is_waiting && self.written < self.output.len() {
            match self.stream.write(&self.output[self.written..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => self.written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads what has come. A read that does not fill the buffer has emptied the socket, so the
    /// edge-triggered poller will speak again and no second read is needed to make sure.
    pub(crate) fn receive(&mut self) -> Received<'_> {
        loop {
            match self.stream.read(&mut self.input[self.filled..]) {
                Ok(0) => return Received::Lost("the server closed the connection"),
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Received::Nothing,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return Received::Lost("the connection broke"),
            }
            break;
        }
        let is_full = self.filled == self.input.len();
        match http::response(&self.input[..self.filled]) {
            Err(malformed) => Received::Lost(malformed),
            Ok(None) if is_full => Received::Lost("an answer longer than the buffer"),
            Ok(None) => Received::Nothing,
            Ok(Some(_)) if !self.is_waiting => Received::Lost("an answer nobody asked for"),
            Ok(Some(answer)) if answer.length != self.filled => {
                Received::Lost("bytes after the end of an answer")
            }
            Ok(Some(answer)) => {
                self.is_waiting = false;
                Received::Answer(answer, &mut self.output)
            }
        }
    }
}

fn open(address: SocketAddr, poller: &OwnedFd, token: u64) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nonblocking(true)?;
    stream.set_nodelay(true)?;
    // The cheapest congestion control there is; on loopback nothing is lost. Where the kernel does
    // not offer it, its default does as well.
    let _ = sockopt::set_tcp_congestion(&stream, "reno");
    let interest = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
    epoll::add(poller, &stream, EventData::new_u64(token), interest)?;
    Ok(stream)
}
