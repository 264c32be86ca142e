//! `SIGHUP`: reads the configuration again and puts in force what can change
//! while the server runs: limits, codes, the message, what accounts have, and certificates.

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::policy;
use crate::app::App;
use crate::config::{self, Flags, Loaded};
use crate::http::stack::TlsSource;

/// Reloads at every `SIGHUP` until `stop`.
pub(super) async fn on_hangup(
    app: Arc<App>,
    tls: Option<TlsSource>,
    flags: Flags,
    mut loaded: Loaded,
    mut stop: watch::Receiver<bool>,
) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else {
        tracing::error!("the system gives no SIGHUP; settings change with a restart only");
        return;
    };
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            _ = hangup.recv() => {}
        }
        if let Some(tls) = &tls {
            tls.reload();
        }
        match config::load(&flags, config::of_process()) {
            Ok(newer) => {
                apply(&app, &loaded, &newer).await;
                loaded = newer;
            }
            Err(problems) => {
                tracing::error!(%problems, "the configuration has mistakes; the old one stays in force");
            }
        }
    }
}

/// Sections that take effect without a restart.
const RELOADED: [&str; 4] = ["codes.", "limits.", "sms.", "account"];

async fn apply(app: &App, old: &Loaded, newer: &Loaded) {
    let changed = old.changed_keys(newer);
    let (reloaded, rest): (Vec<&str>, Vec<&str>) = changed
        .into_iter()
        .partition(|key| RELOADED.iter().any(|section| key.starts_with(section)));
    match policy::policy(&newer.config) {
        Ok(policy) => app.set_policy(policy),
        Err(error) => {
            tracing::error!(%error, "the new numbers are not allowed; the old ones stay in force");
            return;
        }
    }
    app.logins.set_limits(policy::logins(&newer.config));
    if let Err(error) = app.logins.accounts.configure(policy::accounts(&newer.config)).await {
        tracing::error!(%error, "the new limits and lists of accounts could not be put in force");
    }
    tracing::info!(changed = reloaded.join(" "), "the configuration was read again");
    if !rest.is_empty() {
        tracing::warn!(keys = rest.join(" "), "these settings take effect with the next start");
    }
}
