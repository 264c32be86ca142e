//! Holds the clock of this server against the database's (S-28). Servers that
//! share a database decide by their own time; one whose time is another's would
//! accept codes that are over, or end those that live.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use store::Store;
use tokio::sync::watch;
use verify::limits::CLOCK_GAP_MAX_SECONDS;
use verify::{SignedDuration, Timestamp};

use super::{tick, ticks};
use crate::app::App;
use crate::clock::Clock;
use crate::telemetry::metrics::names;

/// How often the clocks are compared (S-28).
const EVERY: Duration = Duration::from_secs(10);

/// From here on the log says that they differ (S-28).
const WARNED: SignedDuration = SignedDuration::from_secs(2);

/// From here on no requests are to be sent here (S-28).
const NOT_READY: SignedDuration = SignedDuration::from_secs(CLOCK_GAP_MAX_SECONDS);

/// How far this server's clock is ahead of the database's, as last seen.
#[derive(Debug, Default)]
pub struct ClockGap {
    milliseconds: AtomicI64,
}

/// What a gap means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fine,
    Warned,
    NotReady,
}

impl Verdict {
    fn of(gap: SignedDuration) -> Self {
        match gap.abs() {
            gap if gap > NOT_READY => Self::NotReady,
            gap if gap > WARNED => Self::Warned,
            _ => Self::Fine,
        }
    }
}

impl ClockGap {
    /// The gap as it is when a server starts.
    ///
    /// # Errors
    /// The store's, or the clock is so far off that this server must not start: what it
    /// decided meanwhile would be as wrong as its clock.
    pub async fn seen(store: &Store, clock: &Clock) -> anyhow::Result<Self> {
        let gap = Self::default();
        gap.compare(store, clock).await?;
        gap.check_start()?;
        Ok(gap)
    }

    fn check_start(&self) -> anyhow::Result<()> {
        let Some(gap) = self.too_large() else { return Ok(()) };
        let (seconds, side) =
            (gap.abs().as_secs(), if gap.is_negative() { "behind" } else { "ahead of" });
        anyhow::bail!(
            "the clock of this machine is {seconds} s {side} the database's, and more than {} s \
             are too many: set the clocks of both machines by NTP, then start again",
            NOT_READY.as_secs()
        )
    }

    /// The gap, if it is so large that no requests are to be sent here.
    pub fn too_large(&self) -> Option<SignedDuration> {
        Some(self.get()).filter(|gap| Verdict::of(*gap) == Verdict::NotReady)
    }

    /// Compares the clocks once.
    ///
    /// # Errors
    /// The store's; what was seen last stays.
    pub async fn compare(&self, store: &Store, clock: &Clock) -> Result<(), store::Fault> {
        let asked = clock.now();
        let Some(told) = store.time().await? else { return Ok(()) };
        self.note(gap(asked, told, clock.now()));
        Ok(())
    }

    fn get(&self) -> SignedDuration {
        SignedDuration::from_millis(self.milliseconds.load(Ordering::Relaxed))
    }

    fn note(&self, gap: SignedDuration) {
        let before = Verdict::of(self.get());
        let milliseconds = i64::try_from(gap.as_millis()).unwrap_or(i64::MAX);
        self.milliseconds.store(milliseconds, Ordering::Relaxed);
        metrics::gauge!(names::CLOCK_GAP).set(gap.as_secs_f64());
        let seconds = gap.as_secs();
        match (Verdict::of(gap), before) {
            (now, before) if now == before => {}
            (Verdict::Fine, _) => tracing::info!("the clock agrees with the database's again"),
            (Verdict::Warned, _) => {
                tracing::warn!(seconds, "the clock differs from the database's: set both by NTP");
            }
            (Verdict::NotReady, _) => tracing::error!(
                seconds,
                "the clock differs so far from the database's that this server is not ready: \
                 set both by NTP"
            ),
        }
    }
}

/// How far the clock that told `asked` and then `answered` is ahead of the one
/// that told `told` in between: at least so far, since nobody knows when in between.
fn gap(asked: Timestamp, told: Timestamp, answered: Timestamp) -> SignedDuration {
    if told < asked {
        asked.duration_since(told)
    } else if told > answered {
        answered.duration_since(told)
    } else {
        SignedDuration::ZERO
    }
}

/// Compares the clocks until `stop`.
pub async fn compare_clocks(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut ticks = ticks(EVERY);
    while tick(&mut ticks, &mut stop).await {
        if let Err(error) = app.clock_gap.compare(&app.store, &app.clock).await {
            tracing::error!(%error, "the clock could not be compared with the database's");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_counted_from_the_nearer_end_of_the_wait() {
        let at = |seconds: i64| Timestamp::from_second(1_760_000_000 + seconds).unwrap();
        let gap = |told| gap(at(100), at(told), at(103)).as_secs();
        assert_eq!([gap(90), gap(100), gap(102), gap(103), gap(110)], [10, 0, 0, 0, -7]);
    }

    #[test]
    fn a_server_does_not_start_with_a_clock_that_is_far_off() {
        let start = |milliseconds| {
            let clocks = ClockGap::default();
            clocks.note(SignedDuration::from_millis(milliseconds));
            clocks.check_start().map_err(|error| error.to_string())
        };
        assert_eq!([start(0), start(10_000), start(-10_000)], [Ok(()), Ok(()), Ok(())]);
        let ahead = start(75_900).unwrap_err();
        assert!(ahead.starts_with("the clock of this machine is 75 s ahead of the database's"));
        let behind = start(-10_001).unwrap_err();
        assert!(behind.starts_with("the clock of this machine is 10 s behind the database's"));
        assert!(behind.ends_with("set the clocks of both machines by NTP, then start again"));
    }

    #[test]
    fn ten_seconds_are_borne_and_no_more() {
        let clocks = ClockGap::default();
        for (milliseconds, is_ready) in [
            (0, true),
            (10_000, true),
            (-10_000, true),
            (10_001, false),
            (-10_001, false),
            (0, true),
        ] {
            clocks.note(SignedDuration::from_millis(milliseconds));
            assert_eq!(clocks.too_large().is_none(), is_ready, "{milliseconds}");
        }
    }
}
