//! A way for the gradient past the layers.

use super::definition::RemedyDefinition;

pub(crate) static SKIP_CONNECTIONS: RemedyDefinition =
    RemedyDefinition::new("skip_connections", "Add skip connections, or take away layers.");
