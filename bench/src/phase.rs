//! One phase of load in the event loop: begins what is due, sends, reads, gives up what hangs.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::event::Timespec;
use rustix::event::epoll::{self, Event, EventFlags};

use crate::client::{Client, Received};
use crate::clock;
use crate::drive::{Driven, Driver, METRONOME, Pace, Plan, Step, Work};
use crate::limits::{ANSWER_MAX, DRAIN_MAX};
use crate::sink::SINK_TOKENS;
use crate::usage::Sample;

/// How often the loop looks for what has waited too long.
const TICK: Duration = Duration::from_millis(100);

/// A phase under way.
pub(crate) struct Phase<'a, W> {
    driver: &'a mut Driver,
    work: &'a mut W,
    plan: &'a Plan,
    clients: Vec<Client>,
    /// When the operation of each connection was begun; none while it is idle.
    busy_since: Vec<Option<Instant>>,
    idle: VecDeque<usize>,
    began: Instant,
    begun: u64,
    backlog_max: u64,
    /// When the last operation was begun, or rather: when none was begun any more.
    ended: Option<Instant>,
    is_exhausted: bool,
}

impl<'a, W: Work> Phase<'a, W> {
    /// Takes connected clients; the load begins with [`Phase::run`].
    pub(crate) fn new(
        driver: &'a mut Driver,
        work: &'a mut W,
        plan: &'a Plan,
        clients: Vec<Client>,
    ) -> Self {
        let count = clients.len();
        Self {
            driver,
            work,
            plan,
            clients,
            busy_since: vec![None; count],
            idle: (0..count).collect(),
            began: clock::now(),
            begun: 0,
            backlog_max: 0,
            ended: None,
            is_exhausted: false,
        }
    }

    /// Runs the phase to its end.
    pub(crate) fn run(&mut self) -> Result<Driven> {
        let window = self.plan.window;
        let (mut first, mut last) = (None, None);
        let mut tick_due = self.began + TICK;
        loop {
            let now = clock::now();
            if first.is_none() && now >= window.from {
                first = Some(Sample::take(self.plan.server_pid)?);
            }
            let is_over = now >= window.to || self.is_exhausted;
            if is_over && last.is_none() {
                last = Some(Sample::take(self.plan.server_pid)?);
                self.ended = Some(now);
            }
            if is_over && self.idle.len() == self.clients.len() {
                break;
            }
            if now >= window.to + DRAIN_MAX {
                self.give_up_all("still under way long after the end of the phase");
                break;
            }
            if now >= tick_due {
                tick_due = now + TICK;
                self.tick(now)?;
            }
            self.begin_due(now)?;
            self.wait(self.wake_at(now))?;
        }
        let (first, last) = (
            first.context("the phase ended before its measured part")?,
            last.context("the phase ended before its measured part")?,
        );
        let ended = window.to.min(self.ended.unwrap_or(window.to));
        Ok(Driven {
            seconds: (ended - window.from).as_secs_f64(),
            usage: last.since(&first),
            backlog_max: self.backlog_max,
        })
    }

    /// When the loop has to look up at the latest, if not at the next beat of the metronome.
    fn wake_at(&self, now: Instant) -> Option<Instant> {
        match self.plan.pace {
            Pace::PerSecond(rate) if now < self.plan.window.to && !self.idle.is_empty() => {
                Some(self.due(rate))
            }
            _ => None,
        }
    }

