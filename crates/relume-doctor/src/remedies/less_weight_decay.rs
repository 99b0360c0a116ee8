//! A weaker decay of the weights.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static LESS_WEIGHT_DECAY: RemedyDefinition = RemedyDefinition {
    pytorch,
    ..RemedyDefinition::new(
        "less_weight_decay",
        "Lower the weight decay: 1e-5 to 1e-3 is usual for SGD and Adam, 0.01 to 0.1 for AdamW.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("for group in optimizer.param_groups:\n    group[\"weight_decay\"] = 1e-4\n".into())
}
