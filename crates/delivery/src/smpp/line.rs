//! Messages that wait for a session, and the pace at which they leave.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use verify::SignedDuration;
use verify::engine::outbox::Refusal;
use verify::ids::MessageId;

use super::gateway::NO_BIND;
use super::job::Job;
use super::pacer::Pacer;
use crate::gateway::SendResult;
use crate::limits::{SMPP_BUSY_MAX, SMPP_DESTINATION_WAIT};

/// What all sessions of a gateway take their messages from.
pub(super) struct Line {
    inner: Mutex<Inner>,
    /// Rung when there may be something to take.
    bell: Notify,
}

struct Inner {
    /// By their places: a message that comes back stands where it stood.
    waiting: BTreeMap<u64, Job>,
    pacer: Pacer,
    /// The gateway ends: nothing is taken in any more.
    is_closed: bool,
    /// Messages whose destination was busy, with how often and until when that
    /// is remembered.
    busy: HashMap<MessageId, (u32, Instant)>,
}

/// What a session gets.
pub(super) enum Turn {
    /// This message; its first part may go at once.
    Job(Box<Job>),
    /// Nothing waits.
    Empty,
    /// Not before this time.
    NotBefore(Instant),
}

/// How fast a gateway sends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) waiting: usize,
    pub(super) rate: f64,
    pub(super) throttles: u64,
}

impl Line {
    pub(super) fn new(tps: u32, now: Instant) -> Self {
        let pacer = Pacer::new(tps, now);
        let inner =
            Inner { waiting: BTreeMap::new(), pacer, is_closed: false, busy: HashMap::new() };
        Self { inner: Mutex::new(inner), bell: Notify::new() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a message in its place.
    pub(super) fn put(&self, job: Job) {
        let mut inner = self.inner();
        if inner.is_closed {
            drop(inner);
            job.finish(stopping());
            return;
        }
        inner.waiting.insert(job.place, job);
        drop(inner);
        self.bell.notify_one();
    }

    /// The first message, with the token of its first part.
    pub(super) fn take(&self, now: Instant) -> Turn {
        let mut inner = self.inner();
        while inner.waiting.first_key_value().is_some_and(|(_, job)| job.is_forsaken()) {
            inner.waiting.pop_first();
        }
        if inner.waiting.is_empty() {
            return Turn::Empty;
        }
        if let Err(at) = inner.pacer.take(now) {
            return Turn::NotBefore(at);
        }
        let first = inner.waiting.pop_first();
        first.map_or(Turn::Empty, |(_, job)| Turn::Job(Box::new(job)))
    }

    /// The token of one more part.
    pub(super) fn token(&self, now: Instant) -> Result<(), Instant> {
        self.inner().pacer.take(now)
    }

    /// So many of all binds are here: they have their share of the pace.
    pub(super) fn share(&self, binds: u16, of: u16) {
        self.inner().pacer.share(binds, of);
    }

    /// A token that was not used.
    pub(super) fn give_back(&self) {
        self.inner().pacer.give_back();
    }

    /// The peer asks to slow down, in answer to a part of that time.
    pub(super) fn throttled(&self, sent_at: Instant, now: Instant) {
        self.inner().pacer.throttled(sent_at, now);
    }

    /// A message's destination is busy: it waits elsewhere, and after the
    /// second time another gateway is asked.
    pub(super) fn busy(&self, message: MessageId, now: Instant) -> Refusal {
        let mut inner = self.inner();
        inner.busy.retain(|_, (_, until)| now < *until);
        let count = inner.busy.get(&message).map_or(1, |(count, _)| count + 1);
        if count > 1 || inner.busy.len() >= SMPP_BUSY_MAX {
            inner.busy.remove(&message);
            return Refusal::GatewayDown;
        }
        // Long enough for the message to come back.
        inner.busy.insert(message, (count, now + SMPP_DESTINATION_WAIT * 12));
        Refusal::Throttled(Some(signed(SMPP_DESTINATION_WAIT)))
    }

    /// Takes out what has waited too long and gives it back: to be asked again
    /// when there is a token, or to go another way, since no session is bound.
    /// A peer that comes back soon costs a message nothing, nor does it count against
    /// the gateway when other servers have its binds now.
    pub(super) fn sweep(&self, is_open: bool, is_bound: bool, is_ours: bool, now: Instant) {
        let mut inner = self.inner();
        let is_over = |job: &mut Job| {
            let until = if is_bound { job.turn_ends_at() } else { job.session_awaited_until() };
            job.is_forsaken() || !is_open || now >= until
        };
        let over: Vec<Job> =
            inner.waiting.extract_if(.., |_, job| is_over(job)).map(|(_, job)| job).collect();
        drop(inner);
        for job in over {
            let result = if !is_ours {
                later(NO_BIND)
            } else if !is_open {
                SendResult::Refused(Refusal::Unreached, "not bound".into())
            } else if now >= job.deadline {
                SendResult::Refused(Refusal::Temporary, "its time is over".into())
            } else if !is_bound {
                SendResult::Refused(Refusal::GatewayDown, "not bound".into())
            } else {
                slow()
            };
            job.finish(result);
        }
    }

    /// Takes nothing in any more, and gives everything back.
    pub(super) fn close(&self) {
        let mut inner = self.inner();
        inner.is_closed = true;
        let waiting = std::mem::take(&mut inner.waiting);
        drop(inner);
        for job in waiting.into_values() {
            job.finish(stopping());
        }
    }

    /// Whether nothing is taken in any more.
    pub(super) fn is_closed(&self) -> bool {
        self.inner().is_closed
    }

    /// Rings for one more session: there may be something to take.
    pub(super) fn ring(&self) {
        self.bell.notify_one();
    }

    /// Waits until there may be something to take.
    pub(super) async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Whether somebody waits.
    pub(super) fn has_waiting(&self) -> bool {
        !self.inner().waiting.is_empty()
    }

    pub(super) fn pace(&self) -> Pace {
        let inner = self.inner();
        let (rate, throttles) = (inner.pacer.rate(), inner.pacer.throttles());
        Pace { waiting: inner.waiting.len(), rate, throttles }
    }
}

/// A gateway that ends for a new configuration: nothing of its health is told, and the
/// message has lost no attempt. Where there is another gateway it comes after this one, as
/// after any request to slow down.
pub(super) fn stopping() -> SendResult {
    later("the gateway is being stopped")
}

/// A message that had no turn in time; it may come again in a second.
pub(super) fn slow() -> SendResult {
    later("the gateway has to be slow")
}

/// As [`slow`], for this reason.
pub(super) fn later(reason: &'static str) -> SendResult {
    let wait = Some(SignedDuration::from_secs(1));
    SendResult::Refused(Refusal::Throttled(wait), reason.into())
}

fn signed(time: Duration) -> SignedDuration {
    SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX)
}
