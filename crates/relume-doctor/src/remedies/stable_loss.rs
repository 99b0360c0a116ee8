//! A loss that is finite wherever the network is.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static STABLE_LOSS: RemedyDefinition = RemedyDefinition {
    pytorch,
    keras,
    ..RemedyDefinition::new(
        "stable_loss",
        "Compute the loss by the function made for it, from logits (cross_entropy, \
         binary_cross_entropy_with_logits), or keep what goes into log, sqrt and divisions away from 0.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "loss = nn.functional.cross_entropy(logits, targets)  # instead of -torch.log(softmax(logits))\n\
         # or: torch.log(p.clamp_min(1e-7))\n"
            .into(),
    )
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)\n\
         # or: keras.ops.log(keras.ops.maximum(p, 1e-7))\n"
            .into(),
    )
}
