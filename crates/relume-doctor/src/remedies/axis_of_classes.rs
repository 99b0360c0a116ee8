//! A softmax along the axis of the classes.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static AXIS_OF_CLASSES: RemedyDefinition = RemedyDefinition {
    pytorch,
    ..RemedyDefinition::new(
        "axis_of_classes",
        "Take the softmax over the classes, not over the samples: dim=1 where samples come first.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "loss = nn.functional.cross_entropy(logits, classes)   # of logits of shape (samples, classes)\n"
            .into(),
    )
}
