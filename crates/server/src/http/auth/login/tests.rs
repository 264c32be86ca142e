//! Doors of several servers on one store.

use super::super::AccountSettings;
use super::*;
use crate::tasks::spawn_named;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use store::engine::Step;
use store::memory::MemoryEngine;
use store::read::{Read, ReadAnswer};
use store::{Engine, Fault};
use tokio::sync::oneshot;
use verify::engine::{account, login};
use verify::entropy::SeededEntropy;
use verify::keys::RootKey;
use verify::phone::Countries;
use verify::record::{Account, NumberProfile};
use verify::send_limits::SendLimitOverrides;

/// An engine that counts reads of records, and keeps steps waiting while it is told to.
#[derive(Clone, Default)]
struct Watched {
    engine: Arc<MemoryEngine>,
    reads: Arc<AtomicUsize>,
    is_held: Arc<AtomicBool>,
    held: Arc<Mutex<Vec<Box<dyn Step>>>>,
}

impl Watched {
    fn let_go(&self) {
        self.is_held.store(false, Ordering::SeqCst);
        let held = std::mem::take(&mut *self.held.lock().unwrap());
        for step in held {
            self.engine.submit(step);
        }
    }
}

impl Engine for Watched {
    fn submit(&self, step: Box<dyn Step>) {
        if self.is_held.load(Ordering::SeqCst) {
            self.held.lock().unwrap().push(step);
        } else {
            self.engine.submit(step);
        }
    }

    fn read(&self, read: Read, reply: oneshot::Sender<Result<ReadAnswer, Fault>>) {
        let is_of_records = matches!(read, Read::Snapshot(_));
        self.reads.fetch_add(usize::from(is_of_records), Ordering::SeqCst);
        let engine = self.engine.clone();
        // Others come to their turn before it answers.
        drop(spawn_named("read", async move {
            tokio::task::yield_now().await;
            engine.read(read, reply);
        }));
    }

    fn close(&self) {
        self.engine.close();
    }
}

/// Two servers that know the account `shop`, whose password is `right`.
struct World {
    engine: Watched,
    store: Store,
    keyring: Keyring,
    doors: [Arc<Logins>; 2],
}

impl World {
    async fn new() -> Self {
        let engine = Watched::default();
        let store = Store::new(engine.clone());
        let keyring = Keyring::new(&RootKey::from_bytes([7; 32]));
        let shop = shop(&keyring);
        let rule = move |snapshot: &_| account::create(snapshot, &shop);
        store.transact(account::keys("shop"), rule).await.unwrap();
        let door = || async {
            let accounts =
                Accounts::new(store.clone(), keyring.clone(), AccountSettings::default());
            accounts.refresh().await.unwrap();
            let passwords = Passwords::new(1, &mut SeededEntropy::new(1));
            let logins = Logins::new(accounts, keyring.clone(), passwords, LoginLimits::default());
            Arc::new(logins.shared_by(store.clone()))
        };
        let doors = [door().await, door().await];
        Self { engine, store, keyring, doors }
    }

    async fn log_in(
        &self,
        door: usize,
        from: &str,
        name: &str,
        password: &str,
        now: i64,
    ) -> String {
        let credentials = Credentials { username: name, password };
        let outcome = self.doors[door].login(&credentials, from.parse().unwrap(), at(now)).await;
        match outcome {
            LoginOutcome::Known(entry) => entry.account.username.clone(),
            LoginOutcome::Throttled { until } => {
                format!("until {}", until.duration_since(at(0)).as_secs())
            }
            other => format!("{other:?}"),
        }
    }

    /// Fails so often in a row, each time with another password.
    async fn fail(&self, door: usize, name: &str, times: usize, now: i64) {
        for _ in 0..times {
            assert_eq!(self.log_in(door, HERE, name, "wrong", now).await, "Unknown");
        }
    }

    /// Failures of this address that the store counts.
    async fn counted(&self, from: &str) -> usize {
        let traces = self.keyring.login_traces(from.parse().unwrap(), "shop");
        let limits = |most| LoginLimits { per_minute: most, per_hour_address: most };
        let snapshot = self.store.read(login::keys(&traces)).await.unwrap();
        let is_over = |most| login::full(&snapshot, &limits(most), at(0)).pair.is_none();
        (1..20).position(is_over).unwrap()
    }
}

