//! No activation between layers.
//!
//! # What it measures
//! Whether an activation was seen anywhere in a network of two or more layers, one of which takes what the other
//! gives.
//!
//! # Why it hurts
//! Linear layers without anything between them are worth a single one: the network can learn no more than a linear
//! function.
//!
//! # Threshold and its source
//! Found if no activation was seen, none could be there unseen, and two matrices of weights follow one another of
//! which the second has as many columns as the first has rows; a fault if the network does not learn, a warning where
//! it learns slowly or that is unknown, otherwise nothing. Source: a product of matrices is a matrix.
//!
//! # What to do
//! - Put an activation behind each layer but the last.

use super::plan::Plan;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Failure, Learning, samples};
use crate::record::Record;
use crate::remedies::{ADD_ACTIVATIONS, RemedyDefinition};
use crate::words::short_list;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&ADD_ACTIVATIONS];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    // What has lost its loss, or what it had learnt, is not without activations for that.
    let severity = match learning.failure {
        Some(Failure::NotFinite | Failure::Collapsed) => Some(Severity::Warning),
        _ => learning.severity_of_disorder(),
    };
    let Some(severity) = severity else {
        return Vec::new();
    };
    let seen = !record.layers.is_empty() || !record.unseen.is_empty();
    let matrices = record
        .course
        .parameters
        .iter()
        .filter(|p| p.shape.len() == 2 && p.steps > 0);
    let matrices: Vec<_> = matrices.collect();
    let follows = matrices.windows(2).filter(|pair| {
        // Layers keep the weights of a unit in a row; products written by hand often in a column.
        let [a, b] = [&pair[0].shape, &pair[1].shape];
        a[0] == b[1] || a[1] == b[0]
    });
    let chained = follows.count();
    if seen || chained == 0 {
        return Vec::new();
    }
    let names: Vec<String> = matrices.iter().map(|p| p.name.clone()).collect();
    vec![Finding {
        evidence: vec![Evidence::of(
            "layers that take what another gives, without an activation between them",
            chained as f64,
            Some(0.0),
            "layers",
        )],
        samples: samples(record),
        certainty: "as far as activations can be seen".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "missing_activation",
            severity,
            format!(
                "no activation stands between the layers of {}: together they are one linear layer{}",
                short_list(&names),
                learning.words()
            ),
        )
    }]
}
