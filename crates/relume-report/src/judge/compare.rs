//! Each activation against the best: the difference, its interval, the verdict.

use super::dunnett::Family;
use super::estimate::{Mean, SeedScore, mean_over_seeds};
use super::panel::{PanelRuns, Runs};
use super::verdict::{Difference, Interval, Verdict};

/// The level of confidence, simultaneous over all comparisons of a study.
pub(super) const CONFIDENCE: f64 = 0.95;

/// More seeds than this are not proposed to anyone.
const PRACTICAL: usize = 1000;

/// All comparisons of a panel with its best.
pub(super) struct Comparisons {
    pub(super) family: Family,
    /// Activation, and its difference where there is one.
    pub(super) differences: Vec<(String, Option<Mean>)>,
}

/// Compares every activation with `best`, paired by seed.
pub(super) fn compare(panel: &PanelRuns<'_>, best: &Runs<'_>) -> Comparisons {
    let others = || panel.runs.iter().filter(|r| r.activation != best.activation);
    let differences: Vec<_> = others()
        .map(|r| {
            (
                r.activation.to_owned(),
                mean_over_seeds(&paired(r, best), panel.pool),
            )
        })
        .collect();
    let others_compared = differences.iter().filter(|(_, d)| d.is_some()).count();
    let rows: Vec<&Runs<'_>> = others().collect();
    let family = if panel.validated {
        Family {
            comparisons: others_compared,
            correlation: correlation(&rows, best),
        }
    } else {
        // The best was chosen by these very numbers, so it might have been any: all pairs must hold together.
        Family {
            comparisons: others_compared * (others_compared + 1) / 2,
            correlation: 0.0,
        }
    };
    Comparisons { family, differences }
}

/// The scores of one minus those of the other, for the seeds that both have.
pub(super) fn paired(one: &Runs<'_>, other: &Runs<'_>) -> Vec<SeedScore> {
    let both = one
        .scores
        .iter()
        .filter_map(|(seed, a)| Some((a, other.scores.get(seed)?)));
    both.map(|(a, b)| SeedScore {
        mean: a.mean - b.mean,
        // Both are in the order of the seed's test set, which the panel has checked.
        samples: a.samples.as_ref().zip(b.samples.as_ref()).map(|(a, b)| {
            a.iter()
                .zip(b)
                .map(|(&(sample, a), &(_, b))| (sample, a - b))
                .collect()
        }),
    })
    .collect()
}

/// The average correlation between differences to the best, over the seeds that all have, within what the
/// critical value allows for. None is assumed where seeds are too few to show it.
fn correlation(others: &[&Runs<'_>], best: &Runs<'_>) -> f64 {
    let shared: Vec<u64> = best
        .scores
        .keys()
        .copied()
        .filter(|s| others.iter().all(|r| r.scores.contains_key(s)))
        .collect();
    if shared.len() < 4 || others.len() < 2 {
        return 0.0;
    }
    let centred: Vec<Vec<f64>> = others
        .iter()
        .map(|r| {
            let d: Vec<f64> = shared
                .iter()
                .map(|s| r.scores[s].mean - best.scores[s].mean)
                .collect();
            let mean = d.iter().sum::<f64>() / d.len() as f64;
            let length = d.iter().map(|x| (x - mean).powi(2)).sum::<f64>().sqrt();
            d.iter()
                .map(|x| if length > 0.0 { (x - mean) / length } else { 0.0 })
                .collect()
        })
        .collect();
    // The sum of all pairwise products is the squared length of the sum, less the squares themselves.
    let sum = |seed: usize| centred.iter().map(|d| d[seed]).sum::<f64>();
    let squared: f64 = (0..shared.len()).map(|seed| sum(seed).powi(2)).sum();
    let varying = centred.iter().filter(|d| d.iter().any(|&x| x != 0.0)).count() as f64;
    if varying < 2.0 {
        0.0
    } else {
        ((squared - varying) / (varying * (varying - 1.0))).clamp(0.0, 0.5)
    }
}

/// The difference with its simultaneous interval.
pub(super) fn difference(mean: &Mean, family: Family) -> Difference {
    let standard_error = mean.variance.sqrt();
    let reach = if standard_error > 0.0 {
        family.critical(CONFIDENCE, mean.freedom) * standard_error
    } else {
        0.0
    };
    Difference {
        mean: mean.mean,
        interval: Interval {
            low: mean.mean - reach,
            high: mean.mean + reach,
        },
        standard_error,
        freedom: mean.freedom,
        seeds: mean.seeds,
        includes_sampling: mean.includes_sampling,
    }
}

/// What a difference says, compared with the margin.
pub(super) fn verdict(mean: &Mean, difference: &Difference, family: Family, margin: f64) -> Verdict {
    let Interval { low, high } = difference.interval;
    if -margin <= low && high <= margin {
        Verdict::Equivalent
    } else if high < -margin {
        Verdict::Worse
    } else if low > margin {
        Verdict::Better
    } else {
        Verdict::Undecided {
            seeds: seeds_to_decide(mean, family, margin),
        }
    }
}

/// With how many seeds the interval would clear the nearer end of the margin, if the difference stays where
/// it is and its variance shrinks as 1/seeds down to what the samples leave.
fn seeds_to_decide(mean: &Mean, family: Family, margin: f64) -> Option<usize> {
    let clearance = (mean.mean.abs() - margin).abs();
    let seeds = mean.seeds as f64;
    let decides = |more: usize| {
        let more = more as f64;
        let variance = mean.floor + (mean.variance - mean.floor) * seeds / more;
        let freedom = mean.freedom * (more - 1.0) / (seeds - 1.0);
        family.probability(clearance / variance.sqrt(), freedom) >= CONFIDENCE
    };
    let (mut not_enough, mut enough) = (mean.seeds, PRACTICAL);
    if not_enough >= enough || !decides(enough) {
        return None;
    }
    while enough - not_enough > 1 {
        let middle = usize::midpoint(not_enough, enough);
        if decides(middle) {
            enough = middle
        } else {
            not_enough = middle
        }
    }
    Some(enough)
}
