//! Draws from the Beta distribution, from uniform bits.

use crate::entropy::{Entropy, draw};
use crate::limits::SAMPLER_ROUNDS_MAX;

/// A draw from Beta(α, β), both above zero: two Gamma draws X and Y give
/// X / (X + Y).
pub(super) fn beta(alpha: f64, beta: f64, entropy: &mut dyn Entropy) -> f64 {
    let (x, y) = (gamma(alpha, entropy), gamma(beta, entropy));
    let sum = x + y;
    // Tiny shapes can give zero twice.
    if sum > 0.0 { x / sum } else { alpha / (alpha + beta) }
}

/// A number in (0, 1), of 53 bits.
pub(super) fn uniform(entropy: &mut dyn Entropy) -> f64 {
    // The double that is half a step above a multiple of 2⁻⁵².
    #[expect(clippy::cast_precision_loss, reason = "52 bits fit a double")]
    let steps = (u64::from_le_bytes(draw(entropy)) >> 12) as f64;
    (steps + 0.5) / 4_503_599_627_370_496.0
}

/// A draw from Gamma(shape, 1), after Marsaglia and Tsang, "A simple method
/// for generating gamma variables" (2000): a cubed normal, with rejection.
fn gamma(shape: f64, entropy: &mut dyn Entropy) -> f64 {
    if shape < 1.0 {
        // Section 6 there: one shape higher, scaled down.
        let above = gamma(shape + 1.0, entropy);
        return above * uniform(entropy).powf(1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    for _ in 0..SAMPLER_ROUNDS_MAX {
        let normal = normal(entropy);
        let cube = (1.0 + c * normal).powi(3);
        if cube > 0.0 {
            let bound = 0.5 * normal * normal + d - d * cube + d * cube.ln();
            if uniform(entropy).ln() < bound {
                return d * cube;
            }
        }
    }
    shape
}

/// A draw from the standard normal distribution, after Box and Muller (1958).
fn normal(entropy: &mut dyn Entropy) -> f64 {
    let radius = (-2.0 * uniform(entropy).ln()).sqrt();
    radius * (std::f64::consts::TAU * uniform(entropy)).cos()
}

#[cfg(test)]
mod tests {
    use super::super::beta as exact;
    use super::*;
    use crate::entropy::SeededEntropy;

    const DRAWS: u32 = 40_000;

    /// As good a source as a stopped generator.
    struct Constant(u8);

    impl Entropy for Constant {
        fn fill(&mut self, out: &mut [u8]) {
            out.fill(self.0);
        }
    }

    #[test]
    fn draws_have_the_mean_the_variance_and_the_quantiles_of_the_distribution() {
        for (alpha, b) in [
            (0.4, 1.6),
            (1.0, 1.0),
            (1.6, 0.4),
            (3.5, 0.9),
            (20.0, 81.0),
            (85.6, 14.9),
            (0.05, 0.1),
        ] {
            let mut entropy = SeededEntropy::new(7);
            let draws: Vec<f64> = (0..DRAWS).map(|_| beta(alpha, b, &mut entropy)).collect();
            assert!(draws.iter().all(|draw| (0.0..=1.0).contains(draw)));
            let n = f64::from(DRAWS);
            let mean = draws.iter().sum::<f64>() / n;
            let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / n;
            let sum = alpha + b;
            let true_mean = alpha / sum;
            let true_variance = true_mean * (1.0 - true_mean) / (sum + 1.0);
            // Four standard errors of a mean.
            let error = 4.0 * (true_variance / n).sqrt();
            assert!((mean - true_mean).abs() < error, "({alpha}, {b}): mean {mean}");
            let off = (variance / true_variance - 1.0).abs();
            assert!(off < 0.05, "({alpha}, {b}): variance {variance}, not {true_variance}");
            for x in [0.01, 0.1, 0.2, 0.25, 0.5, 0.75, 0.8, 0.85, 0.9, 0.99] {
                let below = draws.iter().filter(|draw| **draw < x).count();
                let below = f64::from(u32::try_from(below).unwrap()) / n;
                let expected = exact::cdf(x, alpha, b);
                assert!((below - expected).abs() < 0.01, "({alpha}, {b}): {below} below {x}");
            }
        }
    }

    #[test]
    fn uniform_numbers_stay_inside_and_fill_the_interval() {
        for (byte, expected) in [(0, 0.0), (0xFF, 1.0)] {
            let number = uniform(&mut Constant(byte));
            assert!(0.0 < number && number < 1.0 && (number - expected).abs() < 1e-15);
        }
        let mut entropy = SeededEntropy::new(3);
        let mut tenths = [0_u32; 10];
        for _ in 0..DRAWS {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 9")]
            let tenth = (10.0 * uniform(&mut entropy)) as usize;
            tenths[tenth] += 1;
        }
        assert!(tenths.iter().all(|count| (3_750..4_250).contains(count)), "{tenths:?}");
    }

    #[test]
    fn a_broken_source_gives_numbers_and_ends() {
        for byte in [0, 1, 0x55, 0x7F, 0x80, 0xFF] {
            for (alpha, b) in [(0.4, 1.6), (100.0, 1.0), (f64::EPSILON, f64::EPSILON)] {
                let draw = beta(alpha, b, &mut Constant(byte));
                assert!((0.0..=1.0).contains(&draw), "{byte}: {draw}");
            }
        }
    }
}
