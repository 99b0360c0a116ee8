//! exp(x) and exp(x) − 1.
//!
//! x = n·ln 2 + r with |r| ≤ ln 2/2 and n found by adding 1.5·2⁵², which rounds to an integer; then
//! exp(x) = 2ⁿ·exp(r), with exp(r) from a polynomial. Coefficients: `coefficients/exp.py`.

use std::f64::consts::{LN_2, LOG2_E};

use super::extended::{Extended, f32_parts};
use super::polynomial;
use crate::engine::lanes::{Float, Mask, Wide};

/// The first 42 bits of ln 2, so that its products with exponents are exact.
const LN2_HIGH: f64 = 0.6931471805598903;

/// The rest of ln 2.
const LN2_LOW: f64 = 5.497923018708371e-14;

/// exp(r), for `f32` results.
const EXP_TO_F32: [f64; 7] = [
    1.0,
    1.000000038325774,
    0.5000000047879114,
    0.16666412814812223,
    0.04166634952472271,
    0.008375350596153915,
    0.0013941388447361812,
];

/// (exp(r) − 1)/r, for `f32` results.
const M1_TO_F32: [f64; 7] = [
    1.0,
    0.5000000047879114,
    0.1666666671984298,
    0.04166634952472271,
    0.00833329810930442,
    0.0013941388447361812,
    0.0001989958489554379,
];

/// (exp(r) − 1 − r)/r², for `f32` results after a difference.
const REST_TO_F32: [f64; 10] = [
    0.5000000000000001,
    0.16666666666666669,
    0.04166666666662324,
    0.008333333333329994,
    0.0013888888917654016,
    0.00019841269863392214,
    2.4801520613566223e-05,
    2.7557267935231926e-06,
    2.762041219449885e-07,
    2.5100634461878497e-08,
];

/// (exp(r) − 1 − r)/r², for `f64` results.
const REST_TO_F64: [f64; 11] = [
    0.5,
    0.1666666666666667,
    0.04166666666666667,
    0.008333333333325985,
    0.0013888888888883642,
    0.00019841269875342141,
    2.4801587325920163e-05,
    2.7557254740405416e-06,
    2.7557273171941026e-07,
    2.5105490906986696e-08,
    2.091488256348507e-09,
];

/// Below, `f32` results are zero whatever they are multiplied by.
const F32_REACH: f64 = -400.0;

/// Below, exp(x) is taken for zero. Products of exp(x) and an `f64` can be normal down to here, or nearly so.
const F64_REACH: f64 = -1400.0;

/// ln 2 for `f32` lanes.
const COMPENSATED_LN2: [f64; 2] = f32_parts(LN_2);

/// (exp(r) − 1 − r)/r² relative to exp(r), for `f32` lanes.
const REST_COMPENSATED: [f64; 5] = [
    0.49999993346585514,
    0.1666651913400231,
    0.04166840566480024,
    0.008368898081828195,
    0.0013814223881998156,
];

/// The same relative to exp(r) − 1.
const M1_COMPENSATED: [f64; 6] = [
    0.500000004713102,
    0.16666666819402265,
    0.04166635145306762,
    0.008333272437508423,
    0.001394127606567206,
    0.000199145380187731,
];

/// exp(x) as a product: the second factor, a power of two, is applied to the end result, so that it is right
/// where it is subnormal although exp(x) alone would have lost digits.
#[derive(Clone, Copy)]
pub(crate) struct Exp<V> {
    mantissa: Extended<V>,
    scale: V,
}

impl<V: Wide> Exp<V> {
    /// The first factor. It has all the digits of exp(x).
    #[inline(always)]
    pub(crate) fn mantissa(self) -> Extended<V> {
        self.mantissa
    }

    /// Applies the second factor to a multiple of the mantissa.
    #[inline(always)]
    pub(crate) fn scale(self, multiple: V) -> V {
        if V::TO_F32 {
            multiple
        } else {
            multiple * self.scale
        }
    }

    /// Applies the second factor where its rounding does not matter, since something larger is added.
    #[inline(always)]
    pub(crate) fn complete(self, multiple: Extended<V>) -> Extended<V> {
        if V::TO_F32 {
            multiple
        } else {
            multiple.scaled(self.scale)
        }
    }

    /// exp(x) itself.
    #[inline(always)]
    pub(crate) fn value(self) -> Extended<V> {
        self.complete(self.mantissa)
    }
}

/// exp(x) for x ≤ 0, within 2⁻³¹ for `f32` and 2⁻⁵⁵ for `f64` results.
#[inline(always)]
pub(crate) fn exp<V: Wide>(x: Extended<V>) -> Exp<V> {
    if V::TO_F32 {
        exp_product_to_f32(x.high)
    } else {
        exp_product_to_f64(x)
    }
}

/// exp(x) for x ≤ 0, within 2⁻⁵² even for `f32` results: for where a difference follows.
#[inline(always)]
pub(crate) fn exp_before_difference<V: Wide>(x: Extended<V>) -> Exp<V> {
    if V::TO_F32 {
        exp_product_to_f32_before_difference(x.high)
    } else {
        exp_product_to_f64(x)
    }
}

