//! The one timer of a connection.
//!
//! A timer per request would cost more than the whole head. So the driver asks after every poll what the connection is
//! waiting for and until when, and the timer is only touched when that is earlier than what it is set to, or when it
//! rang before its time because the deadline had moved on: about once in the shortest limit, however many requests pass.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};

use super::limits::EdgeLimits;
use super::shared::{Shared, Stage};

/// Keeps the time of one connection.
#[derive(Debug)]
pub(super) struct Watchdog<'a> {
    limits: &'a EdgeLimits,
    stage: Stage,
    /// When the stage, or its last progress, was noticed.
    since: Instant,
    epoch: u32,
    timer: Pin<Box<Sleep>>,
    /// What the timer is set to; none until this task is registered with it.
    armed: Option<Instant>,
}

impl<'a> Watchdog<'a> {
    /// Starts with the limit of the first byte.
    pub(super) fn new(limits: &'a EdgeLimits, shared: &Shared) -> Self {
        let since = Instant::now();
        Self {
            limits,
            stage: Stage::FirstByte,
            since,
            epoch: shared.epoch(),
            timer: Box::pin(sleep_until(since + limits.first_byte)),
            armed: None,
        }
    }

    /// Ready with the stage whose time is over; pending leaves the task to be woken in time.
    pub(super) fn poll(&mut self, shared: &Shared, context: &mut Context<'_>) -> Poll<Stage> {
        let now = Instant::now();
        if shared.epoch() != self.epoch {
            self.epoch = shared.epoch();
            let stage = shared.stage();
            // Head and body share one limit, so a body's time began with its head.
            if !(self.stage == Stage::Head && stage == Stage::Body) {
                self.since = now;
            }
            self.stage = stage;
        }
        let Some(limit) = self.limit(shared) else { return Poll::Pending };
        let deadline = self.since + limit;
        if now >= deadline {
            return Poll::Ready(self.stage);
        }
        if self.armed.is_none_or(|armed| deadline < armed || armed <= now) {
            self.arm(deadline, context);
        }
        Poll::Pending
    }

    /// The time that the present stage may take; none for ever.
    fn limit(&self, shared: &Shared) -> Option<Duration> {
        let limits = self.limits;
        match self.stage {
            Stage::FirstByte => Some(limits.first_byte),
            Stage::Head => Some(limits.header),
            Stage::Body => Some(limits.body_time(shared.body_bytes())),
            Stage::Handling => Some(limits.handler),
            Stage::Answering => None,
            Stage::Idle => Some(limits.idle),
            Stage::Writing => Some(limits.write_stall),
            Stage::Lingering => Some(limits.linger),
            Stage::Streams => Some(limits.streams_stall),
        }
    }

    /// Sets the timer and registers the task with it.
    fn arm(&mut self, deadline: Instant, context: &mut Context<'_>) {
        self.armed = Some(deadline);
        self.timer.as_mut().reset(deadline);
        // A task that has used up its share of polls would be turned away here without being registered.
        let timer = pin!(unconstrained(self.timer.as_mut()));
        if timer.poll(context).is_ready() {
            // The deadline passed between looking at the clock and setting the timer.
            context.waker().wake_by_ref();
        }
    }
}
