//! The critical value for several differences to one common reference.
//!
//! The differences share the reference, so they are correlated, and treating them as independent (Šidák) or
//! arbitrary (Bonferroni) makes intervals wider than they need be. Dunnett's two-sided value takes the
//! correlation into account: C. W. Dunnett, "A multiple comparison procedure for comparing several treatments
//! with a control", Journal of the American Statistical Association 50 (1955). His has one pooled variance;
//! activations differ in theirs, so each difference has its own here, as in M. Hasler, L. A. Hothorn,
//! "Multiple contrast tests in the presence of heteroscedasticity", Biometrical Journal 50 (2008). Taking
//! their errors as independent makes the value a little larger than Dunnett's.

use statrs::distribution::{ChiSquared, Continuous, ContinuousCDF, Normal, StudentsT};

/// From here on Student's t is normal for every purpose here.
const MANY: f64 = 1e4;

/// How many differences are compared, and how strongly each two of them are correlated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Family {
    pub(super) comparisons: usize,
    /// From 0 (Šidák) to 0.5 (all activations vary equally: Dunnett's own case).
    pub(super) correlation: f64,
}

impl Family {
    /// The probability that all |t| of the family stay below `critical`, for `freedom` degrees of freedom.
    ///
    /// Each t is (sqrt(ρ)·z + sqrt(1-ρ)·own) / u with the z of the common reference: given z they are
    /// independent, so their probabilities multiply, and z is integrated over.
    pub(super) fn probability(self, critical: f64, freedom: f64) -> f64 {
        let normal = Normal::standard();
        let (shared, own) = (self.correlation.sqrt(), (1.0 - self.correlation).sqrt());
        let power = i32::try_from(self.comparisons).unwrap_or(i32::MAX);
        let scales = scales(freedom);
        // The trapezoid rule, which converges fast because the integrand dies at the end. It is even in z:
        // twice the sum over z > 0, and z = 0 once.
        let step = 0.5;
        (0..=13)
            .map(|i| {
                let z = step * f64::from(i);
                let weight = if i == 0 { step } else { 2.0 * step };
                let inside = |u: f64| {
                    let (low, high) = (shared * z - critical * u, shared * z + critical * u);
                    normal.cdf(high / own) - normal.cdf(low / own)
                };
                let each: f64 = scales.iter().map(|&(u, density)| density * inside(u)).sum();
                weight * normal.pdf(z) * each.powi(power)
            })
            .sum()
    }

    /// The value that all |t| of the family stay below with probability `confidence`.
    pub(super) fn critical(self, confidence: f64, freedom: f64) -> f64 {
        let student = StudentsT::new(0.0, 1.0, freedom.min(MANY)).expect("freedom is positive");
        let alone = student.inverse_cdf(0.5 + confidence / 2.0);
        if self.comparisons < 2 {
            return alone;
        }
        // Between the value for one comparison and Bonferroni's, by false position in ln c. The weight of an
        // end that stays is halved (the Illinois method), or it would stay for ever.
        let alpha = (1.0 - confidence) / self.comparisons as f64;
        let bonferroni = student.inverse_cdf(1.0 - alpha / 2.0);
        let excess = |c: f64| self.probability(c.exp(), freedom) - confidence;
        let (mut low, mut high) = (alone.ln(), bonferroni.ln() + 1e-3);
        let (mut below, mut above) = (excess(low), excess(high));
        let mut middle = high;
        for _ in 0..60 {
            middle = (low * above - high * below) / (above - below);
            let found = excess(middle);
            if found.abs() < 1e-7 || high - low < 1e-6 {
                break;
            }
            if found < 0.0 {
                (low, below, above) = (middle, found, above / 2.0);
            } else {
                (high, above, below) = (middle, found, below / 2.0);
            }
        }
        middle.exp()
    }
}

/// How large an estimated standard deviation may be in units of the true one, u = sqrt(chi² / freedom), as
/// points and weights of the trapezoid rule over ln u.
fn scales(freedom: f64) -> Vec<(f64, f64)> {
    if freedom >= MANY {
        return vec![(1.0, 1.0)];
    }
    let chi_squared = ChiSquared::new(freedom).expect("freedom is positive");
    let spread = 8.0 / (2.0 * freedom).sqrt();
    let (low, high) = (-spread - 12.0 / freedom, spread.ln_1p());
    let steps = 64;
    let step = (high - low) / f64::from(steps);
    (0..=steps)
        .map(|i| {
            let u = (low + f64::from(i) * step).exp();
            (u, step * 2.0 * freedom * u * u * chi_squared.pdf(freedom * u * u))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Family;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};
    use statrs::distribution::{ChiSquared, ContinuousCDF, Normal, StudentsT};

    fn critical(comparisons: usize, correlation: f64, freedom: f64) -> f64 {
        Family {
            comparisons,
            correlation,
        }
        .critical(0.95, freedom)
    }

    /// The value that independent comparisons need.
    fn sidak(comparisons: usize, freedom: f64) -> f64 {
        let each = 0.95f64.powf(1.0 / comparisons as f64);
        StudentsT::new(0.0, 1.0, freedom)
            .unwrap()
            .inverse_cdf(0.5 + each / 2.0)
    }

    #[test]
    fn agrees_with_dunnetts_table() {
        // Two-sided 5 % points at correlation one half, in hundredths. With the variance known they are the
        // same; with a finite number of degrees of freedom ours lie between them and Šidák's.
        let table = [
            (10.0, [223, 257, 276, 289, 299, 307, 314, 319, 324]),
            (20.0, [209, 238, 254, 265, 273, 280, 286, 290, 295]),
            (1e6, [196, 221, 235, 244, 251, 257, 261, 265, 269]),
        ];
        for (freedom, row) in table {
            for (k, expected) in (1..).zip(row) {
                let (found, expected) = (critical(k, 0.5, freedom), f64::from(expected) / 100.0);
                let most = if freedom > 1e5 {
                    expected
                } else {
                    sidak(k, freedom)
                };
                assert!(
                    expected - 0.011 < found && found < most + 0.011,
                    "{k}, {freedom}: {found}, {expected}"
                );
            }
        }
    }

    #[test]
    fn is_sidaks_where_differences_are_independent() {
        for freedom in [1.0, 2.0, 9.0, 37.5, 1000.0] {
            for k in [1, 2, 5, 14, 40] {
                let (found, expected) = (critical(k, 0.0, freedom), sidak(k, freedom));
                assert!(
                    (found / expected - 1.0).abs() < 2e-3,
                    "{k}, {freedom}: {found}, {expected}"
                );
            }
        }
    }

    #[test]
    fn holds_its_level_where_it_is_drawn() {
        let mut rng = StdRng::seed_from_u64(7);
        let (k, freedom, draws) = (8, 9.0, 40_000);
        let critical = critical(k, 0.5, freedom);
        let (normal, chi) = (Normal::standard(), ChiSquared::new(freedom).unwrap());
        let mut held = 0;
        for _ in 0..draws {
            let z = normal.inverse_cdf(rng.random::<f64>());
            held += u32::from((0..k).all(|_| {
                let own = normal.inverse_cdf(rng.random::<f64>());
                let u = (chi.inverse_cdf(rng.random::<f64>()) / freedom).sqrt();
                ((z + own) * 0.5f64.sqrt() / u).abs() <= critical
            }));
        }
        let share = f64::from(held) / f64::from(draws);
        assert!((share - 0.95).abs() < 0.0035, "{share}"); // three standard errors
    }
}
