//! The parameters of a layer, as the kernels take them, and their gradients.

use super::buffers::{Buffer, Buffers};
use super::cell::Cell;
use super::product::{Panels, transpose};
use super::vectors::Simd;

/// The parameters of a layer and the sizes of what it is given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layer<'a> {
    /// Memory of passes before.
    pub(super) buffers: &'a Buffers,
    /// How long each sequence is, with padding.
    pub(super) steps: usize,
    pub(super) inputs: usize,
    pub(super) hidden: usize,
    /// `[inputs, gates·hidden]`
    pub(super) weight_input: &'a [f32],
    /// `[hidden, gates·hidden]`
    pub(super) weight_hidden: &'a [f32],
    /// `[blocks·hidden]`
    pub(super) bias: &'a [f32],
}

/// A layer's weights, packed for the forward pass.
#[derive(Debug)]
pub(super) struct ForwardWeights {
    /// The biases above the weights.
    pub(super) input: Panels,
    pub(super) hidden: Panels,
    /// The biases of the blocks that no input reaches.
    pub(super) rest: Vec<f32>,
}

impl ForwardWeights {
    pub(super) fn pack<S: Simd, C: Cell>(simd: S, layer: &Layer<'_>) -> Self {
        let columns = C::GATES * layer.hidden;
        let (bias, rest) = layer.bias.split_at(columns);
        let row = |k: usize| match k.checked_sub(1) {
            None => bias,
            Some(k) => &layer.weight_input[k * columns..][..columns],
        };
        Self {
            input: Panels::pack(simd, 1 + layer.inputs, C::GATES, layer.hidden, row),
            hidden: Panels::pack(simd, layer.hidden, C::GATES, layer.hidden, |k| {
                &layer.weight_hidden[k * columns..][..columns]
            }),
            rest: rest.to_vec(),
        }
    }
}

/// A layer's weights, packed for the backward pass.
#[derive(Debug)]
pub(super) struct BackwardWeights {
    /// Transposed; `None` where no gradient of the inputs is wanted.
    pub(super) input: Option<Panels>,
    /// Transposed.
    pub(super) hidden: Panels,
}

impl BackwardWeights {
    pub(super) fn pack<S: Simd, C: Cell>(simd: S, layer: &Layer<'_>, inputs_too: bool) -> Self {
        let columns = C::GATES * layer.hidden;
        let pack = |weights: &[f32], rows: usize| {
            let transposed = transpose(weights, rows);
            Panels::pack(simd, columns, 1, rows, |k| &transposed[k * rows..][..rows])
        };
        Self {
            input: inputs_too.then(|| pack(layer.weight_input, layer.inputs)),
            hidden: pack(layer.weight_hidden, layer.hidden),
        }
    }
}

/// The gradients of a layer's parameters that a chunk makes; sums of several chunks are sums of these.
#[derive(Debug)]
pub(super) struct ParameterGradients {
    pub(super) weight_input: Buffer,
    pub(super) weight_hidden: Buffer,
    pub(super) bias: Buffer,
    pub(super) units: usize,
}

impl ParameterGradients {
    /// Adds those of another chunk.
    pub(super) fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.weight_input, &other.weight_input),
            (&mut self.weight_hidden, &other.weight_hidden),
            (&mut self.bias, &other.bias),
        ];
        for (sums, others) in pairs {
            for (sum, other) in sums.iter_mut().zip(&**others) {
                *sum += other;
            }
        }
    }

    /// Without padding: of the weights of the inputs, of the hidden states, and of the biases.
    pub(super) fn unpadded(&self, hidden: usize) -> [Vec<f32>; 3] {
        [&self.weight_input, &self.weight_hidden, &self.bias].map(|padded| {
            let mut unpadded = Vec::with_capacity(padded.len() / self.units * hidden);
            for block in padded.chunks_exact(self.units) {
                unpadded.extend_from_slice(&block[..hidden]);
            }
            unpadded
        })
    }
}
