//! Targets that the loss can read.

use super::definition::{RemedyDefinition, always, nothing};
use super::network::Network;
use super::remedy::{Changes, Remedy};

pub(crate) static VALID_TARGETS: RemedyDefinition = RemedyDefinition {
    name: "valid_targets",
    text: "Bring the targets into the form that the loss expects: 0 to 1 for a binary cross-entropy, whole \
           numbers from 0 for classes.",
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
        "targets = (targets > 0).float()               # of -1 and 1\n\
         classes = classes - classes.min()             # of 1 to n\n"
            .into(),
    )
}
