//! Log-softmax: the logarithm of softmax, as precise where softmax is nearly 0 or 1.
//!
//! xᵢ − m − ln(1 + Σ exp(xⱼ − m)) with the largest number m, which is left out of the sum. Constants: those of
//! `math/exp.rs` and `math/log1p.rs`.
//!
//! In a row with one +∞ it is 0 there and −∞ elsewhere, which is the limit. Where there is no limit (several +∞,
//! or nothing but −∞) and in a row with NaN, all results are NaN. Beside finite numbers, −∞ gives −∞.

use std::f64::consts::LN_2;

use super::softmax::{INFINITY, SCALE, scaled_exp};
use super::Code;
use crate::definition::{Convention, Definition, Growth, Needs, Origin, RowErrorBound, Rows, Shape};
use crate::engine::native::Native;
use crate::engine::lanes::{Lanes, Wide};
use crate::engine::rows::{RowKernel, RowKernels, load, packs, store};
use crate::engine::simd::Simd;
use crate::math::exp::exp;
use crate::math::extended::Extended;
use crate::math::log1p::ln_1p_ratio;
use crate::math::sum::{Sum, below, difference, exact_sum};

pub(super) static DEFINITION: Definition = Definition {
    name: "log_softmax",
    aliases: &[],
    title: "log-softmax",
    summary: "The logarithm of softmax: what a cross-entropy loss needs, without softmax's loss of digits near 0 and 1.",
    formula: "xᵢ − ln Σⱼ exp(xⱼ)",
    derivative: "dyᵢ − exp(yᵢ)·Σⱼ dyⱼ",
    parameters: &[],
    needs: Needs::Output,
    origin: Origin {
        paper: "Bridle: Probabilistic Interpretation of Feedforward Classification Network Outputs, with Relationships to Statistical Pattern Recognition",
        year: 1990,
    },
    conventions: &[
        Convention::pytorch("nn.LogSoftmax").note(INFINITY),
        Convention::keras("activations.log_softmax").note(INFINITY),
        Convention::jax("nn.log_softmax").note(INFINITY),
        Convention::onnx("LogSoftmax"),
    ],
    shape: Shape::Rows(Rows {
        outputs: 1,
        error_bound: RowErrorBound {
        f32: Growth::units(0.63),
        f64: Growth::units(1.0),
    },
    accuracy: "For n elements in a row, (0.63 + n·2⁻³²) ULP in f32, (0.75 + n·2⁻³²) ULP in f64, and (1 + n·2⁻³²) where that is subnormal; however near 0 the result is, except for the sign of a zero.",
    }),
};

pub(super) const CODE: Code = Code::Rows(RowKernels::of::<LogSoftmax>());

/// ln 2 in two parts.
const LN_2_PARTS: [f64; 2] = [LN_2, 2.3190468138462996e-17];

/// Further below the largest number an exponential is zero, for `f32` results too.
const REACH: f64 = -1400.0;

/// ln(1 + e), for an e ≥ 0 in two parts.
#[inline(always)]
fn ln_1p<V: Wide>(lanes: V, e: [f64; 2]) -> Extended<V> {
    // There ln(1 + e) is e to all digits, and a division would lose some if e is subnormal.
    const LINEAR: f64 = 1.0 / (1_u64 << 60) as f64;
    if e[0] < LINEAR {
        return Extended::constant(lanes, e);
    }
    // 1 + e = 2ᵏ·(1 + rest): both logarithms are positive, so nothing cancels.
    let k = if e[0] < 1.0 { 0 } else { binade(1.0 + e[0]) };
    let scale = 2_f64.powi(-k);
    let e = Extended::constant(lanes, e);
    let rest = e.scaled(lanes.splat(scale)) + Extended::new(lanes.splat(scale - 1.0));
    Extended::constant(lanes, LN_2_PARTS) * lanes.splat(f64::from(k)) + ln_1p_ratio(rest.high, rest)
}

/// The exponent of the largest power of two that is not larger.
fn binade(x: f64) -> i32 {
    (x.to_bits() >> 52) as i32 - 1023
}

struct LogSoftmax;

impl RowKernel for LogSoftmax {
    const LIMITS: [f64; 2] = [0.0, f64::NEG_INFINITY];

    type Memory = ();

    #[inline(always)]
    fn forward<S: Simd, T: Native>(simd: S, row: &mut [T], largest: f64, (): &mut ()) {
        // The largest number contributes a 1 to the sum, which stays apart: ln(1 + others).
        let mut others = Sum::<T::Wide<S>>::zero(simd);
        let mut ties = others;
        for start in packs::<S, T>(row) {
            let d = below(load(simd, row, start, f64::NEG_INFINITY), largest);
            let [zero, one] = [0.0, 1.0].map(|number| Extended::new(d.high.splat(number)));
            let tie = d.high.ge(0.0);
            ties.add(Extended::select(tie, one, zero));
            let e = Extended::select(d.high.lt(REACH), zero, scaled_exp(d));
            others.add(Extended::select(tie, zero, e));
        }
        let more = ties.total()[0] - 1.0;
        let [high, low] = others.total().map(|part| part / SCALE);
        let [high, error] = exact_sum(more, high);
        let log = ln_1p(load(simd, row, 0, 0.0), [high, error + low]);
        for start in packs::<S, T>(row) {
            let d = below(load(simd, row, start, f64::NEG_INFINITY), largest);
            store(difference(d, log), row, start);
        }
    }

    #[inline(always)]
    fn backward<S: Simd, T: Native>(simd: S, y: &[T], gradient: &mut [T]) {
        let mut sum = Sum::<T::Wide<S>>::zero(simd);
        for start in packs::<S, T>(y) {
            sum.add(Extended::new(load(simd, gradient, start, 0.0)));
        }
        let total = sum.total();
        for start in packs::<S, T>(y) {
            let (y, dy) = (load(simd, y, start, 0.0), load(simd, gradient, start, 0.0));
            let share = exp(Extended::new(y)).value() * Extended::constant(y, total);
            store((Extended::new(dy) + -share).rounded(), gradient, start);
        }
    }
}
