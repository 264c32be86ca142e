//! Pairs: start an authentication, wait for the code at the sink, verify it.

use std::time::Instant;

use crate::drive::{Step, Work};
use crate::http::Response;
use crate::json;
use crate::requests::{Start, Verify};
use crate::sink::{Code, Message};
use crate::tally::{Tally, Window};
use crate::users::{Order, Users};

/// Kinds of latency, as indexes into the tally.
pub(crate) const START: usize = 0;
/// From when the start was due until its message reached the sink.
pub(crate) const DELIVERY: usize = 1;
/// From when the code was known (and the start answered) until the verify was answered.
pub(crate) const VERIFY: usize = 2;
/// From when the start was due until the verify was answered.
pub(crate) const PAIR: usize = 3;
const KINDS: usize = 4;

/// One pair after the other on each connection.
pub(crate) struct Pairs<'a> {
    users: &'a mut Users,
    order: Order,
    requests: Vec<(Start, Verify)>,
    under_way: Vec<Pair>,
    /// Messages that nobody waited for (repeated, or later than the end of their pair).
    pub(crate) stray_messages: u64,
    tally: Tally,
}

#[derive(Clone)]
struct Pair {
    user: u32,
    due: Instant,
    stage: Stage,
    code: Option<Code>,
    verify_due: Instant,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Idle,
    /// The start was sent.
    Starting,
    /// The start was answered; the message is on its way.
    Delivering,
    /// The verify was sent.
    Verifying,
}

impl<'a> Pairs<'a> {
    /// For so many connections. User `n` belongs to the service of the requests `n`, counted
    /// around.
    pub(crate) fn new(
        users: &'a mut Users,
        order: Order,
        requests: Vec<(Start, Verify)>,
        connections: u16,
        window: Window,
    ) -> Self {
        let idle = Pair {
            user: 0,
            due: window.from,
            stage: Stage::Idle,
            code: None,
            verify_due: window.from,
        };
        Self {
            users,
            order,
            requests,
            under_way: vec![idle; usize::from(connections)],
            stray_messages: 0,
            tally: Tally::new(KINDS, window),
        }
    }

    fn start_answered(
        &mut self,
        connection: usize,
        response: &Response<'_>,
        now: Instant,
        request: &mut Vec<u8>,
    ) -> Step {
        if !matches!(response.status, 200 | 201) {
            return self.fail(connection, "start: neither 200 nor 201", response.body);
        }
        if json::member(response.body, b"method") != Some(b"\"sms\"") {
            return self.fail(connection, "start: method is not sms", response.body);
        }
        let pair = &mut self.under_way[connection];
        pair.stage = Stage::Delivering;
        self.tally.latency(START, pair.due, pair.due, now);
        if pair.code.is_none() {
            return Step::Wait;
        }
        self.go_on(connection, now, request);
        Step::Send
    }

    fn verify_answered(
        &mut self,
        connection: usize,
        response: &Response<'_>,
        now: Instant,
    ) -> Step {
        if response.status != 200 {
            return self.fail(connection, "verify: not 200", response.body);
        }
        if json::member(response.body, b"verified") != Some(b"true") {
            return self.fail(connection, "verify: not verified", response.body);
        }
        let pair = &mut self.under_way[connection];
        pair.stage = Stage::Idle;
        self.tally.latency(VERIFY, pair.due, pair.verify_due, now);
        self.tally.latency(PAIR, pair.due, pair.due, now);
        self.tally.complete(now);
        self.users.release(pair.user);
        Step::Done
    }

    fn fail(&mut self, connection: usize, kind: &'static str, example: &[u8]) -> Step {
        self.tally.error(kind, example);
        self.under_way[connection].stage = Stage::Idle;
        self.users.set_aside(self.under_way[connection].user);
        Step::Done
    }
}

impl Work for Pairs<'_> {
    fn begin(&mut self, connection: usize, due: Instant, request: &mut Vec<u8>) -> bool {
        let Some(user) = self.users.claim(&mut self.order, connection) else {
            self.tally.error("no user is free", b"");
            return false;
        };
        self.under_way[connection] =
            Pair { user, due, stage: Stage::Starting, code: None, verify_due: due };
        let (start, _) = &self.requests[user as usize % self.requests.len()];
        start.fill(self.users.id(user), request);
        true
    }

    fn answered(
        &mut self,
        connection: usize,
        response: &Response<'_>,
        now: Instant,
        request: &mut Vec<u8>,
    ) -> Step {
        match self.under_way[connection].stage {
            Stage::Starting => self.start_answered(connection, response, now, request),
            Stage::Verifying => self.verify_answered(connection, response, now),
            Stage::Idle | Stage::Delivering => {
                self.fail(connection, "an answer nobody asked for", response.body)
            }
        }
    }

    fn message(&mut self, message: &Message, now: Instant) -> Option<usize> {
        let owner = self.users.owner_of_number(message.number);
        let (_, connection) = owner.or_else(|| {
            self.stray_messages += 1;
            None
        })?;
        let pair = &mut self.under_way[connection];
        if pair.code.is_some() {
            self.stray_messages += 1;
            return None;
        }
        pair.code = Some(message.code);
        self.tally.latency(DELIVERY, pair.due, pair.due, now);
        (pair.stage == Stage::Delivering).then_some(connection)
    }

    fn go_on(&mut self, connection: usize, now: Instant, request: &mut Vec<u8>) {
        let pair = &mut self.under_way[connection];
        let Some(code) = &pair.code else { return };
        pair.stage = Stage::Verifying;
        pair.verify_due = now;
        let (_, verify) = &self.requests[pair.user as usize % self.requests.len()];
        verify.fill(self.users.id(pair.user), code, request);
    }

    fn failed(&mut self, connection: usize, reason: &'static str) {
        let at: &[u8] = match self.under_way[connection].stage {
            Stage::Idle => b"idle",
            Stage::Starting => b"start",
            Stage::Delivering => b"delivery",
            Stage::Verifying => b"verify",
        };
        self.fail(connection, reason, at);
    }

    fn tally(&mut self) -> &mut Tally {
        &mut self.tally
    }
}
