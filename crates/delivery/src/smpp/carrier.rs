//! The messages of one session: all parts of a message go over it, in order.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use smpp::content::LongMessage;
use smpp::session::{Answer, Session, SubmitError};
use tokio::time::Instant;
use verify::engine::outbox::Refusal;

use super::codes::StatusClass;
use super::encode::{self, id_text};
use super::gateway::Shared;
use super::job::{Job, PartState, Verdict};
use super::line::{Turn, slow};
use super::overdue::Overdue;
use crate::gateway::SendResult;
use crate::intake::LateAnswer;
use crate::limits::SMPP_OVERDUE_MAX;

/// Messages that were taken out of the line by one session.
#[derive(Default)]
pub(super) struct Carrier {
    jobs: HashMap<u64, Job>,
    /// Parts that are to be sent, by place of the message and number: the order
    /// in which they leave.
    unsent: BTreeSet<(u64, u8)>,
    /// The peer holds the session for not bound.
    pub(super) wants_rebind: bool,
    /// Messages whose answers are overdue.
    overdue: Overdue,
    /// What late answers say, to be taken to the store.
    pub(super) late: VecDeque<LateAnswer>,
}

/// The time, and what the session calls it.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) now: Instant,
    pub(super) session: Duration,
}

impl Carrier {
    /// Sends as much as window, pace and line allow; gives when to come again,
    /// unless the line's bell or an answer says so.
    pub(super) fn fill(
        &mut self,
        session: &mut Session,
        shared: &Shared,
        at: Moment,
    ) -> Option<Instant> {
        while session.room() > 0 {
            if self.unsent.is_empty() {
                match shared.line.take(at.now) {
                    Turn::Empty => return None,
                    Turn::NotBefore(next) => return Some(next),
                    Turn::Job(job) => {
                        if !self.begin(*job, shared, at.now) {
                            shared.line.give_back();
                            continue;
                        }
                    }
                }
            } else if let Err(next) = shared.line.token(at.now) {
                return Some(next);
            }
            self.send_first(session, shared, at);
        }
        if shared.line.has_waiting() {
            // Another session may have room.
            shared.line.ring();
        }
        None
    }

    /// Makes the parts of a message; `false` if there is nothing to send.
    fn begin(&mut self, mut job: Job, shared: &Shared, now: Instant) -> bool {
        let seconds = job.seconds_left(now);
        if seconds == 0 {
            job.finish(SendResult::Refused(Refusal::Temporary, "its time is over".into()));
            return false;
        }
        job.manner.has_validity &= shared.tells_validity();
        let made = encode::parts(&shared.options, &job.message, job.manner, job.reference, seconds);
        match made {
            Ok(parts) => {
                let count = u8::try_from(parts.0.len()).unwrap_or(u8::MAX);
                job.states = vec![PartState::Unsent; count.into()];
                job.parts = parts;
                job.is_stopped = false;
                self.unsent.extend((0..count).map(|number| (job.place, number)));
                self.jobs.insert(job.place, job);
                true
            }
            Err((refusal, reason)) => {
                shared.meters.part(refusal.as_str());
                job.finish(SendResult::Refused(refusal, reason));
                false
            }
        }
    }

    /// Sends the first part that is to be sent.
    fn send_first(&mut self, session: &mut Session, shared: &Shared, at: Moment) {
        let Some((place, number)) = self.unsent.pop_first() else { return };
        let Some(job) = self.jobs.get_mut(&place) else { return };
        let Some(part) = job.parts.0.get_mut(usize::from(number)) else { return };
        match session.submit(token(place, number), part, at.session) {
            Ok(()) => {
                job.states[usize::from(number)] = PartState::Open;
                shared.meters.submitted();
            }
            Err(SubmitError::NoRoom) => {
                self.unsent.insert((place, number));
                shared.line.give_back();
            }
            Err(SubmitError::Unfit(error)) => {
                shared.line.give_back();
                self.forget(place);
                if let Some(job) = self.jobs.remove(&place) {
                    let result =
                        if job.is_untouched() { Refusal::Content } else { Refusal::InDoubt };
                    job.finish(SendResult::Refused(result, error.to_string().into()));
                }
            }
        }
    }

    /// The peer has answered a part.
    pub(super) fn answered(
        &mut self,
        token: u64,
        answer: &Answer,
        waited: Duration,
        shared: &Shared,
        now: Instant,
    ) {
        shared.meters.answered(waited);
        let (place, number) = part_of(token);
        let Some(job) = self.jobs.get_mut(&place) else {
            // Another part of it has left it in doubt.
            self.answered_late(token, answer, shared);
            return;
        };
        let state = if answer.status == 0 {
            shared.meters.accepted();
            PartState::Taken(id_text(&answer.message_id))
        } else {
            match shared.codes.submit(answer.status) {
                StatusClass::Throttled => {
                    shared.meters.part("throttled");
                    let sent_at = now.checked_sub(waited).unwrap_or(now);
                    shared.line.throttled(sent_at, now);
                    if !job.is_stopped {
                        self.unsent.insert((place, number));
                    }
                    PartState::Unsent
                }
                class @ (StatusClass::ThrottledDestination
                | StatusClass::Rebind
                | StatusClass::Sender
                | StatusClass::Encoding
                | StatusClass::Linking
                | StatusClass::Validity
                | StatusClass::Optional
                | StatusClass::Refused(_)) => {
                    shared.meters.part(class.as_str());
                    self.wants_rebind |= class == StatusClass::Rebind;
                    job.is_stopped = true;
                    PartState::Refused(answer.status)
                }
            }
        };
        job.states[usize::from(number)] = state;
        if job.is_stopped {
            self.forget(place);
        }
        self.settle(place, shared, now);
    }

