//! What a formula may do: arithmetic on many elements at once, comparison and selection.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// Many floats side by side, on which a formula is evaluated lane by lane.
///
/// Scalars are given as `f64` and rounded to the lane's type.
pub trait Lanes:
    Copy
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
{
    type Mask: Mask<Self>;

    /// The same number in every lane.
    fn splat(self, value: f64) -> Self;

    /// `self * factor + addend`; rounded once where the instruction set has the instruction.
    fn mul_add(self, factor: Self, addend: Self) -> Self;

    fn abs(self) -> Self;

    /// The square root, correctly rounded.
    fn sqrt(self) -> Self;

    /// The magnitude of `self` with the sign of `sign`.
    fn copysign(self, sign: Self) -> Self;

    fn lt(self, bound: f64) -> Self::Mask;
    fn le(self, bound: f64) -> Self::Mask;
    fn gt(self, bound: f64) -> Self::Mask;
    fn ge(self, bound: f64) -> Self::Mask;
    fn is_nan(self) -> Self::Mask;

    /// At least `bound`; NaN and, for the bound 0, both zeros stay what they are.
    fn at_least(self, bound: f64) -> Self;

    /// The mask of these bits, the first lane in the lowest.
    fn mask(self, bits: u64) -> Self::Mask;

    /// At most `bound`; NaN and, for the bound 0, both zeros stay what they are.
    fn at_most(self, bound: f64) -> Self;
}

/// A truth value per lane.
pub trait Mask<V>: Copy {
    fn select(self, if_true: V, if_false: V) -> V;
    fn and(self, other: Self) -> Self;

    /// Whether it is true in every lane.
    fn all(self) -> bool;

    /// A bit for each lane, the first in the lowest.
    fn to_bits(self) -> u64;
}

/// Lanes of one float type, whose bits can be reached.
pub trait Float: Lanes {
    /// The result will be rounded to a type with half the digits: relative errors up to about 2⁻³⁰ do not show.
    const TO_F32: bool;

    /// Adding it rounds a smaller float to an integer, which is then in the lowest bits.
    const ROUNDER: f64;

    /// Whether `mul_add` rounds once on this instruction set.
    fn fused(self) -> bool;

    /// 2ⁿ from the float n + [`ROUNDER`](Self::ROUNDER), where that is a normal number.
    fn power_of_two(self) -> Self;

    /// `self · 2ⁿ` from the float n + [`ROUNDER`](Self::ROUNDER), where both are normal numbers.
    fn times_power_of_two(self, biased: Self) -> Self;

    /// `self` with the lower half of its significand cleared.
    fn upper_half(self) -> Self;

    /// The quotient; for `f32` results within 2⁻⁴⁰, by an estimate of the reciprocal where that is faster. Then the
    /// divisor is neither zero nor subnormal nor infinite.
    fn over(self, divisor: Self) -> Self;

    /// Runs a long computation as a function of its own instead of a part of its caller: shared by all callers
    /// it keeps the build short, and for results in `f64` the call does not show.
    fn apart<R>(self, f: impl FnOnce() -> R) -> R;
}

/// `f64` lanes, in which the smooth functions are computed whatever the element type.
pub trait Wide: Float {}
