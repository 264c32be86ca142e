//! `SIGHUP`: reads the configuration again and puts in force what can change
//! while the server runs: limits, codes, the message, gateways and who may call
//! for them, inbound numbers, what accounts have, and certificates.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::signal::unix::Signal;
use tokio::sync::watch;

use super::gateways::{self, Gateways};
use super::links::Links;
use super::providers::Tools;
use super::{callbacks, policy};
use crate::app::App;
use crate::config::{self, Flags, Loaded};
use crate::http::stack::TlsSource;
use crate::jobs::GuardInForce;

/// What is in force, and where it comes from.
pub(super) struct Reload {
    pub(super) app: Arc<App>,
    pub(super) tls: Option<TlsSource>,
    pub(super) flags: Flags,
    pub(super) loaded: Loaded,
    pub(super) gateways: Gateways,
    /// The sessions of those gateways.
    pub(super) links: Links,
}

/// Keys that take effect without a restart, by their beginning.
const RELOADED: [&str; 9] = [
    "codes.",
    "gateway",
    "route",
    "limits.",
    "sms.",
    "sms_api.delivery",
    "account",
    "inbound",
    "server.public_url",
];

impl Reload {
    /// Reloads at every `SIGHUP` until `stop`; gives the sessions that run then.
    pub(super) async fn on_hangup(
        mut self,
        mut hangup: Signal,
        mut stop: watch::Receiver<bool>,
    ) -> Links {
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return self.links,
                _ = hangup.recv() => {}
            }
            if let Some(tls) = &self.tls {
                tls.reload();
            }
            match config::load(&self.flags, config::of_process()) {
                Ok(newer) => {
                    if let Err(error) = self.apply(newer).await {
                        let error = format!("{error:#}");
                        tracing::error!(
                            error,
                            "the new configuration is refused; the old one stays in force"
                        );
                    }
                }
                Err(problems) => {
                    tracing::error!(%problems, "the configuration has mistakes; the old one stays in force");
                }
            }
        }
    }

    /// Puts a newer configuration in force. Whatever can fail comes first, so
    /// that it is in force as a whole or not at all.
    async fn apply(&mut self, newer: Loaded) -> anyhow::Result<()> {
        let policy = policy::policy(&newer.config)?;
        let tools = Tools::new(&self.app.keyring, &self.app.clock);
        let (old, before) = (&self.gateways, &self.loaded.config);
        let gateways = gateways::rebuild(old, before, &newer.config, &tools)?;
        let callbacks = callbacks::build(&newer.config)?.with_providers(&gateways);
        let guard = GuardInForce::read(&self.app, policy::guard_mode(&newer.config)).await;
        let guard = guard.context("what the guard knew before could not be read")?;
        let accounts = &self.app.logins.accounts;
        let configured = accounts.configure(policy::accounts(&newer.config)).await;
        configured.context("the new limits and lists of accounts could not be put in force")?;
        guard.put(&self.app);
        self.app.set_policy(policy);
        self.app.set_callbacks(callbacks);
        self.app.logins.set_limits(policy::logins(&newer.config));
        self.app.outbox.exits().replace(gateways.routes(&newer.config));
        self.links.follow(gateways.links());
        let changed = self.loaded.changed_keys(&newer);
        let (reloaded, rest): (Vec<&str>, Vec<&str>) = changed
            .into_iter()
            .partition(|key| RELOADED.iter().any(|section| key.starts_with(section)));
        let names = gateways.names();
        tracing::info!(
            changed = reloaded.join(" "),
            gateways = names,
            "the configuration was read again"
        );
        if !rest.is_empty() {
            let keys = rest.join(" ");
            tracing::warn!(keys, "these settings take effect with the next start");
        }
        (self.gateways, self.loaded) = (gateways, newer);
        Ok(())
    }
}
