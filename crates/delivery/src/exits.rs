//! The ways out in force: gateways, routes, what the operator paused, and what
//! is known of each. The choice itself is a rule (`verify::routing`).

mod pumped;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use verify::engine::outbox::Attempt;
use verify::entropy::SeededEntropy;
use verify::ids::{AccountId, MessageId, VerificationId};
use verify::phone::PhoneNumber;
use verify::record::{HandOver, OutgoingMessage, ReceiptState};
use verify::routing::breaker::BreakerOutcome;
use verify::routing::evidence::{Evidence, Known};
use verify::routing::{self, Candidate, Destination, Preference, Prefix};
use verify::traffic::{GuardMode, TrafficGuard};
use verify::{SignedDuration, Timestamp};

use crate::conversion::Conversions;
use crate::early::{Early, Warning};
use crate::gateway::{Gateway, GatewayState, Reason};
use crate::in_hand::InHand;
use crate::meters;
use crate::routes::{Routes, Way};
use crate::watched::Watched;

pub use pumped::in_flight;

/// Gives the user name of an account, for routes that are for some only.
pub type AccountName = Arc<dyn Fn(AccountId) -> Option<String> + Send + Sync>;

/// What is in force; clones share it.
#[derive(Clone)]
pub struct Exits(Arc<Shared>);

struct Shared {
    routes: RwLock<Arc<Routes>>,
    outside: RwLock<Arc<Outside>>,
    account_name: AccountName,
    learned: Mutex<Learned>,
    in_hand: Mutex<InHand>,
    early: Mutex<Early>,
    traffic: Mutex<TrafficGuard>,
    conversions: Conversions,
}

/// What is known of the gateways from outside of this program.
#[derive(Clone, Default)]
struct Outside {
    /// The operator paused them.
    paused: HashSet<String>,
    /// Another server is bound to them.
    elsewhere: HashSet<String>,
}

/// What this run has seen of the gateways. It is not kept on disk: after a
/// start the order decides until something is known.
struct Learned {
    evidence: Evidence,
    breakers: HashMap<String, Watched>,
    /// Chance of the choice; nothing secret hangs on it.
    chance: SeededEntropy,
}

/// The gateway for a message.
pub(crate) struct Choice {
    pub(crate) gateway: Arc<dyn Gateway>,
    pub(crate) reason: routing::Reason,
    /// The message is a probe of the gateway.
    pub(crate) probe: Option<Probe>,
}

/// A message on its way that finds out whether a gateway works again. Whoever drops it
/// gives it up: where the outcome of its hand-over is noted by then, that decided;
/// where it said nothing of the gateway, or there was none, the next message is one.
pub(crate) struct Probe {
    exits: Exits,
    gateway: String,
    prefix: Prefix,
    since: Timestamp,
}

impl Drop for Probe {
    fn drop(&mut self) {
        if let Some(watched) = self.exits.learned().breakers.get_mut(&self.gateway) {
            watched.breakers.give_probe_up(self.prefix, self.since);
        }
    }
}

/// Why a gateway that the operator paused takes nothing.
pub const PAUSED: &str = "paused by the operator";

impl Exits {
    /// Makes them; `seed` begins the chance by which gateways are tried out.
    pub fn new(routes: Routes, account_name: AccountName, seed: u64) -> Self {
        // It looks from when somebody puts it in force.
        let mut traffic = TrafficGuard::default();
        traffic.set_mode(GuardMode::Off);
        let learned = Learned {
            evidence: Evidence::default(),
            breakers: HashMap::new(),
            chance: SeededEntropy::new(seed),
        };
        Self(Arc::new(Shared {
            routes: RwLock::new(Arc::new(routes)),
            outside: RwLock::default(),
            account_name,
            learned: Mutex::new(learned),
            in_hand: Mutex::default(),
            early: Mutex::default(),
            traffic: Mutex::new(traffic),
            conversions: Conversions::default(),
        }))
    }

