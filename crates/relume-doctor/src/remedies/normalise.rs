//! A normalisation of pre-activations.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::{Changes, Remedy};

pub(crate) static NORMALISE: RemedyDefinition = RemedyDefinition {
    changes: Changes::Weights,
    here,
    pytorch,
    keras,
    ..RemedyDefinition::new(
        "normalise",
        "Normalise the pre-activations (batch or layer normalisation).",
    )
};

fn here(remedy: &Remedy, network: &Network<'_>) -> Option<String> {
    network.before(remedy)
}

fn pytorch(remedy: &Remedy, network: &Network<'_>) -> Option<String> {
    let layers = network.layers(remedy);
    let names = Network::python_list(layers.into_iter().filter_map(|info| network.weights_of(info)))?;
    Some(format!(
        "for name in {names}:\n    module = model.get_submodule(name)\n    norm = nn.LayerNorm(module.out_features) \
         if isinstance(module, nn.Linear) else nn.GroupNorm(1, module.out_channels)\n    \
         model.set_submodule(name, nn.Sequential(module, norm))\n\
         # made before the optimizer, so that it trains them too\n",
    ))
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "# in the model, with the activation behind the normalisation\n\
         keras.layers.Dense(units), keras.layers.LayerNormalization(), keras.layers.Activation(activation)\n"
            .into(),
    )
}
