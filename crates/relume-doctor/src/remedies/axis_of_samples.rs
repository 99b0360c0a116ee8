//! Layers that know which axis is that of the samples.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static AXIS_OF_SAMPLES: RemedyDefinition = RemedyDefinition {
    pytorch,
    ..RemedyDefinition::new(
        "axis_of_samples",
        "Tell the layer which axis holds the samples: batch_first=True where they come first, or the axis that a softmax \
         is taken over (dim=-1).",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "nn.LSTM(..., batch_first=True)   # also nn.GRU, nn.MultiheadAttention, nn.TransformerEncoderLayer\n"
            .into(),
    )
}
