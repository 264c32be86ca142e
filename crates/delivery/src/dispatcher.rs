//! Takes messages to gateways.
//!
//! A start hands its message over right after its step is on disk; the
//! message is born leased by this dispatcher's run, so the usual path needs no
//! claim. Whatever is left (a full queue, a crash, a pause before the next
//! attempt) is found in the outbox when its time has come.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use verify::Timestamp;
use verify::engine::Keys;
use verify::engine::outbox::{self, Refusal, RefusedOutcome};
use verify::ids::MessageId;
use verify::keys::{AccountKeys, Keyring};
use verify::record::{Delivery, OutgoingMessage};

use crate::gateway::{Gateway, GatewayState, Prepared, SendResult};
use crate::limits::{CLAIM_EVERY, HANDED_OVER_MAX};
use store::Store;

/// Tells the time to whoever must not read the clock.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The end at which starts hand messages over; cheap to clone.
#[derive(Clone)]
pub struct Outbox {
    lease: u64,
    gateways: Arc<[Arc<dyn Gateway>]>,
    handed_over: mpsc::Sender<Box<OutgoingMessage>>,
}

impl Outbox {
    /// The run whose lease a fresh message carries.
    pub fn lease(&self) -> u64 {
        self.lease
    }

    /// Whether some gateway takes messages at this time.
    pub fn has_open_gateway(&self) -> bool {
        self.gateways.iter().any(|g| g.state() == GatewayState::Open)
    }

    /// The gateways, in the order in which they are asked.
    pub fn gateways(&self) -> &[Arc<dyn Gateway>] {
        &self.gateways
    }

    /// Hands over a message that is on disk. Never blocks: a message that
    /// finds the queue full stays in the outbox and is claimed later.
    pub fn offer(&self, message: Box<OutgoingMessage>) {
        if self.handed_over.try_send(message).is_err() {
            metrics::counter!("ringproof_messages_deferred_total").increment(1);
        }
    }
}

/// What a dispatcher works with.
pub struct DispatcherParts {
    /// Where messages are kept.
    pub store: Store,
    /// Opens their texts.
    pub keys: Keyring,
    /// The exits, in the order in which they are asked.
    pub gateways: Vec<Arc<dyn Gateway>>,
    /// The time.
    pub now: Now,
    /// A random number that names this run; never 0.
    pub lease: u64,
}

/// The worker; [`Dispatcher::run`] is its life.
pub struct Dispatcher {
    shared: Arc<Shared>,
    /// From starts; ends when the last [`Outbox`] is dropped.
    handed_over: mpsc::Receiver<Box<OutgoingMessage>>,
    /// Taken, and waiting for a free call of a gateway.
    waiting: VecDeque<OutgoingMessage>,
    /// Calls under way; bounded by the gateways' [`Gateway::calls_max`].
    calls: JoinSet<()>,
}

struct Shared {
    store: Store,
    keys: Keyring,
    gateways: Arc<[Arc<dyn Gateway>]>,
    now: Now,
    lease: u64,
}

impl Dispatcher {
    /// Makes a dispatcher and the end at which messages are handed over.
    pub fn new(parts: DispatcherParts) -> (Self, Outbox) {
        let (sender, handed_over) = mpsc::channel(HANDED_OVER_MAX);
        let gateways: Arc<[_]> = parts.gateways.into();
        let lease = parts.lease.max(1);
        let outbox = Outbox { lease, gateways: gateways.clone(), handed_over: sender };
        let shared =
            Shared { store: parts.store, keys: parts.keys, gateways, now: parts.now, lease };
        let dispatcher = Self {
            shared: Arc::new(shared),
            handed_over,
            waiting: VecDeque::new(),
            calls: JoinSet::new(),
        };
        (dispatcher, outbox)
    }

    /// Takes over what an earlier run of a program that is alone on its store
    /// left behind: its leases end now. Call it before the first start.
    ///
    /// # Errors
    /// The store's.
    pub async fn recover(&self) -> Result<(), store::Fault> {
        let now = (self.shared.now)();
        let rule = move |_: &_| outbox::release_all(now);
        self.shared.store.transact(Keys::default(), rule).await
    }

    /// Works until `stop` turns true; then finishes the calls under way, for
    /// at most `drain`.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>, drain: Duration) {
        let mut ticks = interval(CLAIM_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut taken = Vec::new();
        loop {
            self.start_calls();
            let room = HANDED_OVER_MAX.saturating_sub(self.waiting.len());
            tokio::select! {
                biased;
                () = until(&mut stop) => break,
                Some(_) = self.calls.join_next() => {}
                count = self.handed_over.recv_many(&mut taken, room), if room > 0 => {
                    if count == 0 {
                        break;
                    }
                    self.waiting.extend(taken.drain(..).map(|message: Box<_>| *message));
                }
                _ = ticks.tick(), if self.waiting.is_empty() => {
                    self.claim().await;
                }
            }
        }
        let finish = async { while self.calls.join_next().await.is_some() {} };
        if tokio::time::timeout(drain, finish).await.is_err() {
            tracing::warn!("gateway calls did not end in time; their messages stay in the outbox");
        }
    }

    /// Leases due messages and lines them up.
    async fn claim(&mut self) {
        let now = (self.shared.now)();
        let (keys, lease) = (self.shared.keys.clone(), self.shared.lease);
        let rule = move |snapshot: &_| outbox::claim(snapshot, &keys, lease, now);
        match self.shared.store.transact(outbox::claim_keys(now), rule).await {
            Ok(claimed) => {
                claimed.ended.iter().for_each(note_end);
                self.waiting.extend(claimed.messages);
            }
            Err(error) => tracing::error!(%error, "the outbox could not be searched"),
        }
    }

