//! The systems that relay messages, one at a time in operation.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Result;

use super::cli::Options;
use super::kannel::{self, Kannel, Store};
use super::posts::Taken;
use super::smsc::{self, Smsc};
use crate::requests::{Caller, Post};
use crate::server::{Server, Settings, Setup};

/// A system, and how it is set up.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Ringproof, as an operator would run it.
    Ringproof,
    /// Kannel with one of its stores.
    Kannel(Store),
}

impl Kind {
    /// Those of a run, in their order.
    pub(super) fn all(options: &Options) -> Vec<Self> {
        let stores = [Store::None, Store::File, Store::Spool];
        let kannels = stores.into_iter().filter(|_| !options.without_kannel).map(Self::Kannel);
        std::iter::once(Self::Ringproof).chain(kannels).collect()
    }

    /// Its name in the table.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ringproof => "Ringproof",
            Self::Kannel(Store::None) => "Kannel, no store",
            Self::Kannel(Store::File) => "Kannel, store file",
            Self::Kannel(Store::Spool) => "Kannel, store spool",
        }
    }

    /// Its name in the JSON line and in names of files.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Ringproof => "ringproof",
            Self::Kannel(Store::None) => "kannel_no_store",
            Self::Kannel(Store::File) => "kannel_file",
            Self::Kannel(Store::Spool) => "kannel_spool",
        }
    }

    /// What has happened to a message when its post is answered.
    pub(super) fn durable(self) -> &'static str {
        match self {
            Self::Ringproof => "on disk (commit with fdatasync)",
            Self::Kannel(Store::None) => "in memory only",
            Self::Kannel(Store::File) => "appended to a file, never synced",
            Self::Kannel(Store::Spool) => "a file of its own, never synced",
        }
    }
}

/// A system in operation, bound to an SMSC of its own.
pub(super) struct System {
    /// Its programs.
    pub(super) running: Running,
    /// Where its messages end.
    pub(super) smsc: Smsc,
    /// The request that posts a message.
    pub(super) post: Post,
    /// The answer to it.
    pub(super) taken: Taken,
}

/// Running programs.
pub(super) enum Running {
    /// The folder, and the server.
    Ringproof(Setup, Server),
    /// Both boxes.
    Kannel(Kannel),
}

impl System {
    /// Starts it and waits until it is bound. `name` is that of its folder and logs.
    pub(super) fn start(options: &Options, folder: &Path, kind: Kind, name: &str) -> Result<Self> {
        let mut smsc = Smsc::start(options, folder, name)?;
        let own = folder.join(name);
        let system = match kind {
            Kind::Ringproof => {
                let setup = Setup::prepare(&Settings {
                    program: &options.server_bin,
                    folder: &own,
                    threads: options.server_threads,
                    log: &options.log,
                    data: "",
                    gateway: &smsc::gateway(smsc.port, folder, false)?,
                })?;
                let credentials = setup.create_account()?;
                let server = setup.start()?;
                smsc.until_bound()?;
                let caller = Caller { host: setup.address.to_string(), credentials };
                Self {
                    running: Running::Ringproof(setup, server),
                    smsc,
                    post: Post::to_ringproof(&caller),
                    taken: Taken { status: 200, begins: b"OK " },
                }
            }
            Kind::Kannel(store) => {
                let kannel = Kannel::start(options, &own, store, smsc.port)?;
                smsc.until_bound()?;
                Self {
                    post: Post::to_kannel(&kannel.address.to_string(), kannel::USER),
                    running: Running::Kannel(kannel),
                    smsc,
                    taken: Taken { status: 202, begins: b"" },
                }
            }
        };
        Ok(system)
    }
}

impl Running {
    /// Where messages are posted.
    pub(super) fn address(&self) -> SocketAddr {
        match self {
            Self::Ringproof(setup, _) => setup.address,
            Self::Kannel(kannel) => kannel.address,
        }
    }

    /// The processes.
    pub(super) fn pids(&self) -> Vec<u32> {
        match self {
            Self::Ringproof(_, server) => vec![server.pid()],
            Self::Kannel(kannel) => kannel.pids(),
        }
    }

    /// Ends them.
    pub(super) fn stop(self) -> Result<()> {
        match self {
            Self::Ringproof(_, mut server) => server.stop(),
            Self::Kannel(kannel) => kannel.stop(),
        }
    }
}
