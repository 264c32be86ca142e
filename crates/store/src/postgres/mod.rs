//! Keeping in PostgreSQL, for several nodes at once.
//!
//! A step is one transaction of two round trips: all that its rule needs is
//! asked for at once, and all that it decides is sent with the commit. Steps run
//! side by side, each on a connection of its own, and one that was overtaken is
//! done again ([`transact`]). One thread carries them all; nothing in it waits
//! for anything but the database.
//!
//! Steps come in no particular order unless one was asked for after another was
//! answered.

mod address;
mod connection;
mod hosts;
mod load;
mod moving;
mod open;
mod orphans;
mod pool;
mod query;
mod row;
mod schema;
mod sql;
mod tls;
mod transact;
mod trouble;
mod turns;
mod value;
mod write;

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use address::Address;
pub use address::{Transport, check_address};
pub(crate) use moving::{MoveSource, MoveTarget};
pub use open::OpenError;
pub use schema::VERSION;

use crate::engine::{Engine, Step};
use crate::fault::Fault;
use crate::limits::STEPS_WAITING_MAX;
use crate::read::{Read, ReadAnswer};
use hosts::Hosts;
use pool::Pool;
use transact::Node;

/// How long a round trip may take before its session is given up.
const ANSWER: Duration = Duration::from_secs(10);

/// How long a look at whether accounts changed may take. A node that has not looked for
/// a second lets nobody in (S-59), so there must be time for a second look before that.
const ACCOUNTS_LOOK: Duration = Duration::from_millis(500);

/// How long other looks on the same connection may take.
const OTHER_LOOK: Duration = Duration::from_secs(2);

/// How long it may take to open a session with a host.
const CONNECT: Duration = Duration::from_secs(4);

/// After how much silence a line is tried, by the system.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// How long to wait for a connection while others work with all of them.
const CONNECTION_WAIT: Duration = Duration::from_secs(5);

/// How long a step may try, and wait for its turn.
const STEP: Duration = Duration::from_secs(10);

/// Where the database is and which root key it belongs to.
#[derive(Clone)]
pub struct PostgresOptions {
    /// `postgres://user@host:port/database`; several hosts with commas between
    /// them: the one that can be written to is found.
    pub address: String,
    /// The password, unless it stands in the address or none is needed.
    pub password: Option<String>,
    /// Authorities that vouch for the server if the address asks for TLS, as
    /// PEM; those of the system if none are given.
    pub ca_pem: Option<Vec<u8>>,
    /// Connections of this node at most.
    pub connections_max: usize,
    /// [`verify::keys::Keyring::fingerprint`] of the root key.
    pub key_fingerprint: [u8; 16],
}

/// The engine.
pub struct PostgresEngine {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

enum Job {
    Step(Box<dyn Step>),
    Read(Read, oneshot::Sender<Result<ReadAnswer, Fault>>),
}

impl PostgresEngine {
    /// Reaches the database, brings it to the present version, checks that it
    /// belongs to the root key, and starts the thread.
    ///
    /// # Errors
    /// [`OpenError`], each a sentence that says what to do.
    pub fn open(options: &PostgresOptions) -> Result<Self, OpenError> {
        let hosts = Hosts::of(options)?;
        let fingerprint = options.key_fingerprint;
        let (sender, jobs) = mpsc::channel(STEPS_WAITING_MAX);
        let (opened, answer) = std::sync::mpsc::sync_channel(1);
        let connections_max = options.connections_max.max(1);
        let work = move || match open_here(&hosts, &fingerprint) {
            Err(error) => drop(opened.send(Err(error))),
            Ok(runtime) => {
                let _ = opened.send(Ok(()));
                runtime.block_on(serve(Pools::new(hosts, connections_max), jobs));
            }
        };
        let thread = std::thread::Builder::new().name("store-postgres".to_owned()).spawn(work);
        let thread = thread.map_err(|e| OpenError::Database(format!("no thread: {e}")))?;
        let ended = |_| OpenError::Database("the thread of the store has ended".to_owned());
        answer.recv().map_err(ended)??;
        Ok(Self { jobs: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)) })
    }

    /// Hands a job over; gives it back with the reason if that cannot be.
    fn hand_over(&self, job: Job) -> Option<(Job, Fault)> {
        match &*lock(&self.jobs) {
            None => Some((job, Fault::Closed)),
            Some(jobs) => match jobs.try_send(job) {
                Ok(()) => None,
                Err(mpsc::error::TrySendError::Full(job)) => Some((job, Fault::Overloaded)),
                Err(mpsc::error::TrySendError::Closed(job)) => Some((job, Fault::Closed)),
            },
        }
    }
}

/// Looks at a database without changing it; gives its version.
///
/// # Errors
/// [`OpenError`]: also if it is empty, older, or belongs to another root key.
pub fn check(options: &PostgresOptions) -> Result<u32, OpenError> {
    let (hosts, fingerprint) = (Hosts::of(options)?, options.key_fingerprint);
    apart(move |runtime| runtime.block_on(open::check(&hosts, &fingerprint)))
}

