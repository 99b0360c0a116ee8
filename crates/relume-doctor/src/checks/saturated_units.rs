//! Saturated units.
//!
//! # What it measures
//! The units of each layer whose pre-activation lay, on at least 85 % of the samples, in a tail where the
//! function's slope is below 1 % of its largest (sigmoid beyond about ±6, tanh beyond ±3); on at least 95 % where
//! the function is flat on one side only. An output of exactly zero from a function that has a branch for it, such
//! as relu, is silence instead (see dead units).
//!
//! # Why it hurts
//! The gradient through a saturated unit is multiplied by next to nothing, so neither the unit nor anything before
//! it can be corrected, however wrong it is.
//!
//! # Threshold and its source
//! Found if at least half of a layer's units are saturated in the last pass, or a quarter of them then and before any
//! training, and the network does not learn (where it learns slowly, or that is unknown, a warning). Source: our choice; Glorot and Bengio (2010) show how
//! saturated layers stop deep sigmoid networks. Units of a network that has learnt may well be saturated: they have
//! decided.
//!
//! # What to do
//! - Lower the learning rate.
//! - Initialise the weights by the rule that fits the activation (He for ReLU and its relatives, Glorot for tanh
//!   and sigmoid), and the biases, also those of gates, at zero.
//! - Standardise the inputs, and the targets of a regression: subtract each column's mean over the training data,
//!   and divide by its standard deviation.
//! - Normalise the pre-activations (batch or layer normalisation).
//! - Use an activation that has a slope near 1 where it works, and some slope on the negative side: gelu,
//!   leaky_relu, elu or silu.

use super::afflicted::Afflicted;
use super::plan::Plan;
use crate::finding::Finding;
use crate::learning::Learning;
use crate::record::Record;
use crate::remedies::{
    ACTIVATION, INITIALISE, LOWER_LEARNING_RATE, NORMALISE, RemedyDefinition, STANDARDISE,
};
use crate::thresholds::{BORN_SATURATED, MANY_UNITS, MOST};
use crate::words::{percent, short_list};

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[
    &LOWER_LEARNING_RATE,
    &INITIALISE,
    &STANDARDISE,
    &NORMALISE,
    &ACTIVATION,
];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let Some((severity, last)) = learning.severity_of_disorder().zip(record.snapshots.last()) else {
        return Vec::new();
    };
    let mut sick = Afflicted::of(record, last, MANY_UNITS, |_, layer| layer.saturated);
    if sick.is_empty() && born(record) {
        sick = Afflicted::of(record, last, BORN_SATURATED, |_, layer| layer.saturated);
    }
    if sick.is_empty() {
        return Vec::new();
    }
    let since = if born(record) {
        0
    } else {
        Afflicted::since(record, MANY_UNITS, |_, layer| layer.saturated)
    };
    let mut evidence = sick.evidence("saturated");
    evidence.extend(learning.evidence());
    let layers = sick.names();
    let plan = Plan::of(REMEDIES, &layers).led_by((since == 0).then_some(&INITIALISE));
    vec![Finding {
        check: "saturated_units".into(),
        severity,
        summary: format!(
            "{} of the {} units of {} are saturated in {}{}",
            sick.count(),
            sick.units(),
            short_list(&layers),
            last.when(),
            learning.words()
        ),
        layers,
        remedies: plan.remedies(),
        since,
        evidence,
        samples: last.samples,
        certainty: format!(
            "each had a slope near zero on at least {} of {} samples",
            percent(MOST),
            last.samples
        ),
        follows_from: None,
        prescription: Vec::new(),
    }]
}

/// Whether a quarter of a layer's units were saturated before any training.
pub(super) fn born(record: &Record) -> bool {
    let untrained = record.snapshots.first().filter(|s| s.pass == 0);
    untrained
        .is_some_and(|s| !Afflicted::of(record, s, BORN_SATURATED, |_, layer| layer.saturated).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;
    use crate::thresholds::{ALMOST_ALL, FLAT};

    #[test]
    fn the_text_states_the_constants() {
        let numbers = [MOST, ALMOST_ALL, FLAT].map(|percent| format!("{} %", 100.0 * percent));
        documentation::assert_states(include_str!("saturated_units.rs"), "What it measures", &numbers);
        assert_eq!(MANY_UNITS, 0.5, "the text says half");
        assert_eq!(BORN_SATURATED, 0.25, "the text says a quarter");
        documentation::assert_states(include_str!("dead_units.rs"), "What it measures", &numbers[2..]);
    }
}
