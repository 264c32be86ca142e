//! The one timer of a connection.
//!
//! A timer per request would cost more than the whole head. So the driver asks after every poll
//! what the connection is waiting for and until when, and the timer is only touched when that is
//! earlier than what it is set to, or when it rang before its time because the deadline had moved
//! on: about once in the shortest limit, however many requests pass.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};

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
    /// When the head of the body under way began, if we had to wait for that too.
    request_since: Instant,
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
            request_since: since,
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
            let is_body_of_head = self.stage == Stage::Head && stage == Stage::Body;
            self.request_since = if is_body_of_head { self.since } else { now };
            self.since = now;
            self.stage = stage;
        }
        let Some(deadline) = self.deadline(shared) else { return Poll::Pending };
        if now >= deadline {
            return Poll::Ready(self.stage);
        }
        if self.armed.is_none_or(|armed| deadline < armed || armed <= now) {
            self.arm(deadline, context);
        }
        Poll::Pending
    }

    /// When the time of the present stage is over; none for never.
    fn deadline(&self, shared: &Shared) -> Option<Instant> {
        let limits = self.limits;
        let limit = match self.stage {
            Stage::FirstByte => limits.first_byte,
            Stage::Head => limits.header,
            Stage::Body => {
                let bytes = shared.body_bytes();
                return Some(limits.body_deadline(self.request_since, self.since, bytes));
            }
            Stage::Handling => limits.handler,
            Stage::Answering => return None,
            Stage::Idle => limits.idle,
            Stage::Writing => limits.write_stall,
            Stage::Lingering => limits.linger,
            Stage::Streams => limits.streams_stall,
        };
        Some(self.since + limit)
    }

    /// Sets the timer and registers the task with it.
    fn arm(&mut self, deadline: Instant, context: &mut Context<'_>) {
        self.armed = Some(deadline);
        self.timer.as_mut().reset(deadline);
        // A task that has used up its share of polls would be turned away here without being
        // registered.
        let timer = pin!(unconstrained(self.timer.as_mut()));
        if timer.poll(context).is_ready() {
            // The deadline passed between looking at the clock and setting the timer.
            context.waker().wake_by_ref();
        }
    }
}
