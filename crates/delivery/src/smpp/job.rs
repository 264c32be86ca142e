//! A message on its way through a gateway, part by part.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;
use verify::engine::outbox::Refusal;

use super::codes::{Codes, StatusClass};
use super::encode::{Manner, Parts, status_reason};
use crate::gateway::{Prepared, Reason, SendResult, Taken};
use crate::limits::{SMPP_MESSAGE_TIME, SMPP_SESSION_WAIT, SMPP_TURN_WAIT};

/// A message and what became of its parts.
pub(super) struct Job {
    /// Where it stands in the line; it keeps that when it comes back.
    pub(super) place: u64,
    pub(super) message: Prepared,
    /// How it is put, and what was changed because the peer did not like it.
    pub(super) manner: Manner,
    pub(super) tried: Vec<StatusClass>,
    /// Common to its parts.
    pub(super) reference: u16,
    /// Empty until it is taken out of the line.
    pub(super) parts: Parts,
    pub(super) states: Vec<PartState>,
    pub(super) entered_at: Instant,
    /// It is worthless from here on.
    pub(super) deadline: Instant,
    /// No part of it is sent any more.
    pub(super) is_stopped: bool,
    reply: oneshot::Sender<SendResult>,
}

/// What is known of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PartState {
    /// Not sent, or not taken for now.
    Unsent,
    /// Sent, and the answer is awaited.
    Open,
    /// The peer has it, by this id.
    Taken(String),
    /// The peer does not have it, for this status.
    Refused(u32),
    /// Nobody knows.
    Doubt,
}

/// What is to be done with a job none of whose parts is open.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Parts are open or are still to be sent.
    Wait,
    /// It is over.
    Done(SendResult),
    /// It is tried once more, put otherwise.
    Again(StatusClass),
    /// Nothing of it was taken, and this session sends no more of it.
    BackToLine,
}

impl Job {
    pub(super) fn new(
        place: u64,
        message: Prepared,
        manner: Manner,
        reference: u16,
        now: Instant,
    ) -> (Self, oneshot::Receiver<SendResult>) {
        let (reply, result) = oneshot::channel();
        let left = message.deadline.duration_since(message.handed_at);
        let left = Duration::try_from(left).unwrap_or_default();
        let job = Self {
            place,
            manner,
            tried: Vec::new(),
            reference,
            parts: Parts(Vec::new()),
            states: Vec::new(),
            entered_at: now,
            deadline: now + left,
            is_stopped: false,
            message,
            reply,
        };
        (job, result)
    }

    /// Whole seconds of its life that are left, rounded up.
    pub(super) fn seconds_left(&self, now: Instant) -> u64 {
        let left = self.deadline.saturating_duration_since(now);
        left.as_secs() + u64::from(left.subsec_nanos() > 0)
    }

    /// Whether nobody waits for it any more.
    pub(super) fn is_forsaken(&self) -> bool {
        self.reply.is_closed()
    }

    /// Tells how it went.
    pub(super) fn finish(self, result: SendResult) {
        // Who does not wait any more need not be told.
        let _ = self.reply.send(result);
    }

    /// Whether no part of it was taken, is open or is in doubt.
    pub(super) fn is_untouched(&self) -> bool {
        self.states.iter().all(|state| *state == PartState::Unsent)
    }

    /// Until when it may wait for a session to come back.
    pub(super) fn session_awaited_until(&self) -> Instant {
        self.deadline.min(self.entered_at + SMPP_SESSION_WAIT)
    }

    /// Until when its next part may wait here for its turn.
    pub(super) fn turn_ends_at(&self) -> Instant {
        if self.is_untouched() {
            self.deadline.min(self.entered_at + SMPP_TURN_WAIT)
        } else {
            self.entered_at + SMPP_MESSAGE_TIME
        }
    }

    /// What is to be done with it.
    pub(super) fn verdict(&self, codes: &Codes) -> Verdict {
        let has = |wanted: fn(&PartState) -> bool| self.states.iter().any(wanted);
        let in_doubt =
            |reason: Reason| Verdict::Done(SendResult::Refused(Refusal::InDoubt, reason));
        if has(|state| *state == PartState::Doubt) {
            return in_doubt("no answer".into());
        }
        let is_unsent = has(|state| *state == PartState::Unsent);
        if has(|state| *state == PartState::Open) || (is_unsent && !self.is_stopped) {
            return Verdict::Wait;
        }
        let ids: Vec<String> = self.states.iter().filter_map(PartState::id).collect();
        if ids.len() == self.states.len() {
            return Verdict::Done(SendResult::Accepted(Taken { ids }));
        }
        let refused = self.states.iter().find_map(PartState::refused);
        match refused {
            // What was taken costs money and may reach the phone.
            _ if !ids.is_empty() => {
                in_doubt(refused.map_or("not all parts were sent".into(), status_reason))
            }
            Some(status) => self.refused(status, codes),
            None => Verdict::BackToLine,
        }
    }

    fn refused(&self, status: u32, codes: &Codes) -> Verdict {
        let class = codes.submit(status);
        let give = |refusal| Verdict::Done(SendResult::Refused(refusal, status_reason(status)));
        let again = |can_change: bool, then| {
            if can_change && !self.tried.contains(&class) {
                Verdict::Again(class)
            } else {
                give(then)
            }
        };
        let is_linked = self.states.len() > 1;
        match class {
            StatusClass::Refused(refusal) => give(refusal),
            StatusClass::Rebind => give(Refusal::Temporary),
            StatusClass::Throttled | StatusClass::ThrottledDestination => {
                give(Refusal::Throttled(None))
            }
            StatusClass::Sender if self.manner.senders_left > 0 => Verdict::Again(class),
            StatusClass::Sender => give(Refusal::GatewayUnfit),
            StatusClass::Encoding => again(!self.manner.is_ucs2, Refusal::GatewayUnfit),
            StatusClass::Linking => again(is_linked, Refusal::GatewayUnfit),
            StatusClass::Validity => again(self.manner.has_validity, Refusal::Content),
            StatusClass::Optional => again(true, Refusal::GatewayUnfit),
        }
    }
}

impl PartState {
    /// Whether an answer may still come.
    pub(super) fn is_awaited(&self) -> bool {
        match self {
            Self::Open | Self::Doubt => true,
            Self::Unsent | Self::Taken(_) | Self::Refused(_) => false,
        }
    }

    pub(super) fn id(&self) -> Option<String> {
        match self {
            Self::Taken(id) => Some(id.clone()),
            Self::Unsent | Self::Open | Self::Refused(_) | Self::Doubt => None,
        }
    }

    pub(super) fn refused(&self) -> Option<u32> {
        match self {
            Self::Refused(status) => Some(*status),
            Self::Unsent | Self::Open | Self::Taken(_) | Self::Doubt => None,
        }
    }
}
