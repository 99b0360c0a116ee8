//! Saturated units.
//!
//! # What it measures
//! The units of each layer whose pre-activation lay, on at least 95 % of the samples, in a tail where the
//! function's slope is below 1 % of its largest (sigmoid beyond about ±6, tanh beyond ±3). An output of exactly
//! zero from a function that has a branch for it, such as relu, is silence instead (see dead units).
//!
//! # Why it hurts
//! The gradient through a saturated unit is multiplied by next to nothing, so neither the unit nor anything
//! before it can be corrected, however wrong it is.
//!
//! # Threshold and its source
//! Found if at least half of a layer's units are saturated in the last pass and the network does not learn
//! (where it learns slowly, or that is unknown, a warning). Source: our choice; Glorot and Bengio (2010) show how saturated layers
//! stop deep sigmoid networks. Units of a network that has learnt may well be saturated: they have decided.
//!
//! # What to do
//! - Lower the learning rate, or raise it slowly over the first steps.
//! - Initialise the weights by Glorot's rule and the biases, also those of gates, near zero.
//! - Standardise the inputs.
//! - Normalise the pre-activations (batch or layer normalisation).
//! - Use an activation that does not saturate on both sides: relu, leaky_relu, elu, gelu or silu.

use super::afflicted::Afflicted;
use super::doc;
use super::learning::Learning;
use crate::finding::Finding;
use crate::record::Record;
use crate::words::{percent, short_list};

/// A slope below this share of the function's largest is near zero.
pub(crate) const FLAT: f64 = 0.01;

/// A unit whose slope is near zero on this share of its samples is saturated.
pub(crate) const ALMOST_ALL: f64 = 0.95;

/// The share of a layer's units that are saturated, from which on it is a finding.
const SHARE: f64 = 0.5;

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let Some((severity, last)) = learning.severity_of_disorder().zip(record.snapshots.last()) else {
        return Vec::new();
    };
    let sick = Afflicted::of(record, last, SHARE, |_, layer| layer.saturated);
    if sick.is_empty() {
        return Vec::new();
    }
    let since = Afflicted::since(record, SHARE, |_, layer| layer.saturated);
    let mut evidence = sick.evidence("saturated");
    evidence.extend(learning.evidence());
    let layers = sick.names();
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
        since,
        evidence,
        samples: last.samples,
        certainty: format!(
            "each had a slope near zero on at least {} of {} samples",
            percent(ALMOST_ALL),
            last.samples
        ),
        prescription: doc::prescription_led_by(
            include_str!("saturated_units.rs"),
            (since == 0).then_some("Initialise"),
        ),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_states_the_constants() {
        let numbers = [100.0 * ALMOST_ALL, 100.0 * FLAT].map(|percent| format!("{percent} %"));
        doc::assert_states(include_str!("saturated_units.rs"), "What it measures", &numbers);
        assert_eq!(SHARE, 0.5, "the text says half");
        doc::assert_states(include_str!("dead_units.rs"), "What it measures", &numbers[1..]);
    }
}
