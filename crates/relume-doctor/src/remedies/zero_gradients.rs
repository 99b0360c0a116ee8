//! Gradients that are cleared.

use super::definition::{RemedyDefinition, always, nothing};
use super::network::Network;
use super::remedy::{Changes, Remedy};

pub(crate) static ZERO_GRADIENTS: RemedyDefinition = RemedyDefinition {
    name: "zero_gradients",
    text: "Clear the gradients before each backward pass.",
    changes: Changes::Program,
    value: None,
    activation: None,
    fits: always,
    here: nothing,
    pytorch,
    keras: nothing,
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "optimizer.zero_grad()\n\
         loss.backward()\n\
         optimizer.step()\n"
            .into(),
    )
}
