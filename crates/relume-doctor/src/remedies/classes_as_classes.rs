//! Classes as classes, not as numbers.

use super::definition::{RemedyDefinition, always, nothing};
use super::network::Network;
use super::remedy::{Changes, Remedy};

pub(crate) static CLASSES_AS_CLASSES: RemedyDefinition = RemedyDefinition {
    name: "classes_as_classes",
    text: "If the targets are the numbers of classes, give the network an output for each class, and use a \
           cross-entropy.",
    changes: Changes::Program,
    value: None,
    activation: None,
    fits: always,
    here: nothing,
    pytorch,
    keras,
};

fn pytorch(_: &Remedy, network: &Network<'_>) -> Option<String> {
    let largest = network
        .record
        .setup
        .targets
        .as_ref()
        .and_then(|targets| targets.max)?;
    Some(format!(
        "# the last layer with an output for each class: nn.Linear(..., {})\n\
         loss = nn.functional.cross_entropy(outputs, targets.long().flatten())\n",
        largest as u64 + 1
    ))
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "# the last layer with an output for each class, without an activation\n\
         model.compile(optimizer, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))\n"
            .into(),
    )
}
