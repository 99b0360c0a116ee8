//! New initial weights, by the rule that fits the activation.

use super::definition::RemedyDefinition;
use super::network::{Network, saturating};
use super::remedy::{Changes, Remedy};
use std::fmt::Write;

pub(crate) static INITIALISE: RemedyDefinition = RemedyDefinition {
    changes: Changes::InitialWeights,
    here,
    pytorch,
    keras,
    ..RemedyDefinition::new(
        "initialise",
        "Initialise the weights by the rule that fits the activation (He for ReLU and its relatives, Glorot for tanh \
         and sigmoid), and the biases, also those of gates, at zero.",
    )
};

fn here(remedy: &Remedy, network: &Network<'_>) -> Option<String> {
    network.before(remedy)
}

fn pytorch(remedy: &Remedy, network: &Network<'_>) -> Option<String> {
    let layers = network.layers(remedy);
    let mut recurrent: Vec<&str> = layers.iter().filter_map(|info| network.recurrent(info)).collect();
    recurrent.dedup();
    let mut code = String::new();
    if let Some(names) = Network::python_list(recurrent) {
        let _ = write!(
            code,
            "for name in {names}:\n    model.get_submodule(name).reset_parameters()\n"
        );
    }
    for (glorot, rule) in [
        (false, "kaiming_normal_(module.weight, nonlinearity=\"relu\")"),
        (true, "xavier_normal_(module.weight)"),
    ] {
        let of_this_rule = layers
            .iter()
            .filter(|info| saturating(&info.activation) == glorot);
        if let Some(names) = Network::python_list(of_this_rule.filter_map(|info| network.weights_of(info))) {
            let _ = write!(
                code,
                "for name in {names}:\n    module = model.get_submodule(name)\n    nn.init.{rule}\n    \
                 if module.bias is not None:\n        nn.init.zeros_(module.bias)\n",
            );
        }
    }
    (!code.is_empty()).then_some(code)
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "# where the layers are made; \"glorot_normal\" before tanh and sigmoid\n\
         keras.layers.Dense(units, kernel_initializer=\"he_normal\", bias_initializer=\"zeros\")\n"
            .into(),
    )
}
