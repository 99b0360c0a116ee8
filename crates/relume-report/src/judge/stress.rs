//! How the activations did under stress.

use super::definitions::{CONTROL, SURVIVES};
use super::error::JudgeError;
use super::metric::Measure;
use super::panel::{PanelRuns, Runs};
use super::standing::gradient_ratio;
use super::verdict::{Standing, StressPanel, StressRow};
use super::{findings, measures};
use crate::trial::{Panel, Trial};
use relume_doctor::Severity;
use relume_doctor::words::{list, percent};

/// The stress panels that have trials.
pub(super) fn stress(
    trials: &[Trial],
    standings: &[Standing],
    measure: Measure<'_>,
) -> Result<Vec<StressPanel>, JudgeError> {
    let mut panels = Vec::new();
    for panel in [Panel::RaisedLearningRate, Panel::PoorInitialisation] {
        let runs = PanelRuns::new(trials, panel)?;
        if runs.runs.is_empty() {
            continue;
        }
        let main = |name: &str| standings.iter().find(|s| s.activation == name);
        let mut rows: Vec<StressRow> = runs.runs.iter().map(|r| row(r, main(r.activation))).collect();
        let reached = |row: &StressRow| row.test.unwrap_or(f64::NEG_INFINITY);
        rows.sort_by(|a, b| reached(b).total_cmp(&reached(a)));
        let words = words(panel, &rows, standings, measure);
        panels.push(StressPanel { panel, words, rows });
    }
    Ok(panels)
}

fn row(runs: &Runs<'_>, main: Option<&Standing>) -> StressRow {
    let test = runs.test();
    let failed = runs.failed();
    let before = main.and_then(|m| m.test).map(|test| test.mean);
    let drop = before.zip(test).map(|(before, test)| before - test);
    let kept = before
        .zip(drop)
        .is_none_or(|(before, drop)| drop < SURVIVES * before.abs());
    StressRow {
        activation: runs.activation.to_owned(),
        trials: runs.trials.len(),
        failed,
        test,
        range: runs.range(),
        drop,
        dead_units: runs.mean(measures::dead),
        dead_share: runs.mean(measures::dead_share),
        gradient_ratio: gradient_ratio(&runs.trials),
        survived: failed == 0 && kept && findings::healthy(&runs.trials),
        findings: findings::summarise(&runs.trials),
    }
}

fn words(panel: Panel, rows: &[StressRow], standings: &[Standing], measure: Measure<'_>) -> Vec<String> {
    let what = match panel {
        Panel::RaisedLearningRate => "The same data and network with the learning rate raised.",
        Panel::PoorInitialisation => "The same data and network from an initialisation known to be poor.",
        Panel::Main | Panel::Search => "",
    };
    let mut words = vec![what.to_owned()];
    let names = |survived: bool| -> Vec<&str> {
        let rows = rows
            .iter()
            .filter(|r| r.survived == survived && r.activation != CONTROL);
        rows.map(|r| r.activation.as_str()).collect()
    };
    let (survivors, victims) = (names(true), names(false));
    words.push(match (survivors.as_slice(), victims.as_slice()) {
        (_, []) => "All activations survive it.".into(),
        ([], _) => {
            let least = rows.iter().find(|r| r.activation != CONTROL);
            let least = least.map_or(String::new(), |r| {
                format!(" {} is harmed least: {}.", r.activation, reached(r, measure))
            });
            format!("No activation survives it.{least}")
        }
        _ => format!(
            "It is survived by {}; not by {}.",
            list(&survivors),
            list(&victims)
        ),
    });
    words.extend(
        rows.iter()
            .filter(|r| !r.survived && r.activation != CONTROL)
            .map(|r| {
                fate(
                    r,
                    standings.iter().find(|s| s.activation == r.activation),
                    measure,
                )
            }),
    );
    words
}

/// The mean of a row in words.
pub(super) fn reached(row: &StressRow, measure: Measure<'_>) -> String {
    row.test
        .map_or_else(|| "none".to_owned(), |test| measure.value(test))
}

/// What happened to one activation under stress, in a sentence with numbers.
pub(super) fn fate(row: &StressRow, main: Option<&Standing>, measure: Measure<'_>) -> String {
    let from = main.and_then(|m| m.test).map_or(String::new(), |test| {
        format!(" instead of {}", measure.value(test.mean))
    });
    let mut text = format!(
        "{}: {} {}{from}",
        row.activation,
        measure.name(),
        reached(row, measure)
    );
    if row.failed > 0 {
        text.push_str(&format!(
            "; {} of {} broke down",
            row.failed,
            findings::runs(row.trials)
        ));
    }
    if let Some(dead) = row.dead_share.filter(|&share| share > 0.0) {
        let before = main.and_then(|m| m.dead_share);
        let before = before.map_or(String::new(), |s| format!(" instead of {}", percent(s)));
        text.push_str(&format!("; {} of its units dead{before}", percent(dead)));
    }
    let faults = row
        .findings
        .iter()
        .filter(|f| f.severity == Severity::Fault && f.check != "dead_units");
    for fault in faults.take(2) {
        text.push_str(&format!("; {}", fault.words));
    }
    text + "."
}
