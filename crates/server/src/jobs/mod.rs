//! Work in the background: each job has a rhythm, a bound and an end.

use std::sync::Arc;
use std::time::Duration;

use store::limits::EXPIRED_MAX;
use store::read::Expired;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use verify::Timestamp;
use verify::engine::sweep::{self, StaleBefore};
use verify::engine::{device, reference, widget};

use crate::app::App;

mod accounts;
mod binds;
mod clock;
mod fail_over;
mod gateways;
mod repeats;
mod schedule;
mod traffic;
mod wake;

pub use accounts::refresh_accounts;
pub use binds::{give_up_binds, share_binds};
pub use clock::{ClockGap, compare_clocks};
pub use fail_over::fail_over;
pub use gateways::{ELSEWHERE, follow_gateways, read_pauses};
pub use repeats::repeat_codes;
pub use schedule::release_scheduled;
pub use traffic::{GuardInForce, follow_traffic};
pub use wake::{Waker, news, wake_devices};

/// How often the store is asked whether prices changed.
const PRICES_EVERY: Duration = Duration::from_millis(500);

/// How often expired codes are wiped (D-51: within 60 s of expiry).
const SWEEP_EVERY: Duration = Duration::from_secs(20);

/// How often what is old is forgotten.
const FORGET_EVERY: Duration = Duration::from_mins(10);

/// Keeps the price table in memory fresh until `stop`.
pub async fn refresh_prices(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut ticks = ticks(PRICES_EVERY);
    while tick(&mut ticks, &mut stop).await {
        if let Err(error) = app.prices.refresh().await {
            tracing::error!(%error, "the price table could not be read");
        }
    }
}

/// Wipes the codes of expired verifications until `stop`.
pub async fn sweep_codes(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut ticks = ticks(SWEEP_EVERY);
    while tick(&mut ticks, &mut stop).await {
        match sweep_once(&app).await {
            Ok(0) => {}
            Ok(swept) => tracing::debug!(swept, "expired verifications were swept"),
            Err(error) => tracing::error!(%error, "expired codes could not be wiped"),
        }
        if let Err(error) = forget_names(&app).await {
            tracing::error!(%error, "old names of messages could not be forgotten");
        }
        if let Err(error) = forget_nonces(&app).await {
            tracing::error!(%error, "old nonces could not be forgotten");
        }
        if let Err(error) = forget_widget_sessions(&app).await {
            tracing::error!(%error, "old sessions of the widget could not be forgotten");
        }
        app.exporter.upkeep();
    }
}

/// Steps that forget nonces in a row: 1,600 nonces a second, those of 12,000 open apps.
const NONCE_STEPS: u32 = 32;

/// Forgets the nonces that devices have used, when they are too old anyway.
async fn forget_nonces(app: &App) -> Result<(), store::Fault> {
    for _ in 0..NONCE_STEPS {
        let now = app.clock.now();
        let forget = move |_: &_| device::forget_nonces(now);
        app.store.transact(verify::engine::Keys::default(), forget).await?;
    }
    Ok(())
}

/// Steps that forget sessions of the widget in a row: 400 sessions a second,
/// which no server opens for long.
const SESSION_STEPS: u32 = 8;

/// Forgets the sessions of the widget that are long over.
async fn forget_widget_sessions(app: &App) -> Result<(), store::Fault> {
    for _ in 0..SESSION_STEPS {
        let now = app.clock.now();
        let forget = move |_: &_| widget::forget(now);
        app.store.transact(verify::engine::Keys::default(), forget).await?;
    }
    Ok(())
}

/// Steps that forget names in a row: 2,000 names a second, more than a gateway
/// gives for hours.
const NAME_STEPS: u32 = 8;

/// Forgets the names that gateways gave to messages, when they are old.
async fn forget_names(app: &App) -> Result<(), store::Fault> {
    for _ in 0..NAME_STEPS {
        let now = app.clock.now();
        let forget = move |_: &_| reference::forget(now);
        app.store.transact(verify::engine::Keys::default(), forget).await?;
    }
    Ok(())
}

/// Wipes what has expired; gives how many verifications were touched.
///
/// # Errors
/// The store's.
pub async fn sweep_once(app: &App) -> Result<u32, store::Fault> {
    let mut swept = 0;
    loop {
        let (now, policy) = (app.clock.now(), app.policy());
        let rows_before = now.saturating_sub(policy.codes.expired_answer);
        let rows_before = rows_before.unwrap_or(Timestamp::MIN);
        let expired = Expired { codes_before: now, rows_before, limit: EXPIRED_MAX };
        let found = app.store.expired(expired).await?;
        let is_full = found.len() >= EXPIRED_MAX as usize;
        let mut swept_now = 0;
        for (service, user) in found {
            let codes = policy.clone();
            let rule =
                move |snapshot: &_| sweep::verification(snapshot, service, user, now, &codes.codes);
            let keys = sweep::verification_keys(service, user);
            match app.store.transact(keys, rule).await {
                Ok(was_swept) => swept_now += u32::from(was_swept),
                // One that cannot be read holds up no other.
                Err(error) => tracing::error!(%error, "an expired verification was not swept"),
            }
        }
        swept += swept_now;
        if !is_full || swept_now == 0 {
            return Ok(swept);
        }
    }
}

/// Forgets numbers and deliveries that are old enough, until `stop`.
pub async fn forget_old(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut ticks = ticks(FORGET_EVERY);
    while tick(&mut ticks, &mut stop).await {
        if let Err(error) = forget_once(&app).await {
            tracing::error!(%error, "old records could not be forgotten");
        }
    }
}

async fn forget_once(app: &App) -> Result<(), store::Fault> {
    traffic::forget(app).await?;
    loop {
        let before = StaleBefore::at(app.clock.now(), app.trusted_for, app.texts_kept);
        let stale = app.store.stale(before).await?;
        if stale.is_empty() {
            return Ok(());
        }
        let rule = move |_: &_| sweep::forget(&stale, &before);
        app.store.transact(verify::engine::Keys::default(), rule).await?;
    }
}

fn ticks(every: Duration) -> tokio::time::Interval {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Waits for the next tick; false when it is time to stop.
async fn tick(ticks: &mut tokio::time::Interval, stop: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        biased;
        _ = stop.wait_for(|stop| *stop) => false,
        _ = ticks.tick() => true,
    }
}
