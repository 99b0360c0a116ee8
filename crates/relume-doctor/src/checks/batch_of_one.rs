//! Batch normalisation of a single sample.
//!
//! # What it measures
//! How many samples the largest batch has that a batch normalisation is given in training.
//!
//! # Why it hurts
//! It takes mean and spread from the batch. Of one sample these are the sample's own: what tells it from others is taken
//! away, and the running statistics, which are used later, are of something else.
//!
//! # Threshold and its source
//! Found if every batch is a single sample; a fault if the network does not learn, otherwise a warning: of pictures it
//! normalises each by itself, which some networks are made for, but in `eval()` it does not. Source: S. Ioffe and C.
//! Szegedy, Batch Normalization (arXiv 1502.03167); Y. Wu and K. He, Group Normalization (arXiv 1803.08494), on small
//! batches.
//!
//! # What to do
//! - Take more samples into a batch, or normalise each sample by itself (layer or group normalisation).

use super::plan::Plan;
use crate::finding::{Evidence, Finding};
use crate::learning::{Learning, samples};
use crate::record::Record;
use crate::remedies::{LARGER_BATCH, RemedyDefinition};

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&LARGER_BATCH];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    if record.setup.largest_normalised_batch != Some(1) {
        return Vec::new();
    }
    vec![Finding {
        evidence: vec![Evidence::of("samples in a batch", 1.0, Some(1.0), "samples")],
        samples: samples(record),
        certainty: "in all steps that were watched".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "batch_of_one",
            learning.severity_of_mistake(),
            format!(
                "batch normalisation is given single samples: it takes away what tells them apart{}",
                learning.words()
            ),
        )
    }]
}
