//! Outputs and targets of one shape.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static MATCH_SHAPES: RemedyDefinition = RemedyDefinition {
    pytorch,
    keras,
    ..RemedyDefinition::new("match_shapes", "Give outputs and targets the same shape.")
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("loss = loss_function(outputs, targets.reshape(outputs.shape))\n".into())
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("targets = targets.reshape(outputs.shape)\n".into())
}
