//! A look at what the loss compares the outputs with.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static LOOK_AT_TARGETS: RemedyDefinition = RemedyDefinition {
    pytorch,
    keras,
    ..RemedyDefinition::new(
        "look_at_targets",
        "Look at some targets beside their inputs, as they reach the loss: does each belong to its input, and do they \
         differ as they should? Shuffle inputs and targets together.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("for x, t in zip(*next(iter(batches))):\n    print(t, x)  # show pictures as pictures\n".into())
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("for x_i, t_i in zip(x[:10], t[:10]):\n    print(t_i, x_i)  # show pictures as pictures\n".into())
}
