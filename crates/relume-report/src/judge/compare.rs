//! The trials of a panel as a race, and each arm against its leader.

use super::estimate::{SeedScore, mean_over_seeds};
use super::pair::Score;
use super::panel::{PanelRuns, Runs};
use super::race::{ERROR, Race, Rules};
use super::sequential::Boundary;
use super::verdict::{Difference, Interval, Verdict};
use crate::study::Study;
use crate::trial::Metric;

/// The level of confidence, simultaneous over all comparisons and looks of a study.
pub(super) const CONFIDENCE: f64 = 1.0 - ERROR;

/// A panel after its race.
pub(super) struct Raced {
    pub(super) race: Race,
    /// For the interval of a mean by itself.
    alone: Boundary,
    /// The seeds that were judged, ascending: those for which every arm that ran has a trial.
    pub(super) seeds: Vec<u64>,
}

/// Runs the race of a panel's trials again, seed by seed.
pub(super) fn race(panel: &PanelRuns<'_>, study: &Study) -> Raced {
    let place = |name: &String| panel.runs.iter().position(|runs| runs.activation == name);
    let controls: Option<Vec<usize>> = study.controls.iter().map(place).collect();
    let rules = Rules {
        arms: panel.runs.len(),
        control: panel.control(),
        controls: controls.unwrap_or_default(),
        margin: study.margin,
        resolution: resolution(panel),
        widest: panel
            .first()
            .map_or(f64::INFINITY, |trial| trial.task.metric.widest()),
        most: panel.seeds().len(),
    };
    let mut race = Race::new(rules);
    let mut seeds = Vec::new();
    for seed in panel.seeds() {
        let scores: Vec<Option<Score>> = panel.runs.iter().map(|runs| runs.score(seed)).collect();
        let complete = race
            .running()
            .iter()
            .zip(&scores)
            .all(|(runs, score)| !runs || score.is_some());
        if complete {
            race.add(&scores);
            seeds.push(seed);
        }
    }
    let alone = Boundary::new(ERROR, seeds.len());
    Raced { race, alone, seeds }
}

/// One sample right or wrong, of the smallest test set.
fn resolution(panel: &PanelRuns<'_>) -> f64 {
    let Some(first) = panel.first() else { return 0.0 };
    let samples = panel.fewest_samples.or(first.task.samples.map(|n| n.test));
    match (&first.task.metric, samples) {
        (Metric::Accuracy, Some(samples)) => 1.0 / samples.max(1) as f64,
        _ => 0.0,
    }
}

impl Raced {
    /// The seeds by which an arm was judged: none after it was stopped.
    pub(super) fn judged(&self, arm: usize) -> &[u64] {
        &self.seeds[..self.race.stopped(arm).unwrap_or(self.seeds.len())]
    }

    /// An arm's difference to the leader, or to the rival that shows it to be worse, and what follows from it.
    pub(super) fn standing(&self, panel: &PanelRuns<'_>, arm: usize) -> (Option<Difference>, Verdict) {
        if self.race.leader() == Some(arm) {
            return (None, Verdict::Best);
        }
        let Some(found) = self.race.standing(arm) else {
            return (None, Verdict::Undecided { seeds: None });
        };
        let rival = &panel.runs[found.rival];
        let difference = found.difference.map(|(mean, interval)| Difference {
            to: rival.activation.to_owned(),
            mean,
            interval,
            standard_error: found.standard_error,
            seeds: found.seeds,
            new_data: found
                .reach
                .and_then(|reach| self.new_data(&panel.runs[arm], rival, reach)),
        });
        (difference, found.verdict)
    }

    /// The interval of an arm's own mean.
    pub(super) fn own_interval(&self, runs: &Runs<'_>) -> Option<Interval> {
        own_interval(&self.alone, &runs.trials.first()?.task.metric, &runs.reached())
    }

    /// The interval for new data like this: the spread between seeds, and what shared test samples add to all seeds.
    fn new_data(&self, one: &Runs<'_>, other: &Runs<'_>, reach: f64) -> Option<Interval> {
        let found = mean_over_seeds(&paired(one, other, &self.seeds))?;
        let half = reach * found.variance.sqrt();
        let widest = one.trials.first()?.task.metric.widest();
        found.includes_sampling.then_some(Interval {
            low: (found.mean - half).max(-widest),
            high: (found.mean + half).min(widest),
        })
    }
}

/// The scores of one minus those of the other, for those of the seeds in which both came to an end.
fn paired(one: &Runs<'_>, other: &Runs<'_>, seeds: &[u64]) -> Vec<SeedScore> {
    let both = seeds.iter().filter_map(|seed| {
        let (one, other) = (one.scores.get(seed)?, other.scores.get(seed)?);
        one.as_ref().zip(other.as_ref())
    });
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

/// The interval of a mean over seeds by itself, whenever one looks; within the bounds of its metric.
fn own_interval(alone: &Boundary, metric: &Metric, values: &[f64]) -> Option<Interval> {
    let n = values.len();
    let reach = alone.reach(n)?;
    let mean = values.iter().sum::<f64>() / n as f64;
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    let half = reach * (squares / (n - 1) as f64 / n as f64).sqrt();
    // Symmetric where the metric has no bounds: in the logit of a share, in the logarithm of what R² lacks.
    let ends = |stretched: f64, slope: f64, back: &dyn Fn(f64) -> f64| Interval {
        low: back(stretched - half * slope),
        high: back(stretched + half * slope),
    };
    let lacking = 1.0 - mean;
    Some(match metric {
        Metric::Accuracy if mean > 0.0 && lacking > 0.0 => {
            ends((mean / lacking).ln(), 1.0 / (mean * lacking), &|x| {
                1.0 / (1.0 + (-x).exp())
            })
        }
        Metric::R2 if lacking > 0.0 => ends(-lacking.ln(), 1.0 / lacking, &|x| 1.0 - (-x).exp()),
        _ => ends(mean, 1.0, &|x| x),
    })
}

#[cfg(test)]
mod tests {
    use super::{Boundary, own_interval};
    use crate::trial::Metric;

    #[test]
    fn intervals_of_bounded_metrics_stay_within_their_bounds() {
        let alone = Boundary::new(0.05, 8);
        let near = [0.999, 1.0, 0.98, 1.0, 1.0, 0.99, 1.0, 0.97];
        let found = own_interval(&alone, &Metric::Accuracy, &near).unwrap();
        assert!(found.low > 0.9 && found.high < 1.0, "{found:?}");
        assert!(own_interval(&alone, &Metric::R2, &near).unwrap().high < 1.0);
        // In the middle it is the plain one.
        let middle = [0.48, 0.5, 0.52, 0.49, 0.51, 0.5];
        let (bounded, plain) = (
            own_interval(&alone, &Metric::Accuracy, &middle).unwrap(),
            own_interval(&alone, &Metric::Other("x".into()), &middle).unwrap(),
        );
        assert!((bounded.low - plain.low).abs() < 0.002 && (bounded.high - plain.high).abs() < 0.002);
        assert_eq!(own_interval(&alone, &Metric::Accuracy, &near[..2]), None);
    }
}
