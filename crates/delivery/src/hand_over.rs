//! One call of a gateway, from messages in memory to what is noted of them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use store::Store;
use verify::engine::Keys;
use verify::engine::outbox::{
    self, Acceptance, Attempt, Claimed, Promise, Refusal, RefusedHandOver, RefusedOutcome,
};
use verify::keys::{AccountKeys, Keyring};
use verify::limits::JOB_BATCH_MAX;
use verify::record::{Delivery, DeliveryState, OutgoingMessage};
use verify::routing::breaker::BreakerOutcome;
use verify::{SignedDuration, Timestamp};

use crate::dispatcher::{DispatcherParts, Now};
use crate::exits::{Exits, Probe};
use crate::gateway::{Gateway, GatewayState, Prepared, Reason, SendResult, Taken};
use crate::lanes::Waiting;
use crate::limits::{FRESH_FOR, HOMELESS_PAUSE};
use crate::receipts::Receipts;
use crate::{meters, names};

/// What hands messages over.
pub(crate) struct Hands {
    pub(crate) store: Store,
    pub(crate) exits: Exits,
    keys: Keyring,
    receipts: Receipts,
    now: Now,
    lease: u64,
}

impl Hands {
    pub(crate) fn new(parts: DispatcherParts, lease: u64) -> Self {
        let DispatcherParts { store, keys, exits, receipts, now, lease: _ } = parts;
        Self { store, exits, keys, receipts, now, lease }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.now)()
    }

    fn promise(&self) -> Promise {
        self.exits.routes().promise()
    }

    /// Whether a gateway takes messages, the operator's pause included.
    pub(crate) fn is_open(&self, gateway: &dyn Gateway) -> bool {
        self.exits.state(gateway) == GatewayState::Open
    }

    /// Leases due messages, other than those in hand, and ends those that are over.
    pub(crate) async fn claim(
        &self,
        wanted: Keys,
        in_hand: BTreeSet<Attempt>,
        now: Timestamp,
    ) -> Claimed {
        let (keys, lease, promise) = (self.keys.clone(), self.lease, self.promise());
        let rule =
            move |snapshot: &_| outbox::claim(snapshot, &keys, promise, lease, &in_hand, now);
        match self.store.transact(wanted, rule).await {
            Ok(claimed) => {
                claimed.ended.iter().for_each(note_end);
                claimed
            }
            Err(error) => {
                tracing::error!(%error, "the outbox could not be searched");
                Claimed::default()
            }
        }
    }

    /// One call of a gateway with its settlement; whether some message is due
    /// again at once.
    pub(crate) async fn call(&self, gateway: &dyn Gateway, waiting: Vec<Waiting>) -> bool {
        let mut choices = Vec::with_capacity(waiting.len());
        let mut messages = Vec::with_capacity(waiting.len());
        for Waiting { message, reason, probe } in waiting {
            choices.push((message.id, reason, probe));
            messages.push(message);
        }
        let messages = self.still_due(messages).await;
        let now = (self.now)();
        let mut batch = Vec::with_capacity(messages.len());
        let mut sent = Vec::with_capacity(messages.len());
        let mut keys = None;
        for message in messages {
            let place = choices.iter().position(|(id, ..)| *id == message.id);
            let choice = place.map(|place| choices.swap_remove(place));
            let (choice, probe) = choice.map(|(_, reason, probe)| (reason, probe)).unzip();
            let prepared = self.prepare(&message, &mut keys, now);
            let one = Sent { message, choice, _probe: probe.flatten() };
            match prepared {
                Ok(prepared) => {
                    batch.push(prepared);
                    sent.push(one);
                }
                Err((refusal, reason)) => {
                    self.refused(&one, gateway.name(), refusal, reason.into()).await;
                }
            }
        }
        // The probes among those that are over are none.
        drop(choices);
        if batch.is_empty() {
            return false;
        }
        let with_choice = sent.iter().map(|sent| (&sent.message, sent.choice()));
        self.exits.take_in_hand(gateway.name(), with_choice);
        meters::submitted(gateway.name(), batch.len());
        let begun = Instant::now();
        let results = gateway.send(batch).await;
        meters::answered(gateway.name(), begun.elapsed(), &results);
        self.settle(gateway, &sent, results).await
    }

    /// Leaves out the messages that are over: one whose code was used, or has
    /// expired, or whose user is gone, is not sent.
    ///
    /// A message that is fresh was decided a moment ago and is not asked for
    /// again, so the usual path costs no step. Only a message that has waited
    /// (a slow gateway, a long queue) does, and then the step runs in order
    /// with the checks that could end it.
    async fn still_due(&self, messages: Vec<OutgoingMessage>) -> Vec<OutgoingMessage> {
        let now = (self.now)();
        let is_fresh = |message: &OutgoingMessage| {
            now.duration_since(outbox::leased_at(message)).unsigned_abs() < FRESH_FOR
        };
        let (mut due, waited): (Vec<_>, Vec<_>) = messages.into_iter().partition(is_fresh);
        if waited.is_empty() {
            return due;
        }
        due.extend(self.hold(waited).await.unwrap_or_default());
        due
    }

    /// Looks again at messages that waited in memory: gives those that may still
    /// be handed over, with leases that last. `None` if the store does not answer:
    /// unasked they are not sent, and they are claimed when their lease ends.
    pub(crate) async fn hold(&self, waited: Vec<OutgoingMessage>) -> Option<Vec<OutgoingMessage>> {
        let (keys, lease, now) = (self.keys.clone(), self.lease, (self.now)());
        let records = outbox::hold_keys(&waited);
        let rule = move |snapshot: &_| outbox::hold(snapshot, &waited, &keys, lease, now);
        match self.store.transact(records, rule).await {
            Ok(held) => {
                held.ended.iter().for_each(note_end);
                Some(held.messages)
            }
            Err(error) => {
                tracing::error!(%error, "waiting messages could not be looked at again");
                None
            }
        }
    }

    /// Notes how a call went, message by message; whether one of them is due
    /// again at once.
    async fn settle(&self, gateway: &dyn Gateway, sent: &[Sent], results: Vec<SendResult>) -> bool {
        let missing = SendResult::Refused(Refusal::InDoubt, "no result".into());
        let results = results.into_iter().chain(std::iter::repeat(missing));
        let mut accepted = Vec::with_capacity(sent.len());
        let mut untouched = Vec::new();
        let mut is_more_due = false;
        let now = (self.now)();
        for (sent, result) in sent.iter().zip(results) {
            let message = &sent.message;
            if let Some(outcome) = breaker_outcome(&result, now >= message.deadline) {
                let reason = match &result {
                    SendResult::Refused(_, reason) => Some(reason),
                    SendResult::Accepted(_) => None,
                };
                self.exits.note(gateway.name(), &message.to, outcome, reason, now);
            }
            if let SendResult::Refused(_, reason) = &result
                && reason.is_pumped()
            {
                self.exits.refused_as_pumped(message, now);
            }
            match result {
                SendResult::Accepted(taken) => {
                    self.exits.sent(message, gateway.name(), now);
                    self.exits.conversions().carry(message, gateway, &taken);
                    accepted.push(self.acceptance(gateway, sent, &taken, now));
                }
                // This call has closed the last gateway of the message's route, or
                // found it still closed: the outage must not use the message up.
                SendResult::Refused(
                    Refusal::Temporary | Refusal::Unreached | Refusal::GatewayDown,
                    _,
                ) if !self.exits.has_open_for(message) => {
                    untouched.push(Attempt::of(message));
                }
                SendResult::Refused(refusal, reason) => {
                    is_more_due |= self.refused(sent, gateway.name(), refusal, reason).await;
                }
            }
        }
        self.accepted(accepted, gateway.name()).await;
        self.put_back(&untouched, self.homeless_pause()).await;
        is_more_due
    }

    fn acceptance(
        &self,
        gateway: &dyn Gateway,
        sent: &Sent,
        taken: &Taken,
        now: Timestamp,
    ) -> Acceptance {
        let parts = if gateway.reports_by_name() { names::of_parts(taken) } else { Vec::new() };
        Acceptance {
            attempt: Attempt::of(&sent.message),
            choice: sent.choice(),
            parts,
            keep_until: self.exits.keep_until(&sent.message, gateway, now),
        }
    }

    /// How long messages wait that no gateway may have now. Where gateways of
    /// other routes are open, they are not looked at in vain all the time.
    pub(crate) fn homeless_pause(&self) -> Duration {
        if self.exits.has_open_here() { HOMELESS_PAUSE } else { Duration::ZERO }
    }

    /// Gives up the lease of messages that were with no gateway, for so long.
    pub(crate) async fn put_back(&self, attempts: &[Attempt], pause: Duration) {
        let waiting = self.give_up(attempts, pause, None).await;
        if waiting > 0 {
            tracing::warn!(waiting, "no gateway of theirs is open; messages wait for one");
        }
    }

    /// Gives up the lease of messages for this gateway, so that the server that is
    /// bound there claims them.
    pub(crate) async fn leave(&self, attempts: &[Attempt], gateway: &str) {
        let left = self.give_up(attempts, Duration::ZERO, Some(gateway)).await;
        count(gateway, "left", left as u64);
        tracing::debug!(left, gateway.name = gateway, "messages are left to another server");
    }

    /// Gives up leases; of how many.
    async fn give_up(&self, all: &[Attempt], pause: Duration, left_for: Option<&str>) -> usize {
        let mut count = 0;
        for attempts in all.chunks(JOB_BATCH_MAX as usize) {
            let now = (self.now)();
            let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::ZERO);
            let at = now.saturating_add(pause).unwrap_or(now);
            let lease = self.lease;
            let (keys, ours) = (outbox::put_back_keys(attempts), attempts.to_vec());
            let gateway = left_for.map(str::to_owned);
            let rule = move |snapshot: &_| {
                outbox::put_back(snapshot, &ours, gateway.as_deref(), lease, at)
            };
            match self.store.transact(keys, rule).await {
                Ok(()) => {
                    self.exits.put_out_of_hand(attempts);
                    count += attempts.len();
                }
                // They are claimed when their lease ends.
                Err(error) => tracing::error!(%error, "waiting messages could not be put back"),
            }
        }
        count
    }

    /// Ends what is over while no gateway is open.
    pub(crate) async fn end_due(&self, in_hand: BTreeSet<Attempt>, now: Timestamp) {
        let (keys, lease, promise) = (self.keys.clone(), self.lease, self.promise());
        let rule =
            move |snapshot: &_| outbox::end_due(snapshot, &keys, promise, lease, &in_hand, now);
        match self.store.transact(outbox::end_due_keys(promise, now), rule).await {
            Ok(ended) => ended.iter().for_each(note_end),
            Err(error) => tracing::error!(%error, "the outbox could not be searched"),
        }
    }

    /// Opens a message. `kept` are the keys of the message before: most of a
    /// batch is of one account, and to derive keys costs more than to open.
    fn prepare(
        &self,
        message: &OutgoingMessage,
        kept: &mut Option<AccountKeys>,
        now: Timestamp,
    ) -> Result<Prepared, (Refusal, &'static str)> {
        if now >= message.deadline {
            return Err((Refusal::Temporary, "its time is over"));
        }
        let fitting = kept.take().filter(|keys| keys.account() == message.account);
        let keys = kept.insert(fitting.unwrap_or_else(|| self.keys.account(message.account)));
        let text = outbox::open_text(keys, message);
        let text = text.map_err(|_| (Refusal::Content, "its text does not open"))?;
        Ok(Prepared {
            id: message.id,
            attempt: message.attempts,
            to: message.to,
            sender: message.sender.clone(),
            form: message.form.clone(),
            is_code: message.purpose.verification().is_some(),
            text,
            deadline: message.deadline,
            handed_at: now,
        })
    }

    async fn accepted(&self, acceptances: Vec<Acceptance>, gateway: &str) {
        if acceptances.is_empty() {
            return;
        }
        let (keys, lease, now) = (self.keys.clone(), self.lease, (self.now)());
        let (name, messages) = (gateway.to_owned(), acceptances.len() as u64);
        let attempts: Vec<Attempt> = acceptances.iter().map(|a| a.attempt).collect();
        let wanted = outbox::accepted_keys(gateway, &acceptances);
        let rule =
            move |snapshot: &_| outbox::accepted(snapshot, &acceptances, &keys, &name, lease, now);
        match self.store.transact(wanted, rule).await {
            Ok(early) => {
                self.exits.put_out_of_hand(&attempts);
                count(gateway, "accepted", messages);
                for orphan in early {
                    self.receipts.note_orphan(orphan).await;
                }
            }
            // They are with the gateway; when the lease ends they may go out again.
            Err(error) => tracing::error!(%error, "accepted messages could not be noted"),
        }
    }

    /// Notes that a gateway did not take a message; whether it is due again at
    /// once.
    async fn refused(&self, sent: &Sent, gateway: &str, refusal: Refusal, reason: Reason) -> bool {
        let (message, choice) = (&sent.message, sent.choice());
        let (keys, lease, now) = (self.keys.clone(), self.lease, (self.now)());
        let (name, has_other) = (gateway.to_owned(), self.exits.has_other(message, gateway));
        let has_later = self.exits.has_later(message, gateway);
        let (attempt, promise) = (Attempt::of(message), self.promise());
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
            outbox::refused(snapshot, &keys, &hand_over, lease, now)
        };
        let noted = self.store.transact(outbox::refused_keys(message, &self.keys), rule).await;
        if noted.is_ok() {
            self.exits.put_out_of_hand(&[attempt]);
        }
        match noted {
            Ok(RefusedOutcome::Retry(at)) => {
                count(gateway, "retried", 1);
                tracing::warn!(
                    message.id = %message.id, gateway.name = gateway, reason = &*reason,
                    class = refusal.as_str(), retry_at = %at, attempts = message.attempts,
                    other_gateway = has_other, "a message was not taken and is tried again"
                );
                at <= now
            }
            Ok(RefusedOutcome::Waits(until)) => {
                count(gateway, "in_doubt", 1);
                tracing::warn!(
                    message.id = %message.id, gateway.name = gateway, reason = &*reason,
                    class = refusal.as_str(), %until, attempts = message.attempts,
                    "a message is in doubt and is not sent twice; its receipt is waited for"
                );
                false
            }
            Ok(RefusedOutcome::Ended(delivery)) => {
                let outcome = not_taken(delivery.state);
                count(gateway, outcome, 1);
                tracing::warn!(
                    message.id = %message.id, gateway.name = gateway, reason = &*reason,
                    outcome, class = refusal.as_str(),
                    attempts = delivery.attempts, in_doubt = delivery.in_doubt,
                    "a message was not delivered"
                );
                false
            }
            Ok(RefusedOutcome::NotOurs) => false,
            Err(error) => {
                tracing::error!(%error, "a refused message could not be noted");
                false
            }
        }
    }
}

