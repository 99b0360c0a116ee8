//! x·σ(u), the input let through by a sigmoid.

use super::exp::{exp_unrounded, one_plus_exp_compensated};
use super::extended::Extended;
use crate::engine::lanes::{Float, Mask, Wide};

/// x·σ(u) for `f64` results, from x, −|u| and whether u is negative. 0·∞ is NaN: an infinite x needs σ(u) above 0.
#[inline(always)]
pub(crate) fn gated<V: Wide>(x: V, minus_u: Extended<V>, negative: V::Mask) -> V {
    let e = exp_unrounded(minus_u);
    let (numerator, divisor) = e.over_one_more();
    let inner = x * e.inner;
    let left = Extended::product(numerator.high, inner);
    let rest = numerator.low.mul_add(inner, left.low);
    // An infinite product has no rest.
    let left = left.high + rest.is_nan().select(x.splat(0.0), rest);
    let y = negative.select(left, x) / divisor;
    negative.select(y * e.outer, y)
}

/// As far as this and no further u may be from zero in `f32` lanes.
pub(crate) const COMPENSATED_REACH: f64 = 80.0;

/// x·σ(u) in `f32` lanes, from finite x and −u, for |u| up to [`COMPENSATED_REACH`].
#[inline(always)]
pub(crate) fn gated_compensated<V: Float>(x: V, minus_u: Extended<V>) -> V {
    one_plus_exp_compensated(minus_u).under(x)
}

/// Where x is finite and above the bound.
#[inline(always)]
pub(crate) fn finite_above<V: Float>(x: V, bound: f64) -> V::Mask {
    x.gt(bound).and(x.lt(f64::INFINITY))
}
