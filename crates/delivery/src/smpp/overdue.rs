//! Messages that were left in doubt because an answer is overdue. When it comes
//! after all, it is still an answer (`delivery.md` 3.2).

use std::collections::BTreeMap;

use smpp::session::limits::SUBMIT_LATE;
use tokio::time::Instant;
use verify::engine::outbox::{Attempt, Refusal};

use super::codes::{Codes, StatusClass};
use super::encode::status_reason;
use super::job::{Job, PartState};
use crate::gateway::{SendResult, Taken};
use crate::intake::LateAnswer;
use crate::limits::SMPP_OVERDUE_MAX;

/// What is remembered of them by a session: no text and no number.
#[derive(Default)]
pub(super) struct Overdue {
    /// By place.
    waiting: BTreeMap<u64, Waiting>,
}

struct Waiting {
    attempt: Attempt,
    states: Vec<PartState>,
    /// Whether there is another sender to try.
    has_sender: bool,
    since: Instant,
}

impl Overdue {
    /// Remembers a message that ends in doubt, if answers are still to come.
    pub(super) fn keep(&mut self, job: &Job, now: Instant) {
        if !job.states.iter().any(PartState::is_awaited) {
            return;
        }
        // The session tells no answer that comes later than that.
        self.waiting.retain(|_, waiting| now.duration_since(waiting.since) < SUBMIT_LATE);
        if self.waiting.len() >= SMPP_OVERDUE_MAX {
            self.waiting.pop_first();
        }
        let (attempt, states) = (job.message.hand_over(), job.states.clone());
        let has_sender = job.manner.senders_left > 0;
        self.waiting.insert(job.place, Waiting { attempt, states, has_sender, since: now });
    }

    /// A part was answered. Gives what that makes of the message, when all of it
    /// is answered; nothing where only some of it was taken, for then the doubt
    /// is right.
    pub(super) fn answered(
        &mut self,
        place: u64,
        number: u8,
        state: PartState,
        codes: &Codes,
    ) -> Option<LateAnswer> {
        let waiting = self.waiting.get_mut(&place)?;
        *waiting.states.get_mut(usize::from(number))? = state;
        if waiting.states.iter().any(PartState::is_awaited) {
            return None;
        }
        let Waiting { attempt, states, has_sender, .. } = self.waiting.remove(&place)?;
        Some(LateAnswer { attempt, result: result(&states, has_sender, codes)? })
    }
}

fn result(states: &[PartState], has_sender: bool, codes: &Codes) -> Option<SendResult> {
    let ids: Vec<String> = states.iter().filter_map(PartState::id).collect();
    if ids.len() == states.len() {
        return Some(SendResult::Accepted(Taken { ids }));
    }
    let refused = states.iter().find_map(PartState::refused).filter(|_| ids.is_empty())?;
    // It is not put otherwise and sent once more from here: by now that is for
    // whoever tries it again.
    let refusal = match codes.submit(refused) {
        StatusClass::Refused(Refusal::InDoubt) => return None,
        StatusClass::Refused(refusal) => refusal,
        StatusClass::Throttled
        | StatusClass::ThrottledDestination
        | StatusClass::Rebind
        | StatusClass::Validity => Refusal::Temporary,
        StatusClass::Sender if has_sender => Refusal::Temporary,
        StatusClass::Sender
        | StatusClass::Encoding
        | StatusClass::Linking
        | StatusClass::Optional => Refusal::GatewayUnfit,
    };
    Some(SendResult::Refused(refusal, status_reason(refused)))
}
