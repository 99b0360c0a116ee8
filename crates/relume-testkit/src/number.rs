//! What a formula needs of a number, so that each is written once and evaluated in two arithmetics.

use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::LazyLock;

use crate::bounded::Bounded;
use crate::real::Real;

/// Arithmetic in which an oracle formula is evaluated: [`Real`] (multiprecision) or [`Bounded`] (f64 with a
/// bound on its own error).
///
/// `exp_m1`, `ln_1p` and `normal_cdf` are accurate relative to their result, so formulas need no thought about
/// cancellation except where the function itself crosses zero.
pub trait Number:
    Copy
    + Debug
    + From<f64>
    + PartialOrd<f64>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// A constant, in this arithmetic.
    fn constant(constant: &Constant) -> Self;
    /// e^self.
    fn exp(self) -> Self;
    /// e^self - 1.
    fn exp_m1(self) -> Self;
    /// ln(1 + self).
    fn ln_1p(self) -> Self;
    /// The square root of a number that is not negative.
    fn sqrt(self) -> Self;
    /// The distribution function of the standard normal.
    fn normal_cdf(self) -> Self;

    /// |self|.
    fn abs(self) -> Self {
        if self < 0.0 { -self } else { self }
    }
}

/// A real constant, computed once in multiprecision.
pub struct Constant(LazyLock<(Real, Bounded)>);

impl Constant {
    /// The constant that `compute` returns.
    pub const fn new(compute: fn() -> (Real, Bounded)) -> Self {
        Self(LazyLock::new(compute))
    }

    pub(crate) fn exact(&self) -> Real {
        self.0.0
    }

    pub(crate) fn fast(&self) -> Bounded {
        self.0.1
    }
}
