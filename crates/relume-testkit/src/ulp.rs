//! The error of a float in units in the last place (ULP) of its type, against the exact value.

use half::{bf16, f16};
use relume::Element;

use crate::bounded::Bounded;
use crate::real::Real;

/// An element type that results are judged in.
pub trait Float: Element {
    /// Bits of the mantissa after the leading one.
    const FRACTION_BITS: i32;
    /// The exponent of the smallest normal number.
    const LEAST_NORMAL: i32;
    /// Every finite number is below 2 to this power.
    const LIMIT: i32;
    /// The bits of positive infinity.
    const INFINITY_BITS: u64;

    /// The bits, in the low end.
    fn bits(self) -> u64;
    /// The number of these bits.
    fn from_bits(bits: u64) -> Self;

    /// A parameter as the kernels for this type see it.
    fn parameter(value: f64) -> f64 {
        Self::from_f64(value).to_f64()
    }

    /// The exponent of one unit in the last place of numbers in the binade of 2^`binade`; in the subnormal range
    /// that of the smallest subnormal.
    fn unit_exponent(binade: i32) -> i32 {
        binade.max(Self::LEAST_NORMAL) - Self::FRACTION_BITS
    }

    /// The position of a number in the order of all numbers; both zeros are 0, infinity is `INFINITY_BITS`.
    fn ordinal(self) -> i64 {
        let magnitude = Self::from_f64(self.to_f64().abs()).bits() as i64;
        if self.to_f64().is_sign_negative() {
            -magnitude
        } else {
            magnitude
        }
    }

    /// The number at a position; a position beyond infinity counts as infinity.
    fn from_ordinal(ordinal: i64) -> Self {
        let magnitude = Self::from_bits(ordinal.unsigned_abs().min(Self::INFINITY_BITS));
        if ordinal < 0 {
            Self::from_f64(-magnitude.to_f64())
        } else {
            magnitude
        }
    }
}

impl Float for f32 {
    const FRACTION_BITS: i32 = 23;
    const LEAST_NORMAL: i32 = -126;
    const LIMIT: i32 = 128;
    const INFINITY_BITS: u64 = 0x7f80_0000;

    fn bits(self) -> u64 {
        u64::from(self.to_bits())
    }
    fn from_bits(bits: u64) -> Self {
        Self::from_bits(bits as u32)
    }
}

impl Float for f64 {
    const FRACTION_BITS: i32 = 52;
    const LEAST_NORMAL: i32 = -1022;
    const LIMIT: i32 = 1024;
    const INFINITY_BITS: u64 = 0x7ff0_0000_0000_0000;

    fn bits(self) -> u64 {
        self.to_bits()
    }
    fn from_bits(bits: u64) -> Self {
        Self::from_bits(bits)
    }
}

impl Float for f16 {
    const FRACTION_BITS: i32 = 10;
    const LEAST_NORMAL: i32 = -14;
    const LIMIT: i32 = 16;
    const INFINITY_BITS: u64 = 0x7c00;

    fn bits(self) -> u64 {
        u64::from(self.to_bits())
    }
    fn from_bits(bits: u64) -> Self {
        Self::from_bits(bits as u16)
    }
    /// Parameters keep the digits of `f32`.
    fn parameter(value: f64) -> f64 {
        f32::parameter(value)
    }
}

impl Float for bf16 {
    const FRACTION_BITS: i32 = 7;
    const LEAST_NORMAL: i32 = -126;
    const LIMIT: i32 = 128;
    const INFINITY_BITS: u64 = 0x7f80;

