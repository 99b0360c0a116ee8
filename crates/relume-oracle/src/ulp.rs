//! The error of a float in units in the last place (ULP) of its type, against the exact value.

use half::{bf16, f16};
use relume::Element;

use crate::bounded::{ROUNDINGS, two_sum};
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

/// Bounds on the error of `got` in ULP of `T`, at most `f32`, if the exact value lies within `doubt` of `near`. The upper
/// one is infinite or NaN where nothing is known; then [`error`] has to decide.
#[inline(always)]
pub fn error_bounds<T: Float>(got: f64, (near, doubt): (f64, f64)) -> (f64, f64) {
    let limit = power_of_two(T::LIMIT);
    let (difference, lost) = two_sum(got.clamp(-limit, limit), -near);
    let (distance, size, doubt) = (difference.abs(), near.abs(), doubt + lost.abs());
    // Also pays for the roundings here.
    let (up, down) = if doubt == 0.0 {
        (1.0, 1.0)
    } else {
        (ROUNDINGS, 2.0 - ROUNDINGS)
    };
    let (least, most) = ((size - doubt) * down, (size + doubt) * up);
    let below = (distance - doubt) * down * per_unit::<T>(most);
    let above = (distance + doubt) * up * per_unit::<T>(least);
    let same_sign = (got.is_sign_negative() == (near < 0.0)) & (least > 0.0);
    let is_nothing = (got == 0.0) & (most < NOTHING);
    let is_beyond = (got.abs() == f64::INFINITY) & same_sign & (least >= limit);
    match () {
        () if is_nothing | is_beyond => (0.0, 0.0),
        () if same_sign & (most < limit) => (below, above),
        () => (0.0, f64::INFINITY),
    }
}

/// One by the unit in the last place of a number of this size.
#[inline(always)]
fn per_unit<T: Float>(size: f64) -> f64 {
    let binade = size.max(power_of_two(T::LEAST_NORMAL)).to_bits() >> 52;
    f64::from_bits((2 * 1023 + T::FRACTION_BITS as u64).wrapping_sub(binade) << 52)
}

/// 2^`exponent`, of a normal f64.
#[inline(always)]
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

/// So far below the smallest subnormal that f64 may have lost the sign; then the sign of a zero is not judged.
const NOTHING: f64 = 1e-100;

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
    fn bounds_hold_the_exact_error() {
        let numbers: [f64; 9] = [
            1.0,
            1.000_000_05,
            0.999_999_98,
            -6.5,
            1.4e-45,
            0.6e-45,
            3e-39,
            -1e-60,
            3.402_823_5e38,
        ];
        let doubts = [0.0, 1e-12, 1e-3];
        for (near, doubt) in numbers
            .into_iter()
            .flat_map(|near| doubts.map(|doubt| (near, doubt * near.abs())))
        {
            for exact in [near - 0.99 * doubt, near, near + 0.99 * doubt] {
                for steps in -2..=2 {
                    let got = f32::from_ordinal((near as f32).ordinal() + steps);
                    let error = error(got, Real::from(exact));
                    let (least, most) = error_bounds::<f32>(got.into(), (near, doubt));
                    assert!(
                        least <= error && error <= most,
                        "{got:e} for {exact:e}: {error} in {least} to {most}"
                    );
                    let close = most - least < 1e-12 || most.is_infinite();
                    assert!(doubt > 0.0 || close, "{got:e} for {near:e}: {least} to {most}");
                }
            }
        }
    }

    #[test]
    fn bounds_of_what_is_inexcusable_say_nothing_good() {
        let bounds = |got: f32, near| error_bounds::<f32>(got.into(), near);
        assert_eq!(bounds(0.0, (0.0, 0.0)), (0.0, 0.0));
        for (got, near) in [
            (1e-45, (0.0, 0.0)),
            (1.0, (1.0, f64::NAN)),
            (f32::NAN, (0.0, 0.0)),
            (f32::NAN, (1.0, 0.0)),
            (-0.0, (1e-40, 1e-50)),
            (f32::MAX, (1e39, 1e20)),
            (f32::NEG_INFINITY, (1e39, 1e20)),
        ] {
            let (_, most) = bounds(got, near);
            assert!(most.is_nan() || most > 1e5, "{got:e} {near:?}: {most}");
        }
        assert_eq!(bounds(f32::INFINITY, (1e39, 1e20)), (0.0, 0.0));
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