    /// The routes in force.
    pub fn routes(&self) -> Arc<Routes> {
        self.0.routes.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts other routes and gateways in force. Calls under way finish with the
    /// gateway they began with.
    pub fn replace(&self, routes: Routes) {
        let is_kept = |name| routes.exits().iter().any(|exit| exit.gateway.name() == name);
        let before = self.routes();
        let names = before.exits().iter().map(|exit| exit.gateway.name());
        names.filter(|name| !is_kept(*name)).for_each(meters::gone);
        *self.0.routes.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(routes);
    }

    /// Which gateways the operator has paused.
    pub fn paused(&self) -> HashSet<String> {
        self.outside().paused.clone()
    }

    /// Pauses these gateways, and no others.
    pub fn set_paused(&self, paused: HashSet<String>) {
        self.note_outside(|outside| outside.paused = paused);
    }

    /// Which gateways another server is bound to.
    pub fn elsewhere(&self) -> HashSet<String> {
        self.outside().elsewhere.clone()
    }

    /// Messages for these gateways, and for no others, are left to the server that is
    /// bound there, as long as they take none here.
    pub fn set_elsewhere(&self, elsewhere: HashSet<String>) {
        self.note_outside(|outside| outside.elsewhere = elsewhere);
    }

    fn note_outside(&self, change: impl FnOnce(&mut Outside)) {
        let mut known = self.0.outside.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut known));
    }

    fn outside(&self) -> Arc<Outside> {
        self.0.outside.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a gateway takes messages, the operator's pause and other servers
    /// included.
    pub fn state(&self, gateway: &dyn Gateway) -> GatewayState {
        self.outside().state(gateway)
    }

    /// Whether some gateway takes messages now, here or at another server.
    pub fn has_open(&self) -> bool {
        let (routes, outside) = (self.routes(), self.outside());
        routes.exits().iter().any(|exit| outside.state(&*exit.gateway).takes_messages())
    }

    /// Whether some gateway takes messages here.
    pub fn has_open_here(&self) -> bool {
        let (routes, outside) = (self.routes(), self.outside());
        routes.exits().iter().any(|exit| outside.state(&*exit.gateway) == GatewayState::Open)
    }

    /// The gateways whose messages are left to another server.
    pub(crate) fn left_to_others(&self) -> Vec<String> {
        let (routes, outside) = (self.routes(), self.outside());
        let gateways = routes.exits().iter().map(|exit| &exit.gateway);
        let left = gateways.filter(|g| outside.state(&***g) == GatewayState::Elsewhere);
        left.map(|gateway| gateway.name().to_owned()).collect()
    }

    /// Whether some gateway that may carry a message of this account to this
    /// number takes messages now.
    pub fn are_open_to(&self, account: &str, to: &PhoneNumber) -> bool {
        let (routes, outside) = (self.routes(), self.outside());
        routes.has_open(routes.find(Some(account), to), &outside)
    }

    /// The same for a message that is on its way already.
    pub(crate) fn has_open_for(&self, message: &OutgoingMessage) -> bool {
        let (routes, outside) = (self.routes(), self.outside());
        routes.has_open(&self.way(&routes, message), &outside)
    }

    /// What is known of gateways and countries, for people.
    pub fn known(&self) -> Vec<Known> {
        self.learned().evidence.view()
    }

    /// A code was entered here.
    pub fn verified(&self, verification: VerificationId, now: Timestamp) {
        self.entered(verification, now);
        self.0.conversions.entered(verification, now);
    }

    /// A code was entered, here or at another server.
    pub fn entered(&self, verification: VerificationId, now: Timestamp) {
        self.learned().evidence.verified(verification, now);
        self.traffic().entered(verification, now);
    }

    /// A receipt of a gateway came.
    pub fn receipt(&self, message: MessageId, gateway: &str, state: ReceiptState, now: Timestamp) {
        if state.is_final() {
            let is_delivered = state == ReceiptState::Delivered;
            self.learned().evidence.receipt(message, gateway, is_delivered, now);
        }
    }

    /// Time passes: what was not entered by now counts as lost.
    pub fn mature(&self, now: Timestamp) {
        self.learned().evidence.mature(now);
        self.traffic().mature(now);
        self.in_hand().forget(now);
        self.0.conversions.forget(now);
    }

    /// A gateway gets these messages, chosen for these reasons.
    pub(crate) fn take_in_hand<'m>(
        &self,
        gateway: &str,
        messages: impl Iterator<Item = (&'m OutgoingMessage, String)>,
    ) {
        let mut in_hand = self.in_hand();
        for (message, choice) in messages {
            in_hand.take(gateway, choice, message);
        }
    }

    /// What became of these hand-overs is noted.
    pub(crate) fn put_out_of_hand(&self, attempts: &[Attempt]) {
        let mut in_hand = self.in_hand();
        for attempt in attempts {
            in_hand.settle(attempt);
        }
    }

    /// Why this gateway was chosen, if a message is being handed to it now.
    pub(crate) fn has_in_hand(&self, message: MessageId, gateway: &str) -> Option<String> {
        self.in_hand().choice(message, gateway)
    }

    /// A gateway took a message.
    pub(crate) fn sent(&self, message: &OutgoingMessage, gateway: &str, now: Timestamp) {
        if let Some(of) = in_flight(message) {
            let mut traffic = self.traffic();
            if !traffic.taken(of.verification) {
                traffic.taken_unasked(message.account, of, &message.to, now);
            }
        }
        // Of a choice that nobody has there is nothing to learn.
        if self.routes().exits().len() > 1 {
            let (id, verification) = (message.id, message.purpose.verification());
            let destination = Destination::of(&message.to);
            self.learned().evidence.sent(id, verification, gateway, destination, now);
        }
    }

    /// A hand-over of a message to this number ended; for this reason, if it failed.
    pub(crate) fn note(
        &self,
        gateway: &str,
        to: &PhoneNumber,
        outcome: BreakerOutcome,
        reason: Option<&Reason>,
        now: Timestamp,
    ) {
        if self.routes().exits().len() > 1 {
            let mut learned = self.learned();
            let watched = learned.breakers.entry(gateway.to_owned()).or_default();
            watched.note(Prefix::of(to), outcome, reason, now);
        }
    }

    /// Why messages go elsewhere though the gateway is open, in words for people, a
    /// line for each prefix if some do only; none if they do not.
    pub fn left_alone(&self, gateway: &str, now: Timestamp) -> Option<String> {
        self.learned().breakers.get(gateway)?.left_alone(now)
    }

    /// The gateway for the next hand-over of a message; none if no open one may
    /// have it.
    pub(crate) fn choose(&self, message: &OutgoingMessage, now: Timestamp) -> Option<Choice> {
        let (routes, outside) = (self.routes(), self.outside());
        let way = self.way(&routes, message);
        let outside = outside.for_message(message, &routes, &way);
        if let [only] = *way.exits
            && message.trail.is_empty()
        {
            let gateway = &routes.exits()[only].gateway;
            let reason = routing::Reason::Only;
            let choice = || Choice { gateway: gateway.clone(), reason, probe: None };
            return outside.state(&**gateway).takes_messages().then(choice);
        }
        let mut learned = self.learned();
        let prefix = Prefix::of(&message.to);
        let takes_one = |name: &str| learned.takes_one(name, prefix, now);
        let healthy = candidates(&routes, &way, &outside, takes_one);
        let has_healthy = healthy.iter().any(|candidate| candidate.is_open);
        // A breaker spares a message a bad gateway; it does not leave it none.
        let candidates =
            if has_healthy { healthy } else { candidates(&routes, &way, &outside, |_| true) };
        let chosen = learned.choose(message, &candidates, &way)?;
        let gateway = routes.exits()[way.exits[chosen.index]].gateway.clone();
        let probe = learned.begins_probe(gateway.name(), prefix, now).then(|| Probe {
            exits: self.clone(),
            gateway: gateway.name().to_owned(),
            prefix,
            since: now,
        });
        Some(Choice { gateway, reason: chosen.reason, probe })
    }

    /// Whether some gateway may be asked for a message now.
    pub fn has_way(&self, message: &OutgoingMessage) -> bool {
        let (routes, outside) = (self.routes(), self.outside());
        let way = self.way(&routes, message);
        let candidates = candidates(&routes, &way, &outside, |_| true);
        routing::has_other(&candidates, &message.trail, "")
    }

    /// Whether another gateway than this one, which has not failed the message
    /// yet, could be asked for it now.
    pub(crate) fn has_other(&self, message: &OutgoingMessage, gateway: &str) -> bool {
        let (routes, outside) = (self.routes(), self.outside());
        let way = self.way(&routes, message);
        way.exits.len() > 1
            && routing::has_ready(
                &candidates(&routes, &way, &outside, |_| true),
                &message.trail,
                gateway,
            )
    }

    /// Whether another gateway than this one could be asked for a message later:
    /// it is not open now, or did not take it before.
    pub(crate) fn has_later(&self, message: &OutgoingMessage, gateway: &str) -> bool {
        let routes = self.routes();
        let way = self.way(&routes, message);
        let all = candidates(&routes, &way, &Outside::default(), |_| true);
        let opened = |other| Candidate { is_open: true, ..other };
        let opened: Vec<_> = all.into_iter().map(opened).collect();
        routing::has_other(&opened, &message.trail, gateway)
    }

    /// Until when a code that this gateway took is kept for another one.
    pub(crate) fn keep_until(
        &self,
        message: &OutgoingMessage,
        gateway: &dyn Gateway,
        now: Timestamp,
    ) -> Option<Timestamp> {
        message.purpose.verification()?;
        if !gateway.gives_receipts() || message.trail.count_all(HandOver::Accepted) > 0 {
            return None;
        }
        let routes = self.routes();
        let way = self.way(&routes, message);
        let another = way.exits.iter().any(|index| {
            let other = routes.exits()[*index].gateway.name();
            let refused = [HandOver::Destination, HandOver::GatewayUnfit];
            let has_refused = |end| message.trail.count(other, end) > 0;
            other != gateway.name() && !refused.into_iter().any(has_refused)
        });
        // From one that tells failures only, no receipt is no sign.
        let is_awaited = |_: &SignedDuration| gateway.confirms_delivery();
        let within = way.receipt_within.filter(is_awaited).unwrap_or(SignedDuration::MAX);
        another.then(|| now.saturating_add(within).unwrap_or(Timestamp::MAX).min(message.deadline))
    }

    fn way(&self, routes: &Routes, message: &OutgoingMessage) -> Way {
        if let Some(only) = &message.only_gateway {
            let mut exits = routes.exits().iter();
            let place = exits.position(|exit| exit.gateway.name() == only);
            return Way { exits: place.into_iter().collect(), ..Way::default() };
        }
        let asked = routes.asks_for_account().then(|| (self.0.account_name)(message.account));
        routes.find(asked.flatten().as_deref(), &message.to).clone()
    }

    /// The guard against pumped traffic. Whoever has it holds up all messages.
    pub fn traffic(&self) -> MutexGuard<'_, TrafficGuard> {
        self.0.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The codes that gateways carried.
    pub(crate) fn conversions(&self) -> &Conversions {
        &self.0.conversions
    }

    /// Whether it is time to warn of a gateway's receipts; then that counts as done.
    pub(crate) fn is_warning_due(&self, gateway: &str, warning: Warning, now: Timestamp) -> bool {
        self.early().is_warning_due(gateway, warning, now)
    }

    /// The receipts that gateways may have kept before their messages are known.
    pub(crate) fn early(&self) -> MutexGuard<'_, Early> {
        self.0.early.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_hand(&self) -> MutexGuard<'_, InHand> {
        self.0.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learned(&self) -> MutexGuard<'_, Learned> {
        self.0.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Learned {
    fn takes_one(&self, gateway: &str, prefix: Prefix, now: Timestamp) -> bool {
        let watched = self.breakers.get(gateway);
        watched.is_none_or(|watched| watched.breakers.takes_one(prefix, now))
    }

    fn choose(
        &mut self,
        message: &OutgoingMessage,
        candidates: &[Candidate<'_>],
        way: &Way,
    ) -> Option<routing::Chosen> {
        let used: Vec<String> = match message.purpose.verification() {
            Some(id) if message.trail.is_empty() => {
                self.evidence.gateways_of(id).map(str::to_owned).collect()
            }
            Some(_) | None => Vec::new(),
        };
        let used: Vec<&str> = used.iter().map(String::as_str).collect();
        routing::choose(
            candidates,
            &message.trail,
            &used,
            way.preference.unwrap_or(Preference::Order),
            &self.evidence,
            &Destination::of(&message.to),
            &mut self.chance,
        )
    }

    /// Whether a message that is on its way to a gateway is a probe of it.
    fn begins_probe(&mut self, gateway: &str, prefix: Prefix, now: Timestamp) -> bool {
        let watched = self.breakers.get_mut(gateway);
        watched.is_some_and(|watched| watched.breakers.begin_probe(prefix, now))
    }
}

impl Routes {
    fn has_open(&self, way: &Way, outside: &Outside) -> bool {
        let mut gateways = way.exits.iter().map(|place| &self.exits()[*place].gateway);
        gateways.any(|gateway| outside.state(&**gateway).takes_messages())
    }
}

impl Outside {
    /// What counts for a message. One that another server left for this one is not left
    /// again while some gateway may have it here: servers that judge gateways differently
    /// would leave it to each other until it expires.
    fn for_message(
        self: Arc<Self>,
        message: &OutgoingMessage,
        routes: &Routes,
        way: &Way,
    ) -> Arc<Self> {
        if message.left_for.is_none() || self.elsewhere.is_empty() {
            return self;
        }
        let here = Self { paused: self.paused.clone(), elsewhere: HashSet::new() };
        if routes.has_open(way, &here) { Arc::new(here) } else { self }
    }

    fn state(&self, gateway: &dyn Gateway) -> GatewayState {
        if self.paused.contains(gateway.name()) {
            return GatewayState::Closed(PAUSED);
        }
        match gateway.state() {
            GatewayState::Closed(_) if self.elsewhere.contains(gateway.name()) => {
                GatewayState::Elsewhere
            }
            state => state,
        }
    }
}

fn candidates<'r>(
    routes: &'r Routes,
    way: &Way,
    outside: &Outside,
    takes_one: impl Fn(&str) -> bool,
) -> Vec<Candidate<'r>> {
    let candidate = |index: &usize| {
        let exit = &routes.exits()[*index];
        let gateway = exit.gateway.name();
        let is_open = outside.state(&*exit.gateway).takes_messages() && takes_one(gateway);
        Candidate { gateway, is_open, price: exit.price }
    };
    way.exits.iter().map(candidate).collect()
}
