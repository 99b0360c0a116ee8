//! The step of the optimiser that was forgotten.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static CALL_STEP: RemedyDefinition = RemedyDefinition {
    pytorch,
    keras,
    ..RemedyDefinition::new("call_step", "Call optimizer.step() after each loss.backward().")
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "loss.backward()\n\
         optimizer.step()\n\
         optimizer.zero_grad()\n"
            .into(),
    )
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "gradients = tape.gradient(loss, model.trainable_variables)\n\
         model.optimizer.apply_gradients(zip(gradients, model.trainable_variables))\n"
            .into(),
    )
}
