//! Gradients that are cleared.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static ZERO_GRADIENTS: RemedyDefinition = RemedyDefinition {
    pytorch,
    ..RemedyDefinition::new("zero_gradients", "Clear the gradients before each backward pass.")
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "optimizer.zero_grad()\n\
         loss.backward()\n\
         optimizer.step()\n"
            .into(),
    )
}
