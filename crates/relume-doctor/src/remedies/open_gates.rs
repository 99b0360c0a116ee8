//! Gates that begin open.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static OPEN_GATES: RemedyDefinition = RemedyDefinition {
    here,
    pytorch,
    keras,
    ..RemedyDefinition::new(
        "open_gates",
        "Set the biases of the gates to 0, and that of an LSTM's forget gate to 1.",
    )
};

fn here(remedy: &Remedy, network: &Network<'_>) -> Option<String> {
    let names = network.names(remedy);
    (!names.is_empty()).then_some(names)
}

fn pytorch(remedy: &Remedy, network: &Network<'_>) -> Option<String> {
    let layers = network.layers(remedy);
    let mut recurrent: Vec<&str> = layers.iter().filter_map(|info| network.recurrent(info)).collect();
    recurrent.dedup();
    let names = Network::python_list(recurrent)?;
    Some(format!(
        "for name in {names}:\n    module = model.get_submodule(name)\n    \
         for key, bias in module.named_parameters():\n        if key.startswith(\"bias\"):\n            \
         nn.init.zeros_(bias)\n        \
         if key.startswith(\"bias_ih\") and isinstance(module, (nn.LSTM, nn.LSTMCell)):\n            \
         nn.init.ones_(bias.data.chunk(4)[1])\n"
    ))
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "# where the layer is made\n\
         keras.layers.LSTM(units, bias_initializer=\"zeros\", unit_forget_bias=True)\n"
            .into(),
    )
}
