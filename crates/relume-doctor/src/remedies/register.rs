//! Layers that the module knows.

use super::definition::{RemedyDefinition, always, nothing};
use super::network::Network;
use super::remedy::{Changes, Remedy};

pub(crate) static REGISTER: RemedyDefinition = RemedyDefinition {
    name: "register",
    text: "Keep layers in nn.ModuleList, nn.ModuleDict or an attribute, not in a list or dict of Python's, so that \
           parameters() finds them.",
    changes: Changes::Program,
    value: None,
    activation: None,
    fits: always,
    here: nothing,
    pytorch,
    keras: nothing,
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "self.layers = nn.ModuleList(layers)   # in the model's __init__, before the optimiser is made\n"
            .into(),
    )
}
