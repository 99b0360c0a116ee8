//! Loss that is not finite.
//!
//! # What it measures
//! The first number of the whole run that was not finite: here it appeared behind the network, on the way to the
//! loss or in the loss itself, while all that entered and left the layers was finite; or in the gradient, while the
//! loss was finite.
//!
//! # Why it hurts
//! The logarithm of 0, a square root whose slope at 0 is infinite, or a division by 0 gives an infinite loss or NaN
//! gradients; one step along them makes all weights NaN.
//!
//! # Threshold and its source
//! Found if there was any; in the gradient, an exponential or a sum, or in the weights after a step of the optimiser,
//! if no loss and no gradient before was above a million. A logarithm, a root, a division or a slope that is undefined
//! in the first 32 steps comes before what else may be found. Source: the
//! definitions of the functions: log 0 = −∞, and the slope of the square root at 0 is infinite; a softmax or sigmoid
//! in 32 bits gives exactly 0 from about 90 below the largest logit, and there an exponential overflows; in 16 bits
//! the 1e-8 that Adam divides by is 0.
//!
//! # What to do
//! - Compute the loss by the function made for it, from logits (cross_entropy, binary_cross_entropy_with_logits),
//!   or keep what goes into log, sqrt and divisions away from 0.
//! - Lower the learning rate.

use super::plan::Plan;
use crate::course::{NonFinite, Quantity};
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::samples;
use crate::record::Record;
use crate::remedies::{LOWER_LEARNING_RATE, RemedyDefinition, STABLE_LOSS};
use crate::thresholds::{FIRST_STEPS, LARGE_NUMBER};

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&STABLE_LOSS, &LOWER_LEARNING_RATE];

/// Operations that are not finite at finite numbers which are not large.
const UNDEFINED: [&str; 8] = [
    "log",
    "log2",
    "log10",
    "log1p",
    "div",
    "pow",
    "sqrt",
    "reciprocal",
];

/// Of these, those that are so at single numbers, which no scale of inputs or steps makes right.
const SINGULAR: [&str; 6] = ["log", "log2", "log10", "div", "sqrt", "reciprocal"];

/// Whether the loss was undefined in the first steps, whatever the scale of inputs and steps.
pub(super) fn from_the_start(record: &Record) -> bool {
    record.course.first_non_finite.as_ref().is_some_and(is_singular) && !run(record).is_empty()
}

fn is_singular(first: &NonFinite) -> bool {
    let slope = first.what == Quantity::Gradient;
    first.step < FIRST_STEPS && (slope || SINGULAR.contains(&first.name.as_str()))
}

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let first = record.course.first_non_finite.as_ref();
    // What overflows in a layer, or in a loss that is a square, is a network that has grown too large.
    let small = were_small(record);
    let undefined = |first: &&NonFinite| {
        let overflows = first.step > 0 && small && (first.name == "exp" || first.what == Quantity::Loss);
        overflows || (first.step == 0 && first.name != "exp") || UNDEFINED.contains(&first.name.as_str())
    };
    let behind = first.filter(|first| matches!(first.what, Quantity::Output | Quantity::Loss));
    let beside = |first: &&NonFinite| match first.what {
        Quantity::Gradient => small,
        // Before the first step they are what they were made.
        Quantity::Parameter => small && first.step > 0,
        _ => false,
    };
    let Some(first) = behind.filter(undefined).or(first.filter(beside)) else {
        return Vec::new();
    };
    let lasts = record
        .course
        .losses
        .windows
        .last()
        .is_some_and(|window| window.non_finite > 0);
    let recovered = !lasts && first.what == Quantity::Loss;
    let place = if first.name.is_empty() {
        String::new()
    } else {
        format!(", in {},", first.name)
    };
    let lost: u64 = record
        .course
        .losses
        .windows
        .iter()
        .map(|window| window.non_finite)
        .sum();
    let ends_after = |s: &&crate::record::Snapshot| s.steps.is_none_or(|[_, last]| last >= first.step);
    // What is undefined at the outputs of the first steps is so from the start, whatever their size.
    let since = match is_singular(first) {
        true => 0,
        false => record.snapshots.iter().find(ends_after).map_or(0, |s| s.pass),
    };
    vec![Finding {
        since,
        evidence: vec![Evidence::of(
            "steps with a loss that is NaN or infinite",
            lost as f64,
            Some(0.0),
            "steps",
        )],
        samples: samples(record),
        certainty: "counted, not estimated".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "non_finite_loss",
            if recovered {
                Severity::Warning
            } else {
                Severity::Fault
            },
            match first.what {
                Quantity::Gradient => format!(
                    "the gradient became NaN or infinite in step {}, first at {}, while the loss was finite and no gradient \
                     had been large: the slope of an operation on the way to the loss is infinite where it was",
                    first.step, first.name
                ),
                Quantity::Parameter => format!(
                    "the weights were NaN or infinite in step {}, first {}, while loss and gradients had been small: the \
                     optimiser's own step made them so, as one in 16 bits does that divides by what rounds to 0",
                    first.step, first.name
                ),
                _ => format!(
                    "the loss became NaN or infinite in step {}{place} while the layers were still finite",
                    first.step
                ),
            },
        )
    }]
}

/// Whether losses and gradients were of ordinary size as long as they were finite: what explodes grows first.
fn were_small(record: &Record) -> bool {
    let losses = record
        .course
        .losses
        .windows
        .iter()
        .filter_map(|window| window.max);
    let gradients = record.course.parameters.iter().filter_map(|p| p.max);
    losses.chain(gradients).all(|size| size.abs() < LARGE_NUMBER)
}
