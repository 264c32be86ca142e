//! The guard against pumped traffic (`delivery.md` 10; D-32, D-33, S-47): who earns
//! from messages to his numbers lets a site send codes that nobody enters.
//!
//! For each service and each country, operator prefix and block of numbers it
//! counts the messages that are on their way, and whether codes are entered. It
//! answers *before* a message is begun ([`TrafficGuard::ask`]); a message that it
//! refuses counts nowhere. What is on its way is limited (G-1), and that bounds what
//! is lost while outcomes mature; outcomes that are missing hold an area (G-2, G-3, G-4,
//! D-32, D-33): it is challenged, which halves what may be on its way, or closed
//! for an hour, two, four … up to a day.
//!
//! It is in memory, beside the step that begins a message, and so costs no write
//! (ADR 22). What has to outlive a start of the program, or to be known to the
//! other servers of a cluster, is given as [`TrafficArea`](crate::record::TrafficArea)s to keep.

mod area;
mod base;
mod evidence;
mod jump;
mod kept;
mod limits;
mod neighbours;
mod outcomes;
mod sends;
mod volume;

use std::collections::HashMap;

pub use sends::InFlight;

use crate::ids::{AccountId, ServiceId, VerificationId};
use crate::limits::{TRAFFIC_AREAS_MAX, TRAFFIC_SENDS_MAX};
use crate::phone::{Country, PhoneNumber};
use crate::record::{Area, Stage, TrafficHold, TrafficRule};
use crate::routing::Prefix;
use crate::routing::evidence::MATURITY_SECONDS;
use crate::{SignedDuration, Timestamp};
use area::{AreaTraffic, News};
use sends::{Send, Sends};

/// What the guard does with what it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GuardMode {
    /// It refuses.
    #[default]
    On,
    /// It tells what it would refuse, and refuses nothing.
    Observe,
    /// It does not look.
    Off,
}

/// A message that may be begun, until it is queued or withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SendTicket(u64);

/// Why a message is not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrafficRefusal {
    /// Where.
    pub area: Area,
    /// By which rule.
    pub rule: TrafficRule,
    /// When it is worth trying again.
    pub until: Timestamp,
}

/// The guard's answer to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The ticket, if the message may be begun.
    pub ticket: Option<SendTicket>,
    /// Why not; also if the guard only observes.
    pub refusal: Option<TrafficRefusal>,
}

/// Something that the operator should know.
#[derive(Debug, Clone, PartialEq)]
pub struct TrafficNews {
    /// Whose service.
    pub account: AccountId,
    /// The service.
    pub service: ServiceId,
    /// Where.
    pub area: Area,
    /// What happened.
    pub what: TrafficEvent,
}

/// Which areas are to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// Those whose hold changed.
    Holds,
    /// All that changed.
    All,
}

/// What happened to an area.
#[derive(Debug, Clone, PartialEq)]
pub enum TrafficEvent {
    /// It is held.
    Held(TrafficHold),
    /// Codes are entered again.
    Lifted,
    /// The operator released it.
    Released,
    /// Few codes of the last fifty were entered (D-33).
    Low {
        /// How many.
        entered: u32,
        /// Of so many.
        sent: u32,
    },
}

/// The guard; see the [module](self).
#[derive(Debug)]
pub struct TrafficGuard {
    mode: GuardMode,
    areas: HashMap<(ServiceId, Area), AreaTraffic>,
    sends: Sends,
    /// The country of each prefix, since to tell it costs more than all else here.
    countries: HashMap<Prefix, Option<Country>>,
    news: Vec<TrafficNews>,
    /// When areas may be looked through again for some to forget.
    forget_at: Timestamp,
}

/// How long a code may take to be entered.
const MATURITY: SignedDuration = SignedDuration::from_secs(MATURITY_SECONDS);

/// How often areas are looked through for some to forget.
const FORGET_EVERY: SignedDuration = SignedDuration::from_secs(1);

impl Default for TrafficGuard {
    fn default() -> Self {
        Self {
            mode: GuardMode::default(),
            areas: HashMap::new(),
            sends: Sends::default(),
            countries: HashMap::new(),
            news: Vec::new(),
            forget_at: Timestamp::MIN,
        }
    }
}

impl TrafficGuard {
    /// Puts another mode in force. What is known stays, unless it is switched off.
    pub fn set_mode(&mut self, mode: GuardMode) {
        self.mode = mode;
        if mode == GuardMode::Off {
            self.areas.clear();
            self.sends.clear();
            self.news.clear();
        }
    }

    /// The mode in force.
    pub fn mode(&self) -> GuardMode {
        self.mode
    }

