//! New weights for dead units.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::{Changes, Remedy};

pub(crate) static REVIVE: RemedyDefinition = RemedyDefinition {
    changes: Changes::Units,
    here,
    pytorch,
    ..RemedyDefinition::new(
        "revive",
        "Revive dead units: draw new incoming weights, and set their biases and outgoing weights to zero.",
    )
};

fn here(remedy: &Remedy, network: &Network<'_>) -> Option<String> {
    (network.units > 0).then(|| format!("{} units of {}", network.units, network.names(remedy)))
}

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "# with doctor = relume.torch.watch(model)\n\
         for prescription in doctor.prescribe():\n    \
         if prescription.kind == \"revive\":\n        \
         relume.torch.treat(model, prescription, optimizer)\n"
            .into(),
    )
}
