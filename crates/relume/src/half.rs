//! The half-precision types, `f16` and `bf16`: computed in `f32`, block by block, and rounded once.
//!
//! A block is widened, exactly, goes through the kernels of `f32`, and is rounded to the nearest number of the half
//! type. An `f32` result is so close to the true one that the two roundings together err by less than 0.501 units
//! in the last place. No kernel is compiled again for these types.

mod convert;

use crate::definition::Parameters;
use crate::element::{Direct, Path};
use crate::kernel::Kernels;
use crate::rows::RowKernels;
use crate::rung::Rung;

use convert::Half;

/// How many elements go through the kernels together: few enough to stay in the first-level cache, many enough
/// that the calls do not show; a multiple of 64, so that only the last one ends within a word of bits.
const BLOCK: usize = 256;

/// By way of `f32`.
pub struct Widened;

impl<H: Half> Path<H> for Widened {
    /// Parameters are rounded to `f32`, in which the functions are computed, as in PyTorch: a half type would lose
    /// digits of them for nothing, and make some infinite or zero.
    fn parameter(value: f64) -> f64 {
        <Direct as Path<f32>>::parameter(value)
    }

    fn forward(kernels: &Kernels, rung: Rung, parameters: &Parameters, x: Option<&[H]>, y: &mut [H]) {
        in_blocks(rung, x, y, |_, y| {
            Direct::forward(kernels, rung, parameters, None, y);
        });
    }

    fn backward(
        kernels: &Kernels,
        rung: Rung,
        parameters: &Parameters,
        x: &[H],
        dy: Option<&[H]>,
        dx: &mut [H],
    ) {
        let mut wide_x = [0.0; BLOCK];
        in_blocks(rung, dy, dx, |start, dx| {
            let wide_x = &mut wide_x[..dx.len()];
            H::widen(rung, &x[start..start + dx.len()], wide_x);
            Direct::backward(kernels, rung, parameters, wide_x, None, dx);
        });
    }

    fn mark(kernels: &Kernels, rung: Rung, parameters: &Parameters, x: &[H], bits: &mut [u8]) {
        let mut wide = [0.0; BLOCK];
        for (x, bits) in x.chunks(BLOCK).zip(bits.chunks_mut(BLOCK / 8)) {
            let wide = &mut wide[..x.len()];
            H::widen(rung, x, wide);
            Direct::mark(kernels, rung, parameters, wide, bits);
        }
    }

    fn spread(rung: Rung, slopes: [f64; 2], bits: &[u8], dy: Option<&[H]>, dx: &mut [H]) {
        in_blocks(rung, dy, dx, |start, dx| {
            Direct::spread(rung, slopes, &bits[start / 8..], None, dx);
        });
    }

    fn rows_forward(kernels: &RowKernels, rung: Rung, row: usize, x: Option<&[H]>, y: &mut [H]) {
        let mut wide = vec![0.0; whole_rows(row, y.len())];
        through(rung, &mut wide, x, y, |_, y| {
            Direct::rows_forward(kernels, rung, row, None, y);
        });
    }

    fn rows_backward(kernels: &RowKernels, rung: Rung, row: usize, y: &[H], dy: Option<&[H]>, dx: &mut [H]) {
        let [mut wide, mut wide_y] = [(); 2].map(|()| vec![0.0; whole_rows(row, dx.len())]);
        through(rung, &mut wide, dy, dx, |start, dx| {
            let wide_y = &mut wide_y[..dx.len()];
            H::widen(rung, &y[start..start + dx.len()], wide_y);
            Direct::rows_backward(kernels, rung, row, wide_y, None, dx);
        });
    }
}

/// How many elements make a block of whole rows.
fn whole_rows(row: usize, elements: usize) -> usize {
    (row * (BLOCK / row).max(1)).min(elements)
}

/// [`through`] a block on the stack.
fn in_blocks<H: Half>(rung: Rung, from: Option<&[H]>, to: &mut [H], f: impl FnMut(usize, &mut [f32])) {
    through(rung, &mut [0.0; BLOCK], from, to, f);
}

/// Calls `f` with the place and the widened elements of each block of `from`, or of `to` without it, and rounds
/// what it makes of them into `to`. A block is as long as `wide`.
fn through<H: Half>(
    rung: Rung,
    wide: &mut [f32],
    from: Option<&[H]>,
    to: &mut [H],
    mut f: impl FnMut(usize, &mut [f32]),
) {
    let block = wide.len();
    for (i, to) in to.chunks_mut(block).enumerate() {
        let start = i * block;
        let wide = &mut wide[..to.len()];
        H::widen(
            rung,
            from.map_or(&*to, |from| &from[start..start + to.len()]),
            wide,
        );
        f(start, wide);
        H::round(rung, wide, to);
    }
}
