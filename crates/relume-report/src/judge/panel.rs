//! The trials of one panel, checked and arranged by activation and seed.

use super::definitions::CONTROL;
use super::error::JudgeError;
use super::estimate::SeedScore;
use super::pair::Score;
use super::verdict::Interval;
use crate::trial::{Outcome, Panel, Trial};
use std::collections::{BTreeMap, BTreeSet};

/// All runs of one activation in one panel.
pub(super) struct Runs<'a> {
    pub(super) activation: &'a str,
    /// By seed, ascending.
    pub(super) trials: Vec<&'a Trial>,
    /// The test metric of each seed; none where training broke down.
    pub(super) scores: BTreeMap<u64, Option<SeedScore>>,
}

impl Runs<'_> {
    pub(super) fn failed(&self) -> usize {
        self.scores.values().filter(|score| score.is_none()).count()
    }

    /// What the trial of a seed contributes, if there is one.
    pub(super) fn score(&self, seed: u64) -> Option<Score> {
        let score = self.scores.get(&seed)?.as_ref();
        Some(score.map_or(Score::BrokeDown, |score| Score::Reached(score.mean)))
    }

    /// The test metrics of the trials that did not break down.
    pub(super) fn reached(&self) -> Vec<f64> {
        self.scores.values().flatten().map(|score| score.mean).collect()
    }

    /// The mean over trials of something that not every trial has; `None` where none has.
    pub(super) fn mean(&self, of: impl Fn(&Trial) -> Option<f64>) -> Option<f64> {
        let values: Vec<f64> = self.trials.iter().filter_map(|t| of(t)).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// The mean test metric of the trials that did not break down.
    pub(super) fn test(&self) -> Option<f64> {
        let reached = self.reached();
        (!reached.is_empty()).then(|| reached.iter().sum::<f64>() / reached.len() as f64)
    }

    /// Lowest and highest of these.
    pub(super) fn range(&self) -> Option<Interval> {
        let reached = self.reached();
        Some(Interval {
            low: reached.iter().copied().reduce(f64::min)?,
            high: reached.iter().copied().reduce(f64::max)?,
        })
    }

    /// Leaves the trials of these seeds.
    pub(super) fn keep(&mut self, seeds: &[u64]) {
        self.trials.retain(|trial| seeds.contains(&trial.seed));
        self.scores.retain(|seed, _| seeds.contains(seed));
    }
}

/// One panel.
pub(super) struct PanelRuns<'a> {
    /// By activation.
    pub(super) runs: Vec<Runs<'a>>,
    /// Whether every seed has the same test samples; `None` where they are not known.
    pub(super) fixed_test_set: Option<bool>,
    /// How many samples the smallest test set has, where they are known.
    pub(super) fewest_samples: Option<usize>,
}

impl<'a> PanelRuns<'a> {
    /// Checks and arranges the trials of `panel`; no runs where it has none.
    pub(super) fn new(trials: &'a [Trial], panel: Panel) -> Result<Self, JudgeError> {
        let trials: Vec<&Trial> = trials.iter().filter(|t| t.panel == panel).collect();
        let mut by_arm: BTreeMap<&str, BTreeMap<u64, &Trial>> = BTreeMap::new();
        for trial in &trials {
            trials[0].comparable(trial)?;
            check_outcome(trial)?;
            let runs = by_arm.entry(&trial.arm.name).or_default();
            if runs.insert(trial.seed, trial).is_some() {
                return Err(JudgeError::Duplicate { trial: trial.name() });
            }
        }
        let test_sets = test_sets(&trials)?;
        let runs = by_arm
            .into_iter()
            .map(|(activation, by_seed)| Runs {
                activation,
                trials: by_seed.values().copied().collect(),
                scores: by_seed
                    .iter()
                    .map(|(&seed, trial)| (seed, score(trial)))
                    .collect(),
            })
            .collect();
        let fixed_test_set = (!test_sets.is_empty()).then(|| {
            let mut sets = test_sets.values();
            let first = sets.next();
            sets.all(|set| Some(set) == first)
        });
        Ok(PanelRuns {
            runs,
            fixed_test_set,
            fewest_samples: test_sets.values().map(Vec::len).min(),
        })
    }

    /// The first trial, if there is one.
    pub(super) fn first(&self) -> Option<&'a Trial> {
        self.runs.iter().find_map(|runs| runs.trials.first().copied())
    }

    /// Which of the runs are the control's.
    pub(super) fn control(&self) -> Option<usize> {
        self.runs.iter().position(|runs| runs.activation == CONTROL)
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

fn score(trial: &Trial) -> Option<SeedScore> {
    let outcome = trial.outcome.as_ref().filter(|_| !trial.broke_down())?;
    let samples = outcome.scores.as_ref().map(|scores| {
        let values = scores.values.iter().map(|&v| f64::from(v));
        let mut pairs: Vec<(u32, f64)> = scores.samples.iter().copied().zip(values).collect();
        pairs.sort_unstable_by_key(|p| p.0);
        pairs
    });
    Some(SeedScore {
        mean: outcome.test,
        samples,
    })
}
