//! Gives codes free for another gateway when the first one did not deliver
//! (`delivery.md` 8.3). What is kept stands in the outbox, so a restart loses
//! none.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use verify::engine::fail_over::{self, FailOver, Kept};
use verify::record::{OutgoingMessage, Purpose};

use super::{tick, ticks};
use crate::app::App;
use crate::http::sending::Sending;

/// How often kept codes are looked at.
const EVERY: Duration = Duration::from_millis(500);

/// Looks at kept codes until `stop`.
pub async fn fail_over(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut ticks = ticks(EVERY);
    while tick(&mut ticks, &mut stop).await {
        match app.store.kept(app.clock.now()).await {
            Ok(due) => {
                for message in due {
                    // One that cannot be read holds up no other.
                    if let Err(error) = look_at(&app, &message).await {
                        tracing::error!(%error, message.id = %message.id, "a kept code was not looked at");
                    }
                }
            }
            Err(error) => tracing::error!(%error, "kept codes could not be looked for"),
        }
    }
}

async fn look_at(app: &App, message: &OutgoingMessage) -> Result<(), store::Fault> {
    let Purpose::Code { service, verification, .. } = message.purpose else { return Ok(()) };
    let enabled = app.logins.accounts.by_id(message.account).filter(|e| e.account.is_enabled);
    let Some(entry) = enabled else {
        // A disabled account sends nothing.
        let (id, none) = (message.id, verify::engine::Keys::default());
        return app.store.transact(none, move |_: &_| fail_over::drop_kept(id)).await;
    };
    let number = app.keyring.number_key(&message.to);
    let kept = Kept { message: message.id, account: message.account, service };
    let (now, sending) = (app.clock.now(), Sending::of(app, &entry));
    let has_other = app.outbox.exits().has_way(message);
    let rule = move |snapshot: &_| {
        fail_over::fail_over(snapshot, &sending.context(), has_other, number, now)
    };
    match app.store.transact(fail_over::keys(&kept, number), rule).await? {
        FailOver::Released => {
            metrics::counter!(crate::telemetry::names::FAIL_OVERS).increment(1);
            tracing::warn!(
                message.id = %message.id, verification.id = %verification,
                trail = %message.trail, "a code goes to another gateway"
            );
        }
        FailOver::Over | FailOver::NotDue => {}
    }
    Ok(())
}
