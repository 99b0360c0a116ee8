//! A smaller share of dropout.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static LESS_DROPOUT: RemedyDefinition = RemedyDefinition {
    pytorch,
    ..RemedyDefinition::new(
        "less_dropout",
        "Leave out less: the argument of a dropout is the share that is left out, not the one that is kept; 0.1 to 0.5 \
         is usual.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "for module in model.modules():\n    if isinstance(module, nn.Dropout):\n        module.p = min(module.p, 0.2)\n"
            .into(),
    )
}