    /// Whether a message of this service to this number may be begun now. It is
    /// counted at once; a message that is not begun after all is to be withdrawn.
    pub fn ask(
        &mut self,
        account: AccountId,
        service: ServiceId,
        to: &PhoneNumber,
        now: Timestamp,
    ) -> Answer {
        if self.mode == GuardMode::Off {
            return Answer { ticket: None, refusal: None };
        }
        let send = Send::new(account, service, to, self.areas_of(to), now);
        let base = self.base(&send, now);
        let full = send.areas().find_map(|area| {
            let full = self.areas.get(&(service, area))?.room(area, base, now).err()?;
            Some(TrafficRefusal { area, rule: full.rule, until: full.until })
        });
        if let Some(refusal) = full
            && let Some(known) = self.areas.get_mut(&(service, refusal.area))
        {
            known.refused = known.refused.saturating_add(1);
            known.is_changed |= known.hold.is_some();
            known.touched_at = now;
            if self.mode == GuardMode::On {
                return Answer { ticket: None, refusal: full };
            }
        }
        for area in send.areas() {
            self.area(account, service, area, now).sent(area, send.digits, now);
        }
        Answer { ticket: Some(SendTicket(self.sends.begin(send))), refusal: full }
    }

    /// The message was begun: a code of this verification is on its way.
    pub fn queued(&mut self, ticket: SendTicket, of: InFlight) {
        self.sends.queue(ticket.0, of);
    }

    /// The message was not begun after all.
    pub fn withdraw(&mut self, ticket: SendTicket) {
        if let Some(send) = self.sends.remove(ticket.0) {
            self.take_back(&send);
        }
    }

    /// A gateway took a message of this verification: from now on it counts that
    /// its code is not entered. False if no message of it waits for that.
    pub fn taken(&mut self, verification: VerificationId) -> bool {
        self.mode == GuardMode::Off || self.sends.taken(verification)
    }

    /// A gateway took a message that nobody asked for here: it was begun by a server
    /// that died, or goes to a second gateway. It counts from now on.
    pub fn taken_unasked(
        &mut self,
        account: AccountId,
        of: InFlight,
        to: &PhoneNumber,
        now: Timestamp,
    ) {
        if self.mode == GuardMode::Off {
            return;
        }
        let send = Send::new(account, of.service, to, self.areas_of(to), now);
        for area in send.areas() {
            self.area(account, of.service, area, now).sent(area, send.digits, now);
        }
        let id = self.sends.begin(send);
        self.sends.queue(id, of);
        self.sends.taken(of.verification);
    }

    /// A code of this verification was entered. Later than the maturity time it
    /// changes nothing.
    pub fn entered(&mut self, verification: VerificationId, now: Timestamp) {
        for send in self.sends.take(verification) {
            self.settle(&send, true, now);
        }
    }

    /// A gateway refused a message since it takes it for pumped traffic (G-6): as if
    /// [`SUSPECTED`](limits::SUSPECTED) codes of its prefix were missing.
    pub fn suspected(
        &mut self,
        account: AccountId,
        service: ServiceId,
        to: &PhoneNumber,
        now: Timestamp,
    ) {
        if self.mode != GuardMode::Off {
            let send = Send::new(account, service, to, self.areas_of(to), now);
            self.suspect(&send, now);
        }
    }

    /// A gateway reports the same of the last message of this verification, if that is on
    /// its way still.
    pub fn suspected_of(&mut self, verification: VerificationId, now: Timestamp) {
        if let Some(send) = self.sends.last_of(verification) {
            self.suspect(&send, now);
        }
    }

    /// Time passes: codes that were not entered by now count as missing, unless no
    /// gateway took the message.
    pub fn mature(&mut self, now: Timestamp) {
        while let Some(send) = self.sends.take_mature(now, MATURITY, TRAFFIC_SENDS_MAX) {
            // Of one that was pushed out before its time nothing is known.
            let is_mature = now.duration_since(send.at) >= MATURITY;
            if send.is_taken && is_mature && !send.is_unknown(MATURITY) {
                self.settle(&send, false, now);
            } else {
                self.take_back(&send);
            }
        }
    }

    /// News since this was asked last.
    pub fn news(&mut self) -> Vec<TrafficNews> {
        std::mem::take(&mut self.news)
    }

    /// Verifications whose codes may have been entered at another server: whoever
    /// knows that they are over tells [`TrafficGuard::entered`].
    pub fn unsure(&mut self, now: Timestamp, most: usize) -> Vec<InFlight> {
        self.sends.unsure(now, most)
    }

    /// Messages on their way.
    pub fn in_flight(&self) -> usize {
        self.sends.len()
    }

