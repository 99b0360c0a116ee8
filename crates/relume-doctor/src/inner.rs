//! Layers that stand inside of another: the gates of a recurrent layer, its other direction, its steps in time.

use serde::{Deserialize, Serialize};

/// What a layer is that stands inside of another. The gradient does not go through the two one after the other, and they
/// are not compared as layers in series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inner {
    /// The name of the layer that it belongs to.
    pub of: String,
    /// What it is there.
    pub kind: InnerKind,
}

/// The part that a layer has in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InnerKind {
    /// The gate of an LSTM that lets the candidate into the cell.
    InputGate,
    /// The gate of an LSTM that lets the cell stay.
    ForgetGate,
    /// What may enter the cell of an LSTM, or become the state of a GRU.
    Candidate,
    /// The gate of an LSTM that lets the cell out.
    OutputGate,
    /// The gate of a GRU that lets the state into the candidate.
    ResetGate,
    /// The gate of a GRU that lets the state stay as it is, in place of the candidate.
    UpdateGate,
    /// A later step in time of the same layer.
    Step,
    /// The same layer from the last step in time to the first.
    Backwards,
    /// Another of several activations that share their weights, as those of a cell that is written by hand.
    Sibling,
}

impl InnerKind {
    /// Whether a gate with this mean pre-activation lets pass what a layer has to let pass: its saturation there is no
    /// disorder.
    pub(crate) fn is_open(self, mean: f64) -> bool {
        match self {
            Self::InputGate | Self::ForgetGate | Self::OutputGate | Self::ResetGate => mean > 0.0,
            Self::UpdateGate => mean < 0.0,
            Self::Candidate | Self::Step | Self::Backwards | Self::Sibling => false,
        }
    }
}
