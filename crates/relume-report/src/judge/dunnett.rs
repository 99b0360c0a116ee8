//! The critical value for several differences to one common reference.
//!
//! The differences share the reference, so they are correlated, and treating them as independent (Šidák) or
//! arbitrary (Bonferroni) makes intervals wider than they need be. Dunnett's two-sided value takes the
//! correlation into account: C. W. Dunnett, "A multiple comparison procedure for comparing several treatments
//! with a control", Journal of the American Statistical Association 50 (1955), and "New tables for multiple
//! comparisons with a control", Biometrics 20 (1964).

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
    pub(super) fn probability(self, critical: f64, freedom: f64) -> f64 {
        if freedom >= MANY {
            return self.normal_probability(critical);
        }
        // The estimated standard deviation over the true one is u = sqrt(chi² / freedom); the integral over
        // ln u by the trapezoid rule, which converges fast because the integrand dies at both ends.
        let chi_squared = ChiSquared::new(freedom).expect("freedom is positive");
        let spread = 8.0 / (2.0 * freedom).sqrt();
        let (low, high) = (-spread - 12.0 / freedom, spread.ln_1p());
        let steps = 96;
        let step = (high - low) / f64::from(steps);
        (0..=steps)
            .map(|i| {
                let u = (low + f64::from(i) * step).exp();
                let density = 2.0 * freedom * u * u * chi_squared.pdf(freedom * u * u);
                step * density * self.normal_probability(critical * u)
            })
            .sum()
    }

    /// The same where the standard deviation is known: each difference is sqrt(ρ)·z + sqrt(1-ρ)·own.
    fn normal_probability(self, critical: f64) -> f64 {
        let normal = Normal::standard();
        let (shared, own) = (self.correlation.sqrt(), (1.0 - self.correlation).sqrt());
        let power = i32::try_from(self.comparisons).unwrap_or(i32::MAX);
        let (reach, steps) = (7.0, 56);
        let step = 2.0 * reach / f64::from(steps);
        (0..=steps)
            .map(|i| {
                let z = -reach + f64::from(i) * step;
                let inside =
                    normal.cdf((critical + shared * z) / own) - normal.cdf((-critical + shared * z) / own);
                step * normal.pdf(z) * inside.powi(power)
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
        // Between the value for one comparison and Bonferroni's; bisected on a logarithmic scale.
        let alpha = (1.0 - confidence) / self.comparisons as f64;
        let (mut low, mut high) = (alone, student.inverse_cdf(1.0 - alpha / 2.0));
        while high / low > 1.0 + 1e-5 {
            let middle = (low * high).sqrt();
            if self.probability(middle, freedom) < confidence {
                low = middle
            } else {
                high = middle
            }
        }
        high
    }
}

#[cfg(test)]
mod tests {
    use super::Family;

    fn critical(comparisons: usize, correlation: f64, freedom: f64) -> f64 {
        Family {
            comparisons,
            correlation,
        }
        .critical(0.95, freedom)
    }

    #[test]
    fn agrees_with_dunnetts_table() {
        // Two-sided 5 % points at correlation one half, Dunnett (1964), in hundredths.
        let table = [
            (10.0, [223, 257, 276, 289, 299, 307, 314, 319, 324]),
            (20.0, [209, 238, 254, 265, 273, 280, 286, 290, 295]),
            (f64::INFINITY, [196, 221, 235, 244, 251, 257, 261, 265, 269]),
        ];
        for (freedom, row) in table {
            for (k, expected) in (1..).zip(row) {
                let (found, expected) = (critical(k, 0.5, freedom), f64::from(expected) / 100.0);
                assert!(
                    (found - expected).abs() < 0.011,
                    "k {k}, freedom {freedom}: {found}, {expected}"
                );
            }
        }
    }

    #[test]
    fn is_sidaks_where_differences_are_independent() {
        // Without correlation and with the variance known: 2·Φ(c) - 1 = 0.95^(1/k).
        use statrs::distribution::{ContinuousCDF, Normal};
        for k in [1, 2, 5, 14, 40] {
            let each = 0.95f64.powf(1.0 / k as f64);
            let expected = Normal::standard().inverse_cdf(0.5 + each / 2.0);
            let found = critical(k, 0.0, f64::INFINITY);
            assert!((found - expected).abs() < 5e-4, "{k}: {found}, {expected}");
        }
    }

    #[test]
    fn is_near_bonferroni_for_one_degree_of_freedom() {
        // Two seeds: the integral must cope with values in the hundreds.
        let (two, many) = (critical(2, 0.5, 1.0), critical(40, 0.0, 1.0));
        assert!((12.8..25.5).contains(&two), "{two}");
        assert!((12.8..509.3).contains(&many), "{many}");
        assert!(critical(14, 0.5, 1.0) < critical(14, 0.0, 1.0));
    }

    #[test]
    fn probability_of_the_critical_value_is_the_confidence() {
        for (comparisons, correlation, freedom) in [(3, 0.5, 4.0), (14, 0.3, 9.0), (8, 0.0, 25.5)] {
            let family = Family {
                comparisons,
                correlation,
            };
            let p = family.probability(family.critical(0.95, freedom), freedom);
            assert!((p - 0.95).abs() < 1e-4, "{p}");
        }
    }
}
