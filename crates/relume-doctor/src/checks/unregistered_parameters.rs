//! Parameters that are not registered.
//!
//! # What it measures
//! Parameters that went into the outputs of the network, with a gradient, but are none of its own, and are held by no
//! optimiser.
//!
//! # Why it hurts
//! A module knows the layers that are its attributes or stand in a ModuleList; in a list of Python's they run, and
//! parameters() does not name them: they stay as they were initialised, and do not follow to another device or into a
//! saved file.
//!
//! # Threshold and its source
//! Found if there is any, over at least 10 steps of an optimiser; a fault if the network does not learn, a warning where
//! it learns slowly or that is unknown, otherwise nothing. Source: the definition of `nn.Module.parameters`.
//!
//! # What to do
//! - Keep layers in nn.ModuleList, nn.ModuleDict or an attribute, not in a list or dict of Python's, so that
//!   parameters() finds them.

use super::plan::Plan;
use crate::finding::{Evidence, Finding};
use crate::learning::{Learning, samples};
use crate::record::Record;
use crate::remedies::{REGISTER, RemedyDefinition};
use crate::thresholds::FEW_STEPS;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&REGISTER];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let shapes = &record.setup.unregistered;
    let Some(severity) = learning.severity_of_disorder() else {
        return Vec::new();
    };
    if shapes.is_empty() || record.setup.calls.optimizer < FEW_STEPS {
        return Vec::new();
    }
    let elements: u64 = shapes.iter().map(|shape| shape.iter().product::<u64>()).sum();
    vec![Finding {
        evidence: vec![Evidence::of(
            "parameters that are none of the network's",
            shapes.len() as f64,
            Some(0.0),
            "parameters",
        )],
        samples: samples(record),
        certainty: "follows from the graph of the loss".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "unregistered_parameters",
            severity,
            format!(
                "{} parameters of {elements} elements in all took part, are none of the network's and are held by no \
                 optimiser: they stay as they are{}",
                shapes.len(),
                learning.words()
            ),
        )
    }]
}
