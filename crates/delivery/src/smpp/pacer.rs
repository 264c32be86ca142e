//! How fast parts go out: a bucket of tokens whose rate follows the peer's
//! patience (`delivery.md` 2, 3.3).

use std::time::Duration;

use tokio::time::Instant;

/// What is left of the rate after a peer asks to slow down.
const DECREASE: f64 = 0.7;

/// Share of the configured rate that is added for each clean second.
const INCREASE: f64 = 0.05;

/// The rate never falls below one part in a second, or what is allowed if that is less.
const RATE_MIN: f64 = 1.0;

/// First pause after a peer asks to slow down.
const PAUSE: Duration = Duration::from_secs(1);

/// Longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(8);

/// A peer that asks again within this time gets twice the pause.
const REPEATED_WITHIN: Duration = Duration::from_secs(10);

/// The bucket; all sessions of a gateway share it.
#[derive(Debug)]
pub(super) struct Pacer {
    /// Parts in a second, as configured, of all servers together.
    rate_of_all: f64,
    /// Parts in a second, at most.
    rate_max: f64,
    /// Parts in a second now.
    rate: f64,
    tokens: f64,
    /// Until when tokens have been filled in.
    filled_at: Instant,
    /// Until when the rate has grown.
    grown_at: Instant,
    pause: Duration,
    throttled_at: Option<Instant>,
    paused_until: Option<Instant>,
    throttles: u64,
}

impl Pacer {
    pub(super) fn new(tps: u32, now: Instant) -> Self {
        let rate = f64::from(tps.max(1));
        Self {
            rate_of_all: rate,
            rate_max: rate,
            rate,
            tokens: burst(rate),
            filled_at: now,
            grown_at: now,
            pause: PAUSE,
            throttled_at: None,
            paused_until: None,
            throttles: 0,
        }
    }

    /// So many of all binds are here; none is the same as one, since nothing is sent
    /// then. What the peer has said of the pace holds for the new one too.
    pub(super) fn share(&mut self, binds: u16, of: u16) {
        let share = f64::from(binds.max(1)) / f64::from(of.max(1));
        let rate_max = self.rate_of_all * share;
        if rate_max.total_cmp(&self.rate_max).is_ne() {
            self.rate = (self.rate * rate_max / self.rate_max).max(RATE_MIN.min(rate_max));
            self.rate_max = rate_max;
        }
    }

    /// Takes the token of one part, or says when there may be one.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Instant> {
        if let Some(until) = self.paused_until {
            if now < until {
                return Err(until);
            }
            self.paused_until = None;
        }
        self.grow(now);
        let passed = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.rate).min(burst(self.rate_max));
        self.filled_at = self.filled_at.max(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        let missing = Duration::from_secs_f64((1.0 - self.tokens) / self.rate);
        // Timers count in milliseconds; a moment too early would be for nothing.
        Err(now + missing.max(Duration::from_millis(1)))
    }

    /// Gives a token back that was not used.
    pub(super) fn give_back(&mut self) {
        self.tokens += 1.0;
    }

    /// The peer has asked to slow down in answer to a part of that time. What
    /// was under way before the last slowing says nothing new.
    pub(super) fn throttled(&mut self, sent_at: Instant, now: Instant) {
        self.throttles += 1;
        if self.throttled_at.is_some_and(|at| sent_at <= at) {
            return;
        }
        let is_repeated =
            self.throttled_at.is_some_and(|at| now.duration_since(at) <= REPEATED_WITHIN);
        self.pause = if is_repeated { (self.pause * 2).min(PAUSE_MAX) } else { PAUSE };
        self.rate = (self.rate * DECREASE).max(RATE_MIN.min(self.rate_max));
        let until = now + self.pause;
        self.throttled_at = Some(now);
        self.paused_until = Some(until);
        // Nothing is saved up meanwhile: a burst would be the next offence.
        self.tokens = 0.0;
        (self.filled_at, self.grown_at) = (until, until);
    }

    /// Parts in a second now.
    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// How often the peer has asked to slow down.
    pub(super) fn throttles(&self) -> u64 {
        self.throttles
    }

    fn grow(&mut self, now: Instant) {
        let clean = now.saturating_duration_since(self.grown_at).as_secs();
        if clean > 0 {
            self.grown_at += Duration::from_secs(clean);
            let seconds = u32::try_from(clean).map_or(f64::MAX, f64::from);
            self.rate = (self.rate + seconds * INCREASE * self.rate_max).min(self.rate_max);
        }
    }
}

