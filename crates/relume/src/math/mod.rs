//! The vector mathematics: elementary functions on wide lanes, of `f64`, and on compensated ones, of `f32`.
//!
//! Which exp to use, by the lanes and the type that the result will be rounded to:
//!
//! | function of `exp` | lanes | result for | argument | gives |
//! |---|---|---|---|---|
//! | `exp` | wide | `f32` and `f64` | x ≤ 0 | exp(x) as mantissa and scale, right where it is subnormal |
//! | `exp_before_difference` | wide | `f32` and `f64` | x ≤ 0 | the same, with all digits for `f32` too: a difference follows |
//! | `exp_m1` | wide | `f32` and `f64` | x ≤ 0 | exp(x) − 1 with all digits near 0 |
//! | `exp_to_f32` | wide | `f32` | \|x\| ≤ 700 | exp(x), the fastest |
//! | `exp_and_m1_to_f32` | wide | `f32` | \|x\| ≤ 700 | exp(x) and exp(x) − 1 |
//! | `exp_within` | wide | `f64` | −1400 ≤ x ≤ 0 | as `exp`, without its care for what is further out |
//! | `exp_unrounded` | wide | `f64` | −1400 ≤ x ≤ 0 | the mantissa in two parts, to be rounded once by what follows |
//! | `exp_compensated` | compensated | `f32` | −80 ≤ x ≤ 0 | a multiple of exp(x) in two parts |
//! | `exp_m1_compensated` | compensated | `f32` | x ≤ 0 | exp(x) − 1 in two parts |
//! | `one_plus_exp_compensated` | compensated | `f32` | \|x\| ≤ 80 | 1 + exp(x) in two parts |
//!
//! ln(1 + e) is `log1p::ln_1p_ratio` in wide and `log1p::plus_ln_1p` in compensated lanes; x·σ(u) is `gate::gated` and
//! `gate::gated_compensated`; a derivative around its root is [`root::Root`].

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
