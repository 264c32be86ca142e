//! The distribution function of the Beta distribution.

/// Steps of the continued fraction; with these sums of parameters (a few
/// hundred) a tenth of it is enough.
const STEPS_MAX: u32 = 1_000;

/// Where the continued fraction has settled.
const PRECISION: f64 = 1e-14;

/// What stands for a zero in a denominator.
const TINY: f64 = 1e-300;

/// P(X < x) of a Beta(α, β) variable: the regularised incomplete beta function
/// (DLMF §8.17). Both parameters are above zero.
pub(crate) fn cdf(x: f64, alpha: f64, beta: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // The fraction settles fast below the mean; above it, its mirror does.
    if x < (alpha + 1.0) / (alpha + beta + 2.0) {
        lower(x, alpha, beta)
    } else {
        1.0 - lower(1.0 - x, beta, alpha)
    }
}

/// DLMF 8.17.22: x^α (1−x)^β / (α B(α,β)) times a continued fraction.
fn lower(x: f64, alpha: f64, beta: f64) -> f64 {
    let ln_beta = ln_gamma(alpha) + ln_gamma(beta) - ln_gamma(alpha + beta);
    let front = (alpha * x.ln() + beta * (-x).ln_1p() - ln_beta).exp() / alpha;
    (front * fraction(x, alpha, beta)).min(1.0)
}

/// The fraction 1 / (1 + d₁/(1 + d₂/(1 + …))) by the method of Lentz, with the
/// partial numerators of DLMF 8.17.23.
fn fraction(x: f64, alpha: f64, beta: f64) -> f64 {
    let not_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let (mut value, mut upper, mut inverse) = (1.0, 1.0, 0.0);
    for step in 1..=STEPS_MAX {
        let m = f64::from(step / 2);
        let whole = alpha + 2.0 * m;
        let numerator = if step % 2 == 0 {
            m * (beta - m) * x / ((whole - 1.0) * whole)
        } else {
            -(alpha + m) * (alpha + beta + m) * x / (whole * (whole + 1.0))
        };
        inverse = 1.0 / not_zero(1.0 + numerator * inverse);
        upper = not_zero(1.0 + numerator / upper);
        let factor = upper * inverse;
        value *= factor;
        if (factor - 1.0).abs() < PRECISION {
            break;
        }
    }
    1.0 / value
}

/// ln Γ(x) for x > 0: Stirling's series (DLMF 5.11.1) above ten, where seven
/// terms give all digits of a double, and the recurrence below.
fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 7] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1_260.0,
        -1.0 / 1_680.0,
        1.0 / 1_188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
    ];
    let (mut x, mut product) = (x, 1.0_f64);
    while x < 10.0 {
        product *= x;
        x += 1.0;
    }
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let series = TERMS.iter().rev().fold(0.0, |sum, term| sum * square + term) * inverse;
    let half_ln_tau = 0.5 * std::f64::consts::TAU.ln();
    (x - 0.5) * x.ln() - x + half_ln_tau + series - product.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(found: f64, expected: f64, what: &str) {
        let error = (found - expected).abs();
        assert!(error <= 1e-11 * expected.abs().max(0.01), "{what}: {found}, not {expected}");
    }

    #[test]
    fn the_logarithm_of_factorials_is_exact() {
        let mut factorial = 1.0_f64;
        for n in 1..=20_u32 {
            assert_near(ln_gamma(f64::from(n)), factorial.ln(), "integers");
            factorial *= f64::from(n);
        }
        assert_near(ln_gamma(0.5), 0.5 * std::f64::consts::PI.ln(), "a half");
    }

    /// For whole parameters the function is a tail of the binomial distribution
    /// (DLMF 8.17.5).
    #[test]
    fn whole_parameters_give_binomial_tails() {
        for (alpha, beta) in [(1, 1), (2, 3), (5, 1), (17, 9), (20, 81), (90, 12)] {
            for x in [0.001_f64, 0.05, 0.2, 0.375, 0.5, 0.81, 0.97, 0.999] {
                let n = alpha + beta - 1;
                let term = |j: i32| {
                    let choose =
                        (0..j).fold(1.0, |value, i| value * f64::from(n - i) / f64::from(i + 1));
                    choose * x.powi(j) * (1.0 - x).powi(n - j)
                };
                let tail: f64 = (alpha..=n).map(term).sum();
                let found = cdf(x, f64::from(alpha), f64::from(beta));
                assert_near(found, tail, &format!("I_{x}({alpha},{beta})"));
            }
        }
    }

    #[test]
    fn broken_parameters_give_what_is_known() {
        // The arcsine law, and powers.
        for x in [0.01_f64, 0.3, 0.5, 0.9] {
            let arcsine = 2.0 / std::f64::consts::PI * x.sqrt().asin();
            assert_near(cdf(x, 0.5, 0.5), arcsine, "arcsine");
            assert_near(cdf(x, 1.6, 1.0), x.powf(1.6), "a power");
            assert_near(cdf(x, 1.0, 0.4), 1.0 - (1.0 - x).powf(0.4), "its mirror");
            assert_near(cdf(x, 33.7, 8.25) + cdf(1.0 - x, 8.25, 33.7), 1.0, "symmetry");
        }
        assert_eq!((cdf(0.0, 2.0, 3.0), cdf(1.0, 2.0, 3.0)), (0.0, 1.0));
        assert_eq!((cdf(-1.0, 2.0, 3.0), cdf(2.0, 2.0, 3.0)), (0.0, 1.0));
    }
}
