//! The hands of a dispatcher on the outbox of a [`World`].

use ringproof_verify::engine::Keys;
use ringproof_verify::engine::fail_over::{self, FailOver, Kept};
use ringproof_verify::engine::outbox::late::{self, LateAcceptance, LateRefusal};
use ringproof_verify::engine::outbox::{
    self, Acceptance, Attempt, Claimed, Refusal, RefusedHandOver, RefusedOutcome,
};
use ringproof_verify::engine::reference::{self, Meant, NamedReceipt};
use ringproof_verify::ids::MessageId;
use ringproof_verify::record::{Delivery, Orphan, OutgoingMessage, Purpose};

use crate::world::World;

/// The hand-over of a message that is under way; a real one is never 0.
pub(crate) fn current(message: MessageId) -> Attempt {
    Attempt { message, number: 0 }
}

impl World {
    pub(crate) fn claim(&mut self, lease: u64) -> Claimed {
        self.claim_with(lease, &[])
    }

    /// The same by a run that has these hand-overs in hand.
    pub(crate) fn claim_with(&mut self, lease: u64, in_hand: &[Attempt]) -> Claimed {
        let snapshot = self.records.snapshot(&outbox::claim_keys(self.now));
        let in_hand = in_hand.iter().copied().collect();
        let decided = outbox::claim(&snapshot, &self.ring, self.promise, lease, &in_hand, self.now);
        self.records.apply(decided.changes);
        decided.outcome
    }

    pub(crate) fn accept(&mut self, lease: u64, messages: &[MessageId]) {
        let accept = |message: &MessageId| Acceptance {
            attempt: current(*message),
            choice: "only".to_owned(),
            parts: Vec::new(),
            keep_until: None,
        };
        let all: Vec<Acceptance> = messages.iter().map(accept).collect();
        self.accept_so("inbox", lease, &all);
    }

    /// A gateway takes messages that were handed to it under `lease`.
    pub(crate) fn accept_so(
        &mut self,
        gateway: &str,
        lease: u64,
        all: &[Acceptance],
    ) -> Vec<Orphan> {
        let all: Vec<Acceptance> = all
            .iter()
            .map(|one| Acceptance { attempt: self.attempt(one.attempt), ..one.clone() })
            .collect();
        let snapshot = self.records.snapshot(&outbox::accepted_keys(gateway, &all));
        let decided = outbox::accepted(&snapshot, &all, &self.ring, gateway, lease, self.now);
        self.records.apply(decided.changes);
        decided.outcome
    }

    /// A gateway refuses a message that was handed to it under `lease`.
    pub(crate) fn refuse(
        &mut self,
        lease: u64,
        message: &OutgoingMessage,
        refusal: Refusal,
    ) -> RefusedOutcome {
        let attempt = Attempt::of(message);
        let hand_over = RefusedHandOver {
            attempt,
            gateway: "hook",
            choice: "only",
            refusal,
            has_other: false,
            has_later: false,
            promise: self.promise,
        };
        self.refuse_so(lease, message, &hand_over)
    }

    /// The same, of any gateway.
    pub(crate) fn refuse_so(
        &mut self,
        lease: u64,
        message: &OutgoingMessage,
        hand_over: &RefusedHandOver<'_>,
    ) -> RefusedOutcome {
        let snapshot = self.records.snapshot(&outbox::refused_keys(message, &self.ring));
        let decided = outbox::refused(&snapshot, &self.ring, hand_over, lease, self.now);
        self.records.apply(decided.changes);
        decided.outcome
    }

    /// A gateway takes a message, as it says after the wait for its answer.
    pub(crate) fn accept_late(&mut self, gateway: &str, late: &Acceptance) -> LateAcceptance {
        let Some(keys) = self.late_keys(late.attempt.message, gateway, &late.parts) else {
            return LateAcceptance::default();
        };
        let snapshot = self.records.snapshot(&keys);
        let decided = late::accepted(&snapshot, late, &self.ring, gateway, self.now);
        self.records.apply(decided.changes);
        decided.outcome
    }

