//! Parameters that are trained.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static UNFREEZE: RemedyDefinition = RemedyDefinition {
    pytorch,
    ..RemedyDefinition::new(
        "unfreeze",
        "Train what is frozen too (requires_grad=True), with a small learning rate where its weights come from elsewhere, \
         and make the optimiser after that.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("model.requires_grad_(True)   # before the optimiser is made\n".into())
}
