//! The half-precision types, `f16` and `bf16`: computed in `f32`, block by block, and rounded once.
//!
//! A block is widened, exactly, goes through the kernels of `f32`, and is rounded to the nearest number of the half
//! type. An `f32` result is so close to the true one that the two roundings together err by less than 0.501 units
//! in the last place. No kernel is compiled again for these types.

mod convert;

use half::{bf16, f16};

use crate::engine::blocks::BLOCK;
use crate::engine::element::{Direct, Path, Sealed};
use crate::engine::elementwise::{Kernels, Parameters};
use crate::engine::instruction_set::InstructionSet;
use crate::engine::rows::RowKernels;

use convert::Half;

/// By way of `f32`.
pub struct Widened;

impl Sealed for f16 {
    type Path = Widened;
}

impl Sealed for bf16 {
    type Path = Widened;
}

impl<H: Half> Path<H> for Widened {
    /// Parameters are rounded to `f32`, in which the functions are computed, as in PyTorch: a half type would lose
    /// digits of them for nothing, and make some infinite or zero.
    fn parameter(value: f64) -> f64 {
        <Direct as Path<f32>>::parameter(value)
    }

    fn forward(kernels: &Kernels, isa: InstructionSet, parameters: &Parameters, x: &[H], y: &mut [H]) {
        let [mut wide_x, mut wide_y] = [[0.0; BLOCK]; 2];
        for (x, y) in x.chunks(BLOCK).zip(y.chunks_mut(BLOCK)) {
            let (wide_x, wide_y) = (&mut wide_x[..x.len()], &mut wide_y[..x.len()]);
            H::widen(isa, x, wide_x);
            Direct::forward(kernels, isa, parameters, wide_x, wide_y);
            H::round(isa, wide_y, y);
        }
    }

    fn backward(
        kernels: &Kernels,
        isa: InstructionSet,
        parameters: &Parameters,
        x: &[H],
        dy: &[H],
        dx: &mut [H],
    ) {
        let [mut wide_x, mut wide_dy, mut wide_dx] = [[0.0; BLOCK]; 3];
        for ((x, dy), dx) in x.chunks(BLOCK).zip(dy.chunks(BLOCK)).zip(dx.chunks_mut(BLOCK)) {
            let (wide_x, wide_dy) = (&mut wide_x[..x.len()], &mut wide_dy[..x.len()]);
            let wide_dx = &mut wide_dx[..x.len()];
            H::widen(isa, x, wide_x);
            H::widen(isa, dy, wide_dy);
            Direct::backward(kernels, isa, parameters, wide_x, wide_dy, wide_dx);
            H::round(isa, wide_dx, dx);
        }
    }

    fn mark(kernels: &Kernels, isa: InstructionSet, parameters: &Parameters, x: &[H], bits: &mut [u8]) {
        let mut wide = [0.0; BLOCK];
        for (x, bits) in x.chunks(BLOCK).zip(bits.chunks_mut(BLOCK / 8)) {
            let wide = &mut wide[..x.len()];
            H::widen(isa, x, wide);
            Direct::mark(kernels, isa, parameters, wide, bits);
        }
    }

    fn spread(isa: InstructionSet, slopes: [f64; 2], bits: &[u8], dy: &[H], dx: &mut [H]) {
        let [mut wide_dy, mut wide_dx] = [[0.0; BLOCK]; 2];
        for ((bits, dy), dx) in bits
            .chunks(BLOCK / 8)
            .zip(dy.chunks(BLOCK))
            .zip(dx.chunks_mut(BLOCK))
        {
            let (wide_dy, wide_dx) = (&mut wide_dy[..dy.len()], &mut wide_dx[..dy.len()]);
            H::widen(isa, dy, wide_dy);
            Direct::spread(isa, slopes, bits, wide_dy, wide_dx);
            H::round(isa, wide_dx, dx);
        }
    }

    fn rows_forward(kernels: &RowKernels, isa: InstructionSet, row: usize, x: Option<&[H]>, y: &mut [H]) {
        let mut wide = vec![0.0; whole_rows(row, y.len())];
        through(isa, &mut wide, x, y, |_, y| {
            Direct::rows_forward(kernels, isa, row, None, y);
        });
    }

    fn rows_backward(
        kernels: &RowKernels,
        isa: InstructionSet,
        row: usize,
        y: &[H],
        dy: Option<&[H]>,
        dx: &mut [H],
    ) {
        let [mut wide, mut wide_y] = [(); 2].map(|()| vec![0.0; whole_rows(row, dx.len())]);
        through(isa, &mut wide, dy, dx, |start, dx| {
            let wide_y = &mut wide_y[..dx.len()];
            H::widen(isa, &y[start..start + dx.len()], wide_y);
            Direct::rows_backward(kernels, isa, row, wide_y, None, dx);
        });
    }
}

/// How many elements make a block of whole rows.
fn whole_rows(row: usize, elements: usize) -> usize {
    (row * (BLOCK / row).max(1)).min(elements)
}

/// Calls `f` with the place and the widened elements of each block of `from`, or of `to` without it, and rounds
/// what it makes of them into `to`. A block is as long as `wide`.
fn through<H: Half>(
    isa: InstructionSet,
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
            isa,
            from.map_or(&*to, |from| &from[start..start + to.len()]),
            wide,
        );
        f(start, wide);
        H::round(isa, wide, to);
    }
}
