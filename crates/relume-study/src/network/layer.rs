//! One layer of a network.

use super::batch::Batch;
use super::encoder::{self, Encoder, placed};
use super::initialise::Weights;
use super::patches::{Window, patches};
use super::plan::{Kernel, Plan, Sizes};
use super::pooling::pool;
use super::recurrent::{Part, Recurrent};
use super::rows::{Rows, gather};
use crate::function::Function;
use crate::spec::Pooling;
use burn::module::{Module, Param};
use burn::nn::{LayerNorm, LayerNormConfig, Linear};
use burn::tensor::Tensor;
use relume::Activation;
use relume_burn::{Probe, activate, activate_watched};

/// A layer: its weights, and how it takes its input. A convolution is a linear layer over windows.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)] // a network has a handful of them
pub(crate) enum Layer {
    Embedding(Param<Tensor<2>>),
    Dense(Linear),
    Picture(Picture),
    Steps(Steps),
    Recurrent(Recurrent),
    Place(Linear),
    Encoder(Encoder),
    Norm(LayerNorm),
    Pool(Pool),
    Output(Linear),
}

/// A convolution over pictures, which are stored row by row, pixel by pixel, channel by channel.
#[derive(Module, Debug)]
pub(crate) struct Picture {
    linear: Linear,
    #[module(skip)]
    window: Window,
}

/// A convolution over sequences.
#[derive(Module, Debug)]
pub(crate) struct Steps {
    linear: Linear,
    #[module(skip)]
    kernel: Kernel,
}

/// One row of the steps of each sample.
#[derive(Module, Debug)]
pub(crate) struct Pool {
    #[module(skip)]
    pooling: Pooling,
}

impl Layer {
    pub(crate) fn new(plan: &Plan, weights: &mut Weights) -> Self {
        match *plan {
            Plan::Embedding { tokens, width } => Self::Embedding(weights.embedding(tokens, width)),
            Plan::Dense(sizes) => Self::Dense(weights.hidden(sizes)),
            Plan::Picture { window, .. } => Self::Picture(Picture {
                linear: weights.hidden(plan.sums().expect("a convolution sums")),
                window,
            }),
            Plan::Steps { kernel, .. } => Self::Steps(Steps {
                linear: weights.hidden(plan.sums().expect("a convolution sums")),
                kernel,
            }),
            Plan::Recurrent(recurrence) => Self::Recurrent(Recurrent::new(recurrence, weights)),
            Plan::Place(Sizes { fan_in, units, .. }) => Self::Place(weights.linear(fan_in, units)),
            Plan::Encoder(block) => Self::Encoder(Encoder::new(block, weights)),
            Plan::Norm { width } => Self::Norm(LayerNormConfig::new(width).init(weights.device())),
            Plan::Pool(pooling) => Self::Pool(Pool { pooling }),
            Plan::Output(sizes) => Self::Output(weights.output(sizes)),
        }
    }

    /// What a layer with parameters is called, and whether it has a number, being one of several.
    pub(crate) fn word(&self) -> Option<(&'static str, bool)> {
        match self {
            Self::Embedding(_) => Some(("embedding", false)),
            Self::Dense(_) => Some(("hidden", true)),
            Self::Picture(_) | Self::Steps(_) => Some(("conv", true)),
            Self::Recurrent(_) => Some(("recurrent", true)),
            Self::Place(_) => Some(("place", false)),
            Self::Encoder(_) => Some(("block", true)),
            Self::Norm(_) => Some(("norm", false)),
            Self::Pool(_) => None,
            Self::Output(_) => Some(("output", false)),
        }
    }

