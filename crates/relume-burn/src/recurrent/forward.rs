//! The forward pass of a chunk of samples through all its steps.

use super::blocks::{Sizes, extend, gather};
use super::buffers::Buffer;
use super::cell::{Cell, Forward, Source};
use super::layer::{ForwardWeights, Layer};
use super::order::Chunk;
use super::product::{Place, Product, Rows, Start, Step};
use super::vectors::Simd;

/// How many steps are worked through at once where they do not wait for each other: so many that weights are read seldom,
/// so few that everything else stays in the cache.
const STEPS_AT_ONCE: usize = 8;

/// What is kept of a forward pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keep {
    /// What the backward pass needs.
    pub(super) saved: bool,
    /// Pre-activations and values of the activations.
    pub(super) seen: bool,
}

/// What the forward pass of a chunk leaves.
#[derive(Debug)]
pub(super) struct Trace {
    pub(super) chunk: Chunk,
    /// The hidden states, the initial one first; 0 after a sample's end.
    pub(super) hidden: Buffer,
    /// What the cell saved in each step.
    pub(super) saved: Buffer,
    /// The cell's state at the end of each sample.
    memory: Buffer,
    /// For each activation what was seen of it.
    pub(super) seen: Vec<Seen>,
}

/// The pre-activations and values of an activation, unit after unit of each step of each sample.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) pre: Vec<f32>,
    pub(super) values: Vec<f32>,
}

/// The forward pass. `x` holds the inputs of the whole batch, `initial` its initial states, and `all` takes the hidden
/// states of each of the chunk's samples.
#[expect(clippy::too_many_arguments, reason = "each of them is another kind of thing")]
pub(super) fn forward<S: Simd, C: Cell>(
    simd: S,
    cell: &C,
    layer: &Layer<'_>,
    weights: &ForwardWeights,
    chunk: Chunk,
    x: &[f32],
    initial: &[f32],
    mut all: Vec<&mut [f32]>,
    keep: Keep,
) -> Trace {
    let sizes = Sizes::of(simd, &chunk, layer);
    let (block, steps) = (sizes.block, chunk.steps());
    let state = |number: usize| {
        let states = C::STATES * layer.hidden;
        let start = move |sample: usize| sample * states + number * layer.hidden;
        sizes.spread(
            layer.buffers,
            chunk
                .samples()
                .map(|sample| &initial[start(sample)..][..layer.hidden]),
        )
    };
    let mut hidden = layer.buffers.take((steps + 1) * block);
    hidden[..block].copy_from_slice(&state(0));
    let mut memory = if C::STATES > 1 {
        state(1)
    } else {
        layer.buffers.take(0)
    };
    let saved_in_step = if keep.saved { C::SAVED * block } else { 0 };
    let mut saved = layer.buffers.take(steps * saved_in_step);
    let mut seen = vec![Seen::default(); if keep.seen { C::ACTIVATIONS } else { 0 }];

    let at_once = STEPS_AT_ONCE.min(steps);
    let mut inputs = layer.buffers.zeros(at_once * sizes.rows * layer.inputs);
    let mut pre = layer.buffers.take(at_once * C::BLOCKS * block);
    let mut values = layer.buffers.take(C::ACTIVATIONS * block);
    let mut slopes = layer.buffers.take(C::ACTIVATIONS * block);
    let input_places: Vec<usize> = (0..C::GATES).map(|gate| gate * block).collect();
    let hidden_places: Vec<usize> = C::RECURRENT.iter().map(|place| place * block).collect();
    let place = |blocks| Place {
        width: sizes.units,
        blocks,
        stride: sizes.units,
    };
    let of_inputs = Product {
        panels: &weights.input,
        from: 1,
        depth: layer.inputs,
        sources: &[0],
        start: Start::FirstRow,
        place: place(&input_places),
    };
    let of_hidden = Product {
        panels: &weights.hidden,
        from: 0,
        depth: layer.hidden,
        sources: &[0],
        start: Start::Output,
        place: place(&hidden_places),
    };

    for first in (0..steps).step_by(STEPS_AT_ONCE) {
        let range = first..steps.min(first + STEPS_AT_ONCE);
        gather(&chunk, layer, range.clone(), x, &mut inputs);
        let rows: Vec<Step> = range
            .clone()
            .map(|step| Step {
                rows: chunk.running(step),
                from: (step - first) * sizes.rows * layer.inputs,
                to: (step - first) * C::BLOCKS * block,
            })
            .collect();
        let of = Rows {
            values: &inputs,
            stride: layer.inputs,
        };
        of_inputs.run(simd, of, &rows, &mut pre);
        for (step, pre) in range.zip(pre.chunks_exact_mut((C::BLOCKS * block).max(1))) {
            let running = chunk.running(step);
            for (bias, pre) in weights
                .rest
                .chunks_exact(layer.hidden.max(1))
                .zip(pre[C::GATES * block..].chunks_exact_mut(block.max(1)))
            {
                for row in pre.chunks_exact_mut(sizes.units).take(running) {
                    row[..layer.hidden].copy_from_slice(bias);
                }
            }
            let (before, after) = hidden[step * block..].split_at_mut(block);
            let after = &mut after[..block];
            after[running * sizes.units..].fill(0.0);
            let of = Rows {
                values: before,
                stride: sizes.units,
            };
            let whole = Step {
                rows: running,
                from: 0,
                to: 0,
            };
            of_hidden.run(simd, of, &[whole], pre);
            cell.forward(
                simd,
                Forward {
                    blocks: sizes.blocks(running),
                    pre,
                    values: &mut values,
                    slopes: &mut slopes,
                    before: &before[..running * sizes.units],
                    hidden: &mut after[..running * sizes.units],
                    memory: &mut memory[..if C::STATES > 1 { running * sizes.units } else { 0 }],
                    saved: keep
                        .saved
                        .then(|| &mut saved[step * saved_in_step..][..saved_in_step]),
                },
            );
            for ((all, position), state) in all
                .iter_mut()
                .zip(chunk.positions(step))
                .zip(after.chunks_exact(sizes.units))
            {
                all[position * layer.hidden..][..layer.hidden].copy_from_slice(&state[..layer.hidden]);
            }
            for (activation, seen) in seen.iter_mut().enumerate() {
                let source = match C::PRE_ACTIVATIONS[activation] {
                    Source::Block(number) => &pre[number * block..],
                    Source::Memory => &memory,
                };
                extend(&mut seen.pre, source, running, &sizes, layer.hidden);
                extend(
                    &mut seen.values,
                    &values[activation * block..],
                    running,
                    &sizes,
                    layer.hidden,
                );
            }
        }
    }
    Trace {
        chunk,
        hidden,
        saved,
        memory,
        seen,
    }
}

impl Trace {
    /// The cell's state at the end of each of the chunk's samples, with the number of the sample.
    pub(super) fn memories(&self) -> impl Iterator<Item = (usize, &[f32])> {
        let width = self.memory.len() / self.chunk.rows().max(1);
        self.chunk.samples().zip(self.memory.chunks_exact(width.max(1)))
    }
}
