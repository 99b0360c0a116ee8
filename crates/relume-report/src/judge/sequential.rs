//! How large a difference chance alone may make, at whatever number of seeds one looks.
//!
//! Who looks after every seed and stops when a difference is large has many chances to be fooled. Alpha spending
//! (K. K. G. Lan, D. L. DeMets, "Discrete sequential boundaries for clinical trials", Biometrika 70, 1983) divides the
//! allowed error among the looks: of it, n seeds may have spent the share [`spent`], and the boundary of each look is
//! the one that spends just this, computed by numerical integration (P. Armitage, C. K. McPherson, B. C. Rowe,
//! "Repeated significance tests on accumulating data", Journal of the Royal Statistical Society A 132, 1969). The share
//! depends on n alone, so a study may be stopped at any time, and gone on with.
//!
//! The integration is for a known variance. Where it is estimated, each look keeps its nominal level and takes Student's
//! quantile at that level (the significance-level approach of Pocock, 1977).

use statrs::distribution::{Continuous, ContinuousCDF, Normal, StudentsT};

/// With fewer seeds nothing is said.
pub const FEWEST: usize = 5;

/// After this many seeds more than the first look, half of the error is spent.
const HALF: f64 = 20.0;

/// So many looks are computed at least, to say how many seeds it would take.
const LOOKS: usize = 128;

/// Step of the integration, in standard deviations of one seed.
const STEP: f64 = 0.125;

/// From here on the normal density is nothing.
const FAR: f64 = 8.0;

/// The boundaries of all looks up to some number of seeds.
#[derive(Clone, Debug)]
pub(crate) struct Boundary {
    looks: Vec<Look>,
}

#[derive(Clone, Copy, Debug)]
struct Look {
    /// The probability that a single look at this boundary errs.
    level: f64,
    /// The boundary in standard errors, by Student's distribution.
    reach: f64,
}

impl Boundary {
    /// For looks at up to `most` seeds that together err, to either side, with probability `error` at most.
    pub(crate) fn new(error: f64, most: usize) -> Self {
        let normal = Normal::standard();
        let looks = boundaries(FEWEST, most.max(LOOKS), |seeds| error * spent(seeds));
        let looks = (FEWEST..).zip(looks).map(|(seeds, z)| {
            let level = 2.0 * normal.sf(z);
            let student = StudentsT::new(0.0, 1.0, (seeds - 1) as f64).expect("freedom is positive");
            Look {
                level,
                reach: -student.inverse_cdf(level / 2.0),
            }
        });
        Self {
            looks: looks.collect(),
        }
    }

    /// How many standard errors chance may make with so many seeds; beyond the last look, what it was there.
    pub(crate) fn reach(&self, seeds: usize) -> Option<f64> {
        Some(self.look(seeds)?.reach)
    }

    /// The probability that this look alone would err.
    pub(crate) fn level(&self, seeds: usize) -> Option<f64> {
        Some(self.look(seeds)?.level)
    }

    fn look(&self, seeds: usize) -> Option<&Look> {
        let look = seeds.checked_sub(FEWEST)?;
        self.looks.get(look).or(self.looks.last())
    }
}

/// The share of the error that may be spent with so many seeds.
fn spent(seeds: usize) -> f64 {
    let more = (seeds + 1 - FEWEST) as f64;
    more / (more + HALF)
}

/// For each n from `first` to `most`, the z that |B(n)|/√n exceeds for the first time at n with the probability that
/// `spend` grows by there; B(n) is the sum of n independent standard normal numbers.
fn boundaries(first: usize, most: usize, spend: impl Fn(usize) -> f64) -> Vec<f64> {
    let normal = Normal::standard();
    let width = (FAR / STEP) as usize;
    let step: Vec<f64> = (0..=width).map(|i| STEP * normal.pdf(i as f64 * STEP)).collect();
    // The probability of each cell around 0, STEP, 2·STEP, ... (it is the same below 0) of not having crossed so far.
    let deviation = (first as f64).sqrt();
    let cells = (FAR * deviation / STEP) as usize;
    let mut inside: Vec<f64> = (0..=cells)
        .map(|i| STEP / deviation * normal.pdf(i as f64 * STEP / deviation))
        .collect();
    let (mut found, mut before) = (Vec::new(), 0.0);
    for n in first..=most {
        if n > first {
            inside = convolved(&inside, &step);
        }
        let allowed = spend(n) - before;
        before = spend(n);
        let edge = cut(&mut inside, allowed / 2.0);
        found.push(edge * STEP / (n as f64).sqrt());
    }
    found
}

