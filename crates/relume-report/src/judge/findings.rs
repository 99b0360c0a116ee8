//! What the doctor found, over all trials of an activation.

use super::measures::median;
use super::verdict::FindingSummary;
use crate::trial::Trial;
use relume_doctor::words::{number, percent};
use relume_doctor::{Finding, Severity};
use std::collections::BTreeMap;

/// One summary per check: faults before warnings, the most frequent first.
pub(super) fn summarise(trials: &[&Trial]) -> Vec<FindingSummary> {
    let mut by_check: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for trial in trials {
        let mut worst: BTreeMap<&str, &Finding> = BTreeMap::new();
        for finding in &trial.findings {
            let entry = worst.entry(&finding.check).or_insert(finding);
            if finding.severity > entry.severity {
                *entry = finding;
            }
        }
        for (check, finding) in worst {
            by_check.entry(check).or_default().push(finding);
        }
    }
    let mut summaries: Vec<_> = by_check
        .into_iter()
        .map(|(check, found)| summary(check, &found, trials.len()))
        .collect();
    summaries.sort_by_key(|s| std::cmp::Reverse((s.severity, s.found_in)));
    summaries
}

fn summary(check: &str, found: &[&Finding], trials: usize) -> FindingSummary {
    // The first of the worst: max_by_key takes the last, so they are seen from behind.
    let example = found
        .iter()
        .rev()
        .max_by_key(|f| f.severity)
        .expect("a check is here because it found");
    let mut words = format!("{} in {} of {}", spoken(check), found.len(), runs(trials));
    if let Some(evidence) = example.evidence.first() {
        let same = found
            .iter()
            .flat_map(|f| &f.evidence)
            .filter(|e| e.quantity == evidence.quantity);
        let values: Vec<f64> = same.filter_map(|e| e.value).collect();
        let typically = if values.len() > 1 { "typically " } else { "" };
        if let Some(typical) = median(values) {
            let shown = if evidence.unit == "share" {
                percent(typical)
            } else {
                number(typical)
            };
            words.push_str(&format!(" ({}: {typically}{shown})", evidence.quantity));
        }
    }
    FindingSummary {
        check: check.to_owned(),
        severity: example.severity,
        found_in: found.len(),
        trials,
        words,
        example: (*example).clone(),
    }
}

/// Whether fewer than half of the trials broke down or have a fault.
pub(super) fn healthy(trials: &[&Trial]) -> bool {
    let sick = |t: &&&Trial| t.broke_down() || t.findings.iter().any(|f| f.severity == Severity::Fault);
    2 * trials.iter().filter(sick).count() < trials.len().max(1)
}

/// `vanishing_gradient` as people say it.
pub(super) fn spoken(check: &str) -> String {
    check.replace('_', " ")
}

/// "1 run", "5 runs".
pub(super) fn runs(n: usize) -> String {
    if n == 1 {
        "1 run".into()
    } else {
        format!("{n} runs")
    }
}
