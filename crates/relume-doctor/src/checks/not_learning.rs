//! Not learning.
//!
//! # What it measures
//! The loss over all steps: at the end against that of the best constant prediction, or, where that is not known,
//! against where it began.
//!
//! # Why it hurts
//! A network that does not learn is of no use, whether or not anything else is found. Where nothing else is, the
//! cause lies in what cannot be seen from here: data whose targets do not belong to their inputs or do not depend
//! on them, a task too hard for the model, or too short a training.
//!
//! # Threshold and its source
//! As under *learns*. A fault where the constant's loss is known or the loss is not finite or was lost again;
//! otherwise a warning. Source: see there.
//!
//! # What to do
//! - Try whether the network can learn one batch by heart. If it cannot, look at the model and the loss; if it can,
//!   at the data: does each target belong to its input, and depend on it?
//! - Lower the learning rate.
//! - Raise the learning rate.
//! - Standardise the inputs, and the targets of a regression: subtract each column's mean over the training data,
//!   and divide by its standard deviation.

use super::plan::Plan;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Failure, Learning, LearningState, samples};
use crate::record::Record;
use crate::remedies::{
    LOWER_LEARNING_RATE, OVERFIT_ONE_BATCH, RAISE_LEARNING_RATE, RemedyDefinition, STANDARDISE,
};
use crate::words::number;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[
    &OVERFIT_ONE_BATCH,
    &LOWER_LEARNING_RATE,
    &RAISE_LEARNING_RATE,
    &STANDARDISE,
];

/// What it may be a consequence of.
pub(super) const FOLLOWS_FROM: &[&str] = &[
    "non_finite_data",
    "non_finite_loss",
    "no_optimizer_step",
    "optimizer_parameters",
    "loss_mismatch",
    "broadcast_shapes",
    "no_gradient",
    "cut_gradient",
    "leftover_gradients",
    "symmetric_units",
    "output_range",
    "input_scale",
    "born_dead",
    "dead_units",
    "saturated_units",
    "exploding_gradient",
    "update_size",
    "vanishing_gradient",
    "constant_output",
];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let Some(failure) = learning
        .failure
        .filter(|_| learning.state == LearningState::DoesNotLearn)
    else {
        return Vec::new();
    };
    let loss = learning.loss.map_or("not finite".to_owned(), number);
    let reference = learning.reference.map_or("unknown".to_owned(), number);
    let summary = match failure {
        Failure::NotFinite => "the network does not learn: its loss is no longer finite".to_owned(),
        Failure::Collapsed => format!(
            "the network has lost what it had learnt: the loss is {loss} again, that {} is {reference}",
            compared_with(&learning)
        ),
        Failure::NoBetterThanConstant => format!(
            "the network does not learn: after {} steps its loss is {loss}, the best constant prediction gives {reference}",
            learning.steps
        ),
        Failure::Unmoved => format!(
            "the network does not learn: the loss is {loss} after {} steps, and was {reference} at first",
            learning.steps
        ),
    };
    let plan = Plan::of(REMEDIES, &[]);
    let plan = match failure {
        Failure::NotFinite | Failure::Collapsed => plan
            .without(&[&RAISE_LEARNING_RATE, &STANDARDISE])
            .led_by(Some(&LOWER_LEARNING_RATE)),
        Failure::NoBetterThanConstant | Failure::Unmoved => plan.without(&[&LOWER_LEARNING_RATE]),
    };
    let unmoved = failure == Failure::Unmoved;
    vec![Finding {
        evidence: learning.evidence().into_iter().collect::<Vec<Evidence>>(),
        samples: samples(record),
        certainty: format!("judged by the loss over {} steps", learning.steps),
        since: record.snapshots.last().map_or(0, |last| last.pass),
        remedies: plan.remedies(),
        ..Finding::of_network(
            "not_learning",
            if unmoved {
                Severity::Warning
            } else {
                Severity::Fault
            },
            summary,
        )
    }]
}

/// What the loss is compared with, in words.
fn compared_with(learning: &Learning) -> &'static str {
    if learning.baseline_known {
        "of the best constant prediction"
    } else {
        "of the first steps"
    }
}
