//! ln(1 + e) for 0 ≤ e ≤ 1.
//!
//! For `f32` results, with s = e/(2 + e), it is 2·atanh(s) = 2s + s³·P(s²), and s ≤ 1/3; for `f64` ones
//! 3e/4 + e·P(e − 1/2); in `f32` lanes f + f·P(f − c/2) with f = c·e. Coefficients: `coefficients/log1p.py`.

use super::extended::Extended;
use super::polynomial;
use crate::engine::lanes::{Float, Wide};

/// (2·atanh(s) − 2s)/s³ in s², for `f32` results.
const TO_F32: [f64; 5] = [
    0.6666666732052742,
    0.3999970633192972,
    0.28592357994302836,
    0.21706575800880373,
    0.2322432922402335,
];

/// ln(1 + e)/e − 3/4 in e − 1/2, for `f64` results.
const TO_F64: [f64; 21] = [
    0.06093021621632876,
    -0.2885270990993239,
    0.13260975375420375,
    -0.06768864331096429,
    0.036611854523044426,
    -0.020548811919120714,
    0.011833792115498273,
    -0.006945394974985513,
    0.004136178969492579,
    -0.0024918411947988627,
    0.0015153851053375097,
    -0.0009288574279277324,
    0.0005730446084677868,
    -0.00035482048783102383,
    0.00022119170895766566,
    -0.0001421000228999903,
    8.933303406819272e-05,
    -4.4828443252232565e-05,
    2.8278083585626545e-05,
    -3.8362374451601246e-05,
    2.4437973948580947e-05,
];

/// c, for `f32` lanes.
pub(crate) const SHARE: f64 = 6641.0 / 8192.0;

/// ln(1 + e)/f − 1 in f − c/2, where f = c·e, for `f32` lanes.
const COMPENSATED: [f64; 11] = [
    0.00032229040542694807,
    -0.43903541656879913,
    0.24891148634578222,
    -0.156723825759099,
    0.10456595868471052,
    -0.07247808290304762,
    0.051516710326521706,
    -0.036149683484365217,
    0.026350389377380955,
    -0.02656391242700097,
    0.02043018364625268,
];

/// ln(1 + e)·m/e: for m = e the logarithm itself, and for a multiple m of a tiny e the same multiple of it. For
/// `f64` results the second part of the sum is up to a third of the first.
#[inline(always)]
pub(crate) fn ln_1p_ratio<V: Wide>(e: V, m: Extended<V>) -> Extended<V> {
    if V::TO_F32 {
        return Extended::new(twice_atanh_to_f32(m.high.over(e + 2.0)));
    }
    // The polynomial is small compared with 3/4, and smallest at e = 1, where its rounding would show most.
    let rest = polynomial(e - 0.5, &TO_F64);
    let most = Extended::product(m.high, e.splat(0.75));
    Extended {
        high: most.high,
        low: rest.mul_add(m.added(), m.low.mul_add(e.splat(0.75), most.low)),
    }
}

/// 2·atanh(s) for 0 ≤ s ≤ 1/3 and `f32` results: ln(1 + e) for s = e/(2 + e).
#[inline(always)]
pub(crate) fn twice_atanh_to_f32<V: Wide>(s: V) -> V {
    let t = s * s;
    (s * t).mul_add(polynomial(t, &TO_F32), s + s)
}

/// number + ln(1 + e) for 0 ≤ e ≤ 1 in `f32` lanes, from c·e and 0 or a number above.
#[inline(always)]
pub(crate) fn plus_ln_1p<V: Float>(number: V, f: Extended<V>) -> V {
    let ratio = polynomial(f.high - SHARE / 2.0, &COMPENSATED);
    let sum = Extended::sum(number, f.high);
    let rest = f.low.mul_add(ratio, f.low) + sum.low;
    sum.high + f.high.mul_add(ratio, rest)
}