    /// When the next operation of a paced phase is due.
    #[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    fn due(&self, rate: f64) -> Instant {
        self.began + Duration::from_secs_f64(self.begun as f64 / rate)
    }

    /// Begins what is due and finds a free connection.
    fn begin_due(&mut self, now: Instant) -> Result<()> {
        while !self.is_exhausted && now < self.plan.window.to {
            let due = match self.plan.pace {
                Pace::Closed => now,
                Pace::PerSecond(rate) => self.due(rate),
            };
            if due > now {
                break;
            }
            let Some(connection) = self.idle.pop_front() else {
                self.note_backlog(now);
                break;
            };
            self.begin(connection, due, now)?;
        }
        Ok(())
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a count of operations, positive and far below 2^52"
    )]
    fn note_backlog(&mut self, now: Instant) {
        if let Pace::PerSecond(rate) = self.plan.pace {
            let due_by_now = ((now - self.began).as_secs_f64() * rate) as u64 + 1;
            self.backlog_max = self.backlog_max.max(due_by_now.saturating_sub(self.begun));
        }
    }

    fn begin(&mut self, connection: usize, due: Instant, now: Instant) -> Result<()> {
        if !self.work.begin(connection, due, &mut self.clients[connection].output) {
            self.is_exhausted = true;
            self.idle.push_back(connection);
            return Ok(());
        }
        self.begun += 1;
        self.busy_since[connection] = Some(now);
        self.send(connection)
    }

    fn send(&mut self, connection: usize) -> Result<()> {
        match self.clients[connection].send() {
            Ok(()) => Ok(()),
            Err(_) => self.lost(connection, "the connection broke"),
        }
    }

    /// The operation of a connection has ended: the next one follows at once if it is due.
    fn done(&mut self, connection: usize, now: Instant) -> Result<()> {
        self.busy_since[connection] = None;
        self.idle.push_back(connection);
        self.begin_due(now)
    }

    /// Waits for events and handles them. In a closed loop, if nothing has come yet, it first
    /// dozes for a moment, see [`Plan::doze`].
    fn wait(&mut self, until: Option<Instant>) -> Result<()> {
        let mut events = std::mem::take(&mut self.driver.events);
        events.clear();
        let is_closed = matches!(self.plan.pace, Pace::Closed);
        if is_closed && !self.plan.doze.is_zero() {
            self.look(&mut events, Some(Duration::ZERO))?;
            if events.is_empty() {
                clock::pause(self.plan.doze);
            }
        }
        if events.is_empty() {
            let timeout = until.map(|until| until.saturating_duration_since(clock::now()));
            self.look(&mut events, timeout)?;
        }
        for event in &events {
            let token = event.data.u64();
            if token == METRONOME {
                self.driver.take_beat()?;
            } else if token >= SINK_TOKENS {
                self.sink_event(token)?;
            } else if let Ok(connection) = usize::try_from(token) {
                self.client_event(connection, event.flags)?;
            }
        }
        self.driver.events = events;
        Ok(())
    }

    fn look(&self, events: &mut Vec<Event>, timeout: Option<Duration>) -> Result<()> {
        let timeout = timeout.map(Timespec::try_from).transpose()?;
        let buffer = rustix::buffer::spare_capacity(events);
        match epoll::wait(&self.driver.poller, buffer, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error).context("could not wait for events"),
        }
    }

    fn client_event(&mut self, connection: usize, flags: EventFlags) -> Result<()> {
        let Some(client) = self.clients.get_mut(connection) else { return Ok(()) };
        if flags.contains(EventFlags::OUT) && client.flush().is_err() {
            return self.lost(connection, "the connection broke");
        }
        let closing = EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR;
        if !flags.intersects(EventFlags::IN | closing) {
            return Ok(());
        }
        let step = match client.receive() {
            Received::Nothing => return Ok(()),
            Received::Lost(reason) => return self.lost(connection, reason),
            Received::Answer(response, request) => {
                let now = clock::now();
                let closes = response.closes || flags.intersects(closing);
                (self.work.answered(connection, &response, now, request), now, closes)
            }
        };
        match step {
            (Step::Done, now, closes) => {
                if closes {
                    self.reconnect(connection)?;
                }
                self.done(connection, now)
            }
            (Step::Send | Step::Wait, _, true) => {
                self.lost(connection, "the server closed the connection in the middle of a pair")
            }
            (Step::Send, _, false) => self.send(connection),
            (Step::Wait, _, false) => Ok(()),
        }
    }

    fn sink_event(&mut self, token: u64) -> Result<()> {
        let Driver { sink, poller, .. } = &mut *self.driver;
        sink.handle(token, poller).context("the sink gateway failed")?;
        if sink.messages.is_empty() {
            return Ok(());
        }
        let mut messages = std::mem::take(&mut sink.messages);
        for message in messages.drain(..) {
            let now = clock::now();
            if let Some(connection) = self.work.message(&message, now) {
                self.work.go_on(connection, now, &mut self.clients[connection].output);
                self.send(connection)?;
            }
        }
        self.driver.sink.messages = messages;
        Ok(())
    }

    /// The connection is of no use any more; its operation, if any, has failed.
    fn lost(&mut self, connection: usize, reason: &'static str) -> Result<()> {
        let was_busy = self.busy_since[connection].is_some();
        if was_busy {
            self.work.failed(connection, reason);
        }
        self.reconnect(connection)?;
        if was_busy {
            self.busy_since[connection] = None;
            self.idle.push_back(connection);
        }
        Ok(())
    }

    fn reconnect(&mut self, connection: usize) -> Result<()> {
        self.clients[connection]
            .reconnect(&self.driver.poller, connection as u64)
            .context("could not connect to the server again")
    }

    fn tick(&mut self, now: Instant) -> Result<()> {
        self.work.tick(now);
        for connection in 0..self.clients.len() {
            let Some(since) = self.busy_since[connection] else { continue };
            if now.saturating_duration_since(since) > ANSWER_MAX {
                let client = &self.clients[connection];
                let reason = if client.is_waiting {
                    "no answer within 10 s"
                } else {
                    "no message within 10 s"
                };
                self.lost(connection, reason)?;
            }
        }
        if let Some(complaint) = self.driver.sink.complaint.take() {
            bail!(
                "the server posted to the sink gateway what is no batch of messages: {complaint}"
            );
        }
        if self.work.tally().is_hopeless() {
            let (kind, errors) =
                self.work.tally().errors.iter().next().context("hopeless without an error")?;
            bail!("most operations fail: {kind}, for example: {}", errors.example);
        }
        Ok(())
    }

    fn give_up_all(&mut self, reason: &'static str) {
        for connection in 0..self.clients.len() {
            if self.busy_since[connection].take().is_some() {
                self.work.failed(connection, reason);
            }
        }
    }
}
