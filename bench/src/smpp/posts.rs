//! The load of the relays: one text message after the other.

use std::time::Instant;

use super::meter::Meter;
use crate::drive::{Step, Work};
use crate::http::Response;
use crate::requests::Post;
use crate::tally::{Tally, Window};

/// What an answer looks like when a message was taken.
#[derive(Clone, Copy)]
pub(super) struct Taken {
    /// Its status.
    pub(super) status: u16,
    /// How its body begins.
    pub(super) begins: &'static [u8],
}

/// Posts messages, each to another number.
pub(super) struct Posts<'a> {
    post: &'a Post,
    taken: Taken,
    /// The number of the next one.
    next: u32,
    due: Vec<Instant>,
    meter: &'a mut Meter,
    tally: Tally,
}

impl<'a> Posts<'a> {
    /// For so many connections.
    pub(super) fn new(
        (post, taken): (&'a Post, Taken),
        meter: &'a mut Meter,
        connections: u16,
        window: Window,
    ) -> Self {
        let due = vec![window.from; usize::from(connections)];
        Self { post, taken, next: 0, due, meter, tally: Tally::new(1, window) }
    }
}

impl Work for Posts<'_> {
    fn begin(&mut self, connection: usize, due: Instant, request: &mut Vec<u8>) -> bool {
        self.due[connection] = due;
        self.post.fill(self.next, request);
        self.next += 1;
        true
    }

    fn answered(
        &mut self,
        connection: usize,
        response: &Response<'_>,
        now: Instant,
        _request: &mut Vec<u8>,
    ) -> Step {
        let is_taken =
            response.status == self.taken.status && response.body.starts_with(self.taken.begins);
        if is_taken {
            let due = self.due[connection];
            self.tally.latency(0, due, due, now);
            self.tally.complete(now);
        } else {
            self.tally.error("a message was not taken", response.body);
        }
        Step::Done
    }

    fn failed(&mut self, _connection: usize, reason: &'static str) {
        self.tally.error(reason, b"message");
    }

    fn tally(&mut self) -> &mut Tally {
        &mut self.tally
    }

    fn tick(&mut self, now: Instant) {
        if let Err(error) = self.meter.begin(now) {
            self.tally.error("the counts could not be read", format!("{error:#}").as_bytes());
        }
    }
}
