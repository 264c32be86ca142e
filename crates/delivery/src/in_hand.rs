//! Which gateway has which message in hand at this moment: what a receipt that
//! is ahead of its answer is held against (security rule S-51). The outbox does
//! not know, since nothing is written before the first byte.

use std::collections::HashMap;

use verify::Timestamp;
use verify::engine::outbox::Attempt;
use verify::ids::MessageId;
use verify::record::OutgoingMessage;

/// Hand-overs that began and are not settled: no more than the gateways bear at
/// a time, and those of the last seconds that the store could not take.
#[derive(Default)]
pub(crate) struct InHand(HashMap<MessageId, Held>);

struct Held {
    attempt: Attempt,
    gateway: String,
    /// Why it was chosen.
    choice: String,
    /// End of the lease; afterwards nobody knows where the message is.
    until: Timestamp,
}

impl InHand {
    /// A gateway gets a message.
    pub(crate) fn take(&mut self, gateway: &str, choice: String, message: &OutgoingMessage) {
        let attempt = Attempt::of(message);
        let held = Held { attempt, gateway: gateway.to_owned(), choice, until: message.next_at };
        self.0.insert(message.id, held);
    }

    /// What became of a hand-over is noted. The message may be with another
    /// gateway by now.
    pub(crate) fn settle(&mut self, attempt: &Attempt) {
        if self.0.get(&attempt.message).is_some_and(|held| held.attempt == *attempt) {
            self.0.remove(&attempt.message);
        }
    }

    /// Why this gateway was chosen, if it has the message.
    pub(crate) fn choice(&self, message: MessageId, gateway: &str) -> Option<String> {
        let held = self.0.get(&message).filter(|held| held.gateway == gateway);
        held.map(|held| held.choice.clone())
    }

    /// Forgets what was not settled before its lease ended.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        self.0.retain(|_, held| now < held.until);
    }
}
