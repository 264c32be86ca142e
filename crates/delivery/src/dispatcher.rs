//! Takes messages to gateways.
//!
//! A start hands its message over right after its step is on disk; the
//! message is born leased by this dispatcher's run, so the usual path needs no
//! claim. Whatever is left (a full queue, a crash, a pause before the next
//! attempt) is found in the outbox when its time has come.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};
use verify::Timestamp;
use verify::engine::outbox::{self, Refusal, RefusedOutcome};
use verify::engine::{DueOnly, Keys};
use verify::ids::MessageId;
use verify::keys::{AccountKeys, Keyring};
use verify::limits::JOB_BATCH_MAX;
use verify::record::{Delivery, OutgoingMessage};

use crate::gateway::{Gateway, GatewayState, Prepared, Reason, SendResult};
use crate::limits::{CLAIM_EVERY, FRESH_FOR, HANDED_OVER_MAX, TEXTS_AHEAD_MAX};
use store::Store;

/// Tells the time to whoever must not read the clock.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Gateways in the order in which they are asked.
type Gateways = Arc<[Arc<dyn Gateway>]>;

/// The gateways in force; replaced as a whole. Clones share them.
#[derive(Clone)]
struct Exits(Arc<RwLock<Gateways>>);

impl Exits {
    fn new(gateways: Vec<Arc<dyn Gateway>>) -> Self {
        Self(Arc::new(RwLock::new(gateways.into())))
    }

    fn all(&self) -> Gateways {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, gateways: Vec<Arc<dyn Gateway>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = gateways.into();
    }

    /// The first that takes messages at this time.
    fn open(&self) -> Option<Arc<dyn Gateway>> {
        let gateways = self.0.read().unwrap_or_else(PoisonError::into_inner);
        gateways.iter().find(|gateway| gateway.state() == GatewayState::Open).cloned()
    }
}

/// The end at which starts hand messages over; cheap to clone.
#[derive(Clone)]
pub struct Outbox {
    lease: u64,
    gateways: Exits,
    handed_over: mpsc::Sender<Box<OutgoingMessage>>,
    /// Messages that wait in the dispatcher\'s memory.
    lined_up: Arc<AtomicUsize>,
}

impl Outbox {
    /// The run whose lease a fresh message carries.
    pub fn lease(&self) -> u64 {
        self.lease
    }

    /// Whether some gateway takes messages at this time.
    pub fn has_open_gateway(&self) -> bool {
        self.gateways.open().is_some()
    }

    /// The gateways, in the order in which they are asked.
    pub fn gateways(&self) -> Arc<[Arc<dyn Gateway>]> {
        self.gateways.all()
    }

    /// Puts other gateways in force. Calls under way finish with the gateway
    /// they began with.
    pub fn replace_gateways(&self, gateways: Vec<Arc<dyn Gateway>>) {
        self.gateways.replace(gateways);
    }

