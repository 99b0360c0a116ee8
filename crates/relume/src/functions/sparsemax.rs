//! Sparsemax: the point of the probability simplex that is nearest to the row. What is far below the largest
//! number becomes exactly 0.
//!
//! The threshold is found by Michelot's algorithm (1986).
//!
//! In a row with one +∞ it is 1 there and 0 elsewhere, which is the limit. Where there is no limit (several +∞,
//! or nothing but −∞) and in a row with NaN, all results are NaN. Beside finite numbers, −∞ gives 0. Where an
//! input is exactly at the threshold, it gets 0 and no gradient.

use super::Code;
use crate::definition::{Convention, Definition, Growth, Needs, Origin, RowErrorBound, Rows, Shape};
use crate::engine::native::Native;
use crate::engine::lanes::{Lanes, Mask};
use crate::engine::rows::{RowKernel, RowKernels, load, packs, store};
use crate::engine::simd::Simd;
use crate::math::extended::Extended;
use crate::math::sum::{Sum, below, difference};

pub(super) static DEFINITION: Definition = Definition {
    name: "sparsemax",
    aliases: &[],
    title: "sparsemax",
    summary: "The point of the probability simplex that is nearest to the row: like softmax, but with exact zeros.",
    formula: "max(0, xᵢ − τ), with the τ for which the sum is 1",
    derivative: "dyᵢ − mean of dy over {j: yⱼ > 0} where yᵢ > 0, else 0",
    parameters: &[],
    needs: Needs::Output,
    origin: Origin {
        paper: "Martins and Astudillo: From Softmax to Sparsemax: A Sparse Model of Attention and Multi-Label Classification",
        year: 2016,
    },
    conventions: &[Convention::keras("activations.sparsemax")],
    shape: Shape::Rows(Rows {
        outputs: 1,
        error_bound: RowErrorBound {
        f32: Growth {
            units: 0.5,
            units_per_element: 0.0,
            absolute_per_element: 1.0 / (1_u64 << 51) as f64,
        },
        f64: Growth {
            units: 0.51,
            units_per_element: 0.0,
            absolute_per_element: 1.0 / (1_u128 << 80) as f64,
        },
    },
    accuracy: "For n elements in a row, 0.5 ULP and n·2⁻⁵¹ besides in f32, 0.51 ULP and n·2⁻⁸⁰ besides in f64.",
    }),
};

pub(super) const CODE: Code = Code::Rows(RowKernels::of::<Sparsemax>());

struct Sparsemax;

impl RowKernel for Sparsemax {
    const LIMITS: [f64; 2] = [1.0, 0.0];

    type Memory = ();

    #[inline(always)]
    fn forward<S: Simd, T: Native>(simd: S, row: &mut [T], largest: f64, (): &mut ()) {
        // Michelot (1986): take the mean excess of the candidates as the threshold, drop those below it, repeat.
        // It rises to the true threshold from below, here from 1 below the largest number.
        let lanes = load(simd, row, 0, 0.0);
        let mut threshold = Extended::new(lanes.splat(-1.0));
        let mut before = f64::INFINITY;
        loop {
            let mut sum = Sum::<T::Wide<S>>::zero(simd);
            let mut count = sum;
            for start in packs::<S, T>(row) {
                let d = below(load(simd, row, start, f64::NEG_INFINITY), largest);
                let [zero, one] = [0.0, 1.0].map(|number| Extended::new(d.high.splat(number)));
                let out = difference(d, threshold).lt(0.0);
                sum.add(Extended::select(out, zero, d));
                count.add(Extended::select(out, zero, one));
            }
            let [candidates, _] = count.total();
            if candidates >= before {
                break;
            }
            before = candidates;
            let excess = Extended::constant(lanes, sum.total()) + Extended::new(lanes.splat(-1.0));
            threshold = excess / Extended::new(lanes.splat(candidates));
        }
        for start in packs::<S, T>(row) {
            let d = below(load(simd, row, start, f64::NEG_INFINITY), largest);
            store(difference(d, threshold).at_least(0.0), row, start);
        }
    }

    #[inline(always)]
    fn backward<S: Simd, T: Native>(simd: S, y: &[T], gradient: &mut [T]) {
        let mut sum = Sum::<T::Wide<S>>::zero(simd);
        let mut count = sum;
        for start in packs::<S, T>(y) {
            let (y, dy) = (load(simd, y, start, 0.0), load(simd, gradient, start, 0.0));
            let (zero, inside) = (y.splat(0.0), y.gt(0.0));
            sum.add(Extended::new(inside.select(dy, zero)));
            count.add(Extended::new(inside.select(y.splat(1.0), zero)));
        }
        let (sum, [count, _]) = (sum.total(), count.total());
        for start in packs::<S, T>(y) {
            let (y, dy) = (load(simd, y, start, 0.0), load(simd, gradient, start, 0.0));
            let mean = Extended::constant(y, sum) / Extended::new(y.splat(count));
            let inside = (Extended::new(dy) + -mean).rounded();
            store(y.gt(0.0).select(inside, y.at_least(0.0)), gradient, start);
        }
    }
}
