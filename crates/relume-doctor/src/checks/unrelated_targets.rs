//! Targets that seem unrelated to the inputs.
//!
//! # What it measures
//! What is left when everything else was looked at: steps of a usual size, outputs that differ from sample to sample,
//! and a loss that stays where the best constant prediction has it.
//!
//! # Why it hurts
//! A network can learn only what the inputs tell of the targets. Where these were shuffled by themselves, come from other
//! samples, or do not depend on the inputs, the best that it can do is to answer with their mean.
//!
//! # Threshold and its source
//! Found, by exclusion, if no other check finds anything, and after at least 100 steps the loss is no lower than the
//! constant's and no more than 10 % above it, though the outputs differ by 1 % of their size or more, and the largest
//! median step of a weight lies between 1e-4 and 0.1 of it. A task that is too hard for the network looks the same. Source:
//! our choice; a rule of thumb of the field puts healthy steps near 1e-3 (Karpathy, CS231n).
//!
//! # What to do
//! - Look at some targets beside their inputs, as they reach the loss: does each belong to its input, and do they
//!   differ as they should? Shuffle inputs and targets together.
//! - Try whether the network can learn one batch by heart. If it cannot, look at the model and the loss; if it can,
//!   at the data: does each target belong to its input, and depend on it?

use super::checks;
use super::plan::Plan;
use super::step_size::typical;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Failure, Learning, samples};
use crate::record::Record;
use crate::remedies::{LOOK_AT_TARGETS, OVERFIT_ONE_BATCH, RemedyDefinition};
use crate::thresholds::{ABOVE_CONSTANT, LARGE_STEP, LONG_RUN, SMALL_SPREAD, WORKING_STEP};
use crate::words::number;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&LOOK_AT_TARGETS, &OVERFIT_ONE_BATCH];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let Some((loss, constant, spread)) = stuck(record, &learning) else {
        return Vec::new();
    };
    // Whatever else is found is the better explanation.
    let before = checks()
        .iter()
        .take_while(|check| check.name != "unrelated_targets");
    if before.into_iter().any(|check| !(check.run)(record).is_empty()) {
        return Vec::new();
    }
    let mut evidence = vec![Evidence::of(
        "spread of the outputs over samples, relative to their size",
        spread,
        Some(SMALL_SPREAD),
        "ratio",
    )];
    evidence.extend(learning.evidence());
    vec![Finding {
        evidence,
        samples: samples(record),
        certainty: "by exclusion: nothing else that is looked for was found".into(),
        since: record.snapshots.last().map_or(0, |last| last.pass),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "unrelated_targets",
            Severity::Fault,
            format!(
                "the targets seem unrelated to the inputs: steps and outputs are as usual, but after {} steps the loss is \
                 {}, the best constant prediction gives {}",
                learning.steps,
                number(loss),
                number(constant)
            ),
        )
    }]
}

/// The loss, that of the constant, and the spread of the outputs, where a network works and learns nothing.
fn stuck(record: &Record, learning: &Learning) -> Option<(f64, f64, f64)> {
    let (loss, constant) = learning.loss.zip(learning.reference)?;
    let stuck = learning.failure == Some(Failure::NoBetterThanConstant) && learning.steps >= LONG_RUN;
    let near = loss <= constant + ABOVE_CONSTANT * constant.abs();
    let spread = record.setup.outputs.as_ref()?.spread?.last;
    let (_, step) = typical(record)?;
    let works = spread >= SMALL_SPREAD && (WORKING_STEP..=LARGE_STEP).contains(&step);
    (stuck && near && works).then_some((loss, constant, spread))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        let numbers = [
            format!("at least {LONG_RUN} steps"),
            format!("{} % above", 100.0 * ABOVE_CONSTANT),
            format!("{} % of their size", 100.0 * SMALL_SPREAD),
            format!("between {WORKING_STEP:e} and {LARGE_STEP}"),
        ];
        documentation::assert_states(
            include_str!("unrelated_targets.rs"),
            "Threshold and its source",
            &numbers,
        );
    }
}