/// Parts that may go out at once after a quiet time.
fn burst(rate: f64) -> f64 {
    (rate / 2.0).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    /// Takes what there is for so long, asking whenever the pacer says; gives
    /// how many parts went out.
    fn take_for(pacer: &mut Pacer, from: Instant, length: Duration) -> u32 {
        let (mut now, mut count) = (from, 0);
        while now < from + length {
            match pacer.take(now) {
                Ok(()) => count += 1,
                Err(at) => {
                    assert!(at > now);
                    now = at;
                }
            }
        }
        count
    }

    #[tokio::test]
    async fn a_burst_and_then_the_rate() {
        let start = Instant::now();
        let mut pacer = Pacer::new(30, start);
        assert_eq!(take_for(&mut pacer, start, Duration::from_nanos(1)), 15);
        let count = take_for(&mut pacer, start + secs(0.001), secs(10.0));
        assert!((299..=301).contains(&count), "{count}");
        assert_eq!(take_for(&mut pacer, start + secs(60.0), Duration::from_nanos(1)), 15);
    }

    #[tokio::test]
    async fn a_slow_gateway_has_a_burst_of_one() {
        let start = Instant::now();
        let mut pacer = Pacer::new(1, start);
        assert_eq!(take_for(&mut pacer, start, secs(9.5)), 10);
    }

    #[tokio::test]
    async fn a_share_of_a_slow_rate_is_less_than_one_a_second() {
        let start = Instant::now();
        let mut pacer = Pacer::new(1, start);
        pacer.share(1, 4);
        assert_eq!(take_for(&mut pacer, start, secs(39.5)), 10);
        pacer.throttled(start + secs(40.0), start + secs(40.0));
        assert!((pacer.rate() - 0.25).abs() < 1e-6, "{}", pacer.rate());
        pacer.share(4, 4);
        assert!((pacer.rate() - 1.0).abs() < 1e-6, "{}", pacer.rate());
    }

    #[tokio::test]
    async fn pauses_double_while_throttling_is_repeated() {
        let start = Instant::now();
        let mut pacer = Pacer::new(100, start);
        let mut now = start;
        for (pause, rate) in [(1, 70.0), (2, 49.0), (4, 34.3), (8, 24.01), (8, 16.807)] {
            pacer.throttled(now, now);
            assert!((pacer.rate() - rate).abs() < 1e-6, "{} and not {rate}", pacer.rate());
            let until = now + Duration::from_secs(pause);
            assert_eq!(pacer.take(now), Err(until));
            now = until;
        }
        now += secs(10.0);
        pacer.throttled(now, now);
        assert_eq!(pacer.take(now), Err(now + PAUSE));
        for _ in 0..100 {
            now += secs(11.0);
            pacer.throttled(now, now);
        }
        assert!(pacer.rate() >= RATE_MIN);
    }

    #[tokio::test]
    async fn what_was_under_way_slows_down_once() {
        let start = Instant::now();
        let mut pacer = Pacer::new(100, start);
        for answer in 1..=10 {
            pacer.throttled(start, start + Duration::from_millis(answer));
        }
        assert!((pacer.rate() - 70.0).abs() < 1e-6);
        assert_eq!(pacer.throttles(), 10);
        assert_eq!(pacer.take(start + secs(0.5)), Err(start + secs(1.001)));
    }

    #[tokio::test]
    async fn clean_seconds_bring_the_rate_back() {
        let start = Instant::now();
        let mut pacer = Pacer::new(100, start);
        pacer.throttled(start, start);
        let resumed = start + secs(1.0);
        let _ = pacer.take(resumed + secs(0.9));
        assert!((pacer.rate() - 70.0).abs() < 1e-6);
        let _ = pacer.take(resumed + secs(3.5));
        assert!((pacer.rate() - 85.0).abs() < 1e-6);
        let _ = pacer.take(resumed + secs(60.0));
        assert!((pacer.rate() - 100.0).abs() < 1e-6);
    }
}
