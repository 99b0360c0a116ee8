//! An output that can say both yes and no.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static TWO_SIDED_OUTPUT: RemedyDefinition = RemedyDefinition {
    pytorch,
    keras,
    ..RemedyDefinition::new(
        "two_sided_output",
        "With a single output use a sigmoid and a binary cross-entropy, or as many outputs as there are \
         classes: softmax over one unit is 1 whatever the input.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("loss = nn.functional.binary_cross_entropy_with_logits(logits, targets.float().reshape(logits.shape))  # without the softmax\n".into())
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "keras.layers.Dense(1, activation=\"sigmoid\")\n\
         model.compile(optimizer, loss=\"binary_crossentropy\")\n"
            .into(),
    )
}
