//! The trials of one panel, checked and arranged by activation and seed.

use super::error::JudgeError;
use super::estimate::SeedScore;
use crate::trial::{Metric, Outcome, Panel, Trial};
use std::collections::{BTreeMap, BTreeSet};

/// All runs of one activation in one panel.
pub(super) struct Runs<'a> {
    pub(super) activation: &'a str,
    /// By seed, ascending.
    pub(super) trials: Vec<&'a Trial>,
    /// The test metric of each seed.
    pub(super) scores: BTreeMap<u64, SeedScore>,
}

impl Runs<'_> {
    pub(super) fn failed(&self) -> usize {
        self.trials.iter().filter(|t| broke_down(t)).count()
    }

    /// The mean over trials of something that not every trial has; `None` where none has.
    pub(super) fn mean(&self, of: impl Fn(&Trial) -> Option<f64>) -> Option<f64> {
        let values: Vec<f64> = self.trials.iter().filter_map(|t| of(t)).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// The mean of the test metric over all seeds.
    pub(super) fn test(&self) -> f64 {
        self.scores.values().map(|s| s.mean).sum::<f64>() / self.scores.len() as f64
    }

    /// Lowest and highest test metric of a seed.
    pub(super) fn range(&self) -> (f64, f64) {
        let means = self.scores.values().map(|s| s.mean);
        means.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
            (low.min(x), high.max(x))
        })
    }
}

/// Whether a trial stopped early because something was no longer finite.
pub(super) fn broke_down(trial: &Trial) -> bool {
    trial.failure.is_some() || trial.outcome.is_none()
}

/// What a trial without an outcome counts with.
#[derive(Clone, Copy)]
pub(super) struct Lowest {
    pub(super) validation: f64,
    pub(super) test: f64,
}

/// One panel.
pub(super) struct PanelRuns<'a> {
    /// By activation.
    pub(super) runs: Vec<Runs<'a>>,
    pub(super) lowest: Lowest,
    /// Whether every seed has the same test samples; `None` where they are not known.
    pub(super) fixed_test_set: Option<bool>,
    /// How many samples the test sets are drawn from.
    pub(super) pool: f64,
    /// Whether all trials that came to an end have a validation metric, by which the best can be chosen.
    pub(super) validated: bool,
}

impl<'a> PanelRuns<'a> {
    /// Checks and arranges the trials of `panel`; no runs where it has none.
    pub(super) fn new(trials: &'a [Trial], panel: Panel) -> Result<Self, JudgeError> {
        let trials: Vec<&Trial> = trials.iter().filter(|t| t.panel == panel).collect();
        let mut by_activation: BTreeMap<&str, BTreeMap<u64, &Trial>> = BTreeMap::new();
        for trial in &trials {
            trials[0].comparable(trial)?;
            check_outcome(trial)?;
            let runs = by_activation.entry(&trial.activation).or_default();
            if runs.insert(trial.seed, trial).is_some() {
                return Err(JudgeError::Duplicate { trial: trial.name() });
            }
        }
        let test_sets = test_sets(&trials)?;
        let lowest = lowest(&trials);
        let runs = by_activation
            .into_iter()
            .map(|(activation, by_seed)| Runs {
                activation,
                trials: by_seed.values().copied().collect(),
                scores: by_seed
                    .iter()
                    .map(|(&seed, trial)| (seed, score(trial, lowest.test, test_sets.get(&seed))))
                    .collect(),
            })
            .collect();
        let fixed_test_set = (!test_sets.is_empty()).then(|| {
            let mut sets = test_sets.values();
            let first = sets.next();
            sets.all(|set| Some(set) == first)
        });
        let all = trials.first().and_then(|t| t.task.samples);
        let pool = match (test_sets.values().next(), all) {
            (Some(samples), _) if fixed_test_set == Some(true) => samples.len(),
            (_, Some(n)) => n.train + n.validation + n.test,
            // At least those that were seen.
            (_, None) => test_sets.values().flatten().collect::<BTreeSet<_>>().len(),
        };
        let mut outcomes = trials.iter().filter_map(|t| t.outcome.as_ref());
        Ok(PanelRuns {
            runs,
            lowest,
            fixed_test_set,
            pool: pool as f64,
            validated: outcomes.all(|o| o.validation.is_some()),
        })
    }

