//! A way for the gradient past the layers.

use super::definition::{RemedyDefinition, always, nothing};
use super::remedy::Changes;

pub(crate) static SKIP_CONNECTIONS: RemedyDefinition = RemedyDefinition {
    name: "skip_connections",
    text: "Add skip connections, or take away layers.",
    changes: Changes::Program,
    value: None,
    activation: None,
    fits: always,
    here: nothing,
    pytorch: nothing,
    keras: nothing,
};
