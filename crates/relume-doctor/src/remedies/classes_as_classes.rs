//! Classes as classes, not as numbers.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static CLASSES_AS_CLASSES: RemedyDefinition = RemedyDefinition {
    pytorch,
    keras,
    ..RemedyDefinition::new(
        "classes_as_classes",
        "If the targets are the numbers of classes, give the network an output for each class, and use a \
         cross-entropy.",
    )
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
