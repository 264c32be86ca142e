//! The real application in memory: every route, the dispatcher, an inbox; nothing on disk and no socket.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use axum::Router;
use delivery::dispatcher::Now;
use delivery::inbox::InboxGateway;
use delivery::outbound::{OutboundClient, OutboundClientParts};
use delivery::{Dispatcher, DispatcherParts, Exits, Receipts, ReportBell, Routes};
use ringproof_server::app::{self, App, SmsDefaults};
use ringproof_server::clock::Clock;
use ringproof_server::http::app_api::Polls;
use ringproof_server::http::auth::password::Passwords;
use ringproof_server::http::auth::{AccountSettings, Accounts, Logins};
use ringproof_server::http::caps::Caps;
use ringproof_server::http::sms::prices::Prices;
use ringproof_server::http::stack::Peer;
use ringproof_server::http::widget::{Desk, DeskParts};
use ringproof_server::jobs::{ClockGap, Waker};
use ringproof_server::tasks::spawn_named;
use ringproof_server::telemetry::{Metrics, RequestMetrics};
use store::engine::Step;
use store::memory::MemoryEngine;
use store::read::{Read, ReadAnswer};
use store::{Engine, Fault, Store};
use tokio::sync::{oneshot, watch};
use verify::SignedDuration;
use verify::engine::{Change, Keys, Snapshot, account};
use verify::entropy::SeededEntropy;
use verify::ids::AccountId;
use verify::keys::{Keyring, RootKey};
use verify::login_throttle::LoginLimits;
use verify::phone::Countries;
use verify::policy::Policy;
use verify::record::{Account, CreateStatus, NumberProfile, Secret, TextStore};
use verify::send_limits::{SendLimitOverrides, SendLimits};

/// `X-Service-Auth` of an account that may send everywhere.
pub(crate) const ALL: &str = "all:0123456789abcdef";
/// … of one that may send to Estonia only.
pub(crate) const SOME: &str = "some:fedcba:9876543210";
/// … of one that is switched off.
pub(crate) const OFF: &str = "off:0123456789abcdef";

/// An engine that is shared; with a counter, also one that counts what is written through it.
#[derive(Clone)]
struct Shared {
    engine: Arc<MemoryEngine>,
    written: Option<Arc<AtomicU64>>,
}

/// A step whose writes are counted.
struct Counted {
    step: Box<dyn Step>,
    written: Arc<AtomicU64>,
}

impl Engine for Shared {
    fn submit(&self, step: Box<dyn Step>) {
        self.engine.submit(match &self.written {
            Some(written) => Box::new(Counted { step, written: written.clone() }),
            None => step,
        });
    }

    fn read(&self, read: Read, reply: oneshot::Sender<Result<ReadAnswer, Fault>>) {
        self.engine.read(read, reply);
    }

    fn close(&self) {
        self.engine.close();
    }
}

impl Step for Counted {
    fn keys(&self) -> &Keys {
        self.step.keys()
    }

    fn decide(&mut self, snapshot: &Snapshot) -> Result<Vec<Change>, Fault> {
        let changes = self.step.decide(snapshot)?;
        self.written.fetch_add(changes.len() as u64, Ordering::Relaxed);
        Ok(changes)
    }

    fn finish(self: Box<Self>, result: Result<(), Fault>) {
        self.step.finish(result);
    }
}

/// The application and what a test may look at behind its back.
pub(crate) struct World {
    pub(crate) routes: Router,
    pub(crate) inbox: Arc<InboxGateway>,
    app: Arc<App>,
    written: Arc<AtomicU64>,
    stop: watch::Sender<Option<tokio::time::Instant>>,
}

