//! Keeping: what must survive, behind one trait.
//!
//! [`Store`] is the handle that the rest of the program holds. It gives
//! [`Store::transact`]: read the records that a rule names, run the rule, write
//! what it decided, in one atomic and durable step. When it returns, the
//! outcome is on disk; nothing that an outsider can see happens before.
//!
//! Engines implement [`Engine`]: [`sqlite`] (the embedded default),
//! [`postgres`] (for several nodes) and [`memory`] (deterministic, for simulation
//! and tests). One suite of tests,
//! `tests/it/suite`, runs against each of them. Whoever adds an engine adds it
//! there, and is done when the suite passes.
//!
//! [`moving`] carries all data from one engine to another.
//!
//! No rule lives here: a store does not know whether a code is right.

mod columns;
pub mod engine;
pub mod fault;
pub mod limits;
pub mod memory;
pub mod moving;
pub mod postgres;
pub mod read;
pub mod sqlite;
mod step;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::oneshot;
use verify::Timestamp;
use verify::engine::sweep::{Stale, StaleBefore};
use verify::engine::{Decision, Keys, Snapshot};
use verify::ids::{AccountId, ServiceId, UserId, VerificationId};
use verify::record::{
    Account, BlockedNumber, GatewayPause, GatewayView, OutgoingMessage, Price, TrafficArea, User,
    WidgetSettings,
};

pub use engine::Engine;
pub use fault::Fault;

use read::{Expired, Page, Read, ReadAnswer};
use step::{Reply, TypedStep};

/// The handle of a store; cheap to clone.
#[derive(Clone)]
pub struct Store {
    engine: Arc<dyn Engine>,
    /// Set by a developer who wants to see how a program copes with an outage.
    is_switched_off: Arc<AtomicBool>,
}

impl Store {
    /// Puts the handle around an engine.
    pub fn new(engine: impl Engine) -> Self {
        Self { engine: Arc::new(engine), is_switched_off: Arc::default() }
    }

    /// Runs a rule over the records that `keys` name and writes what it
    /// decides, atomically and durably. The rule may run more than once.
    ///
    /// # Errors
    /// [`Fault`]; then nothing was written, with the one exception that it
    /// names ([`Fault::Unknown`]).
    pub async fn transact<O, R>(&self, keys: Keys, rule: R) -> Result<O, Fault>
    where
        O: Send + 'static,
        R: FnMut(&Snapshot) -> Decision<O> + Send + 'static,
    {
        self.check_switch()?;
        let (reply, answer) = oneshot::channel();
        self.engine.submit(Box::new(TypedStep::new(keys, rule, reply)));
        answer.await.map_or(Err(Fault::Closed), Reply::into_result)
    }

