//! Data in an order.
//!
//! # What it measures
//! How much the targets of a classification, or of a regression of one value, vary within a batch, relative to how much
//! they vary over the run, over the steps in which they were looked at.
//!
//! # Why it hurts
//! Where one class comes after the other, each stretch of batches teaches the network to answer with one class
//! whatever the input, and the next one to forget it. Its loss is small all the time, as that answer is right as long
//! as the stretch lasts.
//!
//! # Threshold and its source
//! Found if the standard deviation within batches of at least 4 samples is below 50 % of that of all targets, and
//! either there are three classes or some batch holds several: an adversarial training has batches of real and of made
//! samples. A fault if the network does not learn, otherwise a warning, for its loss shows nothing. Those of a regression
//! only if learning is not shown: time series come in their order. Source: of samples in random order both are the same;
//! 50 % is our choice.
//!
//! # What to do
//! - Shuffle the data before each pass.

use super::ends::Ends;
use super::plan::Plan;
use crate::finding::{Evidence, Finding};
use crate::learning::{Learning, samples};
use crate::record::Record;
use crate::remedies::{RemedyDefinition, SHUFFLE};
use crate::thresholds::{FEW_STEPS, IN_ORDER, SEVERAL_SAMPLES};
use crate::words::percent;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&SHUFFLE];

/// Losses whose targets are classes.
const OF_CLASSES: [&str; 4] = [
    "cross_entropy",
    "nll",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let Some((share, steps)) = share(record).filter(|&(share, _)| share < IN_ORDER) else {
        return Vec::new();
    };
    let learning = Learning::of(record);
    if learning.is_shown() && !of_classes(record) {
        return Vec::new();
    }
    vec![Finding {
        evidence: vec![Evidence::of(
            "standard deviation of the targets within a batch, relative to that of all",
            share,
            Some(IN_ORDER),
            "share",
        )],
        samples: samples(record),
        certainty: format!("looked at in {steps} steps"),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "unshuffled_data",
            learning.severity_of_mistake(),
            format!(
                "the data come in an order: within a batch the targets vary by {} of what they vary by in all, so that a \
                 small loss shows nothing",
                percent(share)
            ),
        )
    }]
}

/// Whether the targets are classes.
fn of_classes(record: &Record) -> bool {
    let ends = Ends::of(record);
    ends.is_some_and(|ends| {
        let classes = OF_CLASSES.iter().any(|kind| ends.term(kind).is_some());
        classes && ends.targets.is_some_and(|targets| targets.integral)
    })
}

/// How much targets vary within a batch, relative to all, and in how many steps they were looked at.
fn share(record: &Record) -> Option<(f64, u64)> {
    let ends = Ends::of(record)?;
    let targets = ends.targets?;
    let one_value = targets.shape.iter().skip(1).product::<u64>() == 1;
    let of_one_value = ends.compares_values() && one_value && targets.uniform == 0;
    if !(of_classes(record) || of_one_value) {
        return None;
    }
    let several = targets.shape.first().is_some_and(|&n| n >= SEVERAL_SAMPLES);
    let mixed = targets.max? - targets.min? >= 2.0 || targets.uniform < targets.steps;
    let enough = targets.steps >= FEW_STEPS;
    let share = targets.std_within? / targets.std.filter(|&std| std > 0.0)?;
    (several && mixed && enough).then_some((share, targets.steps))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        let numbers = [
            format!("at least {SEVERAL_SAMPLES} samples"),
            format!("below {} %", 100.0 * IN_ORDER),
        ];
        documentation::assert_states(
            include_str!("unshuffled_data.rs"),
            "Threshold and its source",
            &numbers,
        );
    }
}
