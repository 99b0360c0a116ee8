//! What the networks over steps have in common: how their layers begin and end.

use crate::Error;
use crate::network::plan::Plan;
use crate::spec::{NetworkSpec, Pooling};
use relume_data::{Inputs, Shape};

/// The numbers per step, after an embedding where the steps are tokens.
pub(super) fn channels(
    network: &NetworkSpec,
    inputs: &Inputs,
    tokens: usize,
    layers: &mut Vec<Plan>,
) -> Result<usize, Error> {
    match inputs.shape {
        Shape::Sequence { channels, .. } => Ok(channels),
        Shape::Text { .. } => {
            let width = network.width;
            layers.push(Plan::Embedding { tokens, width });
            Ok(width)
        }
        Shape::Features { .. } | Shape::Image { .. } => Err(Error::Shape(format!(
            "the network {} needs steps in an order, but each sample is {} numbers; use the network mlp",
            network.kind,
            inputs.shape.len()
        ))),
    }
}

/// Adds what makes one row of the steps of a sample; returns its length.
pub(super) fn pool(
    pooling: Pooling,
    steps: Option<usize>,
    channels: usize,
    layers: &mut Vec<Plan>,
) -> Result<usize, Error> {
    layers.push(Plan::Pool(pooling));
    match (pooling, steps) {
        (Pooling::Flat, Some(steps)) => Ok(steps * channels),
        (Pooling::Flat, None) => Err(Error::setting(
            "pool",
            pooling,
            "last, mean or max: the samples differ in length",
        )),
        (Pooling::Last | Pooling::Mean | Pooling::Max, _) => Ok(channels),
    }
}

pub(super) fn is_text(inputs: &Inputs) -> bool {
    matches!(inputs.shape, Shape::Text { .. })
}