/// The distribution after one more seed.
fn convolved(inside: &[f64], step: &[f64]) -> Vec<f64> {
    let width = step.len() - 1;
    (0..inside.len() + width)
        .map(|i| {
            let above = (i.saturating_sub(width)..=i + width).filter_map(|j| Some((j, *inside.get(j)?)));
            let above: f64 = above.map(|(j, p)| p * step[i.abs_diff(j)]).sum();
            let below = (1..=width.saturating_sub(i)).filter_map(|j| Some((j, *inside.get(j)?)));
            above + below.map(|(j, p)| p * step[i + j]).sum::<f64>()
        })
        .collect()
}

/// Cuts the upper end off that has this probability; returns where, in cells.
fn cut(inside: &mut Vec<f64>, probability: f64) -> f64 {
    let mut left = probability;
    while let Some(&last) = inside.last() {
        if last > left {
            break;
        }
        left -= last;
        inside.pop();
    }
    let Some(last) = inside.last_mut() else { return 0.0 };
    let outside = left / *last;
    *last -= left;
    inside.len() as f64 - 0.5 - outside
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    #[test]
    fn agrees_with_lan_and_demets() {
        // O'Brien and Fleming's boundary by spending, five looks, two-sided 5 %: gsDesign's sfLDOF and
        // Jennison and Turnbull, Group Sequential Methods (2000).
        let normal = Normal::standard();
        let half = -normal.inverse_cdf(0.0125);
        let spend = |look: usize| 4.0 * normal.sf(half / (look as f64 / 5.0).sqrt());
        let found = boundaries(1, 5, spend);
        for (found, expected) in found.iter().zip([4.877, 3.357, 2.680, 2.290, 2.031]) {
            assert!((found / expected - 1.0).abs() < 0.002, "{found}, {expected}");
        }
    }

    #[test]
    fn spends_what_it_may_and_no_more() {
        let (error, most, walks) = (0.05, 60, 40_000);
        let normal = Normal::standard();
        let boundary = boundaries(FEWEST, most, |n| error * spent(n));
        let mut rng = StdRng::seed_from_u64(5);
        let mut crossed = 0;
        for _ in 0..walks {
            let mut sum = 0.0;
            crossed += u32::from((1..=most).any(|n| {
                sum += normal.inverse_cdf(rng.random::<f64>());
                n >= FEWEST && f64::abs(sum) > boundary[n - FEWEST] * (n as f64).sqrt()
            }));
        }
        let (found, expected) = (f64::from(crossed) / f64::from(walks), error * spent(most));
        assert!((found - expected).abs() < 0.003, "{found}, {expected}"); // three standard errors
    }

    #[test]
    fn a_few_seeds_must_show_more() {
        let boundary = Boundary::new(0.001, 40);
        assert_eq!(boundary.reach(FEWEST - 1), None);
        let reaches: Vec<f64> = (FEWEST..=40).filter_map(|n| boundary.reach(n)).collect();
        assert!(reaches.windows(2).all(|pair| pair[1] < pair[0]), "{reaches:?}");
        assert_eq!(boundary.reach(1000), boundary.reach(LOOKS));
        // Not below what a single look would need.
        let alone = StudentsT::new(0.0, 1.0, 39.0).unwrap().inverse_cdf(0.9995);
        assert!(boundary.reach(40).unwrap() > alone);
    }
}
