//! The hands of a dispatcher on the outbox of a [`World`].

use ringproof_verify::engine::outbox::{self, Claimed, Refusal, RefusedOutcome};
use ringproof_verify::ids::MessageId;
use ringproof_verify::record::OutgoingMessage;

use crate::world::World;

impl World {
    pub(crate) fn claim(&mut self, lease: u64) -> Claimed {
        let snapshot = self.records.snapshot(&outbox::claim_keys(self.now));
        let decided = outbox::claim(&snapshot, &self.ring, lease, self.now);
        self.records.apply(decided.changes);
        decided.outcome
    }

    pub(crate) fn accept(&mut self, lease: u64, messages: &[MessageId]) {
        let snapshot = self.records.snapshot(&outbox::accepted_keys(messages));
        let decided = outbox::accepted(&snapshot, &self.ring, "inbox", lease, self.now);
        self.records.apply(decided.changes);
    }

    /// A gateway refuses a message that was handed to it under `lease`.
    pub(crate) fn refuse(
        &mut self,
        lease: u64,
        message: &OutgoingMessage,
        refusal: Refusal,
    ) -> RefusedOutcome {
        let snapshot = self.records.snapshot(&outbox::refused_keys(message));
        let decided = outbox::refused(&snapshot, &self.ring, "hook", refusal, lease, self.now);
        self.records.apply(decided.changes);
        decided.outcome
    }

    /// The program begins anew: nobody holds a lease any more.
    pub(crate) fn release_all(&mut self) {
        self.records.apply(outbox::release_all(self.now).changes);
    }
}
