//! The guard against pumped traffic between this program, the other servers and
//! the commands of the operator: what each knows is kept in the store.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use verify::engine::{Change, Decision, Keys};
use verify::record::{Stage, TrafficArea};
use verify::traffic::{Changed, GuardMode, TrafficEvent, TrafficNews};
use verify::{SignedDuration, Timestamp};

use super::{tick, ticks};
use crate::app::App;
use crate::telemetry::names;

/// How often holds are shared.
const EVERY: Duration = Duration::from_secs(1);

/// How often everything else is kept: what a start of the program forgets.
const ALL_EVERY: SignedDuration = SignedDuration::from_secs(30);

/// For how long holds that ended are read: longer than it takes to share them.
const ENDED_FOR: SignedDuration = SignedDuration::from_mins(2);

/// Areas that are written in one step.
const AREAS_MAX: usize = 200;

/// Verifications that the store is asked about each second, where others work on it.
const UNSURE_MAX: usize = 1_000;

/// A mode of the guard, with what it begins with if it did not look before.
pub struct GuardInForce {
    mode: GuardMode,
    kept: Vec<TrafficArea>,
}

impl GuardInForce {
    /// Reads what the guard needs for this mode.
    ///
    /// # Errors
    /// The store's.
    pub async fn read(app: &App, mode: GuardMode) -> Result<Self, store::Fault> {
        let begins = app.outbox.exits().traffic().mode() == GuardMode::Off;
        let needs = begins && mode != GuardMode::Off;
        let kept = if needs { app.store.traffic_areas().await? } else { Vec::new() };
        Ok(Self { mode, kept })
    }

    /// Puts it in force.
    pub fn put(&self, app: &App) {
        let mut traffic = app.outbox.exits().traffic();
        traffic.set_mode(self.mode);
        traffic.restore(&self.kept, &app.node, app.clock.now());
    }
}

/// Keeps what the guard knows, follows the other servers and the operator, and tells
/// the news, until `stop`.
pub async fn follow_traffic(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut ticks = ticks(EVERY);
    let mut all_kept_at = app.clock.now();
    while tick(&mut ticks, &mut stop).await {
        let now = app.clock.now();
        if let Err(error) = follow(&app, now).await {
            tracing::error!(%error, "what the guard holds elsewhere could not be read");
        }
        let (news, mode) = {
            let mut traffic = app.outbox.exits().traffic();
            (traffic.news(), traffic.mode())
        };
        for news in &news {
            tell(news, mode);
        }
        let is_due = now.duration_since(all_kept_at).abs() >= ALL_EVERY;
        let what = if is_due { Changed::All } else { Changed::Holds };
        match keep(&app, what, now).await {
            Ok(()) if is_due => all_kept_at = now,
            Ok(()) => {}
            Err(error) => tracing::error!(%error, "what the guard knows could not be kept"),
        }
        measure(&app, now);
    }
    let (now, what) = (app.clock.now(), Changed::All);
    if let Err(error) = keep(&app, what, now).await {
        tracing::error!(%error, "what the guard knows could not be kept");
    }
}

/// What the other servers hold, what the operator released, and which codes were
/// entered at another server.
async fn follow(app: &App, now: Timestamp) -> Result<(), store::Fault> {
    let exits = app.outbox.exits();
    // Also those that ended a moment ago: their end is followed too.
    let lately = now.saturating_sub(ENDED_FOR).unwrap_or(Timestamp::MIN);
    let holds = app.store.traffic_holds(lately).await?;
    exits.traffic().follow(&holds, &app.node, now);
    if app.node.is_empty() {
        return Ok(());
    }
    let unsure = exits.traffic().unsure(now, UNSURE_MAX);
    if unsure.is_empty() {
        return Ok(());
    }
    let asked = unsure.iter().map(|of| (of.service, of.user)).collect();
    let living = app.store.living_verifications(asked).await?;
    for of in unsure.iter().filter(|of| !living.contains(&of.verification)) {
        exits.entered(of.verification, now);
    }
    Ok(())
}

async fn keep(app: &App, what: Changed, now: Timestamp) -> Result<(), store::Fault> {
    let exits = app.outbox.exits();
    loop {
        let rows = exits.traffic().changed(&app.node, what, now, AREAS_MAX);
        if rows.is_empty() {
            return Ok(());
        }
        let written = rows.clone();
        let rule = move |_: &_| Decision::with(vec![Change::PutTrafficAreas(written.clone())], ());
        if let Err(error) = app.store.transact(Keys::default(), rule).await {
            exits.traffic().not_kept(&rows);
            return Err(error);
        }
    }
}

/// How long the traffic of an area is remembered that has none.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Forgets areas that had no traffic for long, and servers that are gone.
pub(super) async fn forget(app: &App) -> Result<(), store::Fault> {
    let before = app.clock.now().saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
    let rule = move |_: &_| Decision::with(vec![Change::ForgetTraffic(before)], ());
    app.store.transact(Keys::default(), rule).await
}

fn tell(news: &TrafficNews, mode: GuardMode) {
    let TrafficNews { account, service, area, what } = news;
    match what {
        TrafficEvent::Held(hold) => tracing::warn!(
            account.id = %account, service.id = %service, %area, stage = hold.stage.as_str(),
            rule = hold.rule.as_str(), until = %hold.until, sent = hold.sent,
            entered = hold.entered, expected_permille = hold.base_permille,
            refuses = mode == GuardMode::On,
            "codes sent there are not entered, so the guard holds the area; `ringproof guard list` shows it"
        ),
        TrafficEvent::Lifted => tracing::info!(
            account.id = %account, service.id = %service, %area,
            "codes are entered again, so the guard lets go of the area"
        ),
        TrafficEvent::Released => tracing::warn!(
            account.id = %account, service.id = %service, %area,
            "the operator released an area that the guard held"
        ),
        TrafficEvent::Low { entered, sent } => tracing::warn!(
            account.id = %account, service.id = %service, %area, entered, sent,
            "few codes of a country are entered"
        ),
    }
}

fn measure(app: &App, now: Timestamp) {
    let traffic = app.outbox.exits().traffic();
    for stage in [Stage::Challenge, Stage::Closed] {
        let held = u32::try_from(traffic.held(now, stage)).unwrap_or(u32::MAX);
        metrics::gauge!(names::GUARD_HELD, "stage" => stage.as_str()).set(f64::from(held));
    }
}
