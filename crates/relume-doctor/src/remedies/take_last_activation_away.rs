//! A network without the activation behind its last layer.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::{Changes, Remedy};

pub(crate) static TAKE_LAST_ACTIVATION_AWAY: RemedyDefinition = RemedyDefinition {
    changes: Changes::Outputs,
    pytorch,
    keras,
    ..RemedyDefinition::new(
        "take_last_activation_away",
        "Take the last activation away, or use one whose range covers the targets; cross-entropy and losses \"with \
           logits\" apply their own.",
    )
};

fn pytorch(_: &Remedy, network: &Network<'_>) -> Option<String> {
    let floor = network.record.loss_floor.as_ref();
    let activation = floor.map_or("softmax or sigmoid", |floor| floor.activation.as_str());
    Some(format!(
        "# where the model is made or in its forward: without the {activation} at its end.\n\
         # If it is a module:\n\
         # model.set_submodule(NAME, nn.Identity())\n"
    ))
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "# the last layer without an activation, and a loss that expects logits\n\
         keras.layers.Dense(outputs)\n\
         model.compile(optimizer, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))\n"
            .into(),
    )
}
