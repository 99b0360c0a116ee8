//! Convolutions over steps.

use super::over_steps::{channels, is_text, pool};
use crate::Error;
use crate::network::plan::{Kernel, Plan, Sizes};
use crate::spec::{NetworkSpec, Pooling};
use relume_data::Inputs;

/// The steps of the windows of the first convolution over a sequence, and of the others.
const KERNELS: [usize; 2] = [5, 3];

/// Each convolution over numbers leaves half of the steps, which lie close in what they say; of a text every token counts.
const STRIDES: [usize; 2] = [2, 1];

/// Convolutions over the steps, then a sum over what is left: all of it, if every sample has as many steps, else its
/// largest values (Kim, 2014).
pub(super) fn plan(
    network: &NetworkSpec,
    inputs: &Inputs,
    tokens: usize,
    outputs: usize,
) -> Result<Vec<Plan>, Error> {
    let mut layers = Vec::new();
    let mut channels = channels(network, inputs, tokens, &mut layers)?;
    let mut steps = inputs.steps_of_all();
    let stride = STRIDES[usize::from(is_text(inputs))];
    for layer in 0..network.depth {
        let kernel = Kernel {
            steps: KERNELS[layer.min(1)],
            stride,
            channels,
        };
        layers.push(Plan::Steps {
            kernel,
            units: network.width,
        });
        channels = network.width;
        steps = steps.map(|steps| steps.div_ceil(stride));
    }
    let pooling = network.pooling.unwrap_or(match steps {
        Some(_) if !is_text(inputs) => Pooling::Flat,
        _ => Pooling::Max,
    });
    let features = pool(pooling, steps, channels, &mut layers)?;
    layers.push(Plan::Output(Sizes::dense(features, outputs)));
    Ok(layers)
}