    /// How many more clients' messages may be handed over now, so that codes
    /// never wait behind a long line of them.
    pub fn room(&self) -> usize {
        let queued = HANDED_OVER_MAX - self.handed_over.capacity();
        let ahead = self.lined_up.load(Ordering::Relaxed) + queued;
        TEXTS_AHEAD_MAX.saturating_sub(ahead)
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
    /// The outbox is known to hold more that is due; it is not left for the
    /// next tick.
    has_more_due: bool,
}

struct Shared {
    store: Store,
    keys: Keyring,
    gateways: Exits,
    now: Now,
    lease: u64,
    /// Messages that wait in memory for a free call.
    lined_up: Arc<AtomicUsize>,
}

impl Dispatcher {
    /// Makes a dispatcher and the end at which messages are handed over.
    pub fn new(parts: DispatcherParts) -> (Self, Outbox) {
        let (sender, handed_over) = mpsc::channel(HANDED_OVER_MAX);
        let gateways = Exits::new(parts.gateways);
        let lease = parts.lease.max(1);
        let lined_up = Arc::new(AtomicUsize::new(0));
        let outbox = Outbox {
            lease,
            gateways: gateways.clone(),
            handed_over: sender,
            lined_up: lined_up.clone(),
        };
        let (store, keys, now) = (parts.store, parts.keys, parts.now);
        let shared = Shared { store, keys, gateways, now, lease, lined_up };
        let dispatcher = Self {
            shared: Arc::new(shared),
            handed_over,
            waiting: VecDeque::new(),
            calls: JoinSet::new(),
            has_more_due: false,
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

    /// Works until `stop` holds a deadline; then takes nothing from the outbox
    /// any more, hands over what waits in memory, and finishes the calls under
    /// way, until that deadline.
    pub async fn run(mut self, mut stop: watch::Receiver<Option<Instant>>) {
        let mut ticks = interval(CLAIM_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut taken = Vec::new();
        loop {
            self.start_calls();
            let room = HANDED_OVER_MAX.saturating_sub(self.waiting.len());
            let claims_on = self.has_more_due && self.waiting.is_empty() && self.call_room() > 0;
            tokio::select! {
                biased;
                () = until(&mut stop) => break,
                Some(_) = self.calls.join_next() => {}
                count = self.handed_over.recv_many(&mut taken, room), if room > 0 => {
                    if count == 0 {
                        break;
                    }
                    taken.drain(..).for_each(|message: Box<_>| self.line_up(*message));
                }
                () = std::future::ready(()), if claims_on => self.claim().await,
                _ = ticks.tick() => {
                    if self.shared.open_gateway().is_none() {
                        self.shared.end_due().await;
                    } else if self.waiting.is_empty() {
                        self.claim().await;
                    } else {
                        // Codes do not wait until clients' messages are out.
                        self.claim_codes().await;
                    }
                }
            }
            self.shared.lined_up.store(self.waiting.len(), Ordering::Relaxed);
        }
        let deadline = stop.borrow().unwrap_or_else(Instant::now);
        if tokio::time::timeout_at(deadline, self.finish()).await.is_err() {
            tracing::warn!(
                calls = self.calls.len(),
                waiting = self.waiting.len(),
                "not all messages could be handed over in time; they stay in the outbox"
            );
            // These were with no gateway, so the next run need not doubt it.
            let waiting: Vec<_> = self.waiting.iter().map(|message| message.id).collect();
            for waiting in waiting.chunks(JOB_BATCH_MAX as usize) {
                self.shared.put_back(waiting).await;
            }
        }
    }

    /// Hands over what is in memory.
    async fn finish(&mut self) {
        loop {
            while let Ok(message) = self.handed_over.try_recv() {
                self.waiting.push_back(*message);
            }
            self.start_calls();
            if self.calls.join_next().await.is_none() {
                return;
            }
        }
    }

    /// Puts a message into the line: codes before clients' messages, since
    /// somebody waits for a code (`delivery.md` 8.3).
    fn line_up(&mut self, message: OutgoingMessage) {
        let is_code = |message: &OutgoingMessage| message.purpose.verification().is_some();
        if is_code(&message) {
            let behind_codes = self.waiting.partition_point(is_code);
            self.waiting.insert(behind_codes, message);
        } else {
            self.waiting.push_back(message);
        }
    }

    /// Messages that the open gateway bears now, beyond those under way.
    fn call_room(&self) -> usize {
        self.shared.open_gateway().map_or(0, |gateway| {
            let calls = gateway.calls_max().saturating_sub(self.calls.len());
            calls.saturating_mul(gateway.batch_max())
        })
    }

    /// Leases as many due messages as the open gateway bears, and lines them
    /// up.
    async fn claim(&mut self) {
        let now = (self.shared.now)();
        let mut wanted = outbox::claim_keys(now);
        let room = u32::try_from(self.call_room()).unwrap_or(u32::MAX);
        let Some(due) = wanted.due.as_mut().filter(|_| room > 0) else { return };
        due.limit = due.limit.min(room);
        let limit = due.limit as usize;
        self.has_more_due = false;
        let looked_at = self.claim_these(wanted, now).await;
        self.has_more_due = looked_at >= limit;
    }

    /// Leases the due codes, and lines them up before all else.
    async fn claim_codes(&mut self) {
        let now = (self.shared.now)();
        let wanted = Keys { due_only: DueOnly::Codes, ..outbox::claim_keys(now) };
        self.claim_these(wanted, now).await;
    }

    /// Leases due messages; gives how many were looked at.
    async fn claim_these(&mut self, wanted: Keys, now: Timestamp) -> usize {
        let (keys, lease) = (self.shared.keys.clone(), self.shared.lease);
        let rule = move |snapshot: &_| outbox::claim(snapshot, &keys, lease, now);
        match self.shared.store.transact(wanted, rule).await {
            Ok(claimed) => {
                claimed.ended.iter().for_each(note_end);
                let looked_at = claimed.ended.len() + claimed.messages.len();
                claimed.messages.into_iter().for_each(|message| self.line_up(message));
                looked_at
            }
            Err(error) => {
                tracing::error!(%error, "the outbox could not be searched");
                0
            }
        }
    }

    /// Gives waiting messages to the first open gateway, while it bears calls.
    fn start_calls(&mut self) {
        while !self.waiting.is_empty() {
            let Some(gateway) = self.shared.open_gateway() else {
                self.put_back_all();
                return;
            };
            if self.calls.len() >= gateway.calls_max() {
                return;
            }
            let count = self.waiting.len().min(gateway.batch_max());
            let batch: Vec<_> = self.waiting.drain(..count).collect();
            let shared = self.shared.clone();
            self.calls.spawn(async move { shared.call(&*gateway, batch).await });
        }
    }

    /// No gateway is open: the messages wait in the outbox until one is, or
    /// until their end. That costs them no attempt.
    fn put_back_all(&mut self) {
        let shared = self.shared.clone();
        let messages: Vec<_> = self.waiting.drain(..).map(|message| message.id).collect();
        self.has_more_due = true;
        self.calls.spawn(async move {
            for messages in messages.chunks(JOB_BATCH_MAX as usize) {
                shared.put_back(messages).await;
            }
        });
    }
}

impl Shared {
    fn open_gateway(&self) -> Option<Arc<dyn Gateway>> {
        self.gateways.open()
    }

    /// One call of a gateway with its settlement.
    async fn call(&self, gateway: &dyn Gateway, messages: Vec<OutgoingMessage>) {
        let messages = self.still_due(messages).await;
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
                    self.refused(&message, gateway.name(), Refusal::Content, reason.into()).await;
                }
            }
        }
        if batch.is_empty() {
            return;
        }
        let results = gateway.send(batch).await;
        self.settle(gateway, &sent, results).await;
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
        let (keys, lease) = (self.keys.clone(), self.lease);
        let records = outbox::hold_keys(&waited);
        let rule = move |snapshot: &_| outbox::hold(snapshot, &waited, &keys, lease, now);
        match self.store.transact(records, rule).await {
            Ok(held) => {
                held.ended.iter().for_each(note_end);
                due.extend(held.messages);
            }
            // Unasked they are not sent; they are claimed when their lease ends.
            Err(error) => tracing::error!(%error, "waiting messages could not be looked at again"),
        }
        due
    }

