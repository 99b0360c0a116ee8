//! Recurrent layers.

use super::over_steps::{channels, pool};
use crate::Error;
use crate::network::plan::{Plan, Recurrence, Sizes};
use crate::spec::{Cell, NetworkSpec, Pooling};
use relume_data::Inputs;

/// Recurrent layers, then a sum over the last states.
pub(super) fn plan(
    cell: Cell,
    network: &NetworkSpec,
    inputs: &Inputs,
    tokens: usize,
    outputs: usize,
) -> Result<Vec<Plan>, Error> {
    let mut layers = Vec::new();
    let mut channels = channels(network, inputs, tokens, &mut layers)?;
    let directions = if network.bidirectional { 2 } else { 1 };
    for _ in 0..network.depth {
        layers.push(Plan::Recurrent(Recurrence {
            cell,
            inputs: channels,
            units: network.width,
            directions,
        }));
        channels = directions * network.width;
    }
    let pooling = network.pooling.unwrap_or(Pooling::Last);
    let features = pool(pooling, inputs.steps_of_all(), channels, &mut layers)?;
    layers.push(Plan::Output(Sizes::dense(features, outputs)));
    Ok(layers)
}
