//! Layers that the module knows.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static REGISTER: RemedyDefinition = RemedyDefinition {
    pytorch,
    ..RemedyDefinition::new(
        "register",
        "Keep layers in nn.ModuleList, nn.ModuleDict or an attribute, not in a list or dict of Python's, so that \
         parameters() finds them.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "self.layers = nn.ModuleList(layers)   # in the model's __init__, before the optimiser is made\n"
            .into(),
    )
}
