//! Sends codes of number confirmations once more while they are not entered
//! (`number-verification-api.md` 6). What is due stands in the store, so a
//! restart loses no repeat.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use verify::engine::repeat::{self, RepeatContext, RepeatOutcome};
use verify::ids::{AccountId, VerificationId};

use super::{tick, ticks};
use crate::app::App;
use crate::entropy::SystemEntropy;
use crate::http::sending::Sending;

/// How often due repeats are looked for.
const EVERY: Duration = Duration::from_millis(500);

/// Sends due repeats until `stop`.
pub async fn repeat_codes(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut ticks = ticks(EVERY);
    while tick(&mut ticks, &mut stop).await {
        if let Err(error) = repeat_due(&app).await {
            tracing::error!(%error, "due repeats could not be sent");
        }
    }
}

async fn repeat_due(app: &App) -> Result<(), store::Fault> {
    // What is left over is found at the next tick.
    for (account, confirmation) in app.store.repeats(app.clock.now()).await? {
        // One that cannot be read holds up no other.
        if let Err(error) = repeat_one(app, account, confirmation).await {
            tracing::error!(%error, verification.id = %confirmation, "a due repeat was not sent");
        }
    }
    Ok(())
}

/// Every outcome moves the time of the next repeat, so what was looked at is
/// not due again.
async fn repeat_one(
    app: &App,
    account: AccountId,
    confirmation: VerificationId,
) -> Result<(), store::Fault> {
    let Some(entry) = app.logins.accounts.by_id(account).filter(|e| e.account.is_enabled) else {
        // A disabled account sends nothing; the repeat is over with its code.
        return Ok(());
    };
    let (now, policy, sending) = (app.clock.now(), app.policy(), Sending::of(app, &entry));
    let way = sending.clone();
    let repeats_after_delivery = app.repeats_after_delivery;
    let mut entropy = SystemEntropy::new();
    let rule = move |snapshot: &_| {
        let context =
            RepeatContext { policy: &policy, send: way.context(), repeats_after_delivery };
        repeat::repeat(snapshot, &context, now, &mut entropy)
    };
    let keys = repeat::keys(account, confirmation);
    match app.store.transact(keys, rule).await? {
        RepeatOutcome::Sent(message) => {
            app.metrics.verification("repeated");
            tracing::info!(
                verification.id = %confirmation, account = entry.account.username,
                "a code is sent once more"
            );
            sending.offer(app, message);
        }
        RepeatOutcome::Later(_) | RepeatOutcome::Over | RepeatOutcome::NotDue => {}
    }
    Ok(())
}