    /// Gives waiting messages to the first open gateway, while it bears calls.
    fn start_calls(&mut self) {
        while !self.waiting.is_empty() {
            let open = self.shared.gateways.iter().find(|g| g.state() == GatewayState::Open);
            let Some(gateway) = open else {
                self.put_back_all();
                return;
            };
            if self.calls.len() >= gateway.calls_max() {
                return;
            }
            let count = self.waiting.len().min(gateway.batch_max());
            let batch: Vec<_> = self.waiting.drain(..count).collect();
            let (shared, gateway) = (self.shared.clone(), gateway.clone());
            self.calls.spawn(async move { shared.call(&*gateway, batch).await });
        }
    }

    /// No gateway is open: the messages wait in the outbox for their next
    /// attempt.
    fn put_back_all(&mut self) {
        let shared = self.shared.clone();
        let messages: Vec<_> = self.waiting.drain(..).collect();
        self.calls.spawn(async move {
            for message in &messages {
                shared.refused(message, "", Refusal::Temporary, "no gateway is open").await;
            }
        });
    }
}

impl Shared {
    /// One call of a gateway with its settlement.
    async fn call(&self, gateway: &dyn Gateway, messages: Vec<OutgoingMessage>) {
        let now = (self.now)();
        let mut batch = Vec::with_capacity(messages.len());
        let mut sent = Vec::with_capacity(messages.len());
        let mut keys = None;
        for message in messages {
            match self.prepare(&message, &mut keys, now) {
                Ok(prepared) => {
                    batch.push(prepared);
                    sent.push(message);
                }
                Err(reason) => {
                    self.refused(&message, gateway.name(), Refusal::Final, reason).await;
                }
            }
        }
        if batch.is_empty() {
            return;
        }
        let results = gateway.send(batch).await;
        let missing = SendResult::Refused(Refusal::Temporary, "no result");
        let results = results.into_iter().chain(std::iter::repeat(missing));
        let mut accepted = Vec::with_capacity(sent.len());
        for (message, result) in sent.iter().zip(results) {
            match result {
                SendResult::Accepted => accepted.push(message.id),
                SendResult::Refused(refusal, reason) => {
                    self.refused(message, gateway.name(), refusal, reason).await;
                }
            }
        }
        self.accepted(&accepted, gateway.name()).await;
    }

    /// Opens a message. `kept` are the keys of the message before: most of a
    /// batch is of one account, and to derive keys costs more than to open.
    fn prepare(
        &self,
        message: &OutgoingMessage,
        kept: &mut Option<AccountKeys>,
        now: Timestamp,
    ) -> Result<Prepared, &'static str> {
        if now >= message.deadline {
            return Err("its code has expired");
        }
        let fitting = kept.take().filter(|keys| keys.account() == message.account);
        let keys = kept.insert(fitting.unwrap_or_else(|| self.keys.account(message.account)));
        let text = outbox::open_text(keys, message).map_err(|_| "its text does not open")?;
        Ok(Prepared {
            id: message.id,
            to: message.to,
            sender: message.sender.clone(),
            text,
            deadline: message.deadline,
            handed_at: now,
        })
    }

    async fn accepted(&self, messages: &[MessageId], gateway: &str) {
        if messages.is_empty() {
            return;
        }
        let (keys, lease, now) = (self.keys.clone(), self.lease, (self.now)());
        let name = gateway.to_owned();
        let rule = move |snapshot: &_| outbox::accepted(snapshot, &keys, &name, lease, now);
        match self.store.transact(outbox::accepted_keys(messages), rule).await {
            Ok(()) => count(gateway, "accepted", messages.len() as u64),
            // They are with the gateway; when the lease ends they may go out again.
            Err(error) => tracing::error!(%error, "accepted messages could not be noted"),
        }
    }

    async fn refused(
        &self,
        message: &OutgoingMessage,
        gateway: &str,
        refusal: Refusal,
        reason: &'static str,
    ) {
        let (keys, lease, now) = (self.keys.clone(), self.lease, (self.now)());
        let name = gateway.to_owned();
        let rule = move |snapshot: &_| outbox::refused(snapshot, &keys, &name, refusal, lease, now);
        match self.store.transact(outbox::refused_keys(message), rule).await {
            Ok(RefusedOutcome::Retry(at)) => {
                count(gateway, "retried", 1);
                tracing::warn!(
                    message.id = %message.id, gateway.name = gateway, reason, retry_at = %at,
                    attempts = message.attempts, "a message was not taken and is tried again"
                );
            }
            Ok(RefusedOutcome::Ended(delivery)) => {
                count(gateway, "failed", 1);
                tracing::warn!(
                    message.id = %message.id, verification.id = %delivery.verification,
                    gateway.name = gateway, reason, attempts = delivery.attempts,
                    "a message was not delivered"
                );
            }
            Ok(RefusedOutcome::NotOurs) => {}
            Err(error) => tracing::error!(%error, "a refused message could not be noted"),
        }
    }
}

/// Waits until it is time to stop; a sender that is gone means so too.
async fn until(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

fn count(gateway: &str, outcome: &'static str, messages: u64) {
    let gateway = gateway.to_owned();
    metrics::counter!("ringproof_messages_total", "gateway" => gateway, "outcome" => outcome)
        .increment(messages);
}

fn note_end(delivery: &Delivery) {
    count("", delivery.state.as_str(), 1);
    tracing::warn!(
        message.id = %delivery.message, verification.id = %delivery.verification,
        state = delivery.state.as_str(), "a message ended in the outbox"
    );
}