/// How a database is called towards people: its hosts and its name.
///
/// # Errors
/// [`OpenError::Address`], [`OpenError::Tls`], [`OpenError::Password`].
pub fn place(options: &PostgresOptions) -> Result<String, OpenError> {
    Ok(Address::of(options)?.place())
}

/// Whether a database belongs to a root key already. An empty one does not.
///
/// # Errors
/// [`OpenError`].
pub fn has_key(options: &PostgresOptions) -> Result<bool, OpenError> {
    let hosts = Hosts::of(options)?;
    apart(move |runtime| runtime.block_on(open::has_key(&hosts)))
}

/// Waits for the database in a thread of its own: the caller's may have an event
/// loop, which allows no other.
fn apart<T: Send + 'static>(
    work: impl FnOnce(&Runtime) -> Result<T, OpenError> + Send + 'static,
) -> Result<T, OpenError> {
    let thread = std::thread::Builder::new().name("store-look".to_owned());
    let thread = thread.spawn(move || work(&runtime()?));
    let thread = thread.map_err(|e| OpenError::Database(format!("no thread: {e}")))?;
    let ended = |_| OpenError::Database("the thread of the store has ended".to_owned());
    thread.join().map_err(ended)?
}

fn runtime() -> Result<Runtime, OpenError> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|e| OpenError::Database(format!("no event loop: {e}")))
}

fn open_here(hosts: &Hosts, fingerprint: &[u8; 16]) -> Result<Runtime, OpenError> {
    let runtime = runtime()?;
    runtime.block_on(open::prepare(hosts, fingerprint))?;
    Ok(runtime)
}

/// The connections of a node.
struct Pools {
    /// For steps, and for reads on somebody's behalf.
    work: Pool,
    /// For what a node must know soon, however busy it is: that a password was
    /// revoked is known within a second (S-59). Nothing else holds it up.
    accounts: Pool,
    /// For the other looks that are not to wait for work.
    looks: Pool,
}

impl Pools {
    /// All look at the same hosts, so that what one of them has learned of a
    /// fail-over the other knows.
    fn new(hosts: Hosts, connections_max: usize) -> Self {
        let hosts = Arc::new(hosts);
        let work = Pool::new(hosts.clone(), connections_max.saturating_sub(2).max(1));
        Self { work, accounts: Pool::new(hosts.clone(), 1), looks: Pool::new(hosts, 1) }
    }

    /// Who answers a read, and how long that may take from the moment it has a
    /// connection: the next look may find one that answers. All others have the time of
    /// every round trip.
    fn of(&self, read: &Read) -> (&Pool, Option<Duration>) {
        match read {
            Read::AccountsVersion => (&self.accounts, Some(ACCOUNTS_LOOK)),
            Read::Accounts | Read::WidgetSettings => (&self.accounts, None),
            Read::GatewayPauses | Read::TrafficHolds(_) | Read::Time => {
                (&self.looks, Some(OTHER_LOOK))
            }
            Read::Snapshot(_)
            | Read::Users(..)
            | Read::Expired(_)
            | Read::Stale(..)
            | Read::Prices
            | Read::PricesVersion
            | Read::BlockedNumbers(_)
            | Read::Repeats(..)
            | Read::Kept(..)
            | Read::Living(_)
            | Read::GatewayViews
            | Read::TrafficAreas => (&self.work, None),
        }
    }
}

/// Does jobs until there are no more to come, and ends when all are done.
async fn serve(pools: Pools, mut jobs: mpsc::Receiver<Job>) {
    let (pools, node) = (Arc::new(pools), Arc::new(Node::new()));
    let mut working = JoinSet::new();
    while let Some(job) = jobs.recv().await {
        let (pools, node) = (pools.clone(), node.clone());
        working.spawn(async move {
            match job {
                Job::Step(step) => transact::run(&pools.work, &node, step).await,
                Job::Read(read, reply) => {
                    // Who asked may have gone away.
                    let (pool, within) = pools.of(&read);
                    let _ = reply.send(query::answer(pool, within, &read).await);
                }
            }
        });
        while working.try_join_next().is_some() {}
        while working.len() >= STEPS_WAITING_MAX {
            working.join_next().await;
        }
    }
    while working.join_next().await.is_some() {}
}

impl Engine for PostgresEngine {
    fn submit(&self, step: Box<dyn Step>) {
        if let Some((Job::Step(step), fault)) = self.hand_over(Job::Step(step)) {
            step.finish(Err(fault));
        }
    }

    fn read(&self, read: Read, reply: oneshot::Sender<Result<ReadAnswer, Fault>>) {
        if let Some((Job::Read(_, reply), fault)) = self.hand_over(Job::Read(read, reply)) {
            let _ = reply.send(Err(fault));
        }
    }

    fn close(&self) {
        drop(lock(&self.jobs).take());
        // A thread that panicked has answered its callers by going away.
        if let Some(thread) = lock(&self.thread).take() {
            let _ = thread.join();
        }
    }
}

impl Drop for PostgresEngine {
    fn drop(&mut self) {
        self.close();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
