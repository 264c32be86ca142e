//! Opening the data folder for a command.

use std::future::Future;

use anyhow::Context as _;
use store::Store;
use verify::keys::Keyring;

use crate::config::Config;
use crate::serve::data::{DataFolder, KeyPolicy};

/// An open store with its keys, beside a running server or without one.
pub(super) struct Opened {
    pub(super) store: Store,
    pub(super) keyring: Keyring,
}

/// Opens the store of a folder that has one. A folder that was named by
/// mistake is not made.
pub(super) fn open(config: &Config) -> anyhow::Result<Opened> {
    let folder = DataFolder::open_existing(&config.data)?;
    let keyring = folder.keyring(&config.data, KeyPolicy::MustExist)?;
    let store = folder.store(&keyring, false)?;
    Ok(Opened { store, keyring })
}

/// Opens the store; makes it on the first use.
pub(super) fn open_or_make(config: &Config) -> anyhow::Result<Opened> {
    let folder = DataFolder::open(&config.data)?;
    let keyring = folder.keyring(&config.data, KeyPolicy::CreateForNewDatabase)?;
    let store = folder.store(&keyring, false)?;
    Ok(Opened { store, keyring })
}

/// Runs a command's own little world to its end.
pub(super) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the system gives no event loop")?;
    runtime.block_on(work)
}
