//! `ringproof serve`: puts everything together, runs it, and takes it apart.

pub mod callbacks;
pub mod data;
mod dev;
pub mod gateways;
mod links;
pub mod policy;
pub mod providers;
pub mod push;
mod reload;
pub mod smpp;
pub mod widget;

use std::net::SocketAddr;
use std::sync::{Arc, RwLock};

use anyhow::{Context as _, bail};
use delivery::outbound::{OutboundClient, OutboundClientParts};
use delivery::{
    ConversionTeller, Dispatcher, DispatcherParts, Exits, Receipts, ReportBell, Reporter,
    ReporterParts, Routes,
};
use store::Store;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use verify::SignedDuration;
use verify::engine::start::Wake;
use verify::entropy::draw;
use verify::ids::AccountId;
use verify::keys::Keyring;

use crate::app::{self, App};
use crate::cli::{account, print};
use crate::clock::Clock;
use crate::config::{self, Config, Flags, Loaded};
use crate::entropy::SystemEntropy;
use crate::http::app_api::Polls;
use crate::http::auth::password::Passwords;
use crate::http::auth::{Accounts, Logins};
use crate::http::caps::Caps;
use crate::http::sms::prices::Prices;
use crate::http::stack::{self, Edge, TlsSource, limits};
use crate::jobs::{self, ClockGap, Waker};
use crate::tasks::spawn_named;
use crate::telemetry::{Metrics, RequestMetrics, logs};

use data::{DataFolder, FolderLock, KeyPolicy};
use links::Links;
use providers::Tools;

