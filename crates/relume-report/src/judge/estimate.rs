//! The mean over seeds of a score or of a difference, and how far chance may have moved it.
//!
//! Two kinds of chance are in it. The seeds (split, initial weights, order of batches) vary the mean from one
//! seed to the next, which the spread between seeds shows. And the test samples are a sample: where seeds
//! share test samples, a lucky sample moves all of them together, which the spread between seeds cannot show.
//! With w = 1/(S·n) for each cell (seed s, test sample i) and e its deviation from the mean of its seed,
//!
//! V = V_seeds + S/(S-1) · Σᵢ Σ_{s≠t} w² e_is e_it,
//!
//! the second term being what shared samples add, is unbiased under seed effects, sample effects and noise,
//! for a fixed test set as for one that is redrawn. It is the two-way cluster-robust variance (A. C. Cameron,
//! J. B. Gelbach, D. L. Miller, "Robust inference with multiway clustering", Journal of Business & Economic
//! Statistics 29, 2011; A. B. Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1, 2007) without
//! the part of it that is biased where clusters are few. V is never taken smaller than either way alone.

use std::collections::BTreeMap;

/// What one seed contributes.
#[derive(Clone, Debug)]
pub(super) struct SeedScore {
    /// The metric, or the difference of two.
    pub(super) mean: f64,
    /// The same sample by sample: the number of the sample and its share; their mean is `mean`.
    pub(super) samples: Option<Vec<(u32, f64)>>,
}

/// A mean over seeds and its variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mean {
    pub(super) mean: f64,
    pub(super) variance: f64,
    pub(super) includes_sampling: bool,
}

/// The mean over seeds. `None` for fewer than two seeds, where nothing shows how far chance goes.
pub(super) fn mean_over_seeds(scores: &[SeedScore]) -> Option<Mean> {
    if scores.len() < 2 {
        return None;
    }
    let s = scores.len() as f64;
    let mean = scores.iter().map(|x| x.mean).sum::<f64>() / s;
    let by_seed = scores.iter().map(|x| (x.mean - mean).powi(2)).sum::<f64>() / (s * (s - 1.0));
    let shared = shared_samples(scores);
    Some(Mean {
        mean,
        variance: shared.as_ref().map_or(by_seed, |shared| {
            (by_seed + shared.covariance).max(shared.by_sample)
        }),
        includes_sampling: shared.is_some(),
    })
}

/// What the test samples that seeds have in common say.
struct Shared {
    /// The covariance between seeds that they cause, on the variance of the mean.
    covariance: f64,
    /// The variance of the mean if samples were all the chance there is.
    by_sample: f64,
}

/// `None` where a seed's samples are not known.
fn shared_samples(scores: &[SeedScore]) -> Option<Shared> {
    let s = scores.len() as f64;
    // Per sample: the sums over seeds of w·e and (w·e)².
    let mut sums: BTreeMap<u32, [f64; 2]> = BTreeMap::new();
    for seed in scores {
        let samples = seed.samples.as_ref()?;
        let w = 1.0 / (s * samples.len() as f64);
        for &(sample, value) in samples {
            let we = w * (value - seed.mean);
            let sum = sums.entry(sample).or_default();
            for (total, x) in sum.iter_mut().zip([we, we * we]) {
                *total += x;
            }
        }
    }
    let total = |f: &dyn Fn(&[f64; 2]) -> f64| sums.values().map(f).sum::<f64>();
    let distinct = sums.len() as f64;
    let products = total(&|x| x[0] * x[0] - x[1]);
    Some(Shared {
        covariance: (products * s / (s - 1.0)).max(0.0),
        by_sample: total(&|x| x[0] * x[0]) * distinct / (distinct - 1.0).max(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(samples: &[(u32, f64)]) -> SeedScore {
        let mean = samples.iter().map(|x| x.1).sum::<f64>() / samples.len() as f64;
        SeedScore {
            mean,
            samples: Some(samples.to_vec()),
        }
    }

    #[test]
    fn without_samples_it_is_students_interval() {
        let scores: Vec<_> = [1.0, 2.0, 4.0]
            .map(|mean| SeedScore { mean, samples: None })
            .into();
        let found = mean_over_seeds(&scores).unwrap();
        assert!((found.mean - 7.0 / 3.0).abs() < 1e-12);
        assert!((found.variance - 7.0 / 9.0).abs() < 1e-12); // 14/3 over 2, over 3
        assert!(!found.includes_sampling);
        assert_eq!(mean_over_seeds(&scores[..1]), None);
    }

    #[test]
    fn identical_seeds_leave_the_samples_variance() {
        // Every net gives the same answers, so only the choice of four samples varies the mean.
        let samples = [(0, 0.0), (1, 1.0), (2, 1.0), (3, 1.0)];
        let scores = vec![seed(&samples); 5];
        let found = mean_over_seeds(&scores).unwrap();
        let expected = (3.0 * 0.0625 + 0.5625) / 3.0 / 4.0;
        assert!((found.variance - expected).abs() < 1e-12, "{found:?}, {expected}");
        assert!(found.includes_sampling);
    }

    #[test]
    fn constant_scores_vary_not_at_all() {
        let scores = vec![seed(&[(0, 0.5), (1, 0.5)]); 4];
        let found = mean_over_seeds(&scores).unwrap();
        assert_eq!((found.mean, found.variance), (0.5, 0.0));
    }
}
