//! A transformer's encoder.

use super::over_steps::{channels, pool};
use crate::Error;
use crate::network::plan::{Block, Plan, Sizes};
use crate::spec::{NetworkSpec, Pooling};
use relume_data::Inputs;

/// The steps that a transformer takes at most: each looks at all others.
const MOST_ATTENDED: usize = 1024;

/// Parts of attention, each of which looks in its own way.
const HEADS: usize = 4;

/// A small encoder, then a sum over the mean of the steps.
pub(super) fn plan(
    network: &NetworkSpec,
    inputs: &Inputs,
    tokens: usize,
    outputs: usize,
    is_gated: bool,
) -> Result<Vec<Plan>, Error> {
    let width = network.width;
    let longest = inputs.shape.len() / inputs.shape.step().unwrap_or(1);
    if longest > MOST_ATTENDED {
        return Err(Error::Shape(format!(
            "the longest sample has {longest} steps, and a transformer, in which each step looks at all others, takes at most \
             {MOST_ATTENDED}; use the network cnn1d or gru"
        )));
    }
    if !width.is_multiple_of(HEADS) {
        return Err(Error::setting(
            "width",
            width,
            &format!("a multiple of {HEADS} for a transformer"),
        ));
    }
    let mut layers = Vec::new();
    let channels = channels(network, inputs, tokens, &mut layers)?;
    layers.push(Plan::Place(Sizes::dense(channels, width)));
    // 2·4 times the square of the width, or 3·(8/3) times, is how many weights there are.
    let inner = if is_gated {
        (8 * width).div_ceil(3)
    } else {
        4 * width
    };
    layers.extend((0..network.depth).map(|_| {
        Plan::Encoder(Block {
            width,
            heads: HEADS,
            inner,
            is_gated,
        })
    }));
    layers.push(Plan::Norm { width });
    let pooling = network.pooling.unwrap_or(Pooling::Mean);
    let features = pool(pooling, inputs.steps_of_all(), width, &mut layers)?;
    layers.push(Plan::Output(Sizes::dense(features, outputs)));
    Ok(layers)
}