    pub(super) fn runs_of(&self, activation: &str) -> Option<&Runs<'a>> {
        self.runs.iter().find(|r| r.activation == activation)
    }

    /// All seeds of the panel, ascending.
    pub(super) fn seeds(&self) -> BTreeSet<u64> {
        self.runs.iter().flat_map(|r| r.scores.keys().copied()).collect()
    }
}

/// Whether what a trial says came out can be: finite metrics, and scores whose mean is the test metric.
///
/// # Errors
///
/// [`JudgeError::Outcome`] says what is wrong.
pub fn check_outcome(trial: &Trial) -> Result<(), JudgeError> {
    let wrong = |what: String| {
        Err(JudgeError::Outcome {
            trial: trial.name(),
            what,
        })
    };
    let Some(outcome) = &trial.outcome else {
        return Ok(());
    };
    let Outcome {
        train,
        validation,
        test,
        scores,
        ..
    } = outcome;
    let mut metrics = [*train, *validation, Some(*test)].into_iter().flatten();
    if !metrics.all(f64::is_finite) {
        return wrong("a metric is not finite".into());
    }
    let Some(scores) = scores else { return Ok(()) };
    if scores.samples.len() != scores.values.len() {
        let (samples, values) = (scores.samples.len(), scores.values.len());
        return wrong(format!("{samples} test samples have {values} scores"));
    }
    let mean = scores.values.iter().map(|&v| f64::from(v)).sum::<f64>() / scores.values.len() as f64;
    // With room for scores stored in f32; the mean of no scores is NaN.
    let off = (mean - test).abs();
    if off.is_nan() || off > 1e-3 * test.abs().max(1.0) {
        return wrong(format!(
            "its scores have mean {mean} but its test metric is {test}"
        ));
    }
    Ok(())
}

/// The test samples of each seed, ascending, where they are known.
fn test_sets(trials: &[&Trial]) -> Result<BTreeMap<u64, Vec<u32>>, JudgeError> {
    let mut sets: BTreeMap<u64, (Vec<u32>, &Trial)> = BTreeMap::new();
    for &trial in trials {
        let Some(scores) = trial.outcome.as_ref().and_then(|o| o.scores.as_ref()) else {
            continue;
        };
        let mut samples = scores.samples.clone();
        samples.sort_unstable();
        match sets.get(&trial.seed) {
            Some((known, other)) if *known != samples => {
                return Err(JudgeError::TestSets {
                    one: other.name(),
                    two: trial.name(),
                });
            }
            Some(_) => {}
            None => {
                sets.insert(trial.seed, (samples, trial));
            }
        }
    }
    Ok(sets
        .into_iter()
        .map(|(seed, (samples, _))| (seed, samples))
        .collect())
}

/// A network that broke down before its first epoch ended classifies nothing right, predicts no better than
/// the mean, or does as badly as the worst that was seen.
fn lowest(trials: &[&Trial]) -> Lowest {
    let Some(first) = trials.first() else {
        return Lowest {
            validation: 0.0,
            test: 0.0,
        };
    };
    let worst = |of: fn(&Outcome) -> Option<f64>| {
        let seen = trials
            .iter()
            .filter_map(|t| of(t.outcome.as_ref()?))
            .reduce(f64::min);
        match &first.task.metric {
            Metric::Accuracy => 0.0,
            Metric::R2 => seen.unwrap_or(0.0).min(0.0),
            Metric::Other(_) => seen.unwrap_or(0.0),
        }
    };
    Lowest {
        validation: worst(|o| o.validation),
        test: worst(|o| Some(o.test)),
    }
}

fn score(trial: &Trial, lowest: f64, test_set: Option<&Vec<u32>>) -> SeedScore {
    let Some(outcome) = &trial.outcome else {
        let samples = test_set.map(|set| set.iter().map(|&sample| (sample, lowest)).collect());
        return SeedScore {
            mean: lowest,
            samples,
        };
    };
    let samples = outcome.scores.as_ref().map(|scores| {
        let values = scores.values.iter().map(|&v| f64::from(v));
        let mut pairs: Vec<(u32, f64)> = scores.samples.iter().copied().zip(values).collect();
        pairs.sort_unstable_by_key(|p| p.0);
        pairs
    });
    SeedScore {
        mean: outcome.test,
        samples,
    }
}
