//! Targets of a regression that lie in the range of the outputs.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static SCALE_TARGETS: RemedyDefinition = RemedyDefinition {
    fits,
    pytorch,
    keras: pytorch,
    ..RemedyDefinition::new(
        "scale_targets",
        "Scale the targets of a regression into the range of the outputs.",
    )
};

/// Losses of classes, whose targets have no scale.
const OF_CLASSES: [&str; 4] = [
    "cross_entropy",
    "nll",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
];

/// Whether the targets may be values.
fn fits(_: &Remedy, network: &Network<'_>) -> bool {
    let loss = network.record.setup.loss.as_ref();
    let mut terms = loss.iter().flat_map(|loss| &loss.terms);
    !terms.any(|term| OF_CLASSES.contains(&term.kind.as_str()))
}

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "# t: the targets of the training data; predictions are to be scaled back\n\
         low, high = t.min(), t.max()\nt = (t - low) / (high - low)  # between 0 and 1\n"
            .into(),
    )
}
