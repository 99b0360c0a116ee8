//! The usual decay rates of Adam and its like.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static USUAL_DECAY_RATES: RemedyDefinition = RemedyDefinition {
    pytorch,
    ..RemedyDefinition::new(
        "usual_decay_rates",
        "Give the optimiser its usual decay rates: 0.9 for the gradient, 0.999 for its square, in this order.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("for group in optimizer.param_groups:\n    group[\"betas\"] = (0.9, 0.999)\n".into())
}
