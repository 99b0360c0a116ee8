//! Targets of a regression that lie in the range of the outputs.

use super::definition::{RemedyDefinition, always, nothing};
use super::network::Network;
use super::remedy::{Changes, Remedy};

pub(crate) static SCALE_TARGETS: RemedyDefinition = RemedyDefinition {
    name: "scale_targets",
    text: "Scale the targets of a regression into the range of the outputs.",
    changes: Changes::Program,
    value: None,
    activation: None,
    fits: always,
    here: nothing,
    pytorch,
    keras: pytorch,
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "# t: the targets of the training data; predictions are to be scaled back\n\
         low, high = t.min(), t.max()\nt = (t - low) / (high - low)  # between 0 and 1\n"
            .into(),
    )
}