    /// Notes how a call went, message by message.
    async fn settle(
        &self,
        gateway: &dyn Gateway,
        sent: &[OutgoingMessage],
        results: Vec<SendResult>,
    ) {
        let missing = SendResult::Refused(Refusal::InDoubt, "no result".into());
        let results = results.into_iter().chain(std::iter::repeat(missing));
        let mut accepted = Vec::with_capacity(sent.len());
        let mut untouched = Vec::new();
        for (message, result) in sent.iter().zip(results) {
            match result {
                SendResult::Accepted(_) => accepted.push(message.id),
                // This call has closed the last gateway, or found it still
                // closed: the outage must not use the message up.
                SendResult::Refused(Refusal::Temporary, _) if self.open_gateway().is_none() => {
                    untouched.push(message.id);
                }
                SendResult::Refused(refusal, reason) => {
                    self.refused(message, gateway.name(), refusal, reason).await;
                }
            }
        }
        self.accepted(&accepted, gateway.name()).await;
        self.put_back(&untouched).await;
    }

    async fn put_back(&self, messages: &[MessageId]) {
        if messages.is_empty() {
            return;
        }
        let (lease, now) = (self.lease, (self.now)());
        let rule = move |snapshot: &_| outbox::put_back(snapshot, lease, now);
        match self.store.transact(outbox::put_back_keys(messages), rule).await {
            Ok(()) => {
                let waiting = messages.len();
                tracing::warn!(waiting, "no gateway is open; messages wait for one");
            }
            // They are claimed when their lease ends.
            Err(error) => tracing::error!(%error, "waiting messages could not be put back"),
        }
    }

    /// Ends what is over while no gateway is open.
    async fn end_due(&self) {
        let (keys, now) = (self.keys.clone(), (self.now)());
        let rule = move |snapshot: &_| outbox::end_due(snapshot, &keys, now);
        match self.store.transact(outbox::end_due_keys(now), rule).await {
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
            form: message.form.clone(),
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
        reason: Reason,
    ) {
        let (keys, lease, now) = (self.keys.clone(), self.lease, (self.now)());
        let name = gateway.to_owned();
        let rule = move |snapshot: &_| outbox::refused(snapshot, &keys, &name, refusal, lease, now);
        match self.store.transact(outbox::refused_keys(message, &self.keys), rule).await {
            Ok(RefusedOutcome::Retry(at)) => {
                count(gateway, "retried", 1);
                tracing::warn!(
                    message.id = %message.id, gateway.name = gateway, reason = &*reason, retry_at = %at,
                    attempts = message.attempts, in_doubt = refusal == Refusal::InDoubt,
                    "a message was not taken and is tried again"
                );
            }
            Ok(RefusedOutcome::Ended(delivery)) => {
                count(gateway, "failed", 1);
                tracing::warn!(
                    message.id = %message.id, gateway.name = gateway, reason = &*reason, attempts = delivery.attempts,
                    in_doubt = delivery.in_doubt, "a message was not delivered"
                );
            }
            Ok(RefusedOutcome::NotOurs) => {}
            Err(error) => tracing::error!(%error, "a refused message could not be noted"),
        }
    }
}

/// Waits until it is time to stop; a sender that is gone means so too.
pub(crate) async fn until(stop: &mut watch::Receiver<Option<Instant>>) {
    let _ = stop.wait_for(Option::is_some).await;
}

fn count(gateway: &str, outcome: &'static str, messages: u64) {
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
