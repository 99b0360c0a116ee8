//! Outputs and targets of one shape.

use super::definition::{RemedyDefinition, always, nothing};
use super::network::Network;
use super::remedy::{Changes, Remedy};

pub(crate) static MATCH_SHAPES: RemedyDefinition = RemedyDefinition {
    name: "match_shapes",
    text: "Give outputs and targets the same shape.",
    changes: Changes::Program,
    value: None,
    activation: None,
    fits: always,
    here: nothing,
    pytorch,
    keras,
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("loss = loss_function(outputs, targets.reshape(outputs.shape))\n".into())
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("targets = targets.reshape(outputs.shape)\n".into())
}
