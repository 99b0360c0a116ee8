//! The vector mathematics: elementary functions on lanes of `f64`.

pub(crate) mod exp;
pub(crate) mod extended;
pub(crate) mod gate;
pub(crate) mod log1p;
pub(crate) mod root;
pub(crate) mod sum;

use crate::engine::lanes::Float;

/// The polynomial with these coefficients, lowest first.
///
/// By Horner's rule; a long one for `f64` results in two chains, for the even and the odd powers, or in four: there is
/// more to compute between two elements, and the latency of a single chain shows.
#[inline(always)]
pub(crate) fn polynomial<V: Float, const N: usize>(x: V, coefficients: &[f64; N]) -> V {
    if V::TO_F32 || N < 8 {
        return chain(x, coefficients, 0, 1);
    }
    let square = x * x;
    if N >= 16 {
        let fourth = square * square;
        let (a, b) = (
            chain(fourth, coefficients, 0, 4),
            chain(fourth, coefficients, 1, 4),
        );
        let (c, d) = (
            chain(fourth, coefficients, 2, 4),
            chain(fourth, coefficients, 3, 4),
        );
        return d.mul_add(x, c).mul_add(square, b.mul_add(x, a));
    }
    chain(square, coefficients, 1, 2).mul_add(x, chain(square, coefficients, 0, 2))
}

/// Horner's rule over every `step`-th coefficient from `first` on.
#[inline(always)]
fn chain<V: Float, const N: usize>(x: V, coefficients: &[f64; N], first: usize, step: usize) -> V {
    let last = first + (N - 1 - first) / step * step;
    let mut value = x.splat(coefficients[last]);
    let mut i = last;
    while i > first {
        i -= step;
        value = value.mul_add(x, x.splat(coefficients[i]));
    }
    value
}
