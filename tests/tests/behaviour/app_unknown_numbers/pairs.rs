//! Times of calls in pairs, and whether one kind takes longer.

/// Share of the differences that is left out at each end: what the machine did.
const TRIMMED: f64 = 0.1;
/// Quantile of the normal distribution for an interval of 99.9 %.
const WIDTH: f64 = 3.291;

/// Differences of pairs, in microseconds.
#[derive(Default)]
pub(crate) struct Pairs {
    differences: Vec<f64>,
    seconds: Vec<f64>,
}

impl Pairs {
    pub(crate) fn add(&mut self, first: f64, second: f64) {
        self.differences.push(first - second);
        self.seconds.push(second);
    }

    /// Trimmed mean of the differences, and half the width of its interval
    /// (Tukey and `McLaughlin`: from the winsorised deviation).
    pub(crate) fn interval(&self) -> (f64, f64) {
        let mut sorted = self.differences.clone();
        sorted.sort_by(f64::total_cmp);
        let count = sorted.len();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss
        )]
        let cut = (count as f64 * TRIMMED) as usize;
        let kept = &sorted[cut..count - cut];
        let mean = mean(kept);
        let (low, high) = (kept[0], kept[kept.len() - 1]);
        let winsorised: Vec<_> = sorted.iter().map(|d| d.clamp(low, high)).collect();
        let about = self::mean(&winsorised);
        let squares: Vec<_> = winsorised.iter().map(|d| (d - about).powi(2)).collect();
        #[expect(clippy::cast_precision_loss)]
        let error = self::mean(&squares).sqrt() / ((1.0 - 2.0 * TRIMMED) * (count as f64).sqrt());
        (mean, WIDTH * error)
    }

    pub(crate) fn contains_zero(&self) -> bool {
        let (mean, half) = self.interval();
        mean.abs() <= half
    }

    pub(crate) fn told(&self) -> String {
        let (difference, half) = self.interval();
        let mut seconds = self.seconds.clone();
        seconds.sort_by(f64::total_cmp);
        format!(
            "{} pairs, median {:.0} µs, known minus unknown {difference:.1} µs ± {half:.1} µs (99.9 %)",
            seconds.len(),
            seconds[seconds.len() / 2]
        )
    }
}

#[expect(clippy::cast_precision_loss)]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Values that look like chance and are the same in every run (`SplitMix64`).
#[cfg(test)]
fn noise(index: u64) -> f64 {
    let mixed = index.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    f64::from(u32::try_from((mixed ^ mixed >> 31) % 1_000).expect("below a thousand"))
}

#[test]
fn a_difference_is_seen_and_noise_is_not() {
    let measured = |offset: f64| {
        let mut pairs = Pairs::default();
        for index in 0..400 {
            pairs.add(1_000.0 + noise(index) + offset, 1_000.0 + noise(index + 1_000));
        }
        pairs
    };
    assert!(measured(0.0).contains_zero(), "{}", measured(0.0).told());
    assert!(!measured(150.0).contains_zero(), "{}", measured(150.0).told());
    assert!(!measured(-150.0).contains_zero(), "{}", measured(-150.0).told());
}
