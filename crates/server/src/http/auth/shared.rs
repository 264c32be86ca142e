//! Failed logins where several servers count them together (D-37): the way from the door
//! to the counts in the store.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use store::Store;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use verify::Timestamp;
use verify::engine::login;
use verify::keys::{Keyring, LoginTraces};
use verify::login_throttle::{Full, LoginLimits, LoginThrottle, Look};

use super::login::LoginOutcome;
use crate::tasks::spawn_named;

/// Failures that are being counted in the store at a time: those who only guess must not
/// take all connections to the database.
const COUNTED_AT_A_TIME_MAX: usize = 4;

/// Failures that wait for that; one more is answered "later".
const COUNTED_WAITING_MAX: usize = 1_024;

/// How long somebody with the right password waits for the counts.
const LOOK_WAIT: Duration = Duration::from_secs(5);

/// Looks at the counts at a time. Of those that come at once from one address with one
/// name the first one looks, and the others go by what it finds.
const TURNS: usize = 64;

/// A login, as far as it is counted.
#[derive(Clone)]
pub(super) struct Attempt {
    pub(super) address: IpAddr,
    pub(super) name: String,
    pub(super) limits: LoginLimits,
    pub(super) now: Timestamp,
}

/// The counts of all servers; cheap to clone.
#[derive(Clone)]
pub(super) struct Shared {
    store: Store,
    keyring: Keyring,
    throttle: Arc<Mutex<LoginThrottle>>,
    places: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    turns: Arc<[tokio::sync::Mutex<()>; TURNS]>,
}

impl Shared {
    /// The counts in this store; what is learned of them is told to the throttle.
    pub(super) fn new(store: Store, keyring: Keyring, throttle: Arc<Mutex<LoginThrottle>>) -> Self {
        let places = Arc::new(Semaphore::new(COUNTED_AT_A_TIME_MAX));
        let queue = Arc::new(Semaphore::new(COUNTED_AT_A_TIME_MAX + COUNTED_WAITING_MAX));
        let turns = Arc::new(std::array::from_fn(|_| tokio::sync::Mutex::default()));
        Self { store, keyring, throttle, places, queue, turns }
    }

    /// Begins to count a failure, whoever waits for that: together the servers answer no
    /// more than one may. If it cannot be done, nothing is to be answered (S-101).
    ///
    /// # Errors
    /// Too many are being counted.
    pub(super) fn count(
        &self,
        attempt: Attempt,
    ) -> Result<JoinHandle<Result<(), LoginOutcome>>, LoginOutcome> {
        let queued = self.queue.clone().try_acquire_owned().map_err(|_| LoginOutcome::Busy)?;
        let shared = self.clone();
        // It ends when the store has answered, or has given up.
        Ok(spawn_named("login-count", async move {
            let counted = shared.charge(attempt).await;
            drop(queued);
            counted
        }))
    }

    async fn charge(&self, attempt: Attempt) -> Result<(), LoginOutcome> {
        let Ok(_place) = self.places.acquire().await else { return Err(LoginOutcome::Busy) };
        let (traces, limits, now) = (self.traces(&attempt), attempt.limits, attempt.now);
        let rule = move |snapshot: &_| login::charge(snapshot, &traces, &limits, now);
        match self.store.transact(login::keys(&traces), rule).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(full)) => Err(self.refuse(&attempt, &full)),
            Err(error) => {
                tracing::error!(%error, "a failed login could not be counted");
                Err(LoginOutcome::Busy)
            }
        }
    }

    /// Lets somebody in whose password is right, unless the tries of the same address are
    /// used up, at whichever server.
    pub(super) async fn look(&self, attempt: Attempt) -> Result<(), LoginOutcome> {
        let known = self.throttle().look(attempt.now, attempt.address, &attempt.name);
        match known {
            Look::Needless => Ok(()),
            Look::Beside => {
                let shared = self.clone();
                drop(spawn_named("login-look", async move { shared.read(&attempt).await }));
                Ok(())
            }
            Look::First => {
                let looked = timeout(LOOK_WAIT, self.look_in_turn(&attempt)).await;
                looked.unwrap_or_else(|_| {
                    tracing::warn!("the failures of a login were not read in time");
                    Err(LoginOutcome::Busy)
                })
            }
        }
    }

    /// Looks, unless somebody who came at the same time has just done so.
    async fn look_in_turn(&self, attempt: &Attempt) -> Result<(), LoginOutcome> {
        let Attempt { address, name, limits, now } = attempt;
        let mut hasher = DefaultHasher::new();
        (address, name).hash(&mut hasher);
        let place = usize::try_from(hasher.finish() % TURNS as u64).unwrap_or_default();
        let _turn = match self.turns.get(place) {
            Some(turn) => Some(turn.lock().await),
            None => None,
        };
        {
            let mut throttle = self.throttle();
            if let Some(until) = throttle.refused_until(*now, *address, name, limits) {
                return Err(LoginOutcome::Throttled { until });
            }
            // One that came a little later may have looked for us.
            if throttle.look(*now, *address, name) != Look::First {
                return Ok(());
            }
        }
        self.read(attempt).await
    }

    async fn read(&self, attempt: &Attempt) -> Result<(), LoginOutcome> {
        let read = self.store.read(login::keys(&self.traces(attempt))).await;
        let snapshot = read.map_err(|error| {
            tracing::error!(%error, "the failures of a login could not be read");
            LoginOutcome::Busy
        })?;
        let full = login::full(&snapshot, &attempt.limits, attempt.now);
        if full.until().is_some() {
            return Err(self.refuse(attempt, &full));
        }
        self.throttle().has_room_elsewhere(attempt.now, attempt.address, &attempt.name);
        Ok(())
    }

    fn refuse(&self, attempt: &Attempt, full: &Full) -> LoginOutcome {
        self.throttle().fails_elsewhere(attempt.now, attempt.address, &attempt.name, full);
        match full.until() {
            Some(until) => LoginOutcome::Throttled { until },
            // Records that were not the two that were asked for.
            None => LoginOutcome::Busy,
        }
    }

    fn traces(&self, attempt: &Attempt) -> LoginTraces {
        self.keyring.login_traces(attempt.address, &attempt.name)
    }

    fn throttle(&self) -> MutexGuard<'_, LoginThrottle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
