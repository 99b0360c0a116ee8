//! A loss that is minimised, not maximised.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static MINIMISE: RemedyDefinition = RemedyDefinition {
    pytorch,
    ..RemedyDefinition::new(
        "minimise",
        "Turn the sign of the loss: an optimiser makes it smaller.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("loss = -loss   # before loss.backward()\n".into())
}
