//! The vector mathematics: elementary functions on lanes of `f64`.

pub(crate) mod exp;
pub(crate) mod extended;
pub(crate) mod log1p;
pub(crate) mod root;

use crate::lanes::Wide;

/// The polynomial with these coefficients, lowest first.
///
/// By Horner's rule in several chains, each with every second or fourth power: the processor looks only so far
/// ahead, and the shorter the chain of dependent steps, the more elements it works on at a time.
#[inline(always)]
pub(crate) fn polynomial<V: Wide, const N: usize>(x: V, coefficients: &[f64; N]) -> V {
    if N < 4 {
        return chain(x, coefficients, 0, 1);
    }
    let square = x * x;
    if N < 7 {
        return chain(square, coefficients, 1, 2).mul_add(x, chain(square, coefficients, 0, 2));
    }
    let fourth = square * square;
    let low = chain(fourth, coefficients, 1, 4).mul_add(x, chain(fourth, coefficients, 0, 4));
    let high = chain(fourth, coefficients, 3, 4).mul_add(x, chain(fourth, coefficients, 2, 4));
    high.mul_add(square, low)
}

/// Horner's rule over every `step`-th coefficient from `first` on.
#[inline(always)]
fn chain<V: Wide, const N: usize>(x: V, coefficients: &[f64; N], first: usize, step: usize) -> V {
    let last = first + (N - 1 - first) / step * step;
    let mut value = x.splat(coefficients[last]);
    let mut i = last;
    while i > first {
        i -= step;
        value = value.mul_add(x, x.splat(coefficients[i]));
    }
    value
}
