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
//! otherwise a warning. A warning also if after 200 steps it is still not shown that the loss is below the constant's.
//! Source: see there; 200 is our choice.
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
use crate::thresholds::{FALL, LONG_ENOUGH};
use crate::words::number;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[
    &OVERFIT_ONE_BATCH,
    &LOWER_LEARNING_RATE,
    &RAISE_LEARNING_RATE,
    &STANDARDISE,
];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let failure = match learning.state {
        LearningState::DoesNotLearn => learning.failure,
        LearningState::NotKnownYet => return not_shown(&learning, record),
        _ => None,
    };
    let Some(failure) = failure else {
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

/// Learning that a long run does not show.
fn not_shown(learning: &Learning, record: &Record) -> Vec<Finding> {
    let Some((loss, reference)) = learning.loss.zip(learning.reference) else {
        return Vec::new();
    };
    let counted = !record.course.losses.is_empty();
    if !counted || !learning.baseline_known || learning.steps < LONG_ENOUGH {
        return Vec::new();
    }
    vec![Finding {
        evidence: vec![Evidence::of(
            "training loss at the end",
            loss,
            Some(reference - FALL * reference.abs()),
            "loss",
        )],
        samples: samples(record),
        certainty: format!("judged by the loss over {} steps", learning.steps),
        since: record.snapshots.last().map_or(0, |last| last.pass),
        remedies: Plan::of(REMEDIES, &[])
            .without(&[&LOWER_LEARNING_RATE])
            .remedies(),
        ..Finding::of_network(
            "not_learning",
            Severity::Warning,
            format!(
                "in {} steps the network has hardly learnt: its loss is {}, the best constant prediction gives {}",
                learning.steps,
                number(loss),
                number(reference)
            ),
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
