//! An optimiser that holds the parameters of the network.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static GIVE_PARAMETERS: RemedyDefinition = RemedyDefinition {
    pytorch,
    keras,
    ..RemedyDefinition::new(
        "give_parameters",
        "Give the optimiser the parameters of this model, after the model is complete.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("optimizer = type(optimizer)(model.parameters(), lr=optimizer.param_groups[0][\"lr\"])\n".into())
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "# all layers are to be attributes of the model before it is compiled\n\
         model.summary()  # counts the trainable parameters\n"
            .into(),
    )
}
