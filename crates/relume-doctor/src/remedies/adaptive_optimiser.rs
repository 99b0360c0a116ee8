//! An optimiser that adapts its steps.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static ADAPTIVE_OPTIMISER: RemedyDefinition = RemedyDefinition {
    fits,
    pytorch,
    keras,
    ..RemedyDefinition::new(
        "optimiser",
        "Use an optimiser that adapts its steps, such as Adam.",
    )
};

/// Whether another one is in use.
fn fits(_: &Remedy, network: &Network<'_>) -> bool {
    !network.is_adaptive()
}

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)\n".into())
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss)\n".into())
}
