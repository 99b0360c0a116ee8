//! Targets that the loss can read.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static VALID_TARGETS: RemedyDefinition = RemedyDefinition {
    pytorch,
    keras: pytorch,
    ..RemedyDefinition::new(
        "valid_targets",
        "Bring the targets into the form that the loss expects: 0 to 1 for a binary cross-entropy, whole \
         numbers from 0 for classes.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "targets = (targets > 0).float()               # of -1 and 1\n\
         classes = classes - classes.min()             # of 1 to n\n"
            .into(),
    )
}
