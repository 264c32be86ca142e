//! A server that verifications are started at: with users of its own, and one kind of gateway.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::cli::Options;
use super::smsc::{self, Smsc};
use crate::clock;
use crate::drive::{Driver, Pace, Plan, Work as _};
use crate::limits::LANE_CREATE_MAX;
use crate::requests::{AddUser, Caller};
use crate::server::{self, Server, Settings, Setup};
use crate::tally::Window;
use crate::users::{Order, Users};
use crate::work::create::Create;

/// Connections while users are made; more make larger commits.
const CREATE_CONNECTIONS: u16 = 256;

/// The gateway of a lane.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Gateway {
    /// Posts to the sink in the load program; what the others are compared with.
    Webhook,
    /// SMPP, without receipts.
    Smpp,
    /// SMPP; a receipt follows on each message, which the server keeps too.
    SmppReceipts,
}

impl Gateway {
    /// Those of a run, in their order.
    pub(super) const ALL: [Self; 3] = [Self::Webhook, Self::Smpp, Self::SmppReceipts];

    /// Its name in the table.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Smpp => "SMPP",
            Self::SmppReceipts => "SMPP with receipts",
        }
    }

    /// Its name in the JSON line and in names of files.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Smpp => "smpp",
            Self::SmppReceipts => "smpp_receipts",
        }
    }
}

/// A running server with its users.
pub(super) struct Lane {
    setup: Setup,
    /// The server.
    pub(super) server: Server,
    /// Who asks.
    pub(super) caller: Caller,
    /// What the users belong to.
    pub(super) service: String,
    /// Each is taken once.
    pub(super) users: Users,
    /// Who is next.
    pub(super) order: Order,
    /// Where the messages of SMPP end.
    pub(super) smsc: Option<Smsc>,
}

impl Lane {
    /// Starts the server and makes the users.
    pub(super) fn start(
        options: &Options,
        folder: &Path,
        driver: &mut Driver,
        (gateway, users): (Gateway, u32),
    ) -> Result<Self> {
        let name = format!("starts-{}", gateway.key());
        let mut smsc = match gateway {
            Gateway::Webhook => None,
            Gateway::Smpp | Gateway::SmppReceipts => Some(Smsc::start(options, folder, &name)?),
        };
        let with_receipts = gateway == Gateway::SmppReceipts;
        let keys = match &smsc {
            None => server::webhook_gateway(driver.sink.address()?),
            Some(smsc) => smsc::gateway(smsc.port, folder, with_receipts)?,
        };
        let setup = Setup::prepare(&Settings {
            program: &options.server_bin,
            folder: &folder.join(&name),
            threads: options.server_threads,
            log: &options.log,
            data: "",
            gateway: &keys,
        })?;
        let credentials = setup.create_account()?;
        let server = setup.start()?;
        if let Some(smsc) = &mut smsc {
            smsc.until_bound()?;
        }
        let caller = Caller { host: setup.address.to_string(), credentials };
        let service = setup.create_service(&caller)?;
        let order = Order::RoundRobin { next: 0 };
        let mut lane = Self { setup, server, caller, service, users: Users::new(), order, smsc };
        lane.create_users(driver, users)?;
        Ok(lane)
    }

    /// Where it listens.
    pub(super) fn address(&self) -> std::net::SocketAddr {
        self.setup.address
    }

    fn create_users(&mut self, driver: &mut Driver, count: u32) -> Result<()> {
        let from = clock::now();
        let window = Window { from, to: from + LANE_CREATE_MAX };
        let plan = Plan {
            pace: Pace::Closed,
            connections: CREATE_CONNECTIONS,
            doze: Duration::ZERO,
            window,
            server_pid: self.server.pid(),
        };
        let add = AddUser::new(&self.caller, &self.service);
        let address = self.setup.address;
        let mut work = Create::new(&mut self.users, vec![add], count, plan.connections, window);
        driver.run(address, &mut work, &plan)?;
        let made = work.tally().completed_ever;
        let error = work.tally().errors.values().next().map(|errors| errors.example.clone());
        ensure!(
            made == u64::from(count),
            "{made} of {count} users were made; the first error: {}",
            error.as_deref().unwrap_or("too slow")
        );
        Ok(())
    }

    /// Ends the server and its SMSC.
    pub(super) fn stop(mut self) -> Result<()> {
        self.server.stop()?;
        self.smsc.map_or(Ok(()), Smsc::stop)
    }
}
