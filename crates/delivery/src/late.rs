//! Answers of gateways that came after the wait for them (`delivery.md` 3.2): what
//! they make of their message is a rule (`verify::engine::outbox::late`).

use store::Fault;
use verify::Timestamp;
use verify::engine::Snapshot;
use verify::engine::outbox::late::{self, LateRefusal};
use verify::engine::outbox::{Acceptance, Attempt, Refusal, RefusedHandOver, RefusedOutcome};
use verify::record::OutgoingMessage;

use crate::gateway::{Reason, SendResult};
use crate::hand_over::count;
use crate::intake::LateAnswer;
use crate::names;
use crate::receipts::Receipts;

impl Receipts {
    /// Applies a late answer to its hand-over.
    ///
    /// # Errors
    /// The store's; then nothing was changed.
    pub async fn note_late(&self, gateway: &str, answer: LateAnswer) -> Result<(), Fault> {
        let LateAnswer { attempt, result } = answer;
        let first = self.store.read(late::first_keys(attempt.message)).await?;
        match result {
            SendResult::Accepted(taken) => {
                let waiting = first.messages.first();
                let late = Acceptance {
                    attempt,
                    choice: self.exits.has_in_hand(attempt.message, gateway).unwrap_or_default(),
                    parts: names::of_parts(&taken),
                    keep_until: waiting.and_then(|waiting| self.keep_until(waiting, gateway)),
                };
                self.taken_late(&first, gateway, late).await?;
            }
            SendResult::Refused(refusal, reason) => {
                self.refused_late(&first, gateway, attempt, refusal, &reason).await?;
            }
        }
        self.exits.put_out_of_hand(&[attempt]);
        // A client may be owed the report of an end.
        self.bell.ring();
        Ok(())
    }

    async fn taken_late(
        &self,
        first: &Snapshot,
        gateway: &str,
        late: Acceptance,
    ) -> Result<(), Fault> {
        let id = late.attempt.message;
        let Some(keys) = late::keys(first, id, gateway, &late.parts, &self.keys) else {
            return Ok(());
        };
        let (ring, now, name) = (self.keys.clone(), (self.now)(), gateway.to_owned());
        let rule = move |snapshot: &_| late::accepted(snapshot, &late, &ring, &name, now);
        let told = self.store.transact(keys, rule).await?;
        let is_settled = told.settled.is_some();
        if let Some(message) = told.settled {
            self.exits.sent(&message, gateway, now);
            count(gateway, "accepted", 1);
        }
        tracing::info!(
            message.id = %id, gateway.name = gateway, is_settled,
            "a message in doubt was taken, as its gateway says late"
        );
        for orphan in told.early {
            self.note_orphan(orphan).await;
        }
        Ok(())
    }

    async fn refused_late(
        &self,
        first: &Snapshot,
        gateway: &str,
        attempt: Attempt,
        refusal: Refusal,
        reason: &Reason,
    ) -> Result<(), Fault> {
        let id = attempt.message;
        let Some(keys) = late::keys(first, id, gateway, &[], &self.keys) else { return Ok(()) };
        let waiting = first.messages.first();
        let has_other = waiting.is_some_and(|waiting| self.exits.has_other(waiting, gateway));
        let has_later = waiting.is_some_and(|waiting| self.exits.has_later(waiting, gateway));
        let choice = self.exits.has_in_hand(id, gateway).unwrap_or_default();
        let promise = self.exits.routes().promise();
        let (ring, now, name) = (self.keys.clone(), (self.now)(), gateway.to_owned());
        let rule = move |snapshot: &_| {
            let hand_over = RefusedHandOver {
                attempt,
                gateway: &name,
                choice: &choice,
                refusal,
                has_other,
                has_later,
                promise,
            };
            late::refused(snapshot, &ring, &hand_over, now)
        };
        let told = self.store.transact(keys, rule).await?;
        if let LateRefusal::Decided(RefusedOutcome::Ended(_)) = told {
            count(gateway, "failed", 1);
        }
        let outcome = match told {
            LateRefusal::Decided(RefusedOutcome::Ended(_)) => "over",
            LateRefusal::Decided(RefusedOutcome::Retry(_)) => "tried again",
            LateRefusal::Cleared => "the doubt is gone",
            LateRefusal::Decided(RefusedOutcome::NotOurs | RefusedOutcome::Waits(_))
            | LateRefusal::Nothing => "nothing",
        };
        tracing::info!(
            message.id = %id, gateway.name = gateway, class = refusal.as_str(),
            reason = &**reason, outcome, "a message in doubt was not taken, as its gateway says late"
        );
        Ok(())
    }

    /// Until when a message that this gateway took is kept for another one.
    fn keep_until(&self, message: &OutgoingMessage, gateway: &str) -> Option<Timestamp> {
        let routes = self.exits.routes();
        let exit = routes.exits().iter().find(|exit| exit.gateway.name() == gateway)?;
        self.exits.keep_until(message, &*exit.gateway, (self.now)())
    }
}
