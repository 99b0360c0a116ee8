//! A loss that has a gradient.

use super::definition::{RemedyDefinition, always, nothing};
use super::network::Network;
use super::remedy::{Changes, Remedy};

pub(crate) static DIFFERENTIABLE_LOSS: RemedyDefinition = RemedyDefinition {
    name: "differentiable_loss",
    text: "Compute the loss with operations that have a gradient: no argmax, rounding, comparison, \
           detach() or no_grad() between the model and the loss.",
    changes: Changes::Program,
    value: None,
    activation: None,
    fits: always,
    here: nothing,
    pytorch,
    keras,
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
