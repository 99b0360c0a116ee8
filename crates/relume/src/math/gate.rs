//! x·σ(u), the input let through by a sigmoid.

use super::exp::exp_double;
use super::extended::Extended;
use crate::lanes::{Mask, Wide};

/// x·σ(u) for double results, from x and −|u|, where u has the sign of x, |u| ≤ 1000 and x > −∞.
#[inline(always)]
pub(crate) fn gated<V: Wide>(x: V, minus_u: Extended<V>) -> V {
    let (e, scale) = exp_double(minus_u);
    let f = e * scale;
    let divisor = f + 1.0;
    // On the left the rounding of the divisor would show: the numerator takes it up.
    let gained = (divisor - 1.0) - f;
    let left = Extended::product(e, x);
    let left = left.high + gained.mul_add(left.high, left.low);
    let negative = x.lt(0.0);
    let y = negative.select(left, x) / divisor;
    negative.select(y * scale, y)
}