    /// Its parameters, in the order in which a visitor sees them.
    pub(crate) fn parameters(&self) -> Vec<String> {
        match self {
            Self::Embedding(_) => vec!["weight".to_string()],
            Self::Dense(_) | Self::Picture(_) | Self::Steps(_) | Self::Place(_) | Self::Output(_) => {
                ["weight", "bias"].map(str::to_string).to_vec()
            }
            Self::Recurrent(recurrent) => recurrent.parameters(),
            Self::Encoder(_) => encoder::PARAMETERS.map(str::to_string).to_vec(),
            Self::Norm(_) => ["gamma", "beta"].map(str::to_string).to_vec(),
            Self::Pool(_) => Vec::new(),
        }
    }

    /// Of each activation in it: what part of the layer it is, how many values each unit sums over, and how
    /// many units there are.
    pub(crate) fn activated(&self) -> Vec<(Part, [usize; 2])> {
        match self {
            Self::Dense(linear)
            | Self::Picture(Picture { linear, .. })
            | Self::Steps(Steps { linear, .. }) => vec![(Part::default(), linear.weight.dims())],
            Self::Recurrent(recurrent) => {
                let parts = recurrent.parts().into_iter();
                parts.map(|part| (part, recurrent.sizes())).collect()
            }
            Self::Encoder(encoder) => vec![(Part::default(), encoder.activated())],
            Self::Embedding(_) | Self::Place(_) | Self::Norm(_) | Self::Pool(_) | Self::Output(_) => {
                Vec::new()
            }
        }
    }

    /// What it makes of a batch. Of the probes, one for each of its activations is taken.
    pub(crate) fn forward<'a>(
        &self,
        batch: Batch,
        function: &Function,
        probes: &mut impl Iterator<Item = &'a Probe>,
    ) -> Batch {
        let Batch {
            rows: x,
            lengths,
            last,
        } = batch;
        let activation = function.activation();
        match self {
            Self::Embedding(vectors) => {
                let numbers = x.into_data().try_into_vec::<f32>().expect("batches are of f32");
                let tokens = Rows::of(numbers.into_iter().map(|number| number as usize));
                Batch::new(gather(vectors.val(), &tokens), lengths)
            }
            Self::Dense(linear) => Batch::new(apply(linear.forward(x), activation, probes.next()), lengths),
            Self::Picture(Picture { linear, window }) => {
                let [batch, _] = x.dims();
                let y = linear.forward(patches(x, *window));
                let [_, units] = y.dims();
                // Three axes tell the probe which positions belong to one sample.
                let y = y.reshape([batch, window.positions(), units]);
                Batch::new(apply(y, activation, probes.next()).flatten(1, 2), lengths)
            }
            Self::Steps(Steps { linear, kernel }) => {
                let windows = gather(x, &Rows::windows(&lengths, kernel.steps, kernel.stride));
                let windows: Tensor<2> = windows.reshape([-1, (kernel.steps * kernel.channels) as isize]);
                Batch::new(
                    apply(linear.forward(windows), activation, probes.next()),
                    lengths
                        .iter()
                        .map(|length| length.div_ceil(kernel.stride))
                        .collect(),
                )
            }
            Self::Recurrent(recurrent) => recurrent.forward(x, lengths, probes),
            Self::Place(linear) => Batch::new(placed(linear.forward(x), &lengths), lengths),
            Self::Encoder(encoder) => {
                Batch::new(encoder.forward(x, &lengths, function, probes.next()), lengths)
            }
            Self::Norm(norm) => Batch::new(norm.forward(x), lengths),
            Self::Pool(Pool { pooling }) => {
                let samples = lengths.len();
                let rows = match (pooling, last) {
                    (Pooling::Last, Some(last)) => last,
                    _ => pool(x, &lengths, *pooling),
                };
                Batch::new(rows, vec![1; samples])
            }
            Self::Output(linear) => Batch::new(linear.forward(x), lengths),
        }
    }
}

fn apply<const D: usize>(x: Tensor<D>, activation: &Activation, probe: Option<&Probe>) -> Tensor<D> {
    match probe {
        Some(probe) => activate_watched(x, activation, probe),
        None => activate(x, activation),
    }
}
