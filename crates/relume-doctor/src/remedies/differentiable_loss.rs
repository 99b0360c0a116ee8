//! A loss that has a gradient.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static DIFFERENTIABLE_LOSS: RemedyDefinition = RemedyDefinition {
    pytorch,
    keras,
    ..RemedyDefinition::new(
        "differentiable_loss",
        "Compute the loss with operations that have a gradient: no argmax, rounding, comparison, \
         detach() or no_grad() between the model and the loss.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "loss = nn.functional.cross_entropy(model(x), targets)  # on the logits, not on their argmax\n"
            .into(),
    )
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "model.compile(optimizer, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))\n"
            .into(),
    )
}
