//! How the numbers of a chunk lie in memory.

use std::ops::Range;

use super::buffers::{Buffer, Buffers};
use super::cell::Blocks;
use super::layer::Layer;
use super::order::Chunk;
use super::vectors::{Simd, padded};

/// Sizes that depend on the width of vectors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// The samples of the chunk.
    pub(super) rows: usize,
    /// The hidden units of a sample, padded.
    pub(super) units: usize,
    /// A block: the hidden units of all samples.
    pub(super) block: usize,
}

impl Sizes {
    pub(super) fn of<S: Simd>(_: S, chunk: &Chunk, layer: &Layer<'_>) -> Self {
        let (rows, units) = (chunk.rows(), padded::<S>(layer.hidden));
        Self {
            rows,
            units,
            block: rows * units,
        }
    }

    pub(super) fn blocks(&self, running: usize) -> Blocks {
        Blocks {
            stride: self.block,
            len: running * self.units,
        }
    }

    /// Spreads one state of each sample over padded rows.
    pub(super) fn spread<'a>(&self, buffers: &Buffers, states: impl Iterator<Item = &'a [f32]>) -> Buffer {
        let mut spread = buffers.zeros(self.block);
        for (row, state) in spread.chunks_exact_mut(self.units).zip(states) {
            row[..state.len()].copy_from_slice(state);
        }
        spread
    }
}

/// The inputs of the running samples in some steps, step after step.
pub(super) fn gather(chunk: &Chunk, layer: &Layer<'_>, steps: Range<usize>, x: &[f32], inputs: &mut [f32]) {
    let width = layer.inputs;
    for (step, inputs) in steps.zip(inputs.chunks_exact_mut((chunk.rows() * width).max(1))) {
        let running = chunk.samples().zip(chunk.positions(step));
        for ((sample, position), row) in running.zip(inputs.chunks_exact_mut(width.max(1))) {
            row.copy_from_slice(&x[(sample * layer.steps + position) * width..][..width]);
        }
    }
}

/// Appends the units of the running samples, without padding.
pub(super) fn extend(seen: &mut Vec<f32>, block: &[f32], running: usize, sizes: &Sizes, hidden: usize) {
    for row in block.chunks_exact(sizes.units).take(running) {
        seen.extend_from_slice(&row[..hidden]);
    }
}
