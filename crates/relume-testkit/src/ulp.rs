//! The error of a float in units in the last place (ULP) of its type, against the exact value.

use std::fmt::{Debug, LowerExp};

use crate::bounded::Bounded;
use crate::real::Real;

/// A float type that results are judged in.
pub trait Float: Copy + Debug + LowerExp + PartialEq + PartialOrd + Send + Sync + 'static {
    /// The type's name.
    const NAME: &'static str;
    /// Bits of the mantissa after the leading one.
    const FRACTION_BITS: i32;
    /// The exponent of the smallest normal number.
    const LEAST_NORMAL: i32;
    /// Every finite number is below 2 to this power.
    const LIMIT: i32;

    /// The number itself.
    fn to_f64(self) -> f64;
    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;
    /// The bits, in the low end.
    fn bits(self) -> u64;
    /// The number of these bits.
    fn from_bits(bits: u64) -> Self;
    /// All but the sign bit.
    const MAGNITUDE_BITS: u64;

    /// The exponent of one unit in the last place of numbers in the binade of 2^`binade`; in the subnormal range
    /// that of the smallest subnormal.
    fn unit_exponent(binade: i32) -> i32 {
        binade.max(Self::LEAST_NORMAL) - Self::FRACTION_BITS
    }
}

impl Float for f32 {
    const NAME: &'static str = "f32";
    const FRACTION_BITS: i32 = 23;
    const LEAST_NORMAL: i32 = -126;
    const LIMIT: i32 = 128;
    const MAGNITUDE_BITS: u64 = i32::MAX as u64;

    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    fn from_f64(value: f64) -> Self {
        value as f32
    }
    fn bits(self) -> u64 {
        u64::from(self.to_bits())
    }
    fn from_bits(bits: u64) -> Self {
        Self::from_bits(bits as u32)
    }
}

impl Float for f64 {
    const NAME: &'static str = "f64";
    const FRACTION_BITS: i32 = 52;
    const LEAST_NORMAL: i32 = -1022;
    const LIMIT: i32 = 1024;
    const MAGNITUDE_BITS: u64 = i64::MAX as u64;

    fn to_f64(self) -> f64 {
        self
    }
    fn from_f64(value: f64) -> Self {
        value
    }
    fn bits(self) -> u64 {
        self.to_bits()
    }
    fn from_bits(bits: u64) -> Self {
        Self::from_bits(bits)
    }
}

/// The error of `got` in ULP of `T` at the exact value; infinite where no error can be excused:
///
/// - NaN, an infinity of the wrong sign;
/// - anything but zero where the exact value is zero;
/// - a zero of the wrong sign where the exact value is not zero;
/// - anything but infinity where the exact value is at or beyond 2^[`Float::LIMIT`]. Just below that, infinity
///   counts as 2^`LIMIT`.
pub fn error<T: Float>(got: T, exact: Real) -> f64 {
    let got = got.to_f64();
    let Some(binade) = exact.binade() else {
        return if got == 0.0 { 0.0 } else { f64::INFINITY };
    };
    if got.is_nan() || got.is_sign_negative() != exact.is_negative() {
        return f64::INFINITY;
    }
    if binade >= T::LIMIT {
        return if got.is_infinite() { 0.0 } else { f64::INFINITY };
    }
    let got = if got.is_infinite() {
        Real::power_of_two(T::LIMIT)
    } else {
        Real::from(got.abs())
    };
    let magnitude = if exact.is_negative() { -exact } else { exact };
    (got - magnitude).scaled(-T::unit_exponent(binade)).to_f64().abs()
}

/// Bounds from below and above on the error of an f32 in ULP, against a fast reference; `None` where the
/// reference knows too little and [`error`] has to decide.
pub fn fast_error(got: f32, reference: Bounded) -> Option<f64> {
    let exact = reference.value();
    if exact == 0.0 && reference.error() == 0.0 {
        return (got == 0.0).then_some(0.0);
    }
    let magnitude = exact.abs();
    // NaN fails every comparison.
    let known = reference.error() <= UNCERTAINTY * magnitude.max(f64::from(f32::MIN_POSITIVE));
    if !known || magnitude >= f64::from(f32::MAX) || got.is_sign_negative() != (exact < 0.0) {
        return None;
    }
    let field = (magnitude.to_bits() >> 52) as i32;
    let unit = f32::unit_exponent(field - 1023);
    let inverse_unit = f64::from_bits(((1023 - unit) as u64) << 52);
    Some((f64::from(got) - exact).abs() * inverse_unit)
}

/// The relative error that a fast reference may have: 2^-20 of an ULP.
const UNCERTAINTY: f64 = 1.0 / (1u64 << 44) as f64;