/// Runs the server until it is told to stop.
///
/// # Errors
/// Whatever keeps it from starting, with the remedy.
pub fn run(flags: &Flags, environment: Vec<(String, String)>) -> anyhow::Result<()> {
    let no_color = environment.iter().any(|(name, value)| name == "NO_COLOR" && !value.is_empty());
    let loaded = config::load(flags, environment)?;
    let _log = logs::start(&loaded.config.log, no_color)?;
    logs::log_panics();
    let threads = worker_threads(&loaded.config);
    let mut builder = if threads == 1 {
        // One thread is quicker alone: no task ever changes threads.
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    if threads > 1 {
        builder.worker_threads(threads);
    }
    let runtime = builder.enable_all().build().context("the system gives no event loop")?;
    runtime.block_on(serve(&loaded, flags))
}

/// As many as there are cores without the one that the store's writer takes.
fn worker_threads(config: &Config) -> usize {
    match usize::from(config.server.worker_threads) {
        0 => cores().saturating_sub(1).max(1),
        threads => threads,
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

async fn serve(loaded: &Loaded, flags: &Flags) -> anyhow::Result<()> {
    let (config, is_dev) = (&loaded.config, flags.dev);
    let clock = if is_dev { Clock::movable() } else { Clock::system() };
    let exporter = Metrics::start(&clock)?;
    // Whatever may be wrong with the configuration is said before anything is made.
    gateways::build(config, is_dev, &Tools::to_look())?;
    let callbacks = callbacks::build(config)?;
    let widget = widget::desk(config)?;
    let tls = load_tls(config)?;
    let folder = DataFolder::open(&config.data)?;
    let lock = folder.lock()?;
    let keyring = folder.keyring(&config.data, KeyPolicy::CreateForNewDatabase)?;
    let gateways = gateways::build(config, is_dev, &Tools::new(&keyring, &clock))?;
    let callbacks = callbacks.with_providers(&gateways);
    let listener = bind(config.server.listen).await?;
    let store = folder.store(&keyring, true)?;
    let dev_account = match is_dev.then(|| dev::ensure_account(&store, &keyring, folder.path())) {
        Some(account) => Some(account.await?),
        None => None,
    };

    let mut entropy = SystemEntropy::new();
    let is_alone = config.data.postgres.is_none();
    let accounts = accounts(config, &store, &keyring).await?;
    let report_bell = ReportBell::default();
    let exits = exits(gateways.routes(config), &accounts, &mut entropy);
    // Before anything is handed over: what the operator paused stays so.
    jobs::read_pauses(&store, &exits).await?;
    let receipts = receipts(config, &store, &keyring, &clock, &exits, &report_bell);
    let (dispatcher, outbox) = Dispatcher::new(DispatcherParts {
        store: store.clone(),
        keys: keyring.clone(),
        exits,
        receipts: receipts.clone(),
        now: now_of(&clock),
        lease: u64::from_le_bytes(draw(&mut entropy)),
    });
    // What a dead run had leased is free at once. Of a database that others work
    // on too nobody knows whose a lease is: there it runs out.
    if is_alone {
        dispatcher.recover().await?;
    }
    // Nobody is told that the server is ready before its clock was looked at.
    let clock_gap = ClockGap::seen(&store, &clock).await?;
    let node = if is_alone { String::new() } else { node_name(&listener)? };
    let logins = logins(config, accounts, &keyring, &store, &mut entropy);
    let prices = Prices::new(store.clone());
    prices.refresh().await?;
    let outbound = outbound(config);
    let reporter = reporter(&store, &keyring, &outbound, &clock, &report_bell);
    if is_alone {
        reporter.recover().await?;
    }
    let (wake, waiting) =
        Waker::new(push::client(config, &keyring), keyring.account(AccountId::INSTALLATION));
    let app = Arc::new(App {
        store: store.clone(),
        nonce_key: keyring.nonce_key(),
        wake,
        polls: Polls::default(),
        keyring,
        clock,
        clock_gap,
        node,
        logins,
        outbox,
        caps: Caps::default(),
        receipts,
        metrics: RequestMetrics::new(),
        exporter,
        create_status: account::create_status(config.server.create_status),
        allow_plain_http: config.server.allow_plain_http,
        prices,
        outbound: outbound.clone(),
        report_bell: report_bell.clone(),
        callbacks: RwLock::new(Arc::new(callbacks)),
        widget,
        sms: sms_defaults(config),
        repeats_after_delivery: config.number.repeat_after_delivery,
        trusted_for: policy::days(config.number.trust_days),
        texts_kept: policy::days(config.sms_api.text_days),
        dev_inbox: if is_dev { gateways.inbox.clone() } else { None },
        policy: RwLock::new(Arc::new(policy::policy(config)?)),
    });
    jobs::GuardInForce::read(&app, policy::guard_mode(config)).await?.put(&app);
    warn_of_gaps(config, &app);

    let reload = reload::Reload {
        app: app.clone(),
        tls: tls.clone(),
        flags: flags.clone(),
        loaded: loaded.clone(),
        gateways,
        links: Links::default(),
    };
    look_once_more(&app.logins.accounts).await;
    let work = Work::begin(reload, dispatcher, reporter, waiting)?;
    let listening = Listening { app, tls, entropy, is_dev };
    let told_at = listening.run(config, listener, &folder, dev_account.as_ref()).await?;
    work.end(told_at + limits::DRAIN).await;
    store.close();
    release(lock);
    tracing::info!("stopped");
    Ok(())
}

/// Everything that runs beside the requests.
struct Work {
    stop: watch::Sender<bool>,
    stop_dispatching: watch::Sender<Option<Instant>>,
    dispatching: JoinHandle<()>,
    reporting: JoinHandle<()>,
    telling: JoinHandle<()>,
    /// Has the sessions of gateways.
    reload: JoinHandle<Links>,
    waking: JoinHandle<()>,
    jobs: [JoinHandle<()>; 11],
    app: Arc<App>,
}

impl Work {
    fn begin(
        mut reload: reload::Reload,
        dispatcher: Dispatcher,
        reporter: Reporter,
        waiting: mpsc::Receiver<Wake>,
    ) -> anyhow::Result<Self> {
        let hangup = take_over(SignalKind::hangup())?;
        let (stop, stopped) = watch::channel(false);
        let (stop_dispatching, until) = watch::channel(None);
        let app = reload.app.clone();
        let teller = ConversionTeller::new(app.outbox.exits().clone());
        reload.gateways.intake.open(&app);
        reload.links.follow(reload.gateways.links());
        Ok(Self {
            stop,
            stop_dispatching,
            dispatching: spawn_named("dispatcher", dispatcher.run(until.clone())),
            reporting: spawn_named("reporter", reporter.run(until.clone())),
            telling: spawn_named("conversions", teller.run(until)),
            reload: spawn_named("reload", reload.on_hangup(hangup, stopped.clone())),
            waking: spawn_named("push", jobs::wake_devices(app.clone(), waiting, stopped.clone())),
            jobs: spawn_jobs(&app, &stopped),
            app,
        })
    }

    /// Requests are over; what they handed over may go out until the one
    /// deadline of all.
    async fn end(self, deadline: Instant) {
        let _ = self.stop_dispatching.send(Some(deadline));
        let _ = self.stop.send(true);
        let _ = self.dispatching.await;
        if let Ok(links) = self.reload.await {
            links.stop(deadline).await;
        }
        jobs::give_up_binds(&self.app).await;
        let _ = self.reporting.await;
        let _ = self.telling.await;
        let _ = self.waking.await;
        for job in self.jobs {
            let _ = job.await;
        }
    }
}

/// The accounts. With others on the same database nobody is let in by what is old.
async fn accounts(config: &Config, store: &Store, keyring: &Keyring) -> anyhow::Result<Accounts> {
    let accounts = Accounts::new(store.clone(), keyring.clone(), policy::accounts(config));
    let accounts = if config.data.postgres.is_some() { accounts.shared() } else { accounts };
    accounts.refresh().await?;
    Ok(accounts)
}

/// Whoever comes first is let in, however long the start has taken.
async fn look_once_more(accounts: &Accounts) {
    if let Err(error) = accounts.refresh().await {
        tracing::warn!(%error, "the accounts could not be read once more");
    }
}

/// The door for programs. With others on the same database it counts failures there.
fn logins(
    config: &Config,
    accounts: Accounts,
    keyring: &Keyring,
    store: &Store,
    entropy: &mut SystemEntropy,
) -> Logins {
    let passwords = Passwords::new(cores(), entropy);
    let logins = Logins::new(accounts, keyring.clone(), passwords, policy::logins(config));
    if config.data.postgres.is_some() { logins.shared_by(store.clone()) } else { logins }
}

/// The ways out. A message asks for the name of its account only where a route
/// is for some accounts.
fn exits(routes: Routes, accounts: &Accounts, entropy: &mut SystemEntropy) -> Exits {
    Exits::new(routes, Arc::new(accounts.names()), u64::from_le_bytes(draw(entropy)))
}

/// Notes what gateways report.
fn receipts(
    config: &Config,
    store: &Store,
    keyring: &Keyring,
    clock: &Clock,
    exits: &Exits,
    bell: &ReportBell,
) -> Receipts {
    Receipts {
        store: store.clone(),
        keys: keyring.clone(),
        now: now_of(clock),
        exits: exits.clone(),
        bell: bell.clone(),
        repeats_after_delivery: config.number.repeat_after_delivery,
    }
}

/// The worker that makes the calls which are owed to clients.
fn reporter(
    store: &Store,
    keyring: &Keyring,
    client: &Arc<OutboundClient>,
    clock: &Clock,
    bell: &ReportBell,
) -> Reporter {
    Reporter::new(ReporterParts {
        store: store.clone(),
        keys: keyring.clone(),
        client: client.clone(),
        now: now_of(clock),
        jitter: Arc::new(jitter_permille),
        lease: u64::from_le_bytes(draw(&mut SystemEntropy::new())),
        bell: bell.clone(),
    })
}

/// Begins the work in the background; each ends when `stopped` says so.
fn spawn_jobs(app: &Arc<App>, stopped: &watch::Receiver<bool>) -> [JoinHandle<()>; 11] {
    [
        spawn_named("clock", jobs::compare_clocks(app.clone(), stopped.clone())),
        spawn_named("prices", jobs::refresh_prices(app.clone(), stopped.clone())),
        spawn_named("gateways", jobs::follow_gateways(app.clone(), stopped.clone())),
        spawn_named("binds", jobs::share_binds(app.clone(), stopped.clone())),
        spawn_named("guard", jobs::follow_traffic(app.clone(), stopped.clone())),
        spawn_named("fail-over", jobs::fail_over(app.clone(), stopped.clone())),
        spawn_named("repeats", jobs::repeat_codes(app.clone(), stopped.clone())),
        spawn_named("schedule", jobs::release_scheduled(app.clone(), stopped.clone())),
        spawn_named("accounts", jobs::refresh_accounts(app.clone(), stopped.clone())),
        spawn_named("sweeper", jobs::sweep_codes(app.clone(), stopped.clone())),
        spawn_named("forgetter", jobs::forget_old(app.clone(), stopped.clone())),
    ]
}

/// What holds for clients' messages that do not say otherwise.
fn sms_defaults(config: &Config) -> app::SmsDefaults {
    app::SmsDefaults {
        validity: SignedDuration::from_mins(config.sms_api.validity_minutes.into()),
        text_store: config.sms_api.text_store.into(),
    }
}

/// Calls the addresses of programs, as far as the operator allows them.
fn outbound(config: &Config) -> Arc<OutboundClient> {
    let policy = policy::targets(config);
    Arc::new(OutboundClient::new(OutboundClientParts { policy, ..OutboundClientParts::default() }))
}

/// The lock lives until the store is closed.
fn release(lock: FolderLock) {
    drop(lock);
}

/// ±20 %, so that the repeats of many reports do not come in step.
fn jitter_permille() -> i64 {
    let drawn: [u8; 4] = draw(&mut SystemEntropy::new());
    i64::from(u32::from_le_bytes(drawn) % 401) - 200
}

fn now_of(clock: &Clock) -> delivery::dispatcher::Now {
    let clock = clock.clone();
    Arc::new(move || clock.now())
}

fn load_tls(config: &Config) -> anyhow::Result<Option<TlsSource>> {
    match config.server.tls.files() {
        None => Ok(None),
        Some((cert, key)) => Ok(Some(TlsSource::load(cert, key)?)),
    }
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => bail!(
            "the address {address} is in use by another program: stop that one, or choose another \
             port with --listen"
        ),
        Err(error) => Err(error).with_context(|| {
            format!("cannot listen on {address}: choose an address of this machine with --listen")
        }),
    }
}

/// The name of this server among those that share a database: machine and port.
fn node_name(listener: &TcpListener) -> anyhow::Result<String> {
    let port = listener.local_addr().context("the listener has no address")?.port();
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    Ok(format!("{}:{port}", machine.trim()))
}

/// Says what a server without `--dev` lacks, with the command that mends it.
fn warn_of_gaps(config: &Config, app: &App) {
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    if config.gateway.is_empty() {
        tracing::warn!(
            "no gateway is configured, so no message can leave and starts answer 503; add a \
             [[gateway]] to the configuration, `ringproof doctor` checks it"
        );
    }
    if config.server.public_url.is_none() {
        for gateway in config.gateway.iter().filter(|gateway| gateway.provider().is_some()) {
            tracing::warn!(
                gateway.name = gateway.name(),
                "server.public_url is empty, so this provider is told no address for receipts: \
                 what becomes of its messages stays unknown"
            );
        }
    }
    if app.logins.accounts.count() == 0 {
        tracing::warn!(
            "there is no account, so every call answers 401; make one with `ringproof account \
             create NAME --countries EE`"
        );
    }
}

/// The listeners and what they need.
struct Listening {
    app: Arc<App>,
    tls: Option<TlsSource>,
    entropy: SystemEntropy,
    is_dev: bool,
}

impl Listening {
    /// Serves until a signal, then drains; gives the moment of the signal.
    async fn run(
        mut self,
        config: &Config,
        listener: TcpListener,
        folder: &DataFolder,
        dev_account: Option<&dev::DevAccount>,
    ) -> anyhow::Result<Instant> {
        let address = listener.local_addr().context("the listener has no address")?;
        let operations = match config.server.metrics_listen {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let seed = u64::from_le_bytes(draw(&mut self.entropy));
        let edge = Edge::new(policy::edge(config), &config.server.trusted_proxies, seed);
        let (stop, stopped) = watch::channel(false);
        let mut signals = EndSignals::take_over()?;
        let signals = spawn_named("signals", async move {
            let name = signals.wait().await;
            let told_at = Instant::now();
            tracing::info!(signal = name, "stopping; requests may finish");
            let _ = stop.send(true);
            told_at
        });
        let routes = app::routes(self.app.clone(), operations.is_some());
        let operations = operations.map(|listener| {
            let routes = app::operations_routes(self.app.clone());
            let until = until(stopped.clone());
            spawn_named("operations", stack::serve(listener, None, routes, edge.clone(), until))
        });
        if let Some(account) = dev_account {
            self.greet(address, folder, account)?;
        }
        tracing::info!(%address, tls = self.tls.is_some(), dev = self.is_dev, "listening");
        let drained = stack::serve(listener, self.tls, routes, edge.clone(), until(stopped)).await;
        if drained.aborted > 0 {
            tracing::warn!(connections = drained.aborted, "connections did not end in time");
        }
        if let Some(operations) = operations {
            let _ = operations.await;
        }
        Ok(signals.await.unwrap_or_else(|_| Instant::now()))
    }

    fn greet(
        &self,
        address: SocketAddr,
        folder: &DataFolder,
        account: &dev::DevAccount,
    ) -> anyhow::Result<()> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let base_url = format!("{scheme}://{address}");
        dev::write_file(folder.path(), &base_url, account)?;
        let is_local = address.ip().is_loopback();
        print::line(dev::banner(&base_url, account, folder.path(), is_local));
        Ok(())
    }
}

async fn until(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// Takes a signal over. Until then it ends the process at once, so this is
/// done before anybody is told that the server listens.
fn take_over(kind: SignalKind) -> anyhow::Result<Signal> {
    signal(kind).context("the system does not let signals be waited for")
}

/// The signals that ask for the end.
struct EndSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl EndSignals {
    fn take_over() -> anyhow::Result<Self> {
        let (terminate, interrupt) = (SignalKind::terminate(), SignalKind::interrupt());
        Ok(Self { terminate: take_over(terminate)?, interrupt: take_over(interrupt)? })
    }

    async fn wait(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