    /// The same of a refusal.
    pub(crate) fn refuse_late(&mut self, hand_over: &RefusedHandOver<'_>) -> LateRefusal {
        let keys = self.late_keys(hand_over.attempt.message, hand_over.gateway, &[]);
        let Some(keys) = keys else { return LateRefusal::Nothing };
        let snapshot = self.records.snapshot(&keys);
        let decided = late::refused(&snapshot, &self.ring, hand_over, self.now);
        self.records.apply(decided.changes);
        decided.outcome
    }

    fn late_keys(&self, message: MessageId, gateway: &str, parts: &[Vec<String>]) -> Option<Keys> {
        let first = self.records.snapshot(&late::first_keys(message));
        late::keys(&first, message, gateway, parts, &self.ring)
    }

    /// A kept message's time has come.
    pub(crate) fn fail_over(&mut self, message: &OutgoingMessage) -> FailOver {
        self.fail_over_with(message, true)
    }

    /// The same, with another gateway that is open or none.
    pub(crate) fn fail_over_with(
        &mut self,
        message: &OutgoingMessage,
        has_other: bool,
    ) -> FailOver {
        let Purpose::Code { service, .. } = message.purpose else { panic!("it has a code") };
        let kept = Kept { message: message.id, account: message.account, service };
        let number_key = self.ring.number_key(&message.to);
        let snapshot = self.records.snapshot(&fail_over::keys(&kept, number_key));
        let keys = self.keys_of(message.account);
        let context = self.send_context(&keys);
        let decided = fail_over::fail_over(&snapshot, &context, has_other, number_key, self.now);
        self.records.apply(decided.changes);
        decided.outcome
    }

    /// A gateway reports by a name of its own.
    pub(crate) fn find(&mut self, receipt: &NamedReceipt) -> Meant {
        let snapshot = self.records.snapshot(&reference::keys(receipt, self.now));
        let decided = reference::find(&snapshot, receipt, self.now);
        assert_eq!(decided.changes.is_empty(), decided.outcome != Meant::Orphan, "{decided:?}");
        self.records.apply(decided.changes);
        decided.outcome
    }

    /// The program begins anew: nobody holds a lease any more.
    pub(crate) fn release_all(&mut self) {
        self.records.apply(outbox::release_all(self.now).changes);
    }

    /// Looks again at messages that wait in the memory of run `lease`.
    pub(crate) fn hold(&mut self, lease: u64, messages: &[OutgoingMessage]) -> Claimed {
        let snapshot = self.records.snapshot(&outbox::hold_keys(messages));
        let decided = outbox::hold(&snapshot, messages, &self.ring, lease, self.now);
        self.records.apply(decided.changes);
        decided.outcome
    }

    /// No gateway is open: run `lease` gives the messages back.
    pub(crate) fn put_back(&mut self, lease: u64, messages: &[MessageId]) {
        let attempts: Vec<Attempt> =
            messages.iter().map(|message| self.attempt(current(*message))).collect();
        self.put_attempts_back(lease, &attempts);
    }

    /// The same, of certain hand-overs.
    pub(crate) fn put_attempts_back(&mut self, lease: u64, attempts: &[Attempt]) {
        let snapshot = self.records.snapshot(&outbox::put_back_keys(attempts));
        self.records.apply(outbox::put_back(&snapshot, attempts, None, lease, self.now).changes);
    }

    /// The hand-over that is meant: [`current`] is the one that the outbox has.
    fn attempt(&self, meant: Attempt) -> Attempt {
        let waiting = self.records.messages.get(&meant.message);
        if meant.number == 0 { waiting.map_or(meant, Attempt::of) } else { meant }
    }

    /// No gateway is open: what is over ends.
    pub(crate) fn end_due(&mut self) -> Vec<Delivery> {
        self.end_due_with(0, &[])
    }

    /// The same by a run that has these hand-overs in hand.
    pub(crate) fn end_due_with(&mut self, lease: u64, in_hand: &[Attempt]) -> Vec<Delivery> {
        let snapshot = self.records.snapshot(&outbox::claim_keys(self.now));
        let in_hand = in_hand.iter().copied().collect();
        let decided =
            outbox::end_due(&snapshot, &self.ring, self.promise, lease, &in_hand, self.now);
        self.records.apply(decided.changes);
        decided.outcome
    }
}
