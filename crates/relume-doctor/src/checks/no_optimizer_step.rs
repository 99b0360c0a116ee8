//! No step of the optimiser.
//!
//! # What it measures
//! How often a backward pass began at a loss, and how often an optimiser that holds parameters of the network took
//! a step.
//!
//! # Why it hurts
//! Gradients alone change nothing: without a step the weights stay as they were initialised.
//!
//! # Threshold and its source
//! Found if there were at least 10 backward passes and no step, and learning was not shown; a fault. Source: the
//! definition of training. A loop that changes the weights by hand shows it by learning.
//!
//! # What to do
//! - Call optimizer.step() after each loss.backward().

use super::plan::Plan;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Learning, samples};
use crate::record::Record;
use crate::remedies::{CALL_STEP, RemedyDefinition};
use crate::thresholds::FEW_STEPS;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&CALL_STEP];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let calls = &record.setup.calls;
    let moved = record
        .snapshots
        .iter()
        .flat_map(|s| &s.parameters)
        .any(|p| p.update_ratio.is_some_and(|u| u > 0.0));
    let foreign = record
        .setup
        .optimizers
        .iter()
        .any(|optimizer| optimizer.steps > 0);
    let learning = Learning::of(record);
    if calls.backward < FEW_STEPS || calls.optimizer > 0 || moved || foreign || learning.is_shown() {
        return Vec::new();
    }
    vec![Finding {
        evidence: vec![
            Evidence::of(
                "steps of the optimiser",
                calls.optimizer as f64,
                Some(1.0),
                "steps",
            ),
            Evidence::of("backward passes", calls.backward as f64, None, "passes"),
        ],
        samples: samples(record),
        certainty: "counted, not estimated".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "no_optimizer_step",
            Severity::Fault,
            format!(
                "no optimiser took a step in {} backward passes: the weights stay as they are",
                calls.backward
            ),
        )
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        let numbers = [format!("at least {FEW_STEPS} backward")];
        documentation::assert_states(
            include_str!("no_optimizer_step.rs"),
            "Threshold and its source",
            &numbers,
        );
    }
}