    /// Reads records that decide nothing.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn read(&self, keys: Keys) -> Result<Snapshot, Fault> {
        match self.ask(Read::Snapshot(Box::new(keys))).await? {
            ReadAnswer::Snapshot(snapshot) => Ok(*snapshot),
            _ => Err(Fault::Closed),
        }
    }

    /// Reads users of a service, ordered by creation time and id, and how many
    /// there are in all.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn users(&self, service: ServiceId, page: Page) -> Result<(Vec<User>, u64), Fault> {
        match self.ask(Read::Users(service, page)).await? {
            ReadAnswer::Users(users, total) => Ok((users, total)),
            _ => Err(Fault::Closed),
        }
    }

    /// Reads all accounts, ordered by user name, with a number that grows with
    /// every change to one of them.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn accounts(&self) -> Result<(Vec<Account>, u64), Fault> {
        match self.ask(Read::Accounts).await? {
            ReadAnswer::Accounts(accounts, version) => Ok((accounts, version)),
            _ => Err(Fault::Closed),
        }
    }

    /// Reads the number that grows with every change to an account.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn accounts_version(&self) -> Result<u64, Fault> {
        match self.ask(Read::AccountsVersion).await? {
            ReadAnswer::Version(version) => Ok(version),
            _ => Err(Fault::Closed),
        }
    }

    /// Reads the widget's settings of all accounts that use it, ordered by account.
    /// A change of them counts as a change of the account.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn widget_settings(&self) -> Result<Vec<WidgetSettings>, Fault> {
        match self.ask(Read::WidgetSettings).await? {
            ReadAnswer::WidgetSettings(settings) => Ok(settings),
            _ => Err(Fault::Closed),
        }
    }

    /// Finds verifications that time has ended: expired ones that still keep a
    /// code, and ones to forget.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn expired(&self, expired: Expired) -> Result<Vec<(ServiceId, UserId)>, Fault> {
        match self.ask(Read::Expired(expired)).await? {
            ReadAnswer::Expired(users) => Ok(users),
            _ => Err(Fault::Closed),
        }
    }

    /// Finds records to forget, at most [`limits::STALE_MAX`] of each kind.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn stale(&self, before: StaleBefore) -> Result<Stale, Fault> {
        match self.ask(Read::Stale(before, limits::STALE_MAX)).await? {
            ReadAnswer::Stale(stale) => Ok(*stale),
            _ => Err(Fault::Closed),
        }
    }

    /// Reads the price table, ordered by country and network code, with a
    /// number that grows with every change to it.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn prices(&self) -> Result<(Vec<Price>, u64), Fault> {
        match self.ask(Read::Prices).await? {
            ReadAnswer::Prices(prices, version) => Ok((prices, version)),
            _ => Err(Fault::Closed),
        }
    }

    /// Reads the number that grows with every change to the price table.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn prices_version(&self) -> Result<u64, Fault> {
        match self.ask(Read::PricesVersion).await? {
            ReadAnswer::Version(version) => Ok(version),
            _ => Err(Fault::Closed),
        }
    }

    /// Reads the numbers that an account must not send to, oldest first.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn blocked_numbers(&self, account: AccountId) -> Result<Vec<BlockedNumber>, Fault> {
        match self.ask(Read::BlockedNumbers(account)).await? {
            ReadAnswer::BlockedNumbers(numbers) => Ok(numbers),
            _ => Err(Fault::Closed),
        }
    }

    /// Finds number confirmations whose repeat is due, at most
    /// [`limits::REPEATS_MAX`], the longest due first.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn repeats(&self, now: Timestamp) -> Result<Vec<(AccountId, VerificationId)>, Fault> {
        match self.ask(Read::Repeats(now, limits::REPEATS_MAX)).await? {
            ReadAnswer::Repeats(due) => Ok(due),
            _ => Err(Fault::Closed),
        }
    }

    /// Finds kept messages whose time has come, at most [`limits::KEPT_MAX`],
    /// the longest due first.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn kept(&self, now: Timestamp) -> Result<Vec<OutgoingMessage>, Fault> {
        match self.ask(Read::Kept(now, limits::KEPT_MAX)).await? {
            ReadAnswer::Kept(messages) => Ok(messages),
            _ => Err(Fault::Closed),
        }
    }

    /// Reads what the server last saw of its gateways, by name.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn gateway_views(&self) -> Result<Vec<GatewayView>, Fault> {
        match self.ask(Read::GatewayViews).await? {
            ReadAnswer::GatewayViews(views) => Ok(views),
            _ => Err(Fault::Closed),
        }
    }

    /// Reads the gateways that the operator has paused, by name.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn gateway_pauses(&self) -> Result<Vec<GatewayPause>, Fault> {
        match self.ask(Read::GatewayPauses).await? {
            ReadAnswer::GatewayPauses(pauses) => Ok(pauses),
            _ => Err(Fault::Closed),
        }
    }

    /// Reads what all servers know of traffic areas, ordered by service, area as text,
    /// and server.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn traffic_areas(&self) -> Result<Vec<TrafficArea>, Fault> {
        match self.ask(Read::TrafficAreas).await? {
            ReadAnswer::TrafficAreas(areas) => Ok(areas),
            _ => Err(Fault::Closed),
        }
    }

    /// Reads the traffic areas that some server holds beyond this time, in the order of
    /// [`Store::traffic_areas`]; also those that were released since, as
    /// [`TrafficArea::released_at`] says.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn traffic_holds(&self, now: Timestamp) -> Result<Vec<TrafficArea>, Fault> {
        match self.ask(Read::TrafficHolds(now)).await? {
            ReadAnswer::TrafficAreas(areas) => Ok(areas),
            _ => Err(Fault::Closed),
        }
    }

    /// Reads which verifications these users have, those whose time is over included.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn living_verifications(
        &self,
        users: Vec<(ServiceId, UserId)>,
    ) -> Result<HashSet<VerificationId>, Fault> {
        match self.ask(Read::Living(users)).await? {
            ReadAnswer::Living(verifications) => Ok(verifications.into_iter().collect()),
            _ => Err(Fault::Closed),
        }
    }

    /// Tells the time of the database's own clock; `None` if that is no other than
    /// ours.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn time(&self) -> Result<Option<Timestamp>, Fault> {
        match self.ask(Read::Time).await? {
            ReadAnswer::Time(time) => Ok(time),
            _ => Err(Fault::Closed),
        }
    }

    /// Makes every call fail from now on, or work again. Development only: an
    /// integrator sees how his program copes with an outage.
    pub fn switch_off(&self, off: bool) {
        self.is_switched_off.store(off, Ordering::Relaxed);
    }

    /// Whether [`Store::switch_off`] is in force.
    pub fn is_switched_off(&self) -> bool {
        self.is_switched_off.load(Ordering::Relaxed)
    }

    /// Waits until what was submitted is done, then ends the engine's threads.
    pub fn close(&self) {
        self.engine.close();
    }

    async fn ask(&self, read: Read) -> Result<ReadAnswer, Fault> {
        self.check_switch()?;
        let (reply, answer) = oneshot::channel();
        self.engine.read(read, reply);
        answer.await.unwrap_or(Err(Fault::Closed))
    }

    fn check_switch(&self) -> Result<(), Fault> {
        if self.is_switched_off() { Err(Fault::SwitchedOff) } else { Ok(()) }
    }
}
