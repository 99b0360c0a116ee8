//! Another activation, with a slope on both sides.

use super::definition::RemedyDefinition;
use super::exchange;
use super::network::Network;
use super::remedy::{Changes, Remedy};

pub(crate) static ACTIVATION: RemedyDefinition = RemedyDefinition {
    changes: Changes::Activations,
    activation: Some("gelu"),
    fits,
    here: exchange::here,
    pytorch: exchange::pytorch,
    keras,
    ..RemedyDefinition::new(
        "activation",
        "Use an activation that has a slope near 1 where it works, and some slope on the negative side: gelu, \
         leaky_relu, elu or silu.",
    )
};

/// Those that are such activations.
const IN_USE: [&str; 9] = [
    "gelu",
    "leaky_relu",
    "elu",
    "silu",
    "mish",
    "selu",
    "celu",
    "prelu",
    "rrelu",
];

/// Whether a layer has another one.
fn fits(remedy: &Remedy, network: &Network<'_>) -> bool {
    exchange::any_other_than(&IN_USE, remedy, network)
}

fn keras(remedy: &Remedy, _: &Network<'_>) -> Option<String> {
    exchange::keras(remedy)
}