    /// How many areas are held now, by what is done with them.
    pub fn held(&self, now: Timestamp, stage: Stage) -> usize {
        let held = self.areas.values().filter_map(|known| known.held(now));
        held.filter(|hold| hold.stage == stage).count()
    }

    /// The areas of a number, the largest first.
    fn areas_of(&mut self, to: &PhoneNumber) -> [Option<Area>; 3] {
        if self.countries.len() >= TRAFFIC_AREAS_MAX {
            self.countries.clear();
        }
        let prefix = Prefix::of(to);
        let country = *self.countries.entry(prefix).or_insert_with(|| to.country());
        let mut areas = Area::of(country, to);
        std::array::from_fn(|_| areas.next())
    }

    fn settle(&mut self, send: &Send, is_entered: bool, now: Timestamp) {
        let Send { account, service, digits, at, .. } = *send;
        for area in send.areas() {
            self.area(account, service, area, now).settle(area, digits, at, is_entered, now);
        }
        let base = self.base(send, now);
        for area in send.areas() {
            self.judge(send, area, base, now);
        }
    }

    fn suspect(&mut self, send: &Send, now: Timestamp) {
        let base = self.base(send, now);
        for area in send.areas().filter(|area| matches!(area, Area::Prefix(_))) {
            self.area(send.account, send.service, area, now).suspect(send.at, now);
            self.judge(send, area, base, now);
        }
    }

    fn judge(&mut self, send: &Send, area: Area, base: f64, now: Timestamp) {
        let Send { account, service, .. } = *send;
        if let Some(news) = self.area(account, service, area, now).judge(area, base, now) {
            self.tell(account, service, area, news);
        }
    }

    /// The share of codes that is expected of a message.
    fn base(&self, send: &Send, now: Timestamp) -> f64 {
        let country = send.areas().find(|area| matches!(area, Area::Country(_)));
        let known = country.and_then(|country| self.areas.get(&(send.service, country)));
        known.map_or(evidence::BASE_UNKNOWN, |known| known.base.share(now))
    }

    fn tell(&mut self, account: AccountId, service: ServiceId, area: Area, news: News) {
        let what = match news {
            News::Held(hold) => TrafficEvent::Held(hold),
            News::Lifted => TrafficEvent::Lifted,
            News::Released => TrafficEvent::Released,
            News::Low { entered, sent } => TrafficEvent::Low { entered, sent },
        };
        if self.news.len() >= TRAFFIC_AREAS_MAX {
            // Nobody asks for them; the holds themselves can be seen.
            return;
        }
        self.news.push(TrafficNews { account, service, area, what });
    }

    fn take_back(&mut self, send: &Send) {
        for area in send.areas() {
            if let Some(known) = self.areas.get_mut(&(send.service, area)) {
                known.withdraw(area, send.digits);
            }
        }
    }

    /// An area to write to. If there are too many, those go that are idle, then half
    /// of the blocks: a guard that forgets refuses less. That takes milliseconds, and
    /// what is on its way stays, so it is done once a second at most.
    fn area(
        &mut self,
        account: AccountId,
        service: ServiceId,
        area: Area,
        now: Timestamp,
    ) -> &mut AreaTraffic {
        let is_full = self.areas.len() >= TRAFFIC_AREAS_MAX && now >= self.forget_at;
        if is_full && !self.areas.contains_key(&(service, area)) {
            self.forget_at = now.saturating_add(FORGET_EVERY).unwrap_or(Timestamp::MAX);
            self.areas.retain(|(_, area), known| !known.is_idle(*area, now));
            self.forget_half(now, |area| matches!(area, Area::Block(_)));
            self.forget_half(now, |_| true);
        }
        self.areas.entry((service, area)).or_insert_with(|| AreaTraffic::new(account, now))
    }

    /// Forgets the half of some areas that was not touched for longest, if there are
    /// too many. What is on its way or held is not forgotten.
    fn forget_half(&mut self, now: Timestamp, is_meant: impl Fn(&Area) -> bool) {
        if self.areas.len() < TRAFFIC_AREAS_MAX {
            return;
        }
        let meant = self.areas.iter().filter(|((_, area), _)| is_meant(area));
        let mut touched: Vec<Timestamp> = meant.map(|(_, known)| known.touched_at).collect();
        if touched.is_empty() {
            return;
        }
        let middle = touched.len() / 2;
        let (_, median, _) = touched.select_nth_unstable(middle);
        let median = *median;
        self.areas.retain(|(_, area), known| {
            let is_old = is_meant(area) && known.touched_at <= median;
            !is_old || known.in_flight > 0 || known.held(now).is_some()
        });
    }
}

#[cfg(test)]
mod simulation;
