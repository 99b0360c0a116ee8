//! The vector mathematics: elementary functions on lanes of `f64`.

pub(crate) mod exp;
pub(crate) mod extended;
pub(crate) mod log1p;
pub(crate) mod root;

use crate::lanes::Wide;

/// The polynomial with these coefficients, lowest first, by Horner's rule.
#[inline(always)]
pub(crate) fn polynomial<V: Wide, const N: usize>(x: V, coefficients: &[f64; N]) -> V {
    let mut value = x.splat(coefficients[N - 1]);
    for coefficient in coefficients[..N - 1].iter().rev() {
        value = value.mul_add(x, x.splat(*coefficient));
    }
    value
}