    /// The peer has answered a part of a message that was left in doubt.
    pub(super) fn answered_late(&mut self, token: u64, answer: &Answer, shared: &Shared) {
        let (place, number) = part_of(token);
        let state = if answer.status == 0 {
            PartState::Taken(id_text(&answer.message_id))
        } else {
            PartState::Refused(answer.status)
        };
        let late = self.overdue.answered(place, number, state, &shared.codes);
        // Where the store is that slow, a doubt more changes little.
        let has_room = self.late.len() < SMPP_OVERDUE_MAX;
        self.late.extend(late.filter(|_| has_room));
    }

    /// Nobody knows what became of a part.
    pub(super) fn doubted(&mut self, token: u64, shared: &Shared, now: Instant) {
        shared.meters.part(Refusal::InDoubt.as_str());
        let (place, number) = part_of(token);
        let Some(job) = self.jobs.get_mut(&place) else { return };
        job.states[usize::from(number)] = PartState::Doubt;
        self.forget(place);
        self.settle(place, shared, now);
    }

    /// The session sends nothing more: what is not sent goes back to the line,
    /// if nothing of it was.
    pub(super) fn stop(&mut self, shared: &Shared, now: Instant) {
        self.unsent.clear();
        let places: Vec<u64> = self.jobs.keys().copied().collect();
        for place in places {
            if let Some(job) = self.jobs.get_mut(&place) {
                job.is_stopped = true;
            }
            self.settle(place, shared, now);
        }
    }

    /// When the first message that waits for its turn has waited too long.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let (place, _) = self.unsent.first()?;
        self.jobs.get(place).map(Job::turn_ends_at)
    }

    /// Gives back what has waited too long for its turn.
    pub(super) fn expire(&mut self, shared: &Shared, now: Instant) {
        while let Some((place, _)) = self.unsent.first().copied()
            && self.jobs.get(&place).is_some_and(|job| now >= job.turn_ends_at())
        {
            self.forget(place);
            let Some(job) = self.jobs.get_mut(&place) else { continue };
            job.is_stopped = true;
            if job.is_untouched() {
                if let Some(job) = self.jobs.remove(&place) {
                    job.finish(slow());
                }
            } else {
                self.settle(place, shared, now);
            }
        }
    }

    /// Sends no further part of a message.
    fn forget(&mut self, place: u64) {
        let parts: Vec<_> = self.unsent.range((place, 0)..=(place, u8::MAX)).copied().collect();
        for part in parts {
            self.unsent.remove(&part);
        }
    }

    /// Does with a message what its parts say.
    fn settle(&mut self, place: u64, shared: &Shared, now: Instant) {
        let Some(verdict) = self.jobs.get(&place).map(|job| job.verdict(&shared.codes)) else {
            return;
        };
        if verdict == Verdict::Wait {
            return;
        }
        let Some(mut job) = self.jobs.remove(&place) else { return };
        match verdict {
            Verdict::Wait => {}
            Verdict::Done(SendResult::Refused(Refusal::Throttled(None), reason)) => {
                let refusal = shared.line.busy(job.message.id, now);
                job.finish(SendResult::Refused(refusal, reason));
            }
            Verdict::Done(result) => {
                if let SendResult::Refused(Refusal::InDoubt, _) = result {
                    self.overdue.keep(&job, now);
                }
                job.finish(result);
            }
            Verdict::BackToLine => shared.line.put(job),
            Verdict::Again(class) => {
                change(&mut job, class, shared);
                // It keeps its place, so it is the next one to be sent.
                shared.line.put(job);
            }
        }
    }
}

/// Puts a message otherwise, as its refusal asks.
fn change(job: &mut Job, class: StatusClass, shared: &Shared) {
    let manner = &mut job.manner;
    match class {
        StatusClass::Sender => manner.senders_left = manner.senders_left.saturating_sub(1),
        StatusClass::Encoding => manner.is_ucs2 = true,
        StatusClass::Linking => {
            manner.long_message = match manner.long_message {
                LongMessage::Udh8 | LongMessage::Udh16 => LongMessage::Sar,
                LongMessage::Sar | LongMessage::Payload => LongMessage::Payload,
            };
        }
        StatusClass::Validity => {
            manner.has_validity = false;
            shared.forget_validity();
        }
        StatusClass::Optional => {
            manner.has_optional = false;
            manner.long_message = match manner.long_message {
                LongMessage::Sar | LongMessage::Payload => LongMessage::Udh8,
                by_header @ (LongMessage::Udh8 | LongMessage::Udh16) => by_header,
            };
        }
        StatusClass::Throttled
        | StatusClass::ThrottledDestination
        | StatusClass::Rebind
        | StatusClass::Refused(_) => {}
    }
    job.tried.push(class);
    job.states.clear();
}

fn token(place: u64, number: u8) -> u64 {
    (place << 8) | u64::from(number)
}

fn part_of(token: u64) -> (u64, u8) {
    (token >> 8, u8::try_from(token & 0xff).unwrap_or_default())
}
