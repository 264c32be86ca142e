//! The third measurement, `ringproof-bench postgres`: pairs on a PostgreSQL with one, two and three
//! nodes, beside `pgbench` on the same server in the same run.
//!
//! * [`nodes`] starts the nodes and the accounts, [`database`] asks the server what it did meanwhile,
//!   [`pgbench`] runs what it is compared with.
//! * [`table`] and [`report`] say what came out.

mod cli;
mod database;
mod nodes;
mod pgbench;
mod report;
mod table;

use std::time::Duration;

use anyhow::{Result, ensure};

pub(crate) use self::cli::Options;
use self::database::{Database, Waits, Work as Done};
use self::nodes::Nodes;
use self::pgbench::Pgbench;
use crate::clock;
use crate::drive::{Driver, Pace, Plan, Work as _};
use crate::limits::CREATE_MAX;
use crate::machine::{self, Machine};
use crate::progress::say;
use crate::server;
use crate::tally::{Tally, Window};
use crate::usage;
use crate::users::{Order, Users};
use crate::work::create::Create;
use crate::work::pairs::Pairs;

/// Pairs with some nodes and some accounts.
struct Case {
    nodes: usize,
    accounts: usize,
    tally: Tally,
    seconds: f64,
    /// What PostgreSQL did in those seconds.
    done: Done,
    /// What its sessions did or waited for, when they were looked at.
    waits: Waits,
    /// CPU seconds of all nodes, of PostgreSQL, of the load program, and of everything.
    cpu: [f64; 4],
}

impl Case {
    #[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    fn per_second(&self) -> f64 {
        self.tally.completed as f64 / self.seconds
    }
}

/// All that was measured.
struct Run {
    machine: Machine,
    durable_appends: f64,
    pgbench: Vec<Pgbench>,
    cases: Vec<Case>,
}

impl Run {
    fn has_failed(&self) -> bool {
        self.cases.iter().any(|case| case.tally.has_failed())
    }

    /// The best that pgbench did.
    fn pgbench_best(&self) -> f64 {
        self.pgbench.iter().map(|run| run.per_second).fold(0.0, f64::max)
    }
}

/// Runs, prints, records. True if the numbers may be used.
pub(crate) fn measure(options: &Options) -> Result<bool> {
    let run = run(options)?;
    let json = report::json(options, &run);
    let table = table::markdown(options, &run);
    options.output.give("postgres", &json, &table)?;
    Ok(!run.has_failed())
}

fn run(options: &Options) -> Result<Run> {
    let machine = Machine::read();
    machine.warn_if_busy();
    let folder = server::fresh_folder(&options.data_dir)?;
    let durable_appends = machine::durable_appends_per_second(&folder)?;
    say(&format!("disk: {durable_appends:.0} durable 4 KiB appends a second"));
    let mut driver = Driver::open()?;
    let database = Database::new(&options.socket, &folder);
    let mut nodes = Nodes::start(options, &folder, &driver)?;
    let mut users = Users::new();
    create_users(options, &mut driver, &nodes, &mut users)?;
    pgbench::prepare(options)?;
    let (mut pgbench, mut cases) = (Vec::new(), Vec::new());
    for count in 1..=options.nodes {
        nodes.keep(count)?;
        let clients = count * usize::from(options.node_connections);
        pgbench.push(pgbench::run(options, clients)?);
        cases.push(pairs(options, &mut driver, &nodes, &mut users, &database)?);
    }
    nodes.keep(1)?;
    nodes.accounts.truncate(1);
    cases.push(pairs(options, &mut driver, &nodes, &mut users, &database)?);
    nodes.stop()?;
    Ok(Run { machine, durable_appends, pgbench, cases })
}

fn create_users(
    options: &Options,
    driver: &mut Driver,
    nodes: &Nodes,
    users: &mut Users,
) -> Result<()> {
    let from = clock::now();
    let window = Window { from, to: from + CREATE_MAX };
    let plan = Plan {
        pace: Pace::Closed,
        connections: options.connections,
        doze: Duration::ZERO,
        window,
        server_pid: nodes.pids()[0],
    };
    let add = nodes.add_user();
    let mut work = Create::new(users, add, options.users, options.connections, window);
    driver.run(nodes.addresses()[0], &mut work, &plan)?;
    let made = work.tally().completed_ever;
    ensure!(made == u64::from(options.users), "{made} of {} users were made", options.users);
    say(&format!("{made} users of {} accounts", nodes.accounts.len()));
    Ok(())
}

fn pairs(
    options: &Options,
    driver: &mut Driver,
    nodes: &Nodes,
    users: &mut Users,
    database: &Database,
) -> Result<Case> {
    let from = clock::now() + Duration::from_secs(options.warmup.into());
    let length = Duration::from_secs(options.seconds.into());
    let window = Window { from, to: from + length };
    let plan = Plan {
        pace: Pace::Closed,
        connections: options.connections,
        doze: Duration::from_micros(options.doze_us.into()),
        window,
        server_pid: nodes.pids()[0],
    };
    let clients = driver.connect(&nodes.addresses(), options.connections, Duration::ZERO)?;
    // Users of the accounts that are left; the user's number says whose it is.
    let order = Order::Strided { next: 0, by: nodes.stride() };
    let mut work = Pairs::new(users, order, nodes.pairs(), options.connections, window);
    let (before, watch) = (database.work()?, database.watch(window.from, length)?);
    let all_before = usage::cpu_of_all()?;
    let cpu_before = [usage::cpu_of_processes(&nodes.pids())?, database.cpu()?];
    let began = clock::now();
    let phase = driver.run_on(clients, &mut work, &plan)?;
    let took = began.elapsed().as_secs_f64();
    let cpu = [
        usage::cpu_of_processes(&nodes.pids())? - cpu_before[0],
        database.cpu()? - cpu_before[1],
        phase.usage.load * took / phase.usage.seconds,
        usage::cpu_of_all()? - all_before,
    ]
    .map(|seconds| seconds / took);
    let done = database.work()?.since(&before, work.tally().completed_ever);
    let tally = std::mem::replace(work.tally(), Tally::new(0, window));
    let (nodes, accounts) = (nodes.addresses().len(), nodes.accounts.len());
    let case =
        Case { nodes, accounts, tally, seconds: phase.seconds, done, waits: watch.end()?, cpu };
    say(&format!("{nodes} nodes, {accounts} accounts: {:.0} pairs/s", case.per_second()));
    for (kind, errors) in &case.tally.errors {
        say(&format!("  error, {} times: {kind}: {}", errors.count, errors.example));
    }
    Ok(case)
}
