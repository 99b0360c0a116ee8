//! Recurrent layers that remember longer.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static GATED_LAYERS: RemedyDefinition = RemedyDefinition {
    fits,
    pytorch,
    ..RemedyDefinition::new(
        "gated_layers",
        "Use a gated recurrent layer (LSTM, GRU), attention, or shorter sequences.",
    )
};

fn fits(_: &Remedy, network: &Network<'_>) -> bool {
    !network.record.setup.recurrent.is_empty()
}

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "inputs, hidden = 8, 64\n\
         rnn = torch.nn.GRU(inputs, hidden, batch_first=True)\n\
         # or read the mean over all steps in place of the last: outputs.mean(1)\n"
            .into(),
    )
}
