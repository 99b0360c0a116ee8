//! Units that are all the same.
//!
//! # What it measures
//! The weights into each unit of a layer, before the first step and at the end: whether all units of the layer have exactly the same.
//!
//! # Why it hurts
//! Units with the same weights compute the same, receive the same gradient and stay the same for ever: a layer of
//! any width is worth a single unit. It comes of weights that are all initialised to one value, such as zero.
//!
//! # Threshold and its source
//! Found if all rows of a matrix of weights with at least two rows and two columns are equal and gradients arrived
//! at it, or if that was so of all such matrices before the first step; a fault if the network does not learn,
//! otherwise a warning where it learns slowly. Source: the symmetry
//! of the network under exchange of its units (Goodfellow, Bengio and Courville, *Deep Learning*, 2016, section
//! 8.4).
//!
//! # What to do
//! - Initialise the weights by the rule that fits the activation (He for ReLU and its relatives, Glorot for tanh
//!   and sigmoid), and the biases, also those of gates, at zero.

use super::plan::Plan;
use crate::course::ParameterCourse;
use crate::finding::{Evidence, Finding};
use crate::learning::{Learning, samples};
use crate::record::Record;
use crate::remedies::{INITIALISE, RemedyDefinition};
use crate::words::short_list;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&INITIALISE];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let Some(severity) = learning.severity_of_disorder() else {
        return Vec::new();
    };
    let alike = |p: &ParameterCourse, equal: Option<bool>| {
        equal == Some(true)
            && p.shape.len() > 1
            && p.shape[0] > 1
            && p.shape[1..].iter().product::<usize>() > 1
    };
    let trained = || {
        let trained = record.course.parameters.iter();
        trained.filter(|p| !p.frozen && p.steps > 0)
    };
    let mut names: Vec<String> = trained()
        .filter(|p| alike(p, p.rows_equal))
        .map(|p| p.name.clone())
        .collect();
    let still = if names.is_empty() { ", at first," } else { "" };
    if names.is_empty() {
        // Biases may have made them differ since; but where all were alike, they have begun as one.
        let mut matrices = trained().filter(|p| p.rows_equal_at_first.is_some());
        if matrices.clone().count() > 1 && matrices.all(|p| alike(p, p.rows_equal_at_first)) {
            names = trained()
                .filter(|p| alike(p, p.rows_equal_at_first))
                .map(|p| p.name.clone())
                .collect();
        }
    }
    // The last layer of a network may begin at zero, and stays there if nothing is to be learnt.
    let mut weights = record.course.parameters.iter().filter(|p| p.shape.len() > 1);
    let last = weights.next_back().map(|p| p.name.as_str());
    if names.is_empty() || (names.len() == 1 && Some(names[0].as_str()) == last) {
        return Vec::new();
    }
    let mut layers = Vec::new();
    for (layer, weight) in &record.weights {
        if names.contains(weight) {
            layers.push(layer.clone());
        }
    }
    vec![Finding {
        layers: layers.clone(),
        evidence: vec![Evidence::of(
            "matrices of weights whose rows are all equal",
            names.len() as f64,
            Some(0.0),
            "matrices",
        )],
        samples: samples(record),
        certainty: "compared bit by bit".into(),
        remedies: Plan::of(REMEDIES, &layers).remedies(),
        ..Finding::of_network(
            "symmetric_units",
            severity,
            format!(
                "all units have{still} the same weights in {}{}",
                short_list(&names),
                learning.words()
            ),
        )
    }]
}
