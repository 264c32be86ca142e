//! Takes messages to gateways.
//!
//! A start hands its message over right after its step is on disk; the
//! message is born leased by this dispatcher's run, so the usual path needs no
//! claim. Whatever is left (a full queue, a crash, a pause before the next
//! attempt) is found in the outbox when its time has come.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use store::Store;
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval};
use verify::engine::outbox::{self, Attempt};
use verify::engine::{DueOnly, Keys};
use verify::ids::MessageId;
use verify::keys::Keyring;
use verify::limits::{JOB_BATCH_MAX, LEASE_SECONDS};
use verify::record::OutgoingMessage;
use verify::{SignedDuration, Timestamp};

use crate::exits::{Choice, Exits};
use crate::gateway::{Gateway, GatewayState};
use crate::hand_over::Hands;
use crate::lanes::{Lanes, Waiting};
use crate::limits::{CLAIM_EVERY, HANDED_OVER_MAX, LANE_PAUSE, LANE_RENEWALS_MAX, TEXTS_AHEAD_MAX};
use crate::receipts::Receipts;
use crate::routes::Exit;

/// Tells the time to whoever must not read the clock.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The end at which starts hand messages over; cheap to clone.
#[derive(Clone)]
pub struct Outbox {
    lease: u64,
    exits: Exits,
    handed_over: mpsc::Sender<Box<OutgoingMessage>>,
    /// Messages that wait in the dispatcher's memory.
    lined_up: Arc<AtomicUsize>,
}

impl Outbox {
    /// The run whose lease a fresh message carries.
    pub fn lease(&self) -> u64 {
        self.lease
    }

    /// Whether some gateway takes messages at this time, here or at another server.
    pub fn has_open_gateway(&self) -> bool {
        self.exits.has_open()
    }

    /// Whether some gateway takes messages here.
    pub fn has_open_gateway_here(&self) -> bool {
        self.exits.has_open_here()
    }

    /// The gateways and routes in force, and what is known of them.
    pub fn exits(&self) -> &Exits {
        &self.exits
    }

    /// How many more clients' messages may be handed over now, so that codes
    /// never wait behind a long line of them.
    pub fn room(&self) -> usize {
        let queued = HANDED_OVER_MAX - self.handed_over.capacity();
        let ahead = self.lined_up.load(Ordering::Relaxed) + queued;
        TEXTS_AHEAD_MAX.saturating_sub(ahead)
    }

    /// The lease of a client's message that is about to be queued: none while the
    /// queue is more than half full. One that found no room would lie in the outbox
    /// until its lease ends, and then nobody could tell that it was with no gateway.
    pub fn lease_for_text(&self) -> u64 {
        if self.handed_over.capacity() > HANDED_OVER_MAX / 2 { self.lease } else { 0 }
    }

