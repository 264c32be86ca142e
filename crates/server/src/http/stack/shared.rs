//! What the three parties of one connection know of each other: the socket wrapper, the service,
//! and the driver that keeps the time.
//!
//! The wrapper writes down where the incoming bytes stand, the service what it is working on, and
//! the driver reads both to know which time limit runs, and writes down which one is over. On
//! HTTP/1 all three run in one task; the fields are atomic because HTTP/2 streams are tasks of
//! their own, and `Relaxed` because no other memory depends on them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};

use super::framing::Place;

/// What a connection is waiting for; each has its own time limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The first byte of a new connection.
    FirstByte,
    /// The rest of a head.
    Head,
    /// The rest of a body that belongs to the request in work.
    Body,
    /// The handler.
    Handling,
    /// The handler's response body, which may take as long as it likes.
    Answering,
    /// The next request.
    Idle,
    /// The peer, to take our bytes.
    Writing,
    /// The peer, to close after an early answer.
    Lingering,
    /// Any event of an HTTP/2 connection with open streams; each stream has its own limits.
    Streams,
}

const NOTHING: u8 = 0;
const HANDLING: u8 = 1;
const ANSWERING: u8 = 2;

/// The notes of one connection.
#[derive(Debug)]
pub(super) struct Shared {
    /// A [`Place`].
    place: AtomicU8,
    /// `NOTHING`, `HANDLING` or `ANSWERING`; HTTP/1 only.
    work: AtomicU8,
    /// Requests in work; more than one only on HTTP/2.
    streams: AtomicU32,
    /// Changes whenever the stage may have changed or made progress.
    epoch: AtomicU32,
    /// Bytes of the present body that have come.
    body_bytes: AtomicU64,
    /// Complete heads that came in, and requests that were begun: a body that is coming in belongs
    /// to the request in work only if they are equal.
    heads: AtomicU32,
    begun: AtomicU32,
    is_http2: AtomicBool,
    is_write_blocked: AtomicBool,
    is_lingering: AtomicBool,
    /// An answer has left the service and may still be in hyper's buffer.
    is_unflushed: AtomicBool,
    is_head_late: AtomicBool,
    is_body_late: AtomicBool,
    is_handler_late: AtomicBool,
    is_linger_over: AtomicBool,
}

