//! Softmax: the exponentials of a row, divided by their sum.
//!
//! The largest number is subtracted first, so that nothing overflows. Constants: those of `math/exp.rs`.
//!
//! In a row with one +∞ it is 1 there and 0 elsewhere, which is the limit. Where there is no limit (several +∞,
//! or nothing but −∞) and in a row with NaN, all results are NaN. Beside finite numbers, −∞ gives 0.

use super::Code;
use crate::definition::{Convention, Definition, Growth, Needs, Origin, RowErrorBound, Rows, Shape};
use crate::engine::native::Native;
use crate::engine::lanes::{Lanes, Wide};
use crate::engine::rows::{RowKernel, RowKernels, load, packs, store};
use crate::engine::simd::{Simd, Transfer};
use crate::math::exp::exp;
use crate::math::extended::Extended;
use crate::math::sum::{Sum, below};

pub(super) static DEFINITION: Definition = Definition {
    name: "softmax",
    aliases: &[],
    title: "softmax",
    summary: "Turns a row of numbers into positive ones that sum to 1, by the ratio of their exponentials.",
    formula: "exp(xᵢ)/Σⱼ exp(xⱼ)",
    derivative: "yᵢ·(dyᵢ − Σⱼ yⱼ·dyⱼ)",
    parameters: &[],
    needs: Needs::Output,
    origin: Origin {
        paper: "Bridle: Probabilistic Interpretation of Feedforward Classification Network Outputs, with Relationships to Statistical Pattern Recognition",
        year: 1990,
    },
    conventions: &[
        Convention::pytorch("nn.Softmax").note(INFINITY),
        Convention::keras("activations.softmax").note(INFINITY),
        Convention::jax("nn.softmax").note(INFINITY),
        Convention::onnx("Softmax"),
    ],
    shape: Shape::Rows(Rows {
        outputs: 1,
        error_bound: RowErrorBound {
        f32: Growth::units(0.63),
        f64: Growth::units(1.0),
    },
    accuracy: "For n elements in a row, (0.63 + n·2⁻³²) ULP in f32, (0.75 + n·2⁻³²) ULP in f64, and (1 + n·2⁻³²) where that is subnormal.",
    }),
};

pub(super) const CODE: Code = Code::Rows(RowKernels::of::<Softmax>());

/// What frameworks do where the limit is not computed as such.
pub(super) const INFINITY: &str = "NaN in a row with +∞";

/// Exponentials are kept as multiples of 2⁻⁶⁰⁰, so that none that contributes to the sum is subnormal.
pub(super) const SCALE: f64 = f64::from_bits((1023 + 600) << 52);

/// exp(d)·2⁶⁰⁰ for d ≤ 0.
#[inline(always)]
pub(super) fn scaled_exp<V: Wide>(d: Extended<V>) -> Extended<V> {
    let e = exp(d);
    e.mantissa().scaled(e.scale(d.high.splat(SCALE)))
}

/// Rows up to this length have their exponentials kept from one pass to the next; a multiple of every pack.
const KEPT: usize = 1024;

/// The exponentials of a row, in two parts.
pub(super) struct Exponentials {
    high: [f64; KEPT],
    low: [f64; KEPT],
}

impl Default for Exponentials {
    fn default() -> Self {
        Self {
            high: [0.0; KEPT],
            low: [0.0; KEPT],
        }
    }
}

struct Softmax;

impl RowKernel for Softmax {
    const LIMITS: [f64; 2] = [1.0, 0.0];

    type Memory = Exponentials;

    #[inline(always)]
    fn forward<S: Simd, T: Native>(simd: S, row: &mut [T], largest: f64, kept: &mut Exponentials) {
        let keep = row.len() <= KEPT;
        let mut sum = Sum::<T::Wide<S>>::zero(simd);
        for start in packs::<S, T>(row) {
            let e = scaled_exp(below(load(simd, row, start, f64::NEG_INFINITY), largest));
            sum.add(e);
            if keep {
                e.high.store(&mut kept.high[start..]);
                if !T::IS_F32 {
                    e.low.store(&mut kept.low[start..]);
                }
            }
        }
        let lanes = load(simd, row, 0, 0.0);
        let reciprocal = Extended::new(lanes.splat(1.0)) / Extended::constant(lanes, sum.total());
        for start in packs::<S, T>(row) {
            let e = if keep {
                let high = Transfer::<S, f64>::load(simd, &kept.high[start..]);
                if T::IS_F32 {
                    Extended::new(high)
                } else {
                    let low = Transfer::<S, f64>::load(simd, &kept.low[start..]);
                    Extended { high, low }
                }
            } else {
                scaled_exp(below(load(simd, row, start, f64::NEG_INFINITY), largest))
            };
            store((e * reciprocal).rounded(), row, start);
        }
    }

    #[inline(always)]
    fn backward<S: Simd, T: Native>(simd: S, y: &[T], gradient: &mut [T]) {
        let mut sum = Sum::<T::Wide<S>>::zero(simd);
        for start in packs::<S, T>(y) {
            let (y, dy) = (load(simd, y, start, 0.0), load(simd, gradient, start, 0.0));
            sum.add(Extended::product(y, dy));
        }
        let total = sum.total();
        for start in packs::<S, T>(y) {
            let (y, dy) = (load(simd, y, start, 0.0), load(simd, gradient, start, 0.0));
            let mean = Extended::constant(y, total);
            store(((Extended::new(dy) + -mean) * y).rounded(), gradient, start);
        }
    }
}
