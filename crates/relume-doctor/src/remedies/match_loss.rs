//! A loss that fits the outputs.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static MATCH_LOSS: RemedyDefinition = RemedyDefinition {
    pytorch,
    keras,
    ..RemedyDefinition::new(
        "match_loss",
        "Use the loss that the outputs are meant for: cross_entropy and binary_cross_entropy_with_logits \
         take logits, nll_loss takes log_softmax, binary_cross_entropy takes a sigmoid.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("loss = nn.functional.cross_entropy(logits, classes)                                 # one of several classes\n\
         loss = nn.functional.binary_cross_entropy_with_logits(logits, targets.float())      # yes or no, also for several labels at once\n\
         loss = nn.functional.nll_loss(nn.functional.log_softmax(logits, 1), classes)        # the first, in two steps\n".into())
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("model.compile(optimizer, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))  # one of several classes\n\
         model.compile(optimizer, loss=keras.losses.BinaryCrossentropy(from_logits=True))  # yes or no\n".into())
}
