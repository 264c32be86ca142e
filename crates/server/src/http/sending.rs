//! What governs a message of an account, taken from the program once per
//! request, so that a rule on another thread can look at it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use delivery::{Exits, in_flight};
use verify::Timestamp;
use verify::engine::admit::{Destination, SendContext, Ways};
use verify::phone::PhoneNumber;
use verify::record::OutgoingMessage;
use verify::send_limits::Throttle;
use verify::traffic::{Answer, InFlight, SendTicket, TrafficRefusal};

use crate::app::App;
use crate::http::auth::AccountEntry;
use crate::http::caps::Caps;

/// An account's way out at this time, for one message at most; clones are the same.
#[derive(Clone)]
pub struct Sending {
    entry: Arc<AccountEntry>,
    exits: Exits,
    lease: u64,
    now: Timestamp,
    asked: Arc<Asked>,
    caps: Caps,
}

/// What the guard against pumped traffic answered, once for the request. Dropped
/// without a message, it takes the question back.
struct Asked {
    exits: Exits,
    answer: Mutex<Option<Answer>>,
}

impl Asked {
    fn ticket(&self) -> Option<SendTicket> {
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        answer.as_mut().and_then(|answer| answer.ticket.take())
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket() {
            self.exits.traffic().withdraw(ticket);
        }
    }
}

impl Sending {
    /// The way out of an account, now.
    pub fn of(app: &App, entry: &Arc<AccountEntry>) -> Self {
        let (exits, lease) = (app.outbox.exits().clone(), app.outbox.lease());
        let asked = Arc::new(Asked { exits: exits.clone(), answer: Mutex::default() });
        let caps = app.caps.clone();
        Self { entry: entry.clone(), exits, lease, now: app.clock.now(), asked, caps }
    }

    /// Hands over the message that was begun.
    pub fn offer(&self, app: &App, message: Box<OutgoingMessage>) {
        if let (Some(ticket), Some(of)) = (self.asked.ticket(), in_flight(&message)) {
            self.exits.traffic().queued(ticket, of);
        }
        app.outbox.offer(message);
    }

    /// Treats a message that is not sent, for a reason that nobody may see, as one that
    /// a gateway took and whose code is not entered.
    pub fn pretend(&self, message: &OutgoingMessage) {
        if let Some(ticket) = self.asked.ticket()
            && let Some(of) = in_flight(message)
        {
            // Nobody can enter it, so the store is not asked whether somebody did.
            let of = InFlight { deadline: self.now, ..of };
            let mut traffic = self.exits.traffic();
            traffic.queued(ticket, of);
            traffic.taken(of.verification);
        }
    }

    /// The account.
    pub fn entry(&self) -> &AccountEntry {
        &self.entry
    }

    /// As the rules take it.
    pub fn context(&self) -> SendContext<'_> {
        let AccountEntry { account, sends, blocked, keys, .. } = &*self.entry;
        SendContext {
            sends: *sends,
            countries: &account.countries,
            home_country: account.home_country,
            blocked,
            keys,
            ways: self,
            lease: self.lease,
        }
    }
}

impl Ways for Sending {
    fn are_open_to(&self, to: &PhoneNumber) -> bool {
        self.exits.are_open_to(&self.entry.account.username, to)
    }

    fn guard(&self, destination: &Destination) -> Result<(), TrafficRefusal> {
        let mut asked = self.asked.answer.lock().unwrap_or_else(PoisonError::into_inner);
        let Destination { account, service, to, .. } = destination;
        let ask = || {
            let answer = self.exits.traffic().ask(*account, *service, to, self.now);
            note_answer(&answer);
            answer
        };
        match asked.get_or_insert_with(ask) {
            Answer { ticket: None, refusal: Some(refusal) } => Err(*refusal),
            Answer { .. } => Ok(()),
        }
    }

    fn nearly_full(&self, destination: &Destination, cap: Throttle) {
        let country = (cap == Throttle::CountryDay).then(|| destination.to.country()).flatten();
        self.caps.nearly_full((destination.account, cap, country), self.now);
    }
}

impl fmt::Debug for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sending({})", self.entry.account.id)
    }
}

/// Counts a refusal, or what would be one if the guard did more than to observe.
fn note_answer(answer: &Answer) {
    let Some(refusal) = answer.refusal else { return };
    let is_refused = answer.ticket.is_none();
    metrics::counter!(
        crate::telemetry::names::GUARD_REFUSALS,
        "rule" => refusal.rule.as_str(),
        "area" => refusal.area.kind(),
        "refused" => if is_refused { "yes" } else { "no" },
    )
    .increment(1);
}
