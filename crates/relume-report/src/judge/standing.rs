//! One row of the table: an activation over all its trials.

use super::compare::{CONFIDENCE, Comparisons, difference, verdict};
use super::definitions::CONTROL;
use super::dunnett::Family;
use super::estimate::{Mean, SeedScore, mean_over_seeds};
use super::panel::{PanelRuns, Runs};
use super::verdict::{Estimate, Interval, Standing, Verdict};
use super::{findings, measures};
use crate::study::Study;
use crate::trial::Trial;
use serde_json::Value;
use std::collections::BTreeMap;

/// The runs with the highest mean validation metric, or test metric where nothing was held out for that. Only activations with the most seeds can be the best, so
/// that luck with a few does not make one; the control cannot.
pub(super) fn best<'p, 'a>(panel: &'p PanelRuns<'a>) -> Option<&'p Runs<'a>> {
    let candidates = || panel.runs.iter().filter(|r| r.activation != CONTROL);
    let most = candidates().map(|r| r.trials.len()).max()?;
    candidates()
        .filter(|r| r.trials.len() == most)
        // Of equals the first by name, so that the choice does not depend on the order of files.
        .rev()
        .max_by(|a, b| validation(a, panel).total_cmp(&validation(b, panel)))
}

fn validation(runs: &Runs<'_>, panel: &PanelRuns<'_>) -> f64 {
    if !panel.validated {
        return runs.test();
    }
    let of = |t: &Trial| t.outcome.as_ref().and_then(|o| o.validation);
    runs.mean(|t| Some(of(t).unwrap_or(panel.lowest.validation)))
        .expect("runs have trials")
}

/// All rows, the highest mean test metric first.
pub(super) fn standings(
    study: &Study,
    panel: &PanelRuns<'_>,
    best: Option<&Runs<'_>>,
    comparisons: Option<&Comparisons>,
) -> Vec<Standing> {
    let mut rows: Vec<Standing> = panel
        .runs
        .iter()
        .map(|runs| {
            let mean = comparisons.and_then(|c| {
                let (_, mean) = c.differences.iter().find(|(name, _)| name == runs.activation)?;
                Some((mean.as_ref()?, c.family))
            });
            let is_best = best.is_some_and(|b| b.activation == runs.activation);
            standing(study, panel, runs, is_best, mean)
        })
        .collect();
    rows.sort_by(|a, b| b.test.mean.total_cmp(&a.test.mean));
    rows
}

fn standing(
    study: &Study,
    panel: &PanelRuns<'_>,
    runs: &Runs<'_>,
    is_best: bool,
    compared: Option<(&Mean, Family)>,
) -> Standing {
    let trials = runs.trials.as_slice();
    let difference = compared.map(|(mean, family)| difference(mean, family));
    let verdict = match (compared, &difference) {
        _ if is_best => Verdict::Best,
        (Some((mean, family)), Some(d)) => verdict(mean, d, family, study.margin),
        _ => Verdict::Undecided { seeds: None },
    };
    Standing {
        activation: runs.activation.to_owned(),
        control: runs.activation == CONTROL,
        trials: trials.len(),
        failed: runs.failed(),
        test: own_mean(runs, panel.pool),
        validation: validation(runs, panel),
        train: runs.mean(|t| t.outcome.as_ref()?.train),
        gap: runs.mean(|t| t.outcome.as_ref().and_then(|o| Some(o.train? - o.test))),
        epochs_to_95: runs.mean(|t| t.outcome.as_ref()?.epochs_to_95.map(|n| n as f64)),
        units: trials.iter().find_map(|t| measures::units(t)),
        dead_units: runs.mean(measures::dead),
        dead_share: runs.mean(measures::dead_share),
        silent_share: runs.mean(measures::silent_share),
        zeros: runs.mean(measures::zeros),
        gradient_ratio: gradient_ratio(trials),
        cost: study.costs.get(runs.activation).copied(),
        seconds: runs.mean(|t| Some(t.seconds)).unwrap_or_default(),
        chosen: chosen(trials),
        difference,
        verdict,
        healthy: findings::healthy(trials),
        findings: findings::summarise(trials),
    }
}

/// The mean test metric with its own interval, as if it were the only activation.
fn own_mean(runs: &Runs<'_>, pool: f64) -> Estimate {
    let scores: Vec<SeedScore> = runs.scores.values().cloned().collect();
    let interval = mean_over_seeds(&scores, pool).map(|mean| {
        let alone = Family {
            comparisons: 1,
            correlation: 0.0,
        };
        let reach = alone.critical(CONFIDENCE, mean.freedom) * mean.variance.sqrt();
        Interval {
            low: mean.mean - reach,
            high: mean.mean + reach,
        }
    });
    Estimate {
        mean: runs.test(),
        interval,
    }
}

/// The median over trials of [`measures::gradient_ratio`].
pub(super) fn gradient_ratio(trials: &[&Trial]) -> Option<f64> {
    measures::median(
        trials
            .iter()
            .filter_map(|t| measures::gradient_ratio(t))
            .collect(),
    )
}

/// What was chosen: a value where all trials agree, else the list of different values.
fn chosen(trials: &[&Trial]) -> BTreeMap<String, Value> {
    let mut chosen: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (name, value) in trials.iter().flat_map(|t| &t.chosen) {
        let values = chosen.entry(name.clone()).or_default();
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    chosen
        .into_iter()
        .map(|(name, mut values)| {
            if values.len() == 1 {
                (name, values.remove(0))
            } else {
                (name, values.into())
            }
        })
        .collect()
}
