//! A block of a transformer's encoder: attention, then a feed-forward part that holds the activation.

use super::initialise::Weights;
use super::plan::{Block, Sizes};
use super::rows::{Rows, gather, longest};
use crate::function::Function;
use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig, Linear};
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor, TensorData};
use relume_burn::{Probe, activate, activate_watched};

/// Vaswani et al. (2017), with the norms before the parts (Xiong et al., 2020). Only attention looks from one step at the
/// others; the rest takes each step for itself, so that it needs no padding.
#[derive(Module, Debug)]
pub(crate) struct Encoder {
    before_attention: LayerNorm,
    queries_keys_values: Linear,
    attended: Linear,
    before_feed_forward: LayerNorm,
    up: Linear,
    down: Linear,
    #[module(skip)]
    heads: usize,
    #[module(skip)]
    inner: usize,
}

/// The parameters, in the order in which a visitor sees them.
pub(crate) const PARAMETERS: [&str; 12] = [
    "before_attention.gamma",
    "before_attention.beta",
    "queries_keys_values.weight",
    "queries_keys_values.bias",
    "attended.weight",
    "attended.bias",
    "before_feed_forward.gamma",
    "before_feed_forward.beta",
    "up.weight",
    "up.bias",
    "down.weight",
    "down.bias",
];

impl Encoder {
    pub(crate) fn new(plan: Block, weights: &mut Weights) -> Self {
        let Block {
            width,
            heads,
            inner,
            is_gated,
        } = plan;
        let device = weights.device().clone();
        let norm = || LayerNormConfig::new(width).init(&device);
        Self {
            before_attention: norm(),
            queries_keys_values: weights.linear(width, 3 * width),
            attended: weights.linear(width, width),
            before_feed_forward: norm(),
            up: weights.hidden(Sizes {
                fan_in: width,
                fan_out: inner,
                units: if is_gated { 2 * inner } else { inner },
            }),
            down: weights.linear(inner, width),
            heads,
            inner,
        }
    }

    /// How many values each unit sums over that an activation follows, and how many such units there are.
    pub(crate) fn activated(&self) -> [usize; 2] {
        let [fan_in, _] = self.up.weight.dims();
        [fan_in, self.inner]
    }

    /// What it makes of the steps of some samples.
    pub(crate) fn forward(
        &self,
        x: Tensor<2>,
        lengths: &[usize],
        function: &Function,
        probe: Option<&Probe>,
    ) -> Tensor<2> {
        let x = x.clone() + self.attention(self.before_attention.forward(x), lengths);
        let wide = self.up.forward(self.before_feed_forward.forward(x.clone()));
        let activation = function.activation();
        let activated = |x: Tensor<2>| match probe {
            Some(probe) => activate_watched(x, activation, probe),
            None => activate(x, activation),
        };
        let hidden = match function.is_gated() {
            false => activated(wide),
            true => {
                let half = |from: usize| wide.clone().narrow(1, from, self.inner);
                half(0) * activated(half(self.inner))
            }
        };
        x + self.down.forward(hidden)
    }

    fn attention(&self, x: Tensor<2>, lengths: &[usize]) -> Tensor<2> {
        let [_, width] = x.dims();
        let (batch, steps) = (lengths.len(), longest(lengths));
        let size = width / self.heads;
        let all = gather(self.queries_keys_values.forward(x), &Rows::padded(lengths));
        let part = |number: usize| {
            let rows = all.clone().narrow(1, number * width, width);
            rows.reshape([batch, steps, self.heads, size]).swap_dims(1, 2)
        };
        let [queries, keys, values] = [0, 1, 2].map(part);
        let likeness = queries.matmul(keys.transpose()) / (size as f64).sqrt();
        let attention = softmax(likeness + masks(lengths, &all.device()), 3);
        let seen = attention
            .matmul(values)
            .swap_dims(1, 2)
            .reshape([batch * steps, width]);
        self.attended.forward(gather(seen, &Rows::unpadded(lengths)))
    }
}

/// Next to minus infinity where a sample has ended: no step attends to it.
fn masks(lengths: &[usize], device: &Device) -> Tensor<4> {
    let steps = longest(lengths);
    let mask = |&length: &usize| (0..steps).map(move |step| if step < length { 0.0 } else { -1e9 });
    let values: Vec<f32> = lengths.iter().flat_map(mask).collect();
    Tensor::from_data(TensorData::new(values, [lengths.len(), 1, 1, steps]), device)
}

/// The steps with what says where they are: sines and cosines of many wavelengths (Vaswani et al., 2017).
pub(crate) fn placed(x: Tensor<2>, lengths: &[usize]) -> Tensor<2> {
    let [rows, width] = x.dims();
    let place = |step: usize, i: usize| {
        let angle = step as f64 / 10_000_f64.powf((i - i % 2) as f64 / width as f64);
        (if i.is_multiple_of(2) {
            angle.sin()
        } else {
            angle.cos()
        }) as f32
    };
    let table: Vec<f32> = (0..longest(lengths))
        .flat_map(|step| (0..width).map(move |i| place(step, i)))
        .collect();
    let mut values = Vec::with_capacity(rows * width);
    for &length in lengths {
        values.extend_from_slice(&table[..length * width]);
    }
    let places = Tensor::<2>::from_data(TensorData::new(values, [rows, width]), &x.device());
    x + places
}
