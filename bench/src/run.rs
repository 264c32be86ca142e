//! The order of a run: few users, then many, each with the bare server measured beside them.

use std::time::Duration;

use anyhow::{Result, bail, ensure};

use crate::cli::Options;
use crate::clock;
use crate::drive::{Driven, Driver, Pace, Plan, Work};
use crate::limits::{CREATE_MAX, READY_STARTS};
use crate::machine::{self, Machine};
use crate::progress::say;
use crate::requests::{self, AddUser, Caller, Start, Verify};
use crate::results::{Case, PhaseResult, Run};
use crate::server::{self, Server, Settings, Setup};
use crate::tally::{Tally, Window};
use crate::usage;
use crate::users::{Order, Users};
use crate::work::create::Create;
use crate::work::health::Health;
use crate::work::pairs::Pairs;

/// Measures everything.
pub(crate) fn run(options: &Options) -> Result<Run> {
    let machine = Machine::read();
    machine.warn_if_busy();
    let driver = Driver::open()?;
    let setup = Setup::prepare(&Settings {
        program: &options.server_bin,
        folder: &options.data_dir,
        threads: options.server_threads,
        log: &options.log,
        data: "",
        gateway: &server::webhook_gateway(driver.sink.address()?),
    })?;
    let durable_appends = machine::durable_appends_per_second(setup.folder())?;
    say(&format!("disk: {durable_appends:.0} durable 4 KiB appends a second"));
    let credentials = setup.create_account()?;
    let server = setup.start()?;
    let caller = Caller { host: setup.address.to_string(), credentials };
    let service = setup.create_service(&caller)?;
    let mut bench = Bench { options, setup, driver, caller, service, users: Users::new(), server };
    let mut cases = Vec::new();
    for (users, is_large) in [(options.small_users, false), (options.users, true)] {
        if is_large && !options.has_large_case() {
            continue;
        }
        cases.push(bench.case(users, is_large).map_err(|error| {
            error.context(format!("with {users} users\n{}", bench.server.log_tail()))
        })?);
    }
    bench.server.stop()?;
    Ok(Run { machine, durable_appends, cases, log_bytes: bench.setup.log_bytes() })
}

struct Bench<'a> {
    options: &'a Options,
    setup: Setup,
    driver: Driver,
    caller: Caller,
    service: String,
    users: Users,
    server: Server,
}