    /// Hands over a message that is on disk. Never blocks: a message that
    /// finds the queue full stays in the outbox and is claimed later, as is one
    /// without this run's lease.
    pub fn offer(&self, message: Box<OutgoingMessage>) {
        if message.lease != self.lease || self.handed_over.try_send(message).is_err() {
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
    /// The ways out.
    pub exits: Exits,
    /// Notes receipts that were there before their message.
    pub receipts: Receipts,
    /// The time.
    pub now: Now,
    /// A random number that names this run; never 0.
    pub lease: u64,
}

/// The worker; [`Dispatcher::run`] is its life.
pub struct Dispatcher {
    hands: Arc<Hands>,
    /// Messages that wait in memory for a free call.
    lined_up: Arc<AtomicUsize>,
    /// From starts; ends when the last [`Outbox`] is dropped.
    handed_over: mpsc::Receiver<Box<OutgoingMessage>>,
    /// Taken, and waiting for a free call of their gateway.
    lanes: Lanes,
    /// Taken, and to be given back to the outbox: no gateway may have them now.
    homeless: Vec<Attempt>,
    /// Taken, and to be given back for a while: their lane is full.
    too_many: Vec<Attempt>,
    /// Taken, and to be given back for another server, by the gateway that it is
    /// bound to.
    left: HashMap<String, Vec<Attempt>>,
    /// Calls under way; bounded by the gateways'
    /// [`Gateway::calls_max`].
    calls: JoinSet<Ended>,
    /// What they have in hand; one that breaks off gives it, and its place, back too.
    under_way: HashMap<Id, Call>,
    /// The outbox is known to hold more that is due; it is not left for the
    /// next tick.
    has_more_due: bool,
}

/// What a task of a dispatcher has in hand.
struct Call {
    /// Whose call it is; none if messages are being given back to the outbox.
    gateway: Option<Arc<dyn Gateway>>,
    /// Its messages, with the end of their leases as it was known when it began.
    messages: Vec<(Attempt, Timestamp)>,
}

/// What a task of a dispatcher leaves behind.
struct Ended {
    /// Some message is due again at once.
    is_more_due: bool,
}

impl Dispatcher {
    /// Makes a dispatcher and the end at which messages are handed over.
    pub fn new(parts: DispatcherParts) -> (Self, Outbox) {
        let (sender, handed_over) = mpsc::channel(HANDED_OVER_MAX);
        let lease = parts.lease.max(1);
        let lined_up = Arc::new(AtomicUsize::new(0));
        let exits = parts.exits.clone();
        let outbox = Outbox { lease, exits, handed_over: sender, lined_up: lined_up.clone() };
        let dispatcher = Self {
            hands: Arc::new(Hands::new(parts, lease)),
            lined_up,
            handed_over,
            lanes: Lanes::default(),
            homeless: Vec::new(),
            too_many: Vec::new(),
            left: HashMap::new(),
            calls: JoinSet::new(),
            under_way: HashMap::new(),
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
        let now = self.hands.now();
        let rule = move |_: &_| outbox::release_all(now);
        self.hands.store.transact(Keys::default(), rule).await
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
            let room = HANDED_OVER_MAX.saturating_sub(self.lanes.len());
            let claims_on = self.has_more_due && self.call_room() > 0;
            tokio::select! {
                biased;
                () = until(&mut stop) => break,
                Some(ended) = self.calls.join_next_with_id() => self.call_ended(ended),
                count = self.handed_over.recv_many(&mut taken, room), if room > 0 => {
                    if count == 0 {
                        break;
                    }
                    taken.drain(..).for_each(|message: Box<_>| self.line_up(*message));
                }
                () = std::future::ready(()), if claims_on => self.claim().await,
                _ = ticks.tick() => self.look().await,
            }
            self.lined_up.store(self.lanes.len(), Ordering::Relaxed);
        }
        let deadline = stop.borrow().unwrap_or_else(Instant::now);
        if tokio::time::timeout_at(deadline, self.finish()).await.is_err() {
            tracing::warn!(
                calls = self.lanes.calls(),
                waiting = self.lanes.len(),
                "not all messages could be handed over in time; they stay in the outbox"
            );
            // These were with no gateway, so the next run need not doubt it.
            let waiting = self.lanes.take_all();
            let waiting: Vec<_> = waiting.iter().map(|w| Attempt::of(&w.message)).collect();
            self.hands.put_back(&waiting, Duration::ZERO).await;
        }
    }

    /// At each tick: what became due, as far as it can be handed over.
    async fn look(&mut self) {
        self.hands.exits.mature(self.hands.now());
        self.renew().await;
        if !self.hands.exits.has_open_here() {
            self.take_over();
            let now = self.hands.now();
            self.hands.end_due(self.in_hand(now), now).await;
        } else if self.call_room() > 0 {
            self.claim().await;
        } else {
            // Codes do not wait until clients' messages are out.
            self.claim_codes().await;
        }
    }

    /// Begins the leases of what waits in the lanes anew, so that it is not
    /// claimed a second time, and takes out what is over.
    async fn renew(&mut self) {
        let half = SignedDuration::from_secs(LEASE_SECONDS / 2);
        for _ in 0..LANE_RENEWALS_MAX {
            let now = self.hands.now();
            let by = now.saturating_add(half).unwrap_or(now);
            let old = self.lanes.to_renew(by, JOB_BATCH_MAX as usize);
            if old.is_empty() {
                return;
            }
            let asked: Vec<MessageId> = old.iter().map(|message| message.id).collect();
            let Some(held) = self.hands.hold(old).await else { return };
            self.lanes.renew(&asked, held);
        }
    }

    /// Hands over what is in memory.
    async fn finish(&mut self) {
        loop {
            while let Ok(message) = self.handed_over.try_recv() {
                self.line_up(*message);
            }
            self.start_calls();
            match self.calls.join_next_with_id().await {
                None => return,
                Some(ended) => self.call_ended(ended),
            }
        }
    }

    fn call_ended(&mut self, ended: Result<(Id, Ended), JoinError>) {
        let id = match &ended {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        if let Some(gateway) = self.under_way.remove(&id).and_then(|call| call.gateway) {
            self.lanes.call_ended(&gateway);
        }
        match ended {
            Ok((_, Ended { is_more_due })) => self.has_more_due |= is_more_due,
            Err(error) => {
                tracing::error!(%error, "a hand-over broke off; its messages are claimed later");
            }
        }
    }

    /// Puts a message into the lane of the gateway that is to have it.
    fn line_up(&mut self, message: OutgoingMessage) {
        match self.hands.exits.choose(&message, self.hands.now()) {
            None => self.homeless.push(Attempt::of(&message)),
            Some(Choice { gateway, .. })
                if self.hands.exits.state(&*gateway) == GatewayState::Elsewhere =>
            {
                let left = self.left.entry(gateway.name().to_owned()).or_default();
                left.push(Attempt::of(&message));
            }
            Some(Choice { gateway, reason, probe }) => {
                let pushed = self.lanes.push(&gateway, Waiting { message, reason, probe });
                self.too_many.extend(pushed.err());
            }
        }
    }

    /// Messages that the open gateways bear now, beyond those under way.
    fn call_room(&self) -> usize {
        let routes = self.hands.exits.routes();
        let open = routes.exits().iter().map(|exit| &exit.gateway);
        let open = open.filter(|gateway| self.hands.is_open(&***gateway));
        open.map(|gateway| self.lanes.room(gateway)).sum()
    }

    /// Leases as many due messages as the open gateways bear, and lines them
    /// up.
    async fn claim(&mut self) {
        let now = self.hands.now();
        let mut wanted = self.claim_keys(now);
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
        let now = self.hands.now();
        let wanted = Keys { due_only: DueOnly::Codes, ..self.claim_keys(now) };
        self.claim_these(wanted, now).await;
    }

    /// What is left for another server is not looked at.
    fn claim_keys(&self, now: Timestamp) -> Keys {
        Keys { due_except: self.hands.exits.left_to_others(), ..outbox::claim_keys(now) }
    }

    /// Leases due messages; gives how many were looked at.
    async fn claim_these(&mut self, wanted: Keys, now: Timestamp) -> usize {
        self.take_over();
        let claimed = self.hands.claim(wanted, self.in_hand(now), now).await;
        let looked_at = claimed.ended.len() + claimed.messages.len() + claimed.renewed;
        claimed.messages.into_iter().for_each(|message| self.line_up(message));
        looked_at
    }

    /// Lines up what starts have handed over by now.
    fn take_over(&mut self) {
        for _ in self.lanes.len()..HANDED_OVER_MAX {
            let Ok(message) = self.handed_over.try_recv() else { return };
            self.line_up(*message);
        }
    }

    /// The hand-overs in memory or under way whose lease may be over, which they
    /// outlive when the clock jumps: none of them is to be claimed. Mostly there are
    /// none.
    fn in_hand(&self, now: Timestamp) -> BTreeSet<Attempt> {
        let calls = self.under_way.values().flat_map(|call| &call.messages);
        let lapsed = calls.filter(|(_, until)| *until <= now).map(|(attempt, _)| *attempt);
        let left = self.left.values().flatten();
        let unplaced = self.homeless.iter().chain(&self.too_many).chain(left).copied();
        self.lanes.lapsed(now).chain(lapsed).chain(unplaced).collect()
    }

    /// Gives waiting messages to their gateways, while those bear calls.
    fn start_calls(&mut self) {
        let (hands, routes) = (self.hands.clone(), self.hands.exits.routes());
        // One that is not in force any more finishes its calls and gets no more.
        let is_here = |gateway: &dyn Gateway| {
            let same = |exit: &Exit| std::ptr::addr_eq(Arc::as_ptr(&exit.gateway), gateway);
            routes.exits().iter().any(same)
        };
        let takes = |gateway: &dyn Gateway| is_here(gateway) && hands.is_open(gateway);
        for Waiting { message, .. } in self.lanes.take_closed(takes) {
            // Another gateway may have it.
            self.line_up(message);
        }
        while let Some((gateway, batch)) = self.lanes.next_call() {
            let hands = self.hands.clone();
            let leased = |w: &Waiting| (Attempt::of(&w.message), w.message.next_at);
            let messages = batch.iter().map(leased).collect();
            let under_way = Call { gateway: Some(gateway.clone()), messages };
            let call = self
                .calls
                .spawn(async move { Ended { is_more_due: hands.call(&*gateway, batch).await } });
            self.under_way.insert(call.id(), under_way);
        }
        self.put_back_homeless();
    }

    /// No gateway may have these messages now: they wait in the outbox until one
    /// may, or until their end. That costs them no attempt.
    fn put_back_homeless(&mut self) {
        let homeless = std::mem::take(&mut self.homeless);
        let too_many = std::mem::take(&mut self.too_many);
        let pause = self.hands.homeless_pause();
        for (messages, pause) in [(homeless, pause), (too_many, LANE_PAUSE)] {
            if !messages.is_empty() {
                let hands = self.hands.clone();
                let in_hand = messages.iter().map(|attempt| (*attempt, Timestamp::MIN)).collect();
                let call = self.calls.spawn(async move {
                    hands.put_back(&messages, pause).await;
                    Ended { is_more_due: pause.is_zero() }
                });
                self.under_way.insert(call.id(), Call { gateway: None, messages: in_hand });
            }
        }
        for (gateway, messages) in self.left.drain() {
            let hands = self.hands.clone();
            let in_hand = messages.iter().map(|attempt| (*attempt, Timestamp::MIN)).collect();
            let call = self.calls.spawn(async move {
                hands.leave(&messages, &gateway).await;
                Ended { is_more_due: false }
            });
            self.under_way.insert(call.id(), Call { gateway: None, messages: in_hand });
        }
    }
}

/// Waits until it is time to stop; a sender that is gone means so too.
pub(crate) async fn until(stop: &mut watch::Receiver<Option<Instant>>) {
    let _ = stop.wait_for(Option::is_some).await;
}
