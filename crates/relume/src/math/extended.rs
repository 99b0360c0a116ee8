//! Numbers with more digits than a float, where the result needs them.

use std::ops::{Add, Div, Mul, Neg};

use crate::engine::lanes::{Float, Mask};

/// The unevaluated sum of two floats, of which `low` is the small correction.
///
/// Where the result of `f64` lanes will be rounded to `f32` a plain `f64` suffices: then `low` has no meaning, and
/// the arithmetic below is that of `high` alone. So one formula serves both.
#[derive(Clone, Copy)]
pub(crate) struct Extended<V> {
    pub(crate) high: V,
    pub(crate) low: V,
}

/// A constant as the sum of two `f32`, the first of them the nearest.
pub(crate) const fn f32_parts(constant: f64) -> [f64; 2] {
    let near = constant as f32 as f64;
    [near, constant - near]
}

impl<V: Float> Extended<V> {
    #[inline(always)]
    pub(crate) fn new(high: V) -> Self {
        Self {
            high,
            low: high.splat(0.0),
        }
    }

    /// The same number in every lane, given as the sum of two floats.
    #[inline(always)]
    pub(crate) fn constant(like: V, [high, low]: [f64; 2]) -> Self {
        Self {
            high: like.splat(high),
            low: like.splat(if V::TO_F32 { 0.0 } else { low }),
        }
    }

    /// a + b, exactly.
    #[inline(always)]
    pub(crate) fn sum(a: V, b: V) -> Self {
        let high = a + b;
        if V::TO_F32 {
            return Self::new(high);
        }
        let from_b = high - a;
        Self {
            high,
            low: (a - (high - from_b)) + (b - from_b),
        }
    }

    /// a + b, exactly, where |a| ≥ |b| or a = 0.
    #[inline(always)]
    pub(crate) fn ordered_sum(a: V, b: V) -> Self {
        let high = a + b;
        if V::TO_F32 {
            Self::new(high)
        } else {
            Self {
                high,
                low: b - (high - a),
            }
        }
    }

    /// a · b, exactly.
    #[inline(always)]
    pub(crate) fn product(a: V, b: V) -> Self {
        let high = a * b;
        if V::TO_F32 {
            return Self::new(high);
        }
        if a.fused() {
            return Self {
                high,
                low: a.mul_add(b, -high),
            };
        }
        // Dekker: the products of half-length significands are exact.
        let (a_top, b_top) = (a.upper_half(), b.upper_half());
        let (a_rest, b_rest) = (a - a_top, b - b_top);
        let low = ((a_top * b_top - high) + a_top * b_rest + a_rest * b_top) + a_rest * b_rest;
        Self { high, low }
    }

    /// The sum with a number whose magnitude is not smaller.
    #[inline(always)]
    pub(crate) fn add_to(self, number: f64) -> Self {
        self.add_to_lanes(self.high.splat(number))
    }

    /// The sum with numbers whose magnitude is not smaller.
    #[inline(always)]
    pub(crate) fn add_to_lanes(self, larger: V) -> Self {
        let sum = Self::ordered_sum(larger, self.high);
        if V::TO_F32 {
            return sum;
        }
        Self {
            high: sum.high,
            low: sum.low + self.low,
        }
    }

    /// The nearest float. Infinity and the sign of zero are those of `high`: there `low` may be anything.
    #[inline(always)]
    pub(crate) fn rounded(self) -> V {
        if V::TO_F32 {
            return self.high;
        }
        let sum = self.high + self.low;
        sum.is_nan().select(self.high, sum).copysign(self.high)
    }

    /// The same number with |low| at most half a unit in the last place of high.
    #[inline(always)]
    pub(crate) fn normalised(self) -> Self {
        Self::ordered_sum(self.high, self.low)
    }

    /// The product, rounded: also where that is subnormal, and Dekker's products are not exact.
    #[inline(always)]
    pub(crate) fn times(self, other: Self) -> V {
        let high = self.high * other.high;
        if V::TO_F32 {
            return high;
        }
        let cross = self.high.mul_add(other.low, self.low * other.high);
        let low = if high.fused() {
            self.high.mul_add(other.high, -high) + cross
        } else {
            cross
        };
        Self { high, low }.rounded()
    }

    /// The sum of both parts, in range and not zero: [`rounded`](Self::rounded) without its care.
    #[inline(always)]
    pub(crate) fn added(self) -> V {
        self.high + self.low
    }

