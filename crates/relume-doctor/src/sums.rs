//! Sums over the values of every batch, and the size of steps.

use serde::{Deserialize, Serialize};

/// Accumulators side by side in a sum.
const LANES: usize = 16;

/// Count, sum and sum of squares of the finite values seen, and how many were not finite.
///
/// Blocks are summed in `f32` lanes and added up in `f64`, to a relative error below 1e-5. Where squares would
/// overflow or be lost in `f32` the block is summed in `f64`: a gradient of 1e-30 is a finding, not a zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sums {
    pub(crate) count: u64,
    pub(crate) sum: f64,
    pub(crate) squares: f64,
    pub(crate) non_finite: u64,
}

impl Sums {
    /// Takes in one batch of values.
    pub(crate) fn add(&mut self, values: &[f32]) {
        let (blocks, rest) = values.as_chunks::<BLOCK>();
        for block in blocks {
            let (sum, squares) = sums_in_f32(block);
            if SAFE.contains(&squares) {
                self.count += BLOCK as u64;
                self.sum += f64::from(sum);
                self.squares += f64::from(squares);
            } else {
                self.add_exactly(block);
            }
        }
        self.add_exactly(rest);
    }

    /// Takes in what another counted.
    pub(crate) fn merge(&mut self, other: &Sums) {
        self.count += other.count;
        self.sum += other.sum;
        self.squares += other.squares;
        self.non_finite += other.non_finite;
    }

    /// Mean, or `None` where nothing finite was seen.
    pub(crate) fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    /// Root mean square, or `None` where nothing finite was seen.
    pub(crate) fn rms(&self) -> Option<f64> {
        (self.count > 0).then(|| (self.squares / self.count as f64).sqrt())
    }

    /// Standard deviation, or `None` where nothing finite was seen.
    pub(crate) fn std(&self) -> Option<f64> {
        let mean = self.mean()?;
        Some((self.squares / self.count as f64 - mean * mean).max(0.0).sqrt())
    }

    /// Takes in values of any size, finite or not.
    fn add_exactly(&mut self, values: &[f32]) {
        for v in values.iter().map(|&v| f64::from(v)) {
            let finite = v.is_finite();
            let v = if finite { v } else { 0.0 };
            self.count += u64::from(finite);
            self.non_finite += u64::from(!finite);
            self.sum += v;
            self.squares += v * v;
        }
    }
}

/// Values summed in `f32` before they are added up in `f64`.
const BLOCK: usize = 128;

/// Sums of squares of a block in which neither overflow nor underflow has cost anything.
const SAFE: std::ops::Range<f32> = 1e-20..1e35;

/// Sum and sum of squares of one block.
fn sums_in_f32(block: &[f32; BLOCK]) -> (f32, f32) {
    let mut sum = [0f32; LANES];
    let mut squares = [0f32; LANES];
    for lanes in block.as_chunks::<LANES>().0 {
        for i in 0..LANES {
            sum[i] += lanes[i];
            squares[i] += lanes[i] * lanes[i];
        }
    }
    (sum.iter().sum(), squares.iter().sum())
}

/// `(‖after − before‖, ‖before‖)`.
pub(crate) fn step_norms<T: Copy + Into<f64>>(before: &[T], after: &[T]) -> (f64, f64) {
    let (chunks, rest) = before.as_chunks::<LANES>();
    let (chunks_after, rest_after) = after.as_chunks::<LANES>();
    let mut step = [0f64; LANES];
    let mut size = [0f64; LANES];
    for (before, after) in chunks.iter().zip(chunks_after) {
        for i in 0..LANES {
            let b = before[i].into();
            let d = after[i].into() - b;
            step[i] += d * d;
            size[i] += b * b;
        }
    }
    for (i, (&before, &after)) in rest.iter().zip(rest_after).enumerate() {
        let b = before.into();
        let d = after.into() - b;
        step[i] += d * d;
        size[i] += b * b;
    }
    (step.iter().sum::<f64>().sqrt(), size.iter().sum::<f64>().sqrt())
}
