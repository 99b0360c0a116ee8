//! Output that ignores the input.
//!
//! # What it measures
//! How much the outputs of the network differ from sample to sample, relative to their size, in the last steps that
//! were looked at.
//!
//! # Why it hurts
//! A network whose output is the same for every sample can do no better than the best constant prediction.
//! Something on the way does not let the input through.
//!
//! # Threshold and its source
//! Found if the standard deviation over the samples is below 1e-4 of the outputs' root mean square, and the network
//! does not learn; or if it is below 1e-2, and a hundred times as large at first, where no constant is known that the
//! loss could be compared with, as that of distances between outputs; a warning where that loss came down all the
//! same. Source: our choice; rounding alone gives 1e-7, and outputs that carry anything differ by more than 1e-2.
//!
//! # What to do
//! - Try whether the network can learn one batch by heart. If it cannot, look at the model and the loss; if it can,
//!   at the data: does each target belong to its input, and depend on it?
//! - Lower the learning rate.
//! - Initialise the weights by the rule that fits the activation (He for ReLU and its relatives, Glorot for tanh
//!   and sigmoid), and the biases, also those of gates, at zero.
//! - Normalise the pre-activations (batch or layer normalisation).

use super::plan::Plan;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Learning, LearningState, samples};
use crate::record::Record;
use crate::remedies::{INITIALISE, LOWER_LEARNING_RATE, NORMALISE, OVERFIT_ONE_BATCH, RemedyDefinition};
use crate::thresholds::{NO_SPREAD, SMALL_SPREAD};
use crate::words::number;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] =
    &[&OVERFIT_ONE_BATCH, &LOWER_LEARNING_RATE, &INITIALISE, &NORMALISE];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let spread = record.setup.outputs.as_ref().and_then(|outputs| outputs.spread);
    let Some(spread) = spread else {
        return Vec::new();
    };
    let constant = spread.last < NO_SPREAD && learning.state == LearningState::DoesNotLearn;
    // What a loss of distances between outputs comes down to does not tell whether they have become one point.
    let collapsed = !learning.baseline_known
        && !rewarded(record)
        && spread.last < SMALL_SPREAD.min(SMALL_SPREAD * spread.first);
    if !constant && !collapsed {
        return Vec::new();
    }
    vec![Finding {
        evidence: vec![Evidence::of(
            "spread of the outputs over samples, relative to their size",
            spread.last,
            Some(if constant { NO_SPREAD } else { SMALL_SPREAD }),
            "ratio",
        )],
        samples: samples(record),
        certainty: format!("it was {} at first", number(spread.first)),
        since: record.snapshots.last().map_or(0, |last| last.pass),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "constant_output",
            if learning.is_shown() {
                Severity::Warning
            } else {
                Severity::Fault
            },
            format!(
                "the network gives every sample the same output: they differ by {} of their size{}",
                number(spread.last),
                learning.words()
            ),
        )
    }]
}

/// Whether answers are rewarded: the best policy may be the same in all states.
fn rewarded(record: &Record) -> bool {
    let mut terms = record.setup.loss.iter().flat_map(|loss| &loss.terms);
    terms.any(|term| term.kind == "log_probability")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        let numbers = [
            format!("below {NO_SPREAD:e} of"),
            format!("below {SMALL_SPREAD:e}, and"),
        ];
        documentation::assert_states(
            include_str!("constant_output.rs"),
            "Threshold and its source",
            &numbers,
        );
    }
}