impl World {
    /// Sets it up; needs a runtime. With `is_generous` the send limits are out of the way.
    pub(crate) async fn new(seed: u64, is_generous: bool) -> Self {
        let mut entropy = SeededEntropy::new(seed);
        let keyring = Keyring::new(&RootKey::from_bytes([7; 32]));
        let (engine, written) = (Arc::new(MemoryEngine::default()), Arc::new(AtomicU64::new(0)));
        let store = Store::new(Shared { engine: engine.clone(), written: Some(written.clone()) });
        // What the dispatcher writes is nobody's answer.
        let behind = Store::new(Shared { engine, written: None });
        add_accounts(&behind, &keyring).await;

        let clock = Clock::movable();
        let inbox = Arc::new(InboxGateway::new("inbox"));
        let now = clock.clone();
        let now: Now = Arc::new(move || now.now());
        let exits = Exits::new(Routes::in_order(vec![inbox.clone()]), Arc::new(|_| None), 1);
        let receipts = Receipts {
            store: behind.clone(),
            keys: keyring.clone(),
            now: now.clone(),
            exits: exits.clone(),
            bell: ReportBell::default(),
            repeats_after_delivery: false,
        };
        let (dispatcher, outbox) = Dispatcher::new(DispatcherParts {
            store: behind,
            keys: keyring.clone(),
            exits,
            receipts: receipts.clone(),
            now,
            lease: 1,
        });
        let (stop, stopped) = watch::channel(None);
        spawn_named("dispatcher", dispatcher.run(stopped));

        let sends = if is_generous { generous() } else { SendLimits::default() };
        let settings = AccountSettings { sends, ..AccountSettings::default() };
        let accounts = Accounts::new(store.clone(), keyring.clone(), settings);
        accounts.refresh().await.unwrap();
        let passwords = Passwords::new(1, &mut entropy);
        let prices = Prices::new(store.clone());
        // No device is woken here.
        let (wake, _) = Waker::new(None, keyring.account(AccountId::INSTALLATION));
        let app = Arc::new(App {
            nonce_key: keyring.nonce_key(),
            polls: Polls::default(),
            wake,
            logins: Logins::new(accounts, keyring.clone(), passwords, LoginLimits::default()),
            store,
            keyring,
            clock,
            clock_gap: ClockGap::default(),
            node: String::new(),
            outbox,
            caps: Caps::default(),
            receipts,
            metrics: RequestMetrics::new(),
            exporter: Metrics::detached().1,
            create_status: CreateStatus::Auto,
            allow_plain_http: false,
            prices,
            outbound: Arc::new(OutboundClient::new(OutboundClientParts::default())),
            report_bell: ReportBell::default(),
            callbacks: RwLock::default(),
            widget: Desk::new(DeskParts::default()),
            sms: SmsDefaults {
                validity: SignedDuration::from_mins(360),
                text_store: TextStore::Plaintext,
            },
            repeats_after_delivery: false,
            trusted_for: SignedDuration::from_hours(30 * 24),
            texts_kept: SignedDuration::from_hours(7 * 24),
            dev_inbox: Some(inbox.clone()),
            policy: RwLock::new(Arc::new(Policy { sends, ..Policy::default() })),
        });
        Self { routes: app::routes(app.clone(), false), app, inbox, written, stop }
    }

    /// How many records requests have written so far.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Ends outages that a request to `/dev/faults` began.
    pub(crate) fn repair(&self) {
        self.inbox.refuse(false);
        self.app.store.switch_off(false);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.stop.send(Some(tokio::time::Instant::now() + Duration::from_secs(1)));
    }
}

/// A caller on this machine, or a distant one.
pub(crate) fn peer(address: [u8; 4], is_tls: bool) -> Peer {
    let address = IpAddr::from(address);
    Peer { address, secure: is_tls, loopback: address.is_loopback() }
}

fn generous() -> SendLimits {
    SendLimits {
        number_service_per_30s: 1_000_000,
        number_service_per_10min: 1_000_000,
        number_service_per_hour: 1_000_000,
        number_service_per_day: 1_000_000,
        number_per_day: 1_000_000,
        account_sms_per_second: 1_000_000,
        account_sms_per_hour: u32::MAX,
        country_sms_per_day: u32::MAX,
        account_sms_per_day: 1_000_000,
        is_counted_in_parts: false,
    }
}

async fn add_accounts(store: &Store, keyring: &Keyring) {
    for (number, (credentials, countries)) in (1..).zip([(ALL, "all"), (SOME, "EE"), (OFF, "all")])
    {
        let (username, password) = credentials.split_once(':').unwrap();
        let id = AccountId::from_i64(number);
        let is_some = credentials == SOME;
        let new = Account {
            id,
            username: username.to_owned(),
            secret: Secret::Issued(keyring.api_secret_digest(id, password)),
            is_enabled: credentials != OFF,
            is_compat: true,
            create_status: is_some.then_some(CreateStatus::Ok),
            countries: Countries::parse(countries).unwrap(),
            home_country: None,
            allow_from: if is_some { vec!["127.0.0.0/8".to_owned()] } else { Vec::new() },
            takes_query_credentials: true,
            senders: Vec::new(),
            number_profile: NumberProfile::Standard,
            trusts_cookies: false,
            enforces_address_limits: false,
            report_url: None,
            limits: SendLimitOverrides::default(),
            created_at: verify::Timestamp::UNIX_EPOCH,
        };
        let rule = move |snapshot: &Snapshot| account::create(snapshot, &new);
        store.transact(account::keys(username), rule).await.unwrap();
    }
}
