//! Activations between layers.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static ADD_ACTIVATIONS: RemedyDefinition = RemedyDefinition {
    pytorch,
    keras,
    ..RemedyDefinition::new(
        "add_activations",
        "Put an activation behind each layer but the last.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("model = nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, outputs))\n".into())
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("keras.layers.Dense(hidden, activation=\"relu\")   # for each layer but the last\n".into())
}
