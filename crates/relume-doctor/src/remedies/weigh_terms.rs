//! Other weights for the terms of a loss.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static WEIGH_TERMS: RemedyDefinition = RemedyDefinition {
    pytorch,
    ..RemedyDefinition::new(
        "weigh_terms",
        "Weigh the terms of the loss so that none drowns another: sum a reconstruction over the elements of a sample, as \
         its divergence is, or weigh the divergence less, at first by 0; make the others of equal size at first.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "loss = reconstruction.flatten(1).sum(1).mean() + divergence   # of losses with reduction=\"none\"\n"
            .into(),
    )
}
