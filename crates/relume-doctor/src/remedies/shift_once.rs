//! Targets of a language model that are shifted once.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static SHIFT_ONCE: RemedyDefinition = RemedyDefinition {
    pytorch,
    ..RemedyDefinition::new(
        "shift_once",
        "Shift the targets once: let the target at each place be the next token, in the data or in the loss, not in both.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "logits = model(tokens)[:, :-1]     # of each token but the last\n\
         loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())\n"
            .into(),
    )
}
