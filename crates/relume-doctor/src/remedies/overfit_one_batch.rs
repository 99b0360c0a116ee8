//! The question whether the network can learn at all.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static OVERFIT_ONE_BATCH: RemedyDefinition = RemedyDefinition {
    pytorch,
    keras,
    ..RemedyDefinition::new(
        "overfit_one_batch",
        "Try whether the network can learn one batch by heart. If it cannot, look at the model and the \
         loss; if it can, at the data: does each target belong to its input, and depend on it?",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("x, t = next(iter(batches))\n\
         for step in range(500):\n    optimizer.zero_grad()\n    loss = loss_function(model(x), t)\n    loss.backward()\n    optimizer.step()\n\
         print(loss.item())  # close to 0, if all is well with model and loss\n".into())
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "model.fit(x[:32], t[:32], epochs=500, verbose=0)\n\
         print(model.evaluate(x[:32], t[:32]))  # close to 0, if all is well with model and loss\n"
            .into(),
    )
}