impl Shared {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            place: AtomicU8::new(Place::Start as u8),
            work: AtomicU8::new(NOTHING),
            streams: AtomicU32::new(0),
            epoch: AtomicU32::new(0),
            body_bytes: AtomicU64::new(0),
            heads: AtomicU32::new(0),
            begun: AtomicU32::new(0),
            is_http2: AtomicBool::new(false),
            is_write_blocked: AtomicBool::new(false),
            is_lingering: AtomicBool::new(false),
            is_unflushed: AtomicBool::new(false),
            is_head_late: AtomicBool::new(false),
            is_body_late: AtomicBool::new(false),
            is_handler_late: AtomicBool::new(false),
            is_linger_over: AtomicBool::new(false),
        })
    }

    // What the driver reads.

    pub(super) fn epoch(&self) -> u32 {
        self.epoch.load(Relaxed)
    }

    pub(super) fn body_bytes(&self) -> u64 {
        self.body_bytes.load(Relaxed)
    }

    pub(super) fn stage(&self) -> Stage {
        if self.is_lingering.load(Relaxed) {
            return Stage::Lingering;
        }
        if self.is_write_blocked.load(Relaxed) {
            return Stage::Writing;
        }
        if self.is_http2() && self.streams.load(Relaxed) > 0 {
            return Stage::Streams;
        }
        match self.work.load(Relaxed) {
            HANDLING if self.is_body_open() && !self.is_body_late() => Stage::Body,
            HANDLING => Stage::Handling,
            ANSWERING => Stage::Answering,
            _ => match self.place.load(Relaxed) {
                place if place == Place::Start as u8 => Stage::FirstByte,
                place if place == Place::Between as u8 => Stage::Idle,
                // A body without a request in work: hyper has not called the service yet.
                _ => Stage::Head,
            },
        }
    }

    // What the driver writes.

    pub(super) fn end_head(&self) {
        self.is_head_late.store(true, Relaxed);
        self.touch();
    }

    pub(super) fn end_body(&self) {
        self.is_body_late.store(true, Relaxed);
        self.touch();
    }

    pub(super) fn end_handler(&self) {
        self.is_handler_late.store(true, Relaxed);
        self.touch();
    }

    pub(super) fn end_linger(&self) {
        self.is_linger_over.store(true, Relaxed);
        self.touch();
    }

    // What the socket wrapper writes and reads.

    /// Notes where the bytes stand after a read.
    pub(super) fn arrived(&self, place: Place, heads: u32, body_bytes: u64) {
        self.body_bytes.store(body_bytes, Relaxed);
        let place_before = self.place.swap(place as u8, Relaxed);
        let heads_before = self.heads.swap(heads, Relaxed);
        if place_before != place as u8 || heads_before != heads {
            self.touch();
        }
    }

    /// From here on the connection speaks HTTP/2; until the first request its head's limit runs.
    pub(super) fn set_http2(&self) {
        self.is_http2.store(true, Relaxed);
        self.place.store(Place::Head as u8, Relaxed);
        self.touch();
    }

    pub(super) fn is_http2(&self) -> bool {
        self.is_http2.load(Relaxed)
    }

    pub(super) fn set_write_blocked(&self, is_blocked: bool) {
        if self.is_write_blocked.load(Relaxed) != is_blocked {
            self.is_write_blocked.store(is_blocked, Relaxed);
            self.touch();
        }
    }

    pub(super) fn set_lingering(&self) {
        self.is_lingering.store(true, Relaxed);
        self.touch();
    }

    /// Whether everything the service has answered has left for the socket.
    pub(super) fn is_silent(&self) -> bool {
        self.work.load(Relaxed) == NOTHING && !self.is_unflushed.load(Relaxed)
    }

    pub(super) fn set_flushed(&self) {
        self.is_unflushed.store(false, Relaxed);
    }

    pub(super) fn is_head_late(&self) -> bool {
        self.is_head_late.load(Relaxed)
    }

    pub(super) fn is_body_late(&self) -> bool {
        self.is_body_late.load(Relaxed)
    }

    pub(super) fn is_linger_over(&self) -> bool {
        self.is_linger_over.load(Relaxed)
    }

    // What the service reads.

    pub(super) fn is_handler_late(&self) -> bool {
        self.is_handler_late.load(Relaxed)
    }

    /// Whether the body of the request in work has not come in completely. HTTP/1 only.
    pub(super) fn is_body_open(&self) -> bool {
        self.place.load(Relaxed) == Place::Body as u8
            && self.heads.load(Relaxed) == self.begun.load(Relaxed)
    }

    fn touch(&self) {
        self.epoch.fetch_add(1, Relaxed);
    }
}

/// One request in work; dropped when its answer is complete or given up.
#[derive(Debug)]
pub(super) struct Ticket(Arc<Shared>);

impl Ticket {
    /// Begins a request.
    pub(super) fn begin(shared: &Arc<Shared>) -> Self {
        if shared.is_http2() {
            shared.streams.fetch_add(1, Relaxed);
            shared.place.store(Place::Between as u8, Relaxed);
        } else {
            shared.work.store(HANDLING, Relaxed);
            shared.begun.fetch_add(1, Relaxed);
            shared.is_body_late.store(false, Relaxed);
            shared.is_handler_late.store(false, Relaxed);
        }
        shared.touch();
        Self(Arc::clone(shared))
    }

    /// The handler has answered; its response body may still be coming.
    pub(super) fn answered(&self) {
        if !self.0.is_http2() {
            self.0.work.store(ANSWERING, Relaxed);
        }
        self.0.touch();
    }

    /// Something happened on this stream.
    pub(super) fn touch(&self) {
        self.0.touch();
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.0
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let shared = &self.0;
        if shared.is_http2() {
            shared.streams.fetch_sub(1, Relaxed);
        } else {
            shared.work.store(NOTHING, Relaxed);
            shared.is_unflushed.store(true, Relaxed);
        }
        shared.touch();
    }
}
