//! The nodes on one database, and the accounts whose users are verified.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Result;

use super::cli::Options;
use crate::drive::Driver;
use crate::requests::{AddUser, Caller, Start, Verify};
use crate::server::{Server, Settings, Setup, webhook_gateway};

/// An account with a service.
pub(super) struct Account {
    caller: Caller,
    service: String,
}

/// Running nodes, all or the first ones.
pub(super) struct Nodes {
    setups: Vec<Setup>,
    servers: Vec<Server>,
    /// The accounts that are used.
    pub(super) accounts: Vec<Account>,
    accounts_made: usize,
}

impl Nodes {
    /// Starts the first one and makes the accounts.
    pub(super) fn start(options: &Options, folder: &Path, driver: &Driver) -> Result<Self> {
        let data = format!(
            "postgres = \"postgres://postgres@/ringproof?host={}\"\npostgres_connections_max = {}\n",
            options.socket.display(),
            options.node_connections
        );
        let gateway = webhook_gateway(driver.sink.address()?);
        let prepare = |n: usize| {
            Setup::prepare(&Settings {
                program: &options.server_bin,
                folder: &folder.join(format!("node{n}")),
                threads: 0,
                log: &options.log,
                data: &data,
                gateway: &gateway,
            })
        };
        let setups = (1..=options.nodes).map(prepare).collect::<Result<Vec<Setup>>>()?;
        let first = &setups[0];
        let credentials = (0..options.accounts)
            .map(|n| first.create_account_named(&format!("bench{n}")))
            .collect::<Result<Vec<String>>>()?;
        for other in &setups[1..] {
            first.share_key(other)?;
        }
        let servers = vec![first.start()?];
        let mut accounts = Vec::new();
        for credentials in credentials {
            let caller = Caller { host: first.address.to_string(), credentials };
            let service = first.create_service(&caller)?;
            accounts.push(Account { caller, service });
        }
        let accounts_made = accounts.len();
        Ok(Self { setups, servers, accounts, accounts_made })
    }

    /// Lets so many of them run.
    pub(super) fn keep(&mut self, count: usize) -> Result<()> {
        while self.servers.len() > count {
            if let Some(mut server) = self.servers.pop() {
                server.stop()?;
            }
        }
        while self.servers.len() < count {
            self.servers.push(self.setups[self.servers.len()].start()?);
        }
        Ok(())
    }

    /// Ends all.
    pub(super) fn stop(mut self) -> Result<()> {
        self.keep(0)
    }

    /// Where those that run listen.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.setups.iter().take(self.servers.len()).map(|setup| setup.address).collect()
    }

    /// Their processes.
    pub(super) fn pids(&self) -> Vec<u32> {
        self.servers.iter().map(Server::pid).collect()
    }

    /// Each how many-th user is of an account that is used.
    pub(super) fn stride(&self) -> u32 {
        u32::try_from(self.accounts_made / self.accounts.len()).unwrap_or(1)
    }

    /// What adds a user, for each account.
    pub(super) fn add_user(&self) -> Vec<AddUser> {
        self.accounts.iter().map(|a| AddUser::new(&a.caller, &a.service)).collect()
    }

    /// What starts and verifies, for each account.
    pub(super) fn pairs(&self) -> Vec<(Start, Verify)> {
        let of = |account: &Account| {
            let Account { caller, service } = account;
            (Start::new(caller, service), Verify::new(caller, service))
        };
        self.accounts.iter().map(of).collect()
    }
}
