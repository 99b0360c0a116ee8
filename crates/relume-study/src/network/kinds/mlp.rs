//! Dense layers.

use super::over_steps::{channels, is_text, pool};
use crate::Error;
use crate::network::plan::{Plan, Sizes};
use crate::spec::{NetworkSpec, Pooling};
use relume_data::Inputs;

/// Dense layers over all values of a sample, if every sample has as many; else over the mean of its steps.
pub(super) fn plan(
    network: &NetworkSpec,
    inputs: &Inputs,
    tokens: usize,
    outputs: usize,
) -> Result<Vec<Plan>, Error> {
    let mut layers = Vec::new();
    let mut features = inputs.shape.len();
    if inputs.shape.step().is_some() {
        let pooling = network.pooling.unwrap_or(match inputs.steps_of_all() {
            Some(_) if !is_text(inputs) => Pooling::Flat,
            _ => Pooling::Mean,
        });
        let channels = channels(network, inputs, tokens, &mut layers)?;
        features = pool(pooling, inputs.steps_of_all(), channels, &mut layers)?;
    }
    for _ in 0..network.depth {
        layers.push(Plan::Dense(Sizes::dense(features, network.width)));
        features = network.width;
    }
    layers.push(Plan::Output(Sizes::dense(features, outputs)));
    Ok(layers)
}
