//! Activations between layers.

use super::definition::{RemedyDefinition, always, nothing};
use super::network::Network;
use super::remedy::{Changes, Remedy};

pub(crate) static ADD_ACTIVATIONS: RemedyDefinition = RemedyDefinition {
    name: "add_activations",
    text: "Put an activation behind each layer but the last.",
    changes: Changes::Program,
    value: None,
    activation: None,
    fits: always,
    here: nothing,
    pytorch,
    keras,
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("model = nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, outputs))\n".into())
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("keras.layers.Dense(hidden, activation=\"relu\")   # for each layer but the last\n".into())
}
