//! A softmax along the axis of the classes.

use super::definition::{RemedyDefinition, always, nothing};
use super::network::Network;
use super::remedy::{Changes, Remedy};

pub(crate) static AXIS_OF_CLASSES: RemedyDefinition = RemedyDefinition {
    name: "axis_of_classes",
    text: "Take the softmax over the classes, not over the samples: dim=1 where samples come first.",
    changes: Changes::Program,
    value: None,
    activation: None,
    fits: always,
    here: nothing,
    pytorch,
    keras: nothing,
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "loss = nn.functional.cross_entropy(logits, classes)   # of logits of shape (samples, classes)\n"
            .into(),
    )
}
