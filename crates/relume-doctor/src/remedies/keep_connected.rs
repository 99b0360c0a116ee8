//! A model that its gradient passes through.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static KEEP_CONNECTED: RemedyDefinition = RemedyDefinition {
    pytorch,
    keras,
    ..RemedyDefinition::new(
        "keep_connected",
        "Take away what cuts the gradient off inside the model: detach(), .data, no_grad(), a way \
         through NumPy.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "# which parameters the loss does not reach:\n\
         loss.backward()\n\
         print([name for name, p in model.named_parameters() if p.requires_grad and p.grad is None])\n"
            .into(),
    )
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "# which variables the loss does not reach:\n\
         gradients = tape.gradient(loss, model.trainable_variables)\n\
         print([v.path for v, g in zip(model.trainable_variables, gradients) if g is None])\n"
            .into(),
    )
}