/// A message in a call, and why it is this gateway's.
struct Sent {
    message: OutgoingMessage,
    choice: Option<verify::routing::Reason>,
    /// Given up when the call has ended and what it said is noted.
    _probe: Option<Probe>,
}

impl Sent {
    fn choice(&self) -> String {
        self.choice.map(|reason| reason.to_string()).unwrap_or_default()
    }
}

/// Whether a result speaks for the gateway or against it; one that slows us down
/// is well. What it cannot carry says nothing: else one account that sends it
/// such messages would shut it for all others, or keep a sick one open. Nor does a
/// message whose time is over: it may have waited long for its turn.
fn breaker_outcome(result: &SendResult, is_over: bool) -> Option<BreakerOutcome> {
    match result {
        SendResult::Accepted(_)
        | SendResult::Refused(Refusal::Destination { .. } | Refusal::Content, _) => {
            Some(BreakerOutcome::Success)
        }
        SendResult::Refused(Refusal::Throttled(_) | Refusal::GatewayUnfit, _) => None,
        SendResult::Refused(Refusal::Temporary | Refusal::Unreached, _) if is_over => None,
        SendResult::Refused(
            Refusal::Temporary | Refusal::Unreached | Refusal::GatewayDown | Refusal::InDoubt,
            _,
        ) => Some(BreakerOutcome::Failure),
    }
}