impl Bench<'_> {
    fn case(&mut self, users: u32, is_large: bool) -> Result<Case> {
        say(&format!("{users} users"));
        // The empty store is timed while it is empty, the large one when it is full.
        let (create, (ready, resident_bytes_idle)) = if is_large {
            (self.create_users(users)?, self.measure_ready()?)
        } else {
            let idle = self.measure_ready()?;
            (self.create_users(users)?, idle)
        };
        let bare = self.bare(Pace::Closed)?;
        let bare_half = self.bare(Pace::PerSecond(bare.per_second() / 2.0))?;
        let pairs = self.pairs(Pace::Closed, is_large)?;
        let pairs_half = self.pairs(Pace::PerSecond(pairs.per_second() / 2.0), is_large)?;
        let (_, resident_bytes_max) = usage::memory(self.server.pid())?;
        let database_bytes = self.setup.database_bytes();
        Ok(Case {
            users,
            create,
            ready,
            bare,
            bare_half,
            pairs,
            pairs_half,
            resident_bytes_idle,
            resident_bytes_max,
            database_bytes,
        })
    }

    /// Stops and starts the server some times and leaves the last one running. Gives the times to
    /// ready, sorted, and the resident memory after the last start.
    fn measure_ready(&mut self) -> Result<(Vec<Duration>, u64)> {
        let mut ready = Vec::with_capacity(READY_STARTS);
        for _ in 0..READY_STARTS {
            // The old process must be gone before the next one may take its folder.
            self.server.stop()?;
            self.server = self.setup.start()?;
            ready.push(self.server.ready_in);
        }
        ready.sort_unstable();
        say(&format!("  ready in {ready:.1?}"));
        let (resident_bytes, _) = usage::memory(self.server.pid())?;
        say(&format!("  the server is process {}", self.server.pid()));
        Ok((ready, resident_bytes))
    }

    fn create_users(&mut self, to: u32) -> Result<PhaseResult> {
        let from = clock::now();
        let window = Window { from, to: from + CREATE_MAX };
        let connections = self.options.create_connections;
        let add = AddUser::new(&self.caller, &self.service);
        let address = self.setup.address;
        let plan = self.plan(Pace::Closed, connections, window);
        let already = self.users.count();
        let mut work = Create::new(&mut self.users, vec![add], to, connections, window);
        let driven = self.driver.run(address, &mut work, &plan)?;
        let tally = std::mem::replace(work.tally(), Tally::new(0, window));
        let done = tally.completed_ever + tally.error_count();
        ensure!(done >= u64::from(to - already), "creating {to} users took too long");
        self.result("users created", tally, driven, Pace::Closed)
    }

    fn bare(&mut self, pace: Pace) -> Result<PhaseResult> {
        let connections = self.options.connections;
        let window = self.window();
        let request = requests::health(&self.caller.host);
        let mut work = Health::new(request, connections, window);
        let plan = self.plan(pace, connections, window);
        let driven = self.driver.run(self.setup.address, &mut work, &plan)?;
        let tally = std::mem::replace(work.tally(), Tally::new(0, window));
        self.result("bare requests", tally, driven, pace)
    }

    fn pairs(&mut self, pace: Pace, at_random: bool) -> Result<PhaseResult> {
        let connections = self.options.connections;
        let window = self.window();
        let requests =
            (Start::new(&self.caller, &self.service), Verify::new(&self.caller, &self.service));
        let order = if at_random {
            Order::Random { state: self.options.seed }
        } else {
            Order::RoundRobin { next: 0 }
        };
        let plan = self.plan(pace, connections, window);
        let batches_before = self.driver.sink.batches;
        let mut work = Pairs::new(&mut self.users, order, vec![requests], connections, window);
        let driven = self.driver.run(self.setup.address, &mut work, &plan)?;
        let stray_messages = work.stray_messages;
        let tally = std::mem::replace(work.tally(), Tally::new(0, window));
        let batches = self.driver.sink.batches - batches_before;
        let mut result = self.result("pairs", tally, driven, pace)?;
        result.stray_messages = stray_messages;
        #[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
        let messages_per_batch = result.tally.completed_ever as f64 / batches.max(1) as f64;
        result.messages_per_batch = messages_per_batch;
        Ok(result)
    }

    fn window(&self) -> Window {
        let from = clock::now() + Duration::from_secs(self.options.warmup.into());
        Window { from, to: from + Duration::from_secs(self.options.seconds.into()) }
    }

    fn plan(&self, pace: Pace, connections: u16, window: Window) -> Plan {
        let doze = Duration::from_micros(self.options.doze_us.into());
        Plan { pace, connections, doze, window, server_pid: self.server.pid() }
    }

    fn result(&self, name: &str, tally: Tally, driven: Driven, pace: Pace) -> Result<PhaseResult> {
        if tally.completed == 0 {
            let first = tally.errors.iter().next();
            let reason = first
                .map_or_else(String::new, |(kind, errors)| format!(": {kind}: {}", errors.example));
            bail!("no {name} at all in {:.1} s{reason}", driven.seconds);
        }
        let offered = match pace {
            Pace::Closed => None,
            Pace::PerSecond(rate) => Some(rate),
        };
        let (resident_bytes, _) = usage::memory(self.server.pid())?;
        let result = PhaseResult {
            tally,
            driven,
            offered,
            resident_bytes,
            stray_messages: 0,
            messages_per_batch: 0.0,
        };
        let kind = if offered.is_some() { ", paced" } else { "" };
        let usage = &result.driven.usage;
        say(&format!(
            "  {:.0} {name}/s{kind}; cores: server {:.2}, load {:.2}, other {:.2}",
            result.per_second(),
            usage.server / usage.seconds,
            usage.load / usage.seconds,
            usage.other / usage.seconds,
        ));
        for (kind, errors) in &result.tally.errors {
            say(&format!("  error, {} times: {kind}: {}", errors.count, errors.example));
        }
        Ok(result)
    }
}
