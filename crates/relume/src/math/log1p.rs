//! ln(1 + e) for 0 ≤ e ≤ 1.
//!
//! With s = e/(2 + e) it is 2·atanh(s) = 2s + s³·P(s²), and s ≤ 1/3. Coefficients: `coefficients/log1p.py`.

use super::extended::Extended;
use super::polynomial;
use crate::lanes::Wide;

/// (2·atanh(s) − 2s)/s³ in s², for single results.
const SHORT: [f64; 5] = [
    0.6666666732052742,
    0.3999970633192972,
    0.28592357994302836,
    0.21706575800880373,
    0.2322432922402335,
];

/// (2·atanh(s) − 2s)/s³ in s², for double results.
const LONG: [f64; 10] = [
    0.6666666666666666,
    0.40000000000014585,
    0.2857142856710876,
    0.22222222717427864,
    0.18181789436132859,
    0.15385570064958623,
    0.13314144209654935,
    0.12001072809590713,
    0.08800738486144674,
    0.1616404561194353,
];

/// ln(1 + e)·m/e: for m = e the logarithm itself, and for a multiple m of a tiny e the same multiple of it.
#[inline(always)]
pub(crate) fn ln_1p_ratio<V: Wide>(e: Extended<V>, m: Extended<V>) -> Extended<V> {
    let divisor = e.add_to(2.0);
    let s = m / divisor;
    let twice = s.high + s.high;
    if V::SINGLE {
        let t = s.high * s.high;
        return Extended::new((s.high * t).mul_add(polynomial(t, &SHORT), twice));
    }
    // The same reciprocal as in the quotient above: the compiler divides once.
    let ratio = e.high * (e.high.splat(1.0) / divisor.high);
    let t = ratio * ratio;
    let sum = Extended::ordered_sum(twice, s.high * t * polynomial(t, &LONG));
    Extended {
        high: sum.high,
        low: sum.low + (s.low + s.low),
    }
}
