//! A derivative around its root.
//!
//! There the usual formula is a difference of nearly equal numbers. Instead f′(x) = (x − r)·g(x), with the root r
//! given to twice the usual digits and g as a polynomial. Coefficients: `root` in
//! `coefficients/approximation.py`.

use super::extended::Extended;
use super::polynomial;
use crate::engine::lanes::{Mask, Wide};

/// A root, and g in powers of the distance from its first half.
pub(crate) struct Root<const N: usize> {
    /// How far from the root the polynomial holds.
    pub(crate) reach: f64,
    pub(crate) root: [f64; 2],
    pub(crate) first: [f64; 2],
    pub(crate) rest: [f64; N],
}

impl<const N: usize> Root<N> {
    /// How far x is from the root, with half of the digits of an `f64` or more.
    #[inline(always)]
    pub(crate) fn distance<V: Wide>(&self, x: V) -> V {
        (x - self.root[0]) - self.root[1]
    }

    /// f′(x) for `f32` results: by the polynomial where x is near the root, and otherwise what is given.
    #[inline(always)]
    pub(crate) fn slope<V: Wide>(&self, x: V, otherwise: V) -> V {
        // Far away nothing may overflow, even though it is not taken.
        let t = self.distance(x).at_least(-1.0).at_most(1.0);
        let quotient = polynomial(t, &self.rest).mul_add(t, t.splat(self.first[0]));
        t.abs().lt(self.reach).select(t * quotient, otherwise)
    }

    /// dy·f′(x) where x is near the root, and otherwise the dx that is given.
    ///
    /// For `f32` results the given one is good enough: it is computed in `f64`, and no `f32` lies so near to
    /// the root that more than half of the digits cancel.
    #[inline(always)]
    pub(crate) fn mend<V: Wide>(&self, x: Extended<V>, dy: V, dx: V) -> V {
        if V::TO_F32 {
            return dx;
        }
        // Far away nothing may overflow, even though it is not taken.
        let t = (x.high - self.root[0]).at_least(-1.0).at_most(1.0);
        let distance = Extended::sum(t, x.low - self.root[1]);
        let quotient = Extended::ordered_sum(t.splat(self.first[0]), t * polynomial(t, &self.rest));
        let quotient = Extended {
            high: quotient.high,
            low: quotient.low + self.first[1],
        };
        t.abs()
            .lt(self.reach)
            .select((distance * quotient * dy).rounded(), dx)
    }
}
