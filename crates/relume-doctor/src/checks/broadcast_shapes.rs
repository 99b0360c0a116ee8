//! Shapes that were stretched.
//!
//! # What it measures
//! The shapes of outputs and targets, where the loss stretched them to fit each other, such as (64,) against (64,
//! 1).
//!
//! # Why it hurts
//! Each output is then compared with every target of the batch: the best it can do is their mean.
//!
//! # Threshold and its source
//! Found if it happened; a fault, or a warning if the network learns all the same. Source: the rules of
//! broadcasting.
//!
//! # What to do
//! - Give outputs and targets the same shape.

use super::plan::Plan;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Learning, samples};
use crate::record::Record;
use crate::remedies::{MATCH_SHAPES, RemedyDefinition};

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&MATCH_SHAPES];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let shapes = record
        .setup
        .loss
        .as_ref()
        .and_then(|loss| loss.broadcast.as_ref());
    let Some([outputs, targets]) = shapes else {
        return Vec::new();
    };
    let learning = Learning::of(record);
    let severity = if learning.is_shown() {
        Severity::Warning
    } else {
        Severity::Fault
    };
    vec![Finding {
        evidence: vec![Evidence::of(
            "targets that each output is compared with",
            stretched(outputs, targets),
            Some(1.0),
            "targets",
        )],
        samples: samples(record),
        certainty: "follows from the shapes".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "broadcast_shapes",
            severity,
            format!(
                "outputs of shape {} are compared with targets of shape {}: each with those of all samples{}",
                shape(outputs),
                shape(targets),
                learning.words()
            ),
        )
    }]
}

/// How many elements come of the two together, for each of the outputs.
fn stretched(outputs: &[u64], targets: &[u64]) -> f64 {
    let most = outputs.len().max(targets.len());
    let axis = |shape: &[u64], i: usize| {
        let missing = most - shape.len();
        if i < missing { 1 } else { shape[i - missing] }
    };
    let all: f64 = (0..most)
        .map(|i| axis(outputs, i).max(axis(targets, i)) as f64)
        .product();
    all / outputs.iter().map(|&n| n as f64).product::<f64>().max(1.0)
}

/// As Python writes it.
fn shape(axes: &[u64]) -> String {
    let axes: Vec<String> = axes.iter().map(u64::to_string).collect();
    match axes.as_slice() {
        [one] => format!("({one},)"),
        _ => format!("({})", axes.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_output_meets_as_many_targets_as_the_stretched_shape_has() {
        assert_eq!(stretched(&[64], &[64, 1]), 64.0);
        assert_eq!(stretched(&[64, 1], &[64]), 64.0);
        assert_eq!(stretched(&[8, 3], &[3]), 1.0);
        assert_eq!(
            (shape(&[64]), shape(&[64, 1])),
            ("(64,)".into(), "(64, 1)".into())
        );
    }
}
