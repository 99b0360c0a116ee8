//! Multiprecision numbers of fixed precision, as plain `Copy` values, so that formulas read like formulas.

mod functions;

use std::cell::RefCell;
use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Sub};

use astro_float_num::{BigFloat, Consts, RoundingMode, Sign};

/// Bits of the mantissa. Where a derivative crosses zero, the float nearest to the root leaves about 2^-64 of
/// the terms; 256 bits keep some 190 there, and more everywhere else.
pub const PRECISION: usize = 256;
const WORDS: usize = PRECISION / 64;
const ROUND: RoundingMode = RoundingMode::ToEven;

/// A finite real number to [`PRECISION`] bits, rounded after each operation.
///
/// Exponents are wide enough that nothing in the formulas overflows or underflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Real {
    /// Least significant word first. The library has words of 64 bits on 64-bit machines, and this crate is for
    /// those only.
    mantissa: [u64; WORDS],
    negative: bool,
    /// The value is 0.mantissa x 2^exponent.
    exponent: i32,
}

thread_local! {
    static CONSTANTS: RefCell<Consts> = RefCell::new(Consts::new().expect("the constants' cache fits in memory"));
}

impl Real {
    /// Zero.
    pub const ZERO: Self = Self {
        mantissa: [0; WORDS],
        negative: false,
        exponent: 0,
    };

    /// 2^`exponent`.
    pub fn power_of_two(exponent: i32) -> Self {
        Self {
            exponent: exponent + 1,
            ..Self::from(1.0)
        }
        .checked()
    }

    /// Whether this is exactly zero.
    pub fn is_zero(self) -> bool {
        self.mantissa[WORDS - 1] == 0
    }

    /// Whether this is less than zero.
    pub fn is_negative(self) -> bool {
        self.negative
    }

    /// |self|.
    #[must_use]
    pub fn abs(self) -> Self {
        Self {
            negative: false,
            ..self
        }
    }

    /// The integer e with 2^e <= |self| < 2^(e+1); `None` for zero.
    pub fn binade(self) -> Option<i32> {
        (!self.is_zero()).then_some(self.exponent - 1)
    }

    /// self x 2^`shift`, exactly.
    pub fn scaled(self, shift: i32) -> Self {
        if self.is_zero() {
            self
        } else {
            Self {
                exponent: self.exponent + shift,
                ..self
            }
        }
    }

    /// The ratio of a circle's circumference to its diameter.
    pub fn pi() -> Self {
        with_constants(|constants| Self::of(constants.pi(PRECISION, ROUND)))
    }

    /// The number written in decimal, such as `-1.25e-7`.
    ///
    /// # Panics
    /// If `text` is not a finite decimal number.
    pub fn parse(text: &str) -> Self {
        let radix = astro_float_num::Radix::Dec;
        with_constants(|constants| Self::of(BigFloat::parse(text, radix, PRECISION, ROUND, constants)))
    }

    /// The nearest f64, ties to even, with gradual underflow; infinite from 2^1024 on.
    pub fn to_f64(self) -> f64 {
        let Some(binade) = self.binade() else { return 0.0 };
        // Bits kept: 53, or fewer in the subnormal range.
        let unit = (binade - 52).max(-1074);
        let scaled = self.abs().scaled(-unit); // < 2^53
        let whole = scaled.floor_to_u64();
        let rest = scaled - Self::from_u64(whole);
        let up = match rest.partial_cmp(&0.5) {
            Some(Ordering::Greater) => true,
            Some(Ordering::Equal) => whole % 2 == 1,
            _ => false,
        };
        let magnitude = if binade > 1023 {
            f64::INFINITY
        } else {
            // Exact: at most 53 bits, scaled by two powers of two, neither of which leaves the normal range
            // except the last one, which lands on a representable number.
            let half = unit / 2;
            (whole + u64::from(up)) as f64 * 2f64.powi(half) * 2f64.powi(unit - half)
        };
        if self.negative { -magnitude } else { magnitude }
    }

    fn floor_to_u64(self) -> u64 {
        let Some(binade) = self.binade().filter(|&binade| binade >= 0) else {
            return 0;
        };
        self.mantissa[WORDS - 1] >> (63 - binade)
    }

    fn from_u64(value: u64) -> Self {
        let mut mantissa = [0; WORDS];
        if value == 0 {
            return Self::ZERO;
        }
        let shift = value.leading_zeros();
        mantissa[WORDS - 1] = value << shift;
        Self {
            mantissa,
            negative: false,
            exponent: 64 - shift as i32,
        }
    }

