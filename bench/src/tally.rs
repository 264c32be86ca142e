//! What a phase counts: completions, latencies within the measured window, errors by kind.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::limits::{ERROR_SHARE_MAX, ERRORS_HOPELESS};

const LATENCY_US_MAX: u64 = 60_000_000;
const LATENCY_DIGITS: u8 = 3;
const EXAMPLE_CHARACTERS_MAX: usize = 300;

/// The measured part of a phase.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    /// First instant that counts.
    pub(crate) from: Instant,
    /// First instant that counts no more.
    pub(crate) to: Instant,
}

impl Window {
    fn holds(self, at: Instant) -> bool {
        self.from <= at && at < self.to
    }
}

/// Latencies in microseconds, three digits exact, up to a minute.
pub(crate) struct Latencies(Histogram<u64>);

impl Latencies {
    /// None yet.
    pub(crate) fn new() -> Self {
        let histogram = Histogram::new_with_bounds(1, LATENCY_US_MAX, LATENCY_DIGITS);
        Self(histogram.expect("the bounds are constants that the histogram allows"))
    }

    fn record(&mut self, latency: Duration) {
        self.0.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(LATENCY_US_MAX));
    }

    /// Takes those of another part too.
    pub(crate) fn add(&mut self, other: &Self) {
        self.0.add(&other.0).expect("all have the same bounds");
    }

    /// How many were recorded.
    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The latency, in milliseconds, that the share `quantile` of all did not exceed.
    pub(crate) fn quantile_ms(&self, quantile: f64) -> f64 {
        milliseconds(self.0.value_at_quantile(quantile))
    }

    /// The longest, in milliseconds.
    pub(crate) fn max_ms(&self) -> f64 {
        milliseconds(self.0.max())
    }
}

fn milliseconds(microseconds: u64) -> f64 {
    Duration::from_micros(microseconds).as_secs_f64() * 1e3
}

/// One kind of error: how often, and what the first one looked like.
pub(crate) struct Errors {
    /// Number of errors of this kind.
    pub(crate) count: u64,
    /// The first one.
    pub(crate) example: String,
}

/// Counters of one phase. `N` kinds of latency are kept apart.
pub(crate) struct Tally {
    window: Window,
    /// Operations completed within the window.
    pub(crate) completed: u64,
    /// Operations completed at any time of the phase.
    pub(crate) completed_ever: u64,
    /// Latencies of operations that were due within the window, by kind.
    pub(crate) latencies: Vec<Latencies>,
    /// Errors at any time of the phase, by kind.
    pub(crate) errors: BTreeMap<&'static str, Errors>,
}

impl Tally {
    /// An empty tally for some kinds of latency.
    pub(crate) fn new(kinds: usize, window: Window) -> Self {
        Self {
            window,
            completed: 0,
            completed_ever: 0,
            latencies: (0..kinds).map(|_| Latencies::new()).collect(),
            errors: BTreeMap::new(),
        }
    }

    /// Counts a completed operation.
    pub(crate) fn complete(&mut self, now: Instant) {
        self.completed_ever += 1;
        self.completed += u64::from(self.window.holds(now));
    }

    /// Records a latency, counted from `since`, if the operation was due within the window.
    pub(crate) fn latency(&mut self, kind: usize, due: Instant, since: Instant, now: Instant) {
        if self.window.holds(due) {
            self.latencies[kind].record(now.duration_since(since));
        }
    }

    /// Counts an error; `example` is shown if it is the first of its kind.
    pub(crate) fn error(&mut self, kind: &'static str, example: &[u8]) {
        let errors = self.errors.entry(kind).or_insert_with(|| Errors {
            count: 0,
            example: String::from_utf8_lossy(example)
                .chars()
                .take(EXAMPLE_CHARACTERS_MAX)
                .collect(),
        });
        errors.count += 1;
    }

    /// All errors together.
    pub(crate) fn error_count(&self) -> u64 {
        self.errors.values().map(|errors| errors.count).sum()
    }

    /// There is no use in going on.
    pub(crate) fn is_hopeless(&self) -> bool {
        let errors = self.error_count();
        errors > ERRORS_HOPELESS && errors > self.completed_ever
    }

    /// More errors than a run may have.
    pub(crate) fn has_failed(&self) -> bool {
        let errors = self.error_count();
        #[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
        let share = errors as f64 / (errors + self.completed_ever).max(1) as f64;
        self.completed_ever == 0 || share > ERROR_SHARE_MAX
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Tally, Window};
    use crate::clock;

    fn tally() -> (Tally, std::time::Instant) {
        let from = clock::now();
        (Tally::new(1, Window { from, to: from + Duration::from_secs(1) }), from)
    }

    #[test]
    fn only_what_falls_into_the_window_is_counted() {
        let (mut tally, from) = tally();
        let ms = Duration::from_millis;
        for at in [from + ms(0), from + ms(999), from + ms(1000)] {
            tally.complete(at);
            tally.latency(0, at, at, at + ms(5));
        }
        assert_eq!((tally.completed, tally.completed_ever), (2, 3));
        assert_eq!(tally.latencies[0].count(), 2);
        assert!((tally.latencies[0].quantile_ms(0.5) - 5.0).abs() < 0.01);
    }

    #[test]
    fn a_thousandth_of_errors_is_borne_and_more_is_not() {
        let (mut tally, from) = tally();
        (0..999).for_each(|_| tally.complete(from));
        tally.error("kind", b"first");
        assert!(!tally.has_failed());
        tally.error("kind", b"second");
        assert!(tally.has_failed());
        assert_eq!(tally.errors["kind"].example, "first");
    }

    #[test]
    fn a_phase_that_completed_nothing_has_failed() {
        assert!(tally().0.has_failed());
    }
}