/// x/ln 2 rounded to an integer n, as n + [`ROUNDER`](Float::ROUNDER).
#[inline(always)]
fn nearest_power<V: Float>(x: V) -> V {
    x.mul_add(x.splat(LOG2_E), x.splat(V::ROUNDER))
}

/// exp(x) within 2⁻²⁸, for `f32` results and |x| ≤ 700.
#[inline(always)]
pub(crate) fn exp_to_f32<V: Wide>(x: V) -> V {
    let biased = nearest_power(x);
    let r = (biased - V::ROUNDER).mul_add(x.splat(-LN_2), x);
    polynomial(r, &EXP_TO_F32).times_power_of_two(biased)
}

/// exp(x) and exp(x) − 1, each within 2⁻³⁰ of its own size, for `f32` results and |x| ≤ 700.
#[inline(always)]
pub(crate) fn exp_and_m1_to_f32<V: Wide>(x: V) -> (V, V) {
    let biased = nearest_power(x);
    let r = (biased - V::ROUNDER).mul_add(x.splat(-LN_2), x);
    let scale = biased.power_of_two();
    let rest = r * polynomial(r, &M1_TO_F32);
    (rest.mul_add(scale, scale), rest.mul_add(scale, scale - 1.0))
}

/// exp(x) in `f32` lanes as 2ⁿ·(1 + m1)·exp(low), where low is what r is too small by.
struct Reduced<V> {
    m1: Extended<V>,
    low: V,
    biased: V,
}

#[inline(always)]
fn exp_reduced<V: Float>(x: Extended<V>) -> Reduced<V> {
    let biased = nearest_power(x.high);
    let n = biased - V::ROUNDER;
    // Exact: the product is not rounded, and the digits of the difference end where those of x or the constant do.
    let r = n.mul_add(n.splat(-COMPENSATED_LN2[0]), x.high);
    let low = n.mul_add(n.splat(-COMPENSATED_LN2[1]), x.low);
    let (square, quotient) = (r * r, polynomial(r, &REST_COMPENSATED));
    let high = square.mul_add(quotient, r);
    let m1 = Extended {
        high,
        low: square.mul_add(quotient, r - high),
    };
    Reduced { m1, low, biased }
}

/// multiple·exp(x) for −80 ≤ x ≤ 0 in `f32` lanes, within 2⁻²⁷. The multiple is 1 or so, or x is near zero.
#[inline(always)]
pub(crate) fn exp_compensated<V: Float>(x: Extended<V>, multiple: V) -> Extended<V> {
    let Reduced { m1, low, biased } = exp_reduced(x);
    let scale = multiple.times_power_of_two(biased);
    let high = m1.high.mul_add(scale, scale);
    let rounded = m1.low.mul_add(scale, m1.high.mul_add(scale, scale - high));
    Extended {
        high,
        low: low.mul_add(high, rounded),
    }
}

/// 1 + exp(x) for |x| ≤ 80 in `f32` lanes, within 2⁻²⁶.
#[inline(always)]
pub(crate) fn one_plus_exp_compensated<V: Float>(x: Extended<V>) -> Extended<V> {
    let Reduced { m1, low, biased } = exp_reduced(x);
    let m1_low = low.mul_add(m1.high, m1.low + low);
    let scale = biased.power_of_two();
    let high = m1.high.mul_add(scale, scale + 1.0);
    // Exact, except for a power so small that it contributes little to 1 + exp(x).
    let rounded = m1.high.mul_add(scale, (scale - high) + 1.0);
    Extended {
        high,
        low: m1_low.mul_add(scale, rounded),
    }
}

/// exp(x) − 1 for x ≤ 0 in `f32` lanes, within 2⁻²⁶ of its own size, as a sum whose second part is up to a tenth of
/// the first.
#[inline(always)]
pub(crate) fn exp_m1_compensated<V: Float>(x: V) -> Extended<V> {
    // Below, exp(x) − 1 rounds to −1.
    let x = x.at_least(-25.0 * LN_2);
    let biased = nearest_power(x);
    // The rest of ln 2 would not show.
    let r = (biased - V::ROUNDER).mul_add(x.splat(-COMPENSATED_LN2[0]), x);
    let scale = biased.power_of_two();
    // exp(x) − 1 = (2ⁿ − 1 + 2ⁿ·r) + 2ⁿ·r²·p(r), of which the sum needs all its digits.
    let whole = scale - 1.0;
    let high = r.mul_add(scale, whole);
    let rounded = r.mul_add(scale, whole - high);
    Extended {
        high,
        low: (r * r * scale).mul_add(polynomial(r, &M1_COMPENSATED), rounded),
    }
}

#[inline(always)]
fn exp_product_to_f32<V: Wide>(x: V) -> Exp<V> {
    let power = exp_to_f32(x.at_least(F32_REACH));
    Exp {
        mantissa: Extended::new(power),
        scale: power,
    }
}

