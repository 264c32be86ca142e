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
