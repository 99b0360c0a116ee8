//! The layers of a network and their sizes, before any weight is drawn.

use super::patches::Window;
use crate::spec::{Cell, Pooling};

/// The kind and the sizes of one layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// A vector for each token.
    Embedding { tokens: usize, width: usize },
    /// Each unit sums over all inputs.
    Dense(Sizes),
    /// Each unit sums over patches of a picture.
    Picture { window: Window, units: usize },
    /// Each unit sums over windows of a sequence.
    Steps { kernel: Kernel, units: usize },
    /// Each unit sums over a step and what the layer made of the steps before it.
    Recurrent(Recurrence),
    /// Weighted sums of each step, without an activation, and where in the sample it is.
    Place(Sizes),
    /// Attention and a feed-forward part.
    Encoder(Block),
    /// Each step with mean 0 and variance 1.
    Norm { width: usize },
    /// The steps of a sample become one row.
    Pool(Pooling),
    /// Sums without an activation: what the network says.
    Output(Sizes),
}

/// The sizes of weighted sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// How many values each unit sums over.
    pub(crate) fan_in: usize,
    /// How many units each value goes to.
    pub(crate) fan_out: usize,
    /// How many sums there are.
    pub(crate) units: usize,
}

/// How windows are cut from sequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kernel {
    /// The steps of a window.
    pub(crate) steps: usize,
    /// From one window to the next, in steps.
    pub(crate) stride: usize,
    /// Numbers per step.
    pub(crate) channels: usize,
}

/// A recurrent layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recurrence {
    pub(crate) cell: Cell,
    /// Numbers per step.
    pub(crate) inputs: usize,
    /// Units of each direction.
    pub(crate) units: usize,
    /// 1 or 2: from the first step to the last, and from the last to the first.
    pub(crate) directions: usize,
}

/// A block of a transformer's encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) width: usize,
    pub(crate) heads: usize,
    /// Units of the feed-forward part.
    pub(crate) inner: usize,
    pub(crate) is_gated: bool,
}

impl Sizes {
    /// Each of `units` sums over all inputs.
    pub(crate) fn dense(inputs: usize, units: usize) -> Self {
        Self {
            fan_in: inputs,
            fan_out: units,
            units,
        }
    }
}

impl Plan {
    /// The sizes of the sums of a layer that has some.
    pub(crate) fn sums(&self) -> Option<Sizes> {
        match *self {
            Self::Dense(sizes) | Self::Place(sizes) | Self::Output(sizes) => Some(sizes),
            Self::Picture { window, units } => Some(Sizes {
                fan_in: window.patch(),
                fan_out: units * window.patch() / window.channels,
                units,
            }),
            Self::Steps { kernel, units } => Some(Sizes {
                fan_in: kernel.steps * kernel.channels,
                fan_out: kernel.steps * units,
                units,
            }),
            Self::Embedding { .. }
            | Self::Recurrent(_)
            | Self::Encoder(_)
            | Self::Norm { .. }
            | Self::Pool(_) => None,
        }
    }
}
