//! Tells providers that a code which they carried was entered (`delivery.md` 9):
//! they judge their routes by it, and some their prices.
//!
//! Nothing waits for it and nothing hangs on it. What is known of a message stays
//! in the memory of the run that handed it over, until its code was entered or
//! has expired.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use metrics::counter;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};
use verify::Timestamp;
use verify::ids::VerificationId;
use verify::record::OutgoingMessage;

use crate::dispatcher::until;
use crate::exits::Exits;
use crate::gateway::{Gateway, Reason, Taken};
use crate::limits::{
    CONVERSION_CALLS_MAX, CONVERSION_FAREWELL, CONVERSION_PAUSES, CONVERSIONS_CARRIED_MAX,
    CONVERSIONS_WAITING_MAX,
};

/// Name of the metric (counter: `gateway`, `result`): `told`, `refused`, `failed`
/// after the last try, `left_out` where too many waited.
pub const CONVERSIONS: &str = "ringproof_conversions_total";

/// A code was entered that a gateway carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    /// What the gateway called its message.
    pub provider_id: String,
    /// When the code was entered.
    pub entered_at: Timestamp,
}

/// What came of telling it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The gateway knows.
    Yes,
    /// It may be told later, after this time if it says how long.
    Later(Option<Duration>, Reason),
    /// It does not want to know.
    Refused(Reason),
}

/// The messages of codes that are not entered yet.
pub(crate) struct Conversions {
    carried: Mutex<HashMap<VerificationId, Carried>>,
    waiting: mpsc::Sender<Waiting>,
    /// Until somebody takes it to tell them.
    told_from: Mutex<Option<mpsc::Receiver<Waiting>>>,
}

/// Who has the last message with the code of a verification.
struct Carried {
    gateway: String,
    provider_id: String,
    until: Timestamp,
}

struct Waiting {
    gateway: String,
    conversion: Conversion,
}

impl Default for Conversions {
    fn default() -> Self {
        let (waiting, told_from) = mpsc::channel(CONVERSIONS_WAITING_MAX);
        Self { carried: Mutex::default(), waiting, told_from: Mutex::new(Some(told_from)) }
    }
}

impl Conversions {
    fn carried(&self) -> MutexGuard<'_, HashMap<VerificationId, Carried>> {
        self.carried.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A gateway took a message. Of several with one code the last counts: it is
    /// what brought the code, if those before it did not.
    pub(crate) fn carry(&self, message: &OutgoingMessage, gateway: &dyn Gateway, taken: &Taken) {
        let Some(verification) = message.purpose.verification() else { return };
        let id = taken.ids.first().filter(|id| !id.is_empty() && gateway.takes_conversions());
        let mut carried = self.carried();
        let Some(id) = id else {
            carried.remove(&verification);
            return;
        };
        if carried.len() >= CONVERSIONS_CARRIED_MAX && !carried.contains_key(&verification) {
            count(gateway.name(), "left_out");
            return;
        }
        let (gateway, provider_id) = (gateway.name().to_owned(), id.clone());
        carried.insert(verification, Carried { gateway, provider_id, until: message.deadline });
    }

    /// The code of a verification was entered.
    pub(crate) fn entered(&self, verification: VerificationId, now: Timestamp) {
        let Some(Carried { gateway, provider_id, .. }) = self.carried().remove(&verification)
        else {
            return;
        };
        let conversion = Conversion { provider_id, entered_at: now };
        if let Err(error) = self.waiting.try_send(Waiting { gateway, conversion }) {
            count(&error.into_inner().gateway, "left_out");
        }
    }

    /// Forgets the codes that have expired.
    pub(crate) fn forget(&self, now: Timestamp) {
        self.carried().retain(|_, carried| now < carried.until);
    }
}

/// Tells gateways of conversions; [`ConversionTeller::run`] is its life.
pub struct ConversionTeller {
    exits: Exits,
    waiting: Option<mpsc::Receiver<Waiting>>,
}

impl ConversionTeller {
    /// The teller of these exits; they have one.
    pub fn new(exits: Exits) -> Self {
        let mut told_from =
            exits.conversions().told_from.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = told_from.take();
        drop(told_from);
        Self { exits, waiting }
    }

    /// Works until `stop` holds a deadline; then tells what waits, for a short
    /// time.
    pub async fn run(self, mut stop: watch::Receiver<Option<Instant>>) {
        let Some(mut waiting) = self.waiting else { return };
        let mut calls = JoinSet::new();
        loop {
            let has_room = calls.len() < CONVERSION_CALLS_MAX;
            tokio::select! {
                biased;
                () = until(&mut stop) => break,
                Some(_) = calls.join_next() => {}
                one = waiting.recv(), if has_room => match one {
                    None => break,
                    Some(one) => { calls.spawn(tell(self.exits.clone(), one)); }
                },
            }
        }
        let asked = stop.borrow().unwrap_or_else(Instant::now);
        let deadline = asked.min(Instant::now() + CONVERSION_FAREWELL);
        let rest = async {
            loop {
                while calls.len() < CONVERSION_CALLS_MAX
                    && let Ok(one) = waiting.try_recv()
                {
                    calls.spawn(tell(self.exits.clone(), one));
                }
                if calls.join_next().await.is_none() {
                    break;
                }
            }
        };
        if timeout_at(deadline, rest).await.is_err() {
            let left = calls.len() + waiting.len();
            tracing::warn!(left, "not all gateways could be told of the codes that were entered");
        }
    }
}

/// Tells one gateway, with a few tries.
async fn tell(exits: Exits, Waiting { gateway: name, conversion }: Waiting) {
    let mut pauses = CONVERSION_PAUSES.iter();
    loop {
        let routes = exits.routes();
        let found = routes.exits().iter().find(|exit| exit.gateway.name() == name);
        let gateway: Option<Arc<dyn Gateway>> = found.map(|exit| exit.gateway.clone());
        let Some(gateway) = gateway.filter(|gateway| gateway.takes_conversions()) else { return };
        let (asked, reason) = match gateway.tell_conversion(&conversion).await {
            Told::Yes => return count(&name, "told"),
            Told::Refused(reason) => {
                tracing::warn!(
                    gateway.name = name,
                    reason = &*reason,
                    "a gateway does not want to know that a code was entered"
                );
                return count(&name, "refused");
            }
            Told::Later(asked, reason) => (asked, reason),
        };
        let Some(pause) = pauses.next() else {
            tracing::warn!(
                gateway.name = name,
                reason = &*reason,
                "a gateway could not be told that a code was entered"
            );
            return count(&name, "failed");
        };
        sleep(asked.unwrap_or(*pause).clamp(*pause, *pause * 10)).await;
    }
}

fn count(gateway: &str, result: &'static str) {
    counter!(CONVERSIONS, "gateway" => gateway.to_owned(), "result" => result).increment(1);
}
