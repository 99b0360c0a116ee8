//! One row of the table: an activation over all its trials.

use super::compare::{CONFIDENCE, Raced};
use super::definitions::CONTROL;
use super::panel::PanelRuns;
use super::verdict::{Estimate, Interval, Standing, Verdict};
use super::{findings, measures};
use crate::study::Study;
use crate::trial::Trial;
use serde_json::Value;
use statrs::distribution::{Beta, ContinuousCDF};
use std::collections::BTreeMap;

/// All rows: those whose verdict is best or undecided before those that are beaten, the highest mean test metric first.
pub(super) fn standings(study: &Study, panel: &PanelRuns<'_>, raced: &Raced) -> Vec<Standing> {
    let mut rows: Vec<Standing> = (0..panel.runs.len())
        .map(|arm| standing(study, panel, arm, raced))
        .collect();
    rows.sort_by(|a, b| {
        let mean = |s: &Standing| s.test.map_or(f64::NEG_INFINITY, |test| test.mean);
        let best = |s: &Standing| s.verdict == Verdict::Best;
        // What stopped early may have a higher mean by the luck of its seeds; it stands below the best all the same.
        best(b).cmp(&best(a)).then(mean(b).total_cmp(&mean(a)))
    });
    rows
}

fn standing(study: &Study, panel: &PanelRuns<'_>, arm: usize, raced: &Raced) -> Standing {
    let runs = &panel.runs[arm];
    let trials = runs.trials.as_slice();
    let (difference, verdict) = raced.standing(panel, arm);
    Standing {
        activation: runs.activation.to_owned(),
        control: runs.activation == CONTROL,
        trials: trials.len(),
        failed: runs.failed(),
        failed_share: share(runs.failed(), trials.len()),
        stopped: raced.race.stopped(arm),
        test: runs.test().map(|mean| Estimate {
            mean,
            interval: raced.own_interval(runs),
        }),
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

/// The exact interval of a share (C. J. Clopper, E. S. Pearson, Biometrika 26, 1934).
fn share(of: usize, all: usize) -> Interval {
    let tail = (1.0 - CONFIDENCE) / 2.0;
    let quantile = |a: usize, b: usize, p: f64| {
        Beta::new(a as f64, b as f64)
            .expect("both are positive")
            .inverse_cdf(p)
    };
    Interval {
        low: if of == 0 {
            0.0
        } else {
            quantile(of, all - of + 1, tail)
        },
        high: if of == all {
            1.0
        } else {
            quantile(of + 1, all - of, 1.0 - tail)
        },
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
    for (name, value) in trials.iter().flat_map(|t| &t.arm.chosen) {
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

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn the_interval_of_a_share_is_clopper_and_pearsons() {
        // R: binom.test(1, 20)$conf.int, binom.test(0, 20)$conf.int.
        for (of, expected) in [(1, (0.001265, 0.248733)), (0, (0.0, 0.168433))] {
            let found = share(of, 20);
            assert!(
                (found.low - expected.0).abs() < 1e-5 && (found.high - expected.1).abs() < 1e-5,
                "{found:?}"
            );
        }
        assert_eq!(share(3, 3).high, 1.0);
    }
}