/// How a message ended at a gateway that did not take it. What another one took before
/// stays accepted, but not of this one.
const fn not_taken(end: DeliveryState) -> &'static str {
    match end {
        DeliveryState::Expired => "expired",
        DeliveryState::Accepted | DeliveryState::Failed | DeliveryState::Cancelled => "failed",
    }
}

pub(crate) fn count(gateway: &str, outcome: &'static str, messages: u64) {
    let gateway = gateway.to_owned();
    metrics::counter!("ringproof_messages_total", "gateway" => gateway, "outcome" => outcome)
        .increment(messages);
}

fn note_end(delivery: &Delivery) {
    count("", delivery.state.as_str(), 1);
    tracing::warn!(
        message.id = %delivery.message,
        state = delivery.state.as_str(), "a message ended in the outbox"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_gateway_took_counts_as_no_acceptance_of_this_one() {
        assert_eq!(not_taken(DeliveryState::Accepted), "failed");
        assert_eq!(not_taken(DeliveryState::Expired), "expired");
    }

    #[test]
    fn a_message_whose_time_is_over_says_nothing_of_the_gateway() {
        let of =
            |refusal, is_over| breaker_outcome(&SendResult::Refused(refusal, "".into()), is_over);
        for refusal in [Refusal::Temporary, Refusal::Unreached] {
            assert_eq!(of(refusal, false), Some(BreakerOutcome::Failure));
            assert_eq!(of(refusal, true), None);
        }
        // Whoever says nothing is sick, however long the message has waited.
        assert_eq!(of(Refusal::InDoubt, true), Some(BreakerOutcome::Failure));
        assert_eq!(breaker_outcome(&SendResult::TAKEN, true), Some(BreakerOutcome::Success));
    }
}