    fn bits(self) -> u64 {
        u64::from(self.to_bits())
    }
    fn from_bits(bits: u64) -> Self {
        Self::from_bits(bits as u16)
    }
    /// Parameters keep the digits of `f32`.
    fn parameter(value: f64) -> f64 {
        f32::parameter(value)
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

/// The error of `got` in ULP of `T`, at most `f32`, against a fast reference, to within some 2^-16; `None` where the reference knows
/// too little and [`error`] has to decide. NaN gives NaN or `None`, never a number.
pub fn fast_error<T: Float>(got: T, reference: Bounded) -> Option<f64> {
    let got = got.to_f64();
    let exact = reference.value();
    if exact == 0.0 && reference.error() == 0.0 {
        return (got == 0.0).then_some(0.0);
    }
    let magnitude = exact.abs();
    if got == 0.0 && magnitude + reference.error() < NOTHING {
        return Some(0.0);
    }
    // NaN fails every comparison.
    let known = reference.error() <= UNCERTAINTY * magnitude.max(power_of_two(T::LEAST_NORMAL));
    let largest = power_of_two(T::LIMIT) - power_of_two(T::LIMIT - 1 - T::FRACTION_BITS);
    if !known || magnitude >= largest || got.is_sign_negative() != (exact < 0.0) {
        return None;
    }
    let field = (magnitude.to_bits() >> 52) as i32;
    let unit = T::unit_exponent(field - 1023);
    Some((got - exact).abs() * power_of_two(-unit))
}

/// 2^`exponent`, of a normal f64.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

/// So far below the smallest subnormal that f64 may have lost the sign; then the sign of a zero is not judged.
const NOTHING: f64 = 1e-100;
/// The relative error that a fast reference may have: 2^-16 of an ULP.
const UNCERTAINTY: f64 = 1.0 / (1u64 << 40) as f64;

#[cfg(test)]
mod tests {
    use super::*;

    fn off(value: f64, units: f64, unit: i32) -> Real {
        Real::from(value) + Real::from(units).scaled(unit)
    }

    #[test]
    fn errors_count_in_units_of_the_exact_value() {
        assert_eq!(error(1.0_f32, Real::from(1.0)), 0.0);
        assert_eq!(error(1.0_f32, off(1.0, 0.75, -23)), 0.75);
        // Just below a power of two the unit is half as large.
        assert_eq!(error(1.0_f32, off(1.0, -0.25, -24)), 0.25);
        assert_eq!(error(-3.0_f64, off(-3.0, 1.5, -51)), 1.5);
    }

    #[test]
    fn subnormals_have_the_unit_of_the_smallest() {
        let smallest = f32::from_bits(1);
        assert_eq!(error(smallest, Real::power_of_two(-149)), 0.0);
        assert_eq!(error(smallest, Real::power_of_two(-151)), 0.75);
        assert_eq!(error(0.0_f32, Real::power_of_two(-151)), 0.25);
        assert_eq!(error(f32::from_bits(7), Real::from(9.0).scaled(-149)), 2.0);
        assert_eq!(error(5e-324_f64, Real::power_of_two(-1073)), 1.0);
    }

    #[test]
    fn zero_and_infinity_have_no_neighbours() {
        let excused = |got: f32, exact: Real| error(got, exact) < f64::INFINITY;
        assert!(excused(0.0, Real::ZERO) && excused(-0.0, Real::ZERO));
        assert!(!excused(f32::from_bits(1), Real::ZERO));
        assert!(
            !excused(-0.0, Real::power_of_two(-200)),
            "the sign of an underflow"
        );
        assert!(excused(-0.0, -Real::power_of_two(-200)));
        assert!(
            excused(f32::INFINITY, Real::power_of_two(128)) && !excused(f32::MAX, Real::power_of_two(128))
        );
        assert!(!excused(f32::NEG_INFINITY, Real::power_of_two(128)));
        assert_eq!(error(f32::INFINITY, off(f64::from(f32::MAX), 0.25, 104)), 0.75);
        assert!(!excused(f32::NAN, Real::from(1.0)) && !excused(f32::NAN, Real::ZERO));
    }

    #[test]
    fn fast_and_exact_errors_agree_where_the_fast_one_dares() {
        for (got, exact) in [
            (1.0_f32, 1.000_000_05),
            (1.0, 0.999_999_98),
            (1e-45, 1.1e-45),
            (-6.5, -6.500_000_3),
        ] {
            let fast = fast_error(got, Bounded::from(exact)).expect("the reference is exact");
            assert!(
                (fast - error(got, Real::from(exact))).abs() < 1e-6,
                "{got:e} {exact:e}"
            );
        }
        assert_eq!(fast_error(1.0, Bounded::new(1.0, 1e-9)), None);
        assert_eq!(fast_error(1.0, Bounded::new(1.0, f64::NAN)), None);
        assert_eq!(fast_error(f32::NAN, Bounded::from(0.0)), None);
        assert_eq!(fast_error(0.0, Bounded::from(0.0)), Some(0.0));
        assert_eq!(fast_error(1e-45, Bounded::from(0.0)), None);
    }

    #[test]
    fn ordinals_count_the_floats() {
        for ordinal in [-5, -1, 0, 1, 1000, 0x7f80_0000] {
            assert_eq!(f32::from_ordinal(ordinal).ordinal(), ordinal);
        }
        assert_eq!(f64::from_ordinal(1.0_f64.ordinal() + 1), 1.0 + f64::EPSILON);
        assert_eq!(f32::from_ordinal(-0x7f80_0001), f32::NEG_INFINITY);
    }
}
