//! Hands scheduled messages to the dispatcher when their time has come.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use verify::engine::sms;
use verify::limits::JOB_BATCH_MAX;

use super::{tick, ticks};
use crate::app::App;

/// How often due messages are looked for.
const EVERY: Duration = Duration::from_millis(250);

/// Releases due messages until `stop`.
pub async fn release_scheduled(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut ticks = ticks(EVERY);
    while tick(&mut ticks, &mut stop).await {
        if let Err(error) = release_due(&app).await {
            tracing::error!(%error, "scheduled messages could not be released");
        }
    }
}

/// Releases what is due, as long as the dispatcher has room: what waits for it
/// waits as scheduled, so it holds no lease and can still be cancelled.
async fn release_due(app: &App) -> Result<(), store::Fault> {
    let batch = JOB_BATCH_MAX as usize;
    while app.outbox.room() >= batch && app.outbox.has_open_gateway_here() {
        let (now, lease) = (app.clock.now(), app.outbox.lease());
        let accounts = app.logins.accounts.all();
        let is_enabled = move |id| accounts.get(&id).is_some_and(|entry| entry.account.is_enabled);
        let rule = move |snapshot: &_| sms::release_due(snapshot, &is_enabled, lease, now);
        let (messages, looked_at) = app.store.transact(sms::due_keys(now), rule).await?;
        if looked_at > messages.len() {
            app.report_bell.ring();
        }
        for message in messages {
            app.outbox.offer(Box::new(message));
        }
        if looked_at < batch {
            return Ok(());
        }
    }
    Ok(())
}
