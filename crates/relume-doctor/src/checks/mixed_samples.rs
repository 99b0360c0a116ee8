//! Samples that are mixed with each other.
//!
//! # What it measures
//! Along which axis recurrent layers, attention and softmax run, against the axis of the samples: the first of what enters
//! the network, leaves it, and is compared with it.
//!
//! # Why it hurts
//! A recurrent layer that runs over the samples of a batch takes each for the step after the one before; attention over
//! them looks at other samples. What comes out depends on who else is in the batch, and the real sequence is not seen.
//!
//! # Threshold and its source
//! Found if inputs, outputs and targets have one number of samples, and a recurrent layer, an attention or a softmax
//! inside of the network runs along an axis of exactly this length (a softmax also of a multiple of it) while its other
//! axis is longer than one and no multiple of the number of samples; a fault if the network does not learn, otherwise a
//! warning. Source: the documentation of PyTorch: without `batch_first` the first axis is time.
//!
//! # What to do
//! - Tell the layer which axis holds the samples: batch_first=True where they come first, or the axis that a softmax is
//!   taken over (dim=-1).

use super::plan::Plan;
use crate::finding::{Evidence, Finding};
use crate::learning::{Learning, samples};
use crate::record::Record;
use crate::remedies::{AXIS_OF_SAMPLES, RemedyDefinition};
use crate::setup::{AlongFirst, AlongKind};

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&AXIS_OF_SAMPLES];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let Some(batch) = batch(record) else {
        return Vec::new();
    };
    let Some(found) = record.setup.along_first.iter().find(|call| mixes(call, batch)) else {
        return Vec::new();
    };
    let learning = Learning::of(record);
    let what = match found.kind {
        AlongKind::Recurrent => "runs from sample to sample as if they were steps of one sequence",
        AlongKind::Attention => "looks at the other samples of the batch instead of along the sequence",
        AlongKind::Softmax => "is taken over the samples of the batch",
    };
    vec![Finding {
        evidence: vec![Evidence::of(
            "length of the axis that it runs along",
            found.length as f64,
            Some(batch as f64),
            "samples",
        )],
        samples: samples(record),
        certainty: "by the lengths of the axes, in the last step that was watched".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "mixed_samples",
            learning.severity_of_mistake(),
            format!("{} {what}{}", found.name, learning.words()),
        )
    }]
}

/// The number of samples, if inputs, outputs and targets agree on it.
fn batch(record: &Record) -> Option<u64> {
    let setup = &record.setup;
    let inputs = setup.inputs.as_ref()?.values.shape.first().copied()?;
    let outputs = setup.outputs.as_ref()?.values.shape.first().copied()?;
    let targets = setup.targets.as_ref()?.shape.first().copied()?;
    (inputs > 1 && inputs == outputs && inputs == targets).then_some(inputs)
}

fn mixes(call: &AlongFirst, batch: u64) -> bool {
    let along = match call.kind {
        AlongKind::Softmax => call.length.is_multiple_of(batch),
        AlongKind::Recurrent | AlongKind::Attention => call.length == batch,
    };
    along && call.beside > 1 && !call.beside.is_multiple_of(batch)
}
