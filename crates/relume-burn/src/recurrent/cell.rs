//! What a recurrent cell does in one step, apart from the products.

use std::fmt::Debug;

use relume::Activation;

use super::vectors::Simd;

/// One step of a recurrent cell: from pre-activations to the next state, and back.
///
/// What belongs to a step lies in blocks, one for each gate; a block holds the padded units of each sample.
pub(super) trait Cell: Clone + Debug + Send + Sync + 'static {
    /// How many blocks of columns the weights have.
    const GATES: usize;

    /// Which block of pre-activations the recurrent product of each gate is added to; the input product is added to the
    /// block of the gate's number.
    const RECURRENT: &[usize];

    /// How many blocks of pre-activations there are, each with its bias.
    const BLOCKS: usize;

    /// How many states go from step to step: the hidden one, and the cell of an LSTM.
    const STATES: usize;

    /// How many blocks the backward pass needs of each step.
    const SAVED: usize;

    /// How many activations are applied in a step.
    const ACTIVATIONS: usize;

    /// Where their pre-activations are.
    const PRE_ACTIVATIONS: &[Source];

    /// The activation that is told of the gradient through time: the first of these that anyone watches.
    const TIMED: &[usize];

    /// How many blocks of gradients a step has: that of the pre-activation of each activation at its number, and those of
    /// the blocks of pre-activations.
    const GRADIENTS: usize;

    /// Makes the next state of the pre-activations.
    fn forward<S: Simd>(&self, simd: S, step: Forward<'_>);

    /// Makes gradients of the pre-activations from that of the state.
    fn backward<S: Simd>(&self, simd: S, step: Backward<'_>);
}

/// Where the pre-activation of an activation is after the forward of its step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// In that block of pre-activations.
    Block(usize),
    /// It is the cell's state.
    Memory,
}

/// The arguments of [`Cell::forward`].
#[derive(Debug)]
pub(super) struct Forward<'a> {
    /// The blocks' sizes.
    pub(super) blocks: Blocks,
    /// The pre-activations, on return those that the activations were applied to.
    pub(super) pre: &'a mut [f32],
    /// For the values of the activations.
    pub(super) values: &'a mut [f32],
    /// For their derivatives.
    pub(super) slopes: &'a mut [f32],
    /// The hidden state before the step.
    pub(super) before: &'a [f32],
    /// For that after it.
    pub(super) hidden: &'a mut [f32],
    /// The cell's state, before the step and on return after it.
    pub(super) memory: &'a mut [f32],
    /// For what the backward pass needs, if there will be one.
    pub(super) saved: Option<&'a mut [f32]>,
}

/// The arguments of [`Cell::backward`].
#[derive(Debug)]
pub(super) struct Backward<'a> {
    /// The blocks' sizes.
    pub(super) blocks: Blocks,
    /// What the forward saved.
    pub(super) saved: &'a [f32],
    /// The gradient of the hidden state after the step; on return what of it reaches the one before without the weights.
    pub(super) hidden: &'a mut [f32],
    /// The gradient of the cell's state after the step, on return before it.
    pub(super) memory: &'a mut [f32],
    /// For the gradients of the pre-activations.
    pub(super) gradients: &'a mut [f32],
}

/// The size of the blocks of a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blocks {
    /// From a block to the next.
    pub(super) stride: usize,
    /// How much of each is in use: that of the samples that run.
    pub(super) len: usize,
}

impl Blocks {
    /// The parts in use of the first blocks.
    pub(super) fn of<'a, const N: usize>(&self, blocks: &'a [f32]) -> [&'a [f32]; N] {
        std::array::from_fn(|i| &blocks[i * self.stride..][..self.len])
    }

    /// The parts in use of the first blocks.
    pub(super) fn of_mut<'a, const N: usize>(&self, blocks: &'a mut [f32]) -> [&'a mut [f32]; N] {
        let mut rest = blocks;
        std::array::from_fn(|i| {
            let gap = if i == 0 { 0 } else { self.stride - self.len };
            let (block, after) = std::mem::take(&mut rest)[gap..].split_at_mut(self.len);
            rest = after;
            block
        })
    }
}

/// Applies an activation, and takes its derivative too where it will be needed.
pub(super) fn activate(activation: &Activation, x: &[f32], y: &mut [f32], slopes: Option<&mut [f32]>) {
    activation
        .forward(x, y)
        .expect("blocks are as long as each other");
    if let Some(slopes) = slopes {
        activation
            .derivatives(x, slopes)
            .expect("blocks are as long as each other");
    }
}

/// c = a·b
#[inline(always)]
pub(super) fn multiply(a: &[f32], b: &[f32], c: &mut [f32]) {
    for ((a, b), c) in a.iter().zip(b).zip(c) {
        *c = a * b;
    }
}
