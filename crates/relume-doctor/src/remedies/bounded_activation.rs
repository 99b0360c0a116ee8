//! Another activation, whose values are bounded.

use super::definition::RemedyDefinition;
use super::exchange;
use super::network::Network;
use super::remedy::{Changes, Remedy};

pub(crate) static BOUNDED_ACTIVATION: RemedyDefinition = RemedyDefinition {
    changes: Changes::Activations,
    activation: Some("tanh"),
    fits,
    here: exchange::here,
    pytorch: exchange::pytorch,
    keras,
    ..RemedyDefinition::new("bounded_activation", "Use a bounded activation such as tanh.")
};

/// Those that are bounded.
const IN_USE: [&str; 6] = ["tanh", "sigmoid", "softsign", "relu6", "hardtanh", "hard_sigmoid"];

/// Whether a layer has another one.
fn fits(remedy: &Remedy, network: &Network<'_>) -> bool {
    exchange::any_other_than(&IN_USE, remedy, network)
}

fn keras(remedy: &Remedy, _: &Network<'_>) -> Option<String> {
    exchange::keras(remedy)
}
