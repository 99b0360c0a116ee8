//! CReLU: a rectifier that keeps both signs, side by side.
//!
//! A row of n elements becomes one of 2n: relu(x), then relu(−x). Where x ≥ 0 the gradient is that of the first
//! half, else the negated one of the second; at 0 that is the derivative from the right. NaN in, NaN out. All
//! results are exact.

use super::Code;
use crate::definition::{Definition, Growth, Needs, Origin, RowErrorBound, Rows, Shape};
use crate::engine::element::Element;
use crate::engine::instruction_set::Vectorised;
use crate::engine::simd::Simd;

pub(super) static DEFINITION: Definition = Definition {
    name: "crelu",
    aliases: &[],
    title: "CReLU",
    summary: "The rectified row beside the rectified negative of it: nothing is cut off, and twice as many features come out.",
    formula: "(max(0, x), max(0, −x))",
    derivative: "dx = the first half of dy for x ≥ 0, minus the second half for x < 0",
    parameters: &[],
    needs: Needs::Input,
    origin: Origin {
        paper: "Shang, Sohn, Almeida and Lee: Understanding and Improving Convolutional Neural Networks via Concatenated Rectified Linear Units",
        year: 2016,
    },
    conventions: &[],
    shape: Shape::Rows(Rows {
        outputs: 2,
        error_bound: RowErrorBound {
            f32: Growth::EXACT,
            f64: Growth::EXACT,
        },
        accuracy: "Exact: 0 ULP.",
    }),
};

pub(super) const CODE: Code = Code::BothSigns;

/// `y` from rows of `n` elements, of which there is at least one.
pub(crate) struct Forward<'a, T> {
    pub(crate) x: &'a [T],
    pub(crate) n: usize,
    pub(crate) y: &'a mut [T],
}

impl<T: Element> Vectorised for Forward<'_, T> {
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let rectified = |x: T| if x.to_f64() < 0.0 { T::from_f64(0.0) } else { x };
        for (x, y) in self
            .x
            .chunks_exact(self.n)
            .zip(self.y.chunks_exact_mut(2 * self.n))
        {
            let (positive, negative) = y.split_at_mut(self.n);
            for ((x, positive), negative) in x.iter().zip(positive).zip(negative) {
                *positive = rectified(*x);
                *negative = rectified(T::from_f64(-x.to_f64()));
            }
        }
    }
}

/// `dx` from `x` and the gradient `dy` that arrives at rows of 2·`n` elements.
pub(crate) struct Backward<'a, T> {
    pub(crate) x: &'a [T],
    pub(crate) n: usize,
    pub(crate) dy: &'a [T],
    pub(crate) dx: &'a mut [T],
}

impl<T: Element> Vectorised for Backward<'_, T> {
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { x, n, dy, dx } = self;
        let rows = x.chunks_exact(n).zip(dy.chunks_exact(2 * n));
        for ((x, dy), dx) in rows.zip(dx.chunks_exact_mut(n)) {
            let (positive, negative) = dy.split_at(n);
            for (((x, positive), negative), dx) in x.iter().zip(positive).zip(negative).zip(dx) {
                let value = x.to_f64();
                let other = if value < 0.0 {
                    T::from_f64(-negative.to_f64())
                } else {
                    *x
                };
                *dx = if value >= 0.0 { *positive } else { other };
            }
        }
    }
}