    pub(crate) fn big(self) -> BigFloat {
        if self.is_zero() {
            return BigFloat::new(PRECISION);
        }
        let sign = if self.negative { Sign::Neg } else { Sign::Pos };
        BigFloat::from_raw_parts(&self.mantissa, PRECISION, sign, self.exponent, false)
    }

    /// A finite number, rounded.
    pub(crate) fn of(mut big: BigFloat) -> Self {
        if big.is_zero() {
            return Self::ZERO;
        }
        big.set_precision(PRECISION, ROUND)
            .expect("the precision is valid");
        let (words, _, sign, exponent, _) = big.as_raw_parts().expect("every intermediate result is finite");
        let mantissa = words.try_into().expect("every result has the one precision");
        Self {
            mantissa,
            negative: sign == Sign::Neg,
            exponent,
        }
        .checked()
    }

    /// Far inside the range of the multiprecision library, and normalised.
    fn checked(self) -> Self {
        assert!(
            self.exponent.abs() < 1 << 28,
            "an oracle formula left the range it is good for"
        );
        assert!(
            self.mantissa[WORDS - 1] >> 63 == 1,
            "a mantissa is not normalised"
        );
        self
    }

    /// Whether adding `term` to `self` changes nothing any more.
    fn absorbs(self, term: Self) -> bool {
        match (self.binade(), term.binade()) {
            (Some(sum), Some(term)) => term < sum - PRECISION as i32 - 1,
            (_, None) => true,
            (None, _) => false,
        }
    }
}

/// Runs what needs the constants that the multiprecision library keeps.
pub(crate) fn with_constants<R>(run: impl FnOnce(&mut Consts) -> R) -> R {
    CONSTANTS.with_borrow_mut(run)
}

impl From<f64> for Real {
    /// # Panics
    /// If `value` is infinite or NaN.
    fn from(value: f64) -> Self {
        assert!(value.is_finite(), "only finite numbers are real");
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let (integer, exponent) = match (bits >> 52 & 0x7ff) as i32 {
            0 => (fraction, -1074),
            field => (fraction | 1 << 52, field - 1075),
        };
        Self {
            negative: value < 0.0,
            ..Self::from_u64(integer).scaled(exponent)
        }
    }
}

impl PartialOrd<f64> for Real {
    fn partial_cmp(&self, other: &f64) -> Option<Ordering> {
        let order = self.big().cmp(&Self::from(*other).big())?;
        Some(order.cmp(&0))
    }
}

impl PartialEq<f64> for Real {
    fn eq(&self, other: &f64) -> bool {
        *self == Self::from(*other)
    }
}

impl Add for Real {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::of(self.big().add(&other.big(), PRECISION, ROUND))
    }
}

impl Sub for Real {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::of(self.big().sub(&other.big(), PRECISION, ROUND))
    }
}

impl Mul for Real {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::of(self.big().mul(&other.big(), PRECISION, ROUND))
    }
}

impl Div for Real {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        Self::of(self.big().div(&other.big(), PRECISION, ROUND))
    }
}

impl Neg for Real {
    type Output = Self;
    fn neg(self) -> Self {
        Self {
            negative: !self.negative && !self.is_zero(),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_f64_survives_the_round_trip() {
        for value in [
            0.0,
            1.0,
            -1.5,
            5e-324,
            2.2e-308,
            f64::MIN_POSITIVE,
            f64::MAX,
            -f64::MAX,
            0.1,
            1e-310,
        ] {
            assert_eq!(Real::from(value).to_f64().to_bits(), value.to_bits(), "{value:e}");
        }
        for bits in (0..f64::INFINITY.to_bits()).step_by(9_007_199_254_740_991) {
            assert_eq!(Real::from(f64::from_bits(bits)).to_f64().to_bits(), bits);
        }
    }

    #[test]
    fn rounding_to_f64_is_to_nearest_even() {
        let half_ulp = Real::power_of_two(-53);
        let tiny = Real::power_of_two(-120);
        let next = 1.0 + f64::EPSILON;
        let cases = [
            (Real::from(1.0) + half_ulp, 1.0),
            (Real::from(1.0) + half_ulp + tiny, next),
            (Real::from(next) + half_ulp, 1.0 + 2.0 * f64::EPSILON),
            (Real::power_of_two(-1075), 0.0),
            (Real::power_of_two(-1075) + Real::power_of_two(-1200), 5e-324),
            (Real::from(f64::MAX) + Real::power_of_two(970), f64::INFINITY),
            (Real::power_of_two(4000), f64::INFINITY),
        ];
        for (value, expected) in cases {
            assert_eq!(value.to_f64(), expected);
            assert_eq!((-value).to_f64(), -expected);
        }
    }
}