const HERE: &str = "192.0.2.1";
const THERE: &str = "192.0.2.2";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_760_400_000 + seconds).unwrap()
}

fn shop(keyring: &Keyring) -> Account {
    let id = AccountId::from_i64(7);
    Account {
        id,
        username: "shop".to_owned(),
        secret: Secret::Issued(keyring.api_secret_digest(id, "right")),
        is_enabled: true,
        is_compat: false,
        create_status: None,
        countries: Countries::All,
        home_country: None,
        allow_from: Vec::new(),
        takes_query_credentials: false,
        senders: Vec::new(),
        number_profile: NumberProfile::Standard,
        trusts_cookies: false,
        enforces_address_limits: false,
        report_url: None,
        limits: SendLimitOverrides::default(),
        created_at: Timestamp::UNIX_EPOCH,
    }
}

#[tokio::test]
async fn the_right_password_waits_too_where_nobody_has_failed() {
    let world = World::new().await;
    world.fail(0, "shop", 10, 0).await;
    assert_eq!(world.log_in(1, HERE, "shop", "right", 1).await, "until 60");
    assert_eq!(world.log_in(0, HERE, "shop", "right", 1).await, "until 60");
    assert_eq!(world.log_in(1, THERE, "shop", "right", 1).await, "shop");
    assert_eq!(world.log_in(1, HERE, "shop", "right", 60).await, "shop");
}

#[tokio::test]
async fn a_program_that_calls_all_the_time_has_its_failures_read_once_a_second() {
    let world = World::new().await;
    for second in 0..3 {
        for _ in 0..100 {
            assert_eq!(world.log_in(1, HERE, "shop", "right", second).await, "shop");
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(world.engine.reads.load(Ordering::SeqCst), 3);
    // What was found holds no longer than it says.
    world.fail(0, "shop", 10, 2).await;
    assert_eq!(world.log_in(1, HERE, "shop", "right", 4).await, "until 62");
}

#[tokio::test]
async fn of_many_that_come_at_once_one_has_the_failures_read() {
    let world = Arc::new(World::new().await);
    let mut logins = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let world = world.clone();
        logins.spawn(async move { world.log_in(1, HERE, "shop", "right", 0).await });
    }
    while let Some(login) = logins.join_next().await {
        assert_eq!(login.unwrap(), "shop");
    }
    assert_eq!(world.engine.reads.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_address_that_has_used_its_hour_up_waits_everywhere_with_every_name() {
    let world = World::new().await;
    for name in 0..10 {
        world.fail(0, &format!("name-{name}"), 10, 0).await;
    }
    assert_eq!(world.log_in(1, HERE, "nobody", "wrong", 1).await, "until 3600");
    let reads = world.engine.reads.load(Ordering::SeqCst);
    assert_eq!(world.log_in(1, HERE, "shop", "right", 2).await, "until 3600");
    assert_eq!(world.log_in(1, HERE, "another", "wrong", 3_599).await, "until 3600");
    assert_eq!(world.engine.reads.load(Ordering::SeqCst), reads, "it is known here by now");
    assert_eq!(world.log_in(1, THERE, "shop", "right", 2).await, "shop");
}

/// While more failures are being counted than may be at a time.
#[tokio::test]
async fn a_caller_that_hangs_up_is_counted() {
    let world = World::new().await;
    world.engine.is_held.store(true, Ordering::SeqCst);
    let mut others = tokio::task::JoinSet::new();
    for n in 0..8 {
        let door = world.doors[0].clone();
        others.spawn(async move {
            let credentials = Credentials { username: "shop", password: "wrong" };
            let from = format!("192.0.2.1{n}").parse().unwrap();
            matches!(door.login(&credentials, from, at(0)).await, LoginOutcome::Unknown)
        });
    }
    tokio::task::yield_now().await;
    tokio::select! {
        biased;
        said = world.log_in(0, HERE, "shop", "wrong", 0) => panic!("{said} before it was counted"),
        () = std::future::ready(()) => {}
    }
    world.engine.let_go();
    while let Some(other) = others.join_next().await {
        assert!(other.unwrap());
    }
    while world.counted(HERE).await == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!([world.counted(HERE).await, world.counted(THERE).await], [1, 0]);
}