#[inline(always)]
fn exp_product_to_f32_before_difference<V: Wide>(x: V) -> Exp<V> {
    let x = x.at_least(F32_REACH);
    let biased = nearest_power(x);
    let n = biased - V::ROUNDER;
    let r = n.mul_add(x.splat(-LN2_LOW), n.mul_add(x.splat(-LN2_HIGH), x));
    let rest = (r * r).mul_add(polynomial(r, &REST_TO_F32), r);
    let power = (rest + 1.0).times_power_of_two(biased);
    Exp {
        mantissa: Extended::new(power),
        scale: power,
    }
}

#[inline(always)]
fn exp_product_to_f64<V: Wide>(x: Extended<V>) -> Exp<V> {
    let beyond = x.high.lt(F64_REACH);
    let zero = x.high.splat(0.0);
    let e = exp_within(Extended {
        high: x.high.at_least(F64_REACH),
        low: beyond.select(zero, x.low),
    });
    Exp {
        mantissa: Extended::select(beyond, Extended::new(zero), e.mantissa),
        scale: e.scale,
    }
}

/// exp(x) for −1400 ≤ x ≤ 0 and `f64` results, within 2⁻⁵⁵.
#[inline(always)]
pub(crate) fn exp_within<V: Wide>(x: Extended<V>) -> Exp<V> {
    let e = exp_unrounded(x);
    Exp {
        mantissa: e.mantissa.normalised().scaled(e.inner),
        scale: e.outer,
    }
}

/// exp(x) as mantissa·inner·outer. The mantissa's second part is up to a third of the first and nothing else is rounded
/// yet, so that what is made of it is rounded once. Both powers of two are normal numbers, and the inner one is 1
/// unless exp(x) is below 2⁻¹⁰⁰⁰.
#[derive(Clone, Copy)]
pub(crate) struct Unrounded<V> {
    pub(crate) mantissa: Extended<V>,
    pub(crate) inner: V,
    pub(crate) outer: V,
}

impl<V: Wide> Unrounded<V> {
    /// e/(1 + e) as numerator·inner·outer/divisor. The rounding of the divisor would show: the numerator takes it up.
    #[inline(always)]
    pub(crate) fn over_one_more(self) -> (Extended<V>, V) {
        let Extended { high, low } = self.mantissa;
        let f = self.mantissa.added() * self.outer;
        let divisor = f + 1.0;
        let gained = (divisor - 1.0) - f;
        let low = gained.mul_add(high, low);
        (Extended { high, low }, divisor)
    }
}

/// exp(x) for −1400 ≤ x ≤ 0 and `f64` results, within 2⁻⁵⁵.
#[inline(always)]
pub(crate) fn exp_unrounded<V: Wide>(x: Extended<V>) -> Unrounded<V> {
    let biased = nearest_power(x.high);
    let n = biased - V::ROUNDER;
    // What r loses by rounding is at most a quarter of 2⁻⁵³.
    let r = reduced(x, n).high;
    let rest = r * r * polynomial(r, &REST_TO_F64);
    let head = Extended::ordered_sum(r.splat(1.0), r);
    let outer = biased.at_least(V::ROUNDER - 1000.0);
    Unrounded {
        mantissa: Extended {
            high: head.high,
            low: rest + head.low,
        },
        inner: (biased - outer + V::ROUNDER).power_of_two(),
        outer: outer.power_of_two(),
    }
}

/// r = x − n·ln 2.
#[inline(always)]
fn reduced<V: Wide>(x: Extended<V>, n: V) -> Extended<V> {
    let top = n.mul_add(n.splat(-LN2_HIGH), x.high);
    Extended::ordered_sum(top, n.mul_add(n.splat(-LN2_LOW), x.low))
}

/// exp(r) − 1 − r.high
#[inline(always)]
fn rest_to_f64<V: Wide>(r: Extended<V>) -> V {
    let correction = r.low.mul_add(r.high, r.low);
    (r.high * r.high).mul_add(polynomial(r.high, &REST_TO_F64), correction)
}

/// exp(x) − 1 for x ≤ 0, relative to its own size.
#[inline(always)]
pub(crate) fn exp_m1<V: Wide>(x: Extended<V>) -> Extended<V> {
    // Below, exp(x) − 1 rounds to −1.
    let reach = -60.0;
    let high = x.high.at_least(reach);
    if V::TO_F32 {
        return Extended::new(exp_and_m1_to_f32(high).1);
    }
    let biased = nearest_power(high);
    let n = biased - V::ROUNDER;
    high.apart(
        #[inline(always)]
        || {
            let scale = biased.power_of_two();
            let low = x.high.lt(reach).select(high.splat(0.0), x.low);
            let r = reduced(Extended { high, low }, n);
            let upper = Extended::sum(scale - 1.0, r.high * scale);
            Extended {
                high: upper.high,
                low: rest_to_f64(r).mul_add(scale, upper.low),
            }
            .normalised()
        },
    )
}
