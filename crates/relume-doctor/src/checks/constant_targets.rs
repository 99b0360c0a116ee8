//! Targets that are all the same.
//!
//! # What it measures
//! The smallest and the largest target of a classification, over all steps in which they were looked at.
//!
//! # Why it hurts
//! Where every sample has the same target, a constant answer is right for all of them. The loss falls to its smallest
//! value in a few steps, and nothing is learnt.
//!
//! # Threshold and its source
//! Found if all targets of a cross-entropy are equal, in at least 10 steps and 200 samples, and it stands directly behind
//! the last layer, of which it has an output for each class. Where it compares similarities, the right one may be in the
//! same place for all; then the loss comes down by more than 5 %, but not to less than 5 % of what it was. Source: if one class in a hundred samples were another, 200 samples would show it in 87 of 100
//! trainings, and with two classes of equal size always.
//!
//! # What to do
//! - Look at some targets beside their inputs, as they reach the loss: does each belong to its input, and do they
//!   differ as they should? Shuffle inputs and targets together.

use super::ends::Ends;
use super::plan::Plan;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Learning, samples};
use crate::record::Record;
use crate::remedies::{LOOK_AT_TARGETS, RemedyDefinition};
use crate::thresholds::{ENOUGH_TARGETS, FALL, FEW_STEPS};
use crate::words::number;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&LOOK_AT_TARGETS];

/// What stands behind the last layer where outputs are those of classes.
const OF_CLASSES: [&str; 5] = [
    "softmax",
    "log_softmax",
    "sigmoid",
    "log_sigmoid",
    "binary_cross_entropy_with_logits",
];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let Some((value, targets)) = all(record) else {
        return Vec::new();
    };
    vec![Finding {
        evidence: vec![
            Evidence::of("smallest target", value, None, "value"),
            Evidence::of("largest target", value, None, "value"),
        ],
        samples: samples(record),
        certainty: format!("the same for all {targets} samples that were looked at"),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "constant_targets",
            Severity::Fault,
            format!(
                "every target is {}: one answer is right for all inputs, and nothing can be learnt",
                number(value)
            ),
        )
    }]
}

/// What all targets are, and of how many samples.
fn all(record: &Record) -> Option<(f64, u64)> {
    let ends = Ends::of(record)?;
    let targets = ends.targets?;
    let value = targets.min.filter(|_| targets.min == targets.max)?;
    let behind = ends.activation().is_some_and(|next| OF_CLASSES.contains(&next));
    let (outputs, shape) = (ends.outputs.shape.as_slice(), targets.shape.as_slice());
    // Class numbers have one axis less than outputs, of which there is one for each class.
    let of_these =
        outputs == shape || matches!(outputs, [n, _, rest @ ..] if [&[*n], rest].concat() == shape);
    let seen = shape.first()? * targets.steps;
    let enough = targets.steps >= FEW_STEPS && seen >= ENOUGH_TARGETS;
    (behind && of_these && enough && !one_class(&ends) && !takes_work(record)).then_some((value, seen))
}

/// Whether the loss comes down, but not at once to nothing.
fn takes_work(record: &Record) -> bool {
    let learning = Learning::of(record);
    let ends = learning.first_loss.zip(learning.loss);
    ends.is_some_and(|(first, last)| (FALL * first..(1.0 - FALL) * first).contains(&last))
}

/// Whether a softmax runs over a single output, of which there is one class alone.
fn one_class(ends: &Ends<'_>) -> bool {
    ends.single() && (ends.has("softmax") || ends.has("log_softmax"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        let numbers = [
            format!("at least {FEW_STEPS} steps"),
            format!("{ENOUGH_TARGETS} samples"),
        ];
        documentation::assert_states(
            include_str!("constant_targets.rs"),
            "Threshold and its source",
            &numbers,
        );
        let shown = 1.0 - 0.99f64.powi(ENOUGH_TARGETS as i32);
        assert!(include_str!("constant_targets.rs").contains(&format!("in {:.0} of 100", 100.0 * shown)));
    }
}