    /// The product with a float, rounded once where `mul_add` is, but for the sign of zero.
    #[inline(always)]
    pub(crate) fn into_product(self, factor: V) -> V {
        self.high.mul_add(factor, self.low * factor)
    }

    /// The product with a constant that is given as the sum of two floats, rounded once.
    #[inline(always)]
    pub(crate) fn into_constant_product(self, [near, rest]: [f64; 2]) -> V {
        self.into_pair_product(Self {
            high: self.high.splat(near),
            low: self.high.splat(rest),
        })
    }

    /// The product, rounded once where `mul_add` is, but for the sign of zero.
    #[inline(always)]
    pub(crate) fn into_pair_product(self, factor: Self) -> V {
        let low = self.high.mul_add(factor.low, self.low * factor.high);
        self.high.mul_add(factor.high, low)
    }

    /// The numerator divided by the number, rounded once where `mul_add` is.
    #[inline(always)]
    pub(crate) fn under(self, numerator: V) -> V {
        let reciprocal = numerator.splat(1.0) / self.high;
        let quotient = numerator * reciprocal;
        // What there is too much: with this sign a quotient of -0 stays what it is.
        let excess = quotient.mul_add(self.high, -numerator);
        quotient.mul_add(self.low, excess).mul_add(-reciprocal, quotient)
    }

    /// The square root of a number above zero.
    #[inline(always)]
    pub(crate) fn sqrt(self) -> Self {
        let high = self.high.sqrt();
        if V::TO_F32 {
            return Self::new(high);
        }
        let square = Self::product(high, high);
        let rest = (self.high - square.high) - square.low + self.low;
        Self {
            high,
            low: rest / (high + high),
        }
    }

    /// Twice the number.
    #[inline(always)]
    pub(crate) fn doubled(self) -> Self {
        self.each(
            #[inline(always)]
            |part| part + part,
        )
    }

    /// Multiplied by a power of two (exact unless it becomes subnormal).
    #[inline(always)]
    pub(crate) fn scaled(self, power_of_two: V) -> Self {
        self.each(
            #[inline(always)]
            |part| part * power_of_two,
        )
    }

    #[inline(always)]
    pub(crate) fn select(mask: V::Mask, if_true: Self, if_false: Self) -> Self {
        Self {
            high: mask.select(if_true.high, if_false.high),
            low: mask.select(if_true.low, if_false.low),
        }
    }

    #[inline(always)]
    fn each(self, f: impl Fn(V) -> V) -> Self {
        Self {
            high: f(self.high),
            low: if V::TO_F32 { self.low } else { f(self.low) },
        }
    }
}

impl<V: Float> Neg for Extended<V> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        self.each(
            #[inline(always)]
            |part| -part,
        )
    }
}

impl<V: Float> Add for Extended<V> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let sum = Self::sum(self.high, other.high);
        if V::TO_F32 {
            return sum;
        }
        Self {
            high: sum.high,
            low: sum.low + (self.low + other.low),
        }
        .normalised()
    }
}

impl<V: Float> Mul for Extended<V> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let product = Self::product(self.high, other.high);
        if V::TO_F32 {
            return product;
        }
        let low = self.high.mul_add(other.low, self.low * other.high) + product.low;
        Self {
            high: product.high,
            low,
        }
    }
}

impl<V: Float> Mul<V> for Extended<V> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: V) -> Self {
        let product = Self::product(self.high, other);
        if V::TO_F32 {
            return product;
        }
        Self {
            high: product.high,
            low: self.low.mul_add(other, product.low),
        }
    }
}

impl<V: Float> Div for Extended<V> {
    type Output = Self;

    #[inline(always)]
    fn div(self, divisor: Self) -> Self {
        if V::TO_F32 {
            return Self::new(self.high / divisor.high);
        }
        // One division, since it takes as long as ten other operations.
        let reciprocal = self.high.splat(1.0) / divisor.high;
        let high = self.high * reciprocal;
        let rest = if high.fused() {
            high.mul_add(-divisor.high, self.high)
        } else {
            let product = Self::product(high, divisor.high);
            (self.high - product.high) - product.low
        };
        let rest = rest + high.mul_add(-divisor.low, self.low);
        Self {
            high,
            low: rest * reciprocal,
        }
    }
}
