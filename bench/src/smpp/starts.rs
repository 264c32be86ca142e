//! The start path: verifications are started at an even, moderate pace, at servers that differ in
//! their gateway only, in turn.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::cli::Options;
use super::lane::{Gateway, Lane};
use crate::clock;
use crate::drive::{Driver, Pace, Plan, Step, Work};
use crate::http::Response;
use crate::json;
use crate::limits::ARRIVAL_MAX;
use crate::progress::say;
use crate::requests::Start;
use crate::sink::Message;
use crate::tally::{Latencies, Tally, Window};
use crate::users::{Order, Users};

/// Load before each measured part.
const WARMUP_SECONDS: u32 = 1;
const COUNT_EVERY: Duration = Duration::from_millis(5);

/// What the starts with one gateway brought.
pub(super) struct Started {
    /// Which gateway.
    pub(super) gateway: Gateway,
    /// Latencies of all rounds together, from when a start was due to its answer.
    pub(super) latencies: Latencies,
    /// Each round.
    pub(super) rounds: Vec<Tally>,
    /// Longest queue of starts that were due and found no free connection.
    pub(super) backlog_max: u64,
    /// CPU seconds of the server in the measured parts.
    pub(super) server_cpu: f64,
    /// Messages that arrived, those of the warm-ups included.
    pub(super) messages: u64,
    /// Receipts that the SMSC sent.
    pub(super) receipts: u64,
}

impl Started {
    /// Starts that were answered well, those of the warm-ups included.
    pub(super) fn started(&self) -> u64 {
        self.rounds.iter().map(|tally| tally.completed_ever).sum()
    }

    /// Some round had too many errors, or messages did not arrive.
    pub(super) fn has_failed(&self) -> bool {
        self.rounds.iter().any(Tally::has_failed) || self.messages < self.started()
    }
}

/// All rounds with all gateways.
pub(super) fn measure(
    options: &Options,
    folder: &Path,
    driver: &mut Driver,
) -> Result<Vec<Started>> {
    let seconds = options.start_seconds + WARMUP_SECONDS;
    // Each start needs a fresh user; a tenth more, since a phase begins a moment before its window.
    let starts = options.start_rate * seconds * options.start_rounds;
    let users = starts + starts / 10 + u32::from(options.connections);
    let mut lanes = Vec::new();
    let mut all = Vec::new();
    for gateway in Gateway::ALL {
        lanes.push(Lane::start(options, folder, driver, (gateway, users))?);
        all.push(Started {
            gateway,
            latencies: Latencies::new(),
            rounds: Vec::new(),
            backlog_max: 0,
            server_cpu: 0.0,
            messages: 0,
            receipts: 0,
        });
    }
    let mut at_sink = 0;
    for _ in 0..options.start_rounds {
        for (lane, started) in lanes.iter_mut().zip(&mut all) {
            at_sink += round(options, driver, lane, started)?;
        }
    }
    for (mut lane, started) in lanes.into_iter().zip(&mut all) {
        // The loop read the last messages of the webhook while another gateway had its turn.
        started.messages = at_sink;
        arrive(&mut lane, started)?;
        lane.stop()?;
    }
    Ok(all)
}

/// One turn; gives the number of messages that reached the sink in it.
fn round(
    options: &Options,
    driver: &mut Driver,
    lane: &mut Lane,
    started: &mut Started,
) -> Result<u64> {
    let from = clock::now() + Duration::from_secs(WARMUP_SECONDS.into());
    let window = Window { from, to: from + Duration::from_secs(options.start_seconds.into()) };
    let plan = Plan {
        pace: Pace::PerSecond(f64::from(options.start_rate)),
        connections: options.connections,
        doze: Duration::ZERO,
        window,
        server_pid: lane.server.pid(),
    };
    let address = lane.address();
    let mut work = Starts {
        start: Start::new(&lane.caller, &lane.service),
        users: &mut lane.users,
        order: &mut lane.order,
        due: vec![from; usize::from(options.connections)],
        at_sink: 0,
        tally: Tally::new(1, window),
    };
    let phase = driver.run(address, &mut work, &plan)?;
    let (tally, at_sink) = (work.tally, work.at_sink);
    started.backlog_max = started.backlog_max.max(phase.backlog_max);
    started.server_cpu += phase.usage.server;
    started.latencies.add(&tally.latencies[0]);
    let quantile = |quantile| tally.latencies[0].quantile_ms(quantile);
    say(&format!(
        "starts, {}: p50 {:.2} ms, p99 {:.2} ms; other cores {:.2}",
        started.gateway.name(),
        quantile(0.50),
        quantile(0.99),
        phase.usage.other / phase.usage.seconds,
    ));
    for (kind, errors) in &tally.errors {
        say(&format!("  error, {} times: {kind}: {}", errors.count, errors.example));
    }
    started.rounds.push(tally);
    Ok(at_sink)
}

/// Waits until the SMSC has counted a message for each start.
fn arrive(lane: &mut Lane, started: &mut Started) -> Result<()> {
    let Some(smsc) = &mut lane.smsc else { return Ok(()) };
    let began = clock::now();
    loop {
        let counts = smsc.counts()?;
        (started.messages, started.receipts) = (counts.accepted, counts.receipts);
        if counts.accepted >= started.started() || began.elapsed() > ARRIVAL_MAX {
            return Ok(());
        }
        clock::pause(COUNT_EVERY);
    }
}

/// Starts, each for a user who was not there before.
struct Starts<'a> {
    start: Start,
    users: &'a mut Users,
    order: &'a mut Order,
    due: Vec<Instant>,
    at_sink: u64,
    tally: Tally,
}

impl Work for Starts<'_> {
    fn begin(&mut self, connection: usize, due: Instant, request: &mut Vec<u8>) -> bool {
        // Nobody is released, so nobody comes twice.
        let Some(user) = self.users.claim(self.order, connection) else {
            self.tally.error("no user is left", b"");
            return false;
        };
        self.due[connection] = due;
        self.start.fill(self.users.id(user), request);
        true
    }

    fn answered(
        &mut self,
        connection: usize,
        response: &Response<'_>,
        now: Instant,
        _request: &mut Vec<u8>,
    ) -> Step {
        let is_started = matches!(response.status, 200 | 201)
            && json::member(response.body, b"method") == Some(b"\"sms\"");
        if is_started {
            let due = self.due[connection];
            self.tally.latency(0, due, due, now);
            self.tally.complete(now);
        } else {
            self.tally.error("start: not started", response.body);
        }
        Step::Done
    }

    fn message(&mut self, _message: &Message, _now: Instant) -> Option<usize> {
        self.at_sink += 1;
        None
    }

    fn failed(&mut self, _connection: usize, reason: &'static str) {
        self.tally.error(reason, b"start");
    }

    fn tally(&mut self) -> &mut Tally {
        &mut self.tally
    }
}
