//! To `f32` and back.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{_MM_FROUND_TO_NEAREST_INT, _mm256_cvtph_ps, _mm256_cvtps_ph};

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

use crate::engine::element::Element;
use crate::engine::instruction_set::{InstructionSet, Vectorised};
use crate::engine::simd::Simd;
#[cfg(target_arch = "x86_64")]
use crate::engine::simd::{SimdBase, SimdInto, f32x8, kernel, u16x8};

/// A type with half the digits of `f32`, to and from which slices are converted.
pub(super) trait Half: Element {
    fn widen(isa: InstructionSet, from: &[Self], to: &mut [f32]);
    fn round(isa: InstructionSet, from: &[f32], to: &mut [Self]);
}

struct Widen<'a, H>(&'a [H], &'a mut [f32]);

struct Round<'a, H>(&'a [f32], &'a mut [H]);

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
    fn widen(isa: InstructionSet, from: &[Self], to: &mut [f32]) {
        isa.run(Widen(from, to));
    }

    fn round(isa: InstructionSet, from: &[f32], to: &mut [Self]) {
        isa.run(Round(from, to));
    }
}

impl Vectorised for Widen<'_, f16> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self(from, to) = self;
        #[cfg(target_arch = "x86_64")]
        let converted = simd.level().as_avx2().map_or(0, |token| {
            let vectors = from.len() / 8 * 8;
            widen_vectors(token, from[..vectors].reinterpret_cast(), to);
            vectors
        });
        #[cfg(not(target_arch = "x86_64"))]
        let (converted, _) = (0, simd);
        from[converted..].convert_to_f32_slice(&mut to[converted..]);
    }
}

impl Vectorised for Round<'_, f16> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self(from, to) = self;
        #[cfg(target_arch = "x86_64")]
        let converted = simd.level().as_avx2().map_or(0, |token| {
            let vectors = from.len() / 8 * 8;
            round_vectors(token, &from[..vectors], to.reinterpret_cast_mut());
            vectors
        });
        #[cfg(not(target_arch = "x86_64"))]
        let (converted, _) = (0, simd);
        to[converted..].convert_from_f32_slice(&from[converted..]);
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

impl Element for bf16 {
    const NAME: &'static str = "bf16";

    fn from_f64(value: f64) -> Self {
        Self::from_f32(to_odd(value))
    }

    fn to_f64(self) -> f64 {
        self.into()
    }
}

/// The upper half of an `f32`: shifts that the compiler turns into vectors of the instruction set.
impl Half for bf16 {
    fn widen(isa: InstructionSet, from: &[Self], to: &mut [f32]) {
        isa.run(Widen(from, to));
    }

    fn round(isa: InstructionSet, from: &[f32], to: &mut [Self]) {
        isa.run(Round(from, to));
    }
}

impl Vectorised for Widen<'_, bf16> {
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        for (from, to) in self.0.iter().zip(self.1) {
            *to = f32::from_bits(u32::from(from.to_bits()) << 16);
        }
    }
}

impl Vectorised for Round<'_, bf16> {
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
