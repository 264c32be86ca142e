//! Bare requests: what the machine, the kernel and the HTTP stack allow when nothing is kept.

use std::time::Instant;

use crate::drive::{Step, Work};
use crate::http::Response;
use crate::tally::{Tally, Window};

/// One `GET /healthz` after the other.
pub(crate) struct Health {
    request: Vec<u8>,
    due: Vec<Instant>,
    tally: Tally,
}

impl Health {
    /// For so many connections.
    pub(crate) fn new(request: Vec<u8>, connections: u16, window: Window) -> Self {
        let due = vec![window.from; usize::from(connections)];
        Self { request, due, tally: Tally::new(1, window) }
    }
}

impl Work for Health {
    fn begin(&mut self, connection: usize, due: Instant, request: &mut Vec<u8>) -> bool {
        self.due[connection] = due;
        request.clear();
        request.extend_from_slice(&self.request);
        true
    }

    fn answered(
        &mut self,
        connection: usize,
        response: &Response<'_>,
        now: Instant,
        _request: &mut Vec<u8>,
    ) -> Step {
        if response.status == 200 {
            let due = self.due[connection];
            self.tally.latency(0, due, due, now);
            self.tally.complete(now);
        } else {
            self.tally.error("healthz: not 200", response.body);
        }
        Step::Done
    }

    fn failed(&mut self, _connection: usize, reason: &'static str) {
        self.tally.error(reason, b"/healthz");
    }

    fn tally(&mut self) -> &mut Tally {
        &mut self.tally
    }
}
