//! The half-precision types, `f16` and `bf16`: computed in `f32`, block by block, and rounded once.
//!
//! A block is widened, exactly, goes through the kernels of `f32`, and is rounded to the nearest number of the half
//! type. An `f32` result is so close to the true one that the two roundings together err by less than 0.501 units
//! in the last place. No kernel is compiled again for these types.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{_MM_FROUND_TO_NEAREST_INT, _mm256_cvtph_ps, _mm256_cvtps_ph};

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

use crate::definition::Parameters;
use crate::element::{Direct, Element, Path, Sealed};
use crate::kernel::Kernels;
use crate::rows::RowKernels;
use crate::rung::{Rung, Task};
use crate::simd::Simd;
#[cfg(target_arch = "x86_64")]
use crate::simd::{SimdBase, SimdInto, f32x8, kernel, u16x8};

/// How many elements go through the kernels together: few enough to stay in the first-level cache, many enough
/// that the calls do not show; a multiple of 8, so that blocks begin where bytes of bits do.
const BLOCK: usize = 256;

/// A type with half the digits of `f32`, to and from which slices are converted.
trait Half: Element {
    fn widen(rung: Rung, from: &[Self], to: &mut [f32]);
    fn round(rung: Rung, from: &[f32], to: &mut [Self]);
}

struct Widen<'a, H>(&'a [H], &'a mut [f32]);

struct Round<'a, H>(&'a [f32], &'a mut [H]);

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

/// The neighbour in `f32` whose last bit is odd, unless `value` is an `f32`: rounded again, to fewer digits, it gives
/// what `value` gives (Boldo and Melquiond, 2008). The crate's own conversions from `f64` round twice or drop bits.
fn to_odd(value: f64) -> f32 {
    let near = value as f32;
    let bits = near.to_bits();
    if f64::from(near) == value || !near.is_finite() || bits % 2 == 1 {
        near
    } else if f64::from(near.abs()) < value.abs() {
        f32::from_bits(bits + 1)
    } else {
        f32::from_bits(bits - 1)
    }
}

impl Sealed for f16 {
    type Path = Widened;
}

impl Element for f16 {
    const NAME: &'static str = "f16";

    fn from_f64(value: f64) -> Self {
        Self::from_f32(to_odd(value))
    }

    fn to_f64(self) -> f64 {
        self.into()
    }
}

/// With the instructions of the processor where it has some: they round as IEEE 754 says.
impl Half for f16 {
    fn widen(rung: Rung, from: &[Self], to: &mut [f32]) {
        rung.run(Widen(from, to));
    }

    fn round(rung: Rung, from: &[f32], to: &mut [Self]) {
        rung.run(Round(from, to));
    }
}

impl Task for Widen<'_, f16> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self(mut from, mut to) = self;
        #[cfg(target_arch = "x86_64")]
        if let Some(token) = simd.level().as_avx2() {
            let vectors = from.len() / 8 * 8;
            widen_vectors(token, from[..vectors].reinterpret_cast(), to);
            (from, to) = (&from[vectors..], &mut to[vectors..]);
        }
        from.convert_to_f32_slice(to);
    }
}

impl Task for Round<'_, f16> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self(mut from, mut to) = self;
        #[cfg(target_arch = "x86_64")]
        if let Some(token) = simd.level().as_avx2() {
            let vectors = from.len() / 8 * 8;
            round_vectors(token, &from[..vectors], to.reinterpret_cast_mut());
            (from, to) = (&from[vectors..], &mut to[vectors..]);
        }
        to.convert_from_f32_slice(from);
    }
}

#[cfg(target_arch = "x86_64")]
kernel!(
    fn widen_vectors(token: Avx2, from: &[u16], to: &mut [f32]) {
        for (from, to) in from.chunks_exact(8).zip(to.chunks_exact_mut(8)) {
            let wide: f32x8<_> = _mm256_cvtph_ps(u16x8::from_slice(token, from).into()).simd_into(token);
            wide.store_slice(to);
        }
    }
);

#[cfg(target_arch = "x86_64")]
kernel!(
    fn round_vectors(token: Avx2, from: &[f32], to: &mut [u16]) {
        for (from, to) in from.chunks_exact(8).zip(to.chunks_exact_mut(8)) {
            let wide = f32x8::from_slice(token, from);
            let near = _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(wide.into());
            let near: u16x8<_> = near.simd_into(token);
            near.store_slice(to);
        }
    }
);

impl Sealed for bf16 {
    type Path = Widened;
}

impl Element for bf16 {
    const NAME: &'static str = "bf16";

    fn from_f64(value: f64) -> Self {
        Self::from_f32(to_odd(value))
    }

    fn to_f64(self) -> f64 {
        self.into()
    }
}

/// The upper half of an `f32`: shifts that the compiler turns into vectors of the rung.
impl Half for bf16 {
    fn widen(rung: Rung, from: &[Self], to: &mut [f32]) {
        rung.run(Widen(from, to));
    }

    fn round(rung: Rung, from: &[f32], to: &mut [Self]) {
        rung.run(Round(from, to));
    }
}

impl Task for Widen<'_, bf16> {
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        for (from, to) in self.0.iter().zip(self.1) {
            *to = f32::from_bits(u32::from(from.to_bits()) << 16);
        }
    }
}

impl Task for Round<'_, bf16> {
    /// To nearest, ties to even. A NaN keeps its upper bits and becomes quiet.
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        for (from, to) in self.0.iter().zip(self.1) {
            let bits = from.to_bits();
            let nearest = bits.wrapping_add(0x7fff + (bits >> 16 & 1));
            let rounded = if from.is_nan() { bits | 0x40_0000 } else { nearest };
            *to = bf16::from_bits((rounded >> 16) as u16);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_once() {
        let tie = 1.0 + 2f64.powi(-11);
        for (number, expected) in [
            (tie - 1e-15, 1.0),
            (tie, 1.0),
            (tie + 1e-15, 1.0 + 2f64.powi(-10)),
        ] {
            assert_eq!(<f16 as Element>::from_f64(number).to_f64(), expected);
            assert_eq!(<f16 as Element>::from_f64(-number).to_f64(), -expected);
        }
        let tie = 1.0 + 2f64.powi(-8);
        for (number, expected) in [(tie - 1e-15, 1.0), (tie, 1.0), (tie + 1e-15, 1.0 + 2f64.powi(-7))] {
            assert_eq!(<bf16 as Element>::from_f64(number).to_f64(), expected);
        }
        assert_eq!(
            <f16 as Element>::from_f64(2f64.powi(-25) * 1.000_000_000_1),
            f16::from_bits(1)
        );
        assert_eq!(<f16 as Element>::from_f64(65_519.999_999_99), f16::MAX);
        assert_eq!(<f16 as Element>::from_f64(1e300), f16::INFINITY);
        assert!(<f16 as Element>::from_f64(-1e-300).is_sign_negative());
        assert!(<bf16 as Element>::from_f64(f64::NAN).is_nan());
    }
}
