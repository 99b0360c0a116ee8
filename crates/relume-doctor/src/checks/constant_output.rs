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
//! does not learn. Source: our choice; rounding alone gives 1e-7, and outputs that carry anything differ by more
//! than 1e-2.
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
use crate::thresholds::NO_SPREAD;
use crate::words::number;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] =
    &[&OVERFIT_ONE_BATCH, &LOWER_LEARNING_RATE, &INITIALISE, &NORMALISE];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let spread = record.setup.outputs.as_ref().and_then(|outputs| outputs.spread);
    let Some(spread) = spread.filter(|spread| spread.last < NO_SPREAD) else {
        return Vec::new();
    };
    if learning.state != LearningState::DoesNotLearn {
        return Vec::new();
    }
    vec![Finding {
        evidence: vec![Evidence::of(
            "spread of the outputs over samples, relative to their size",
            spread.last,
            Some(NO_SPREAD),
            "ratio",
        )],
        samples: samples(record),
        certainty: format!("it was {} at first", number(spread.first)),
        since: record.snapshots.last().map_or(0, |last| last.pass),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "constant_output",
            Severity::Fault,
            format!(
                "the network gives every sample the same output: they differ by {} of their size{}",
                number(spread.last),
                learning.words()
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
        let numbers = [format!("below {NO_SPREAD:e} of")];
        documentation::assert_states(
            include_str!("constant_output.rs"),
            "Threshold and its source",
            &numbers,
        );
    }
}
