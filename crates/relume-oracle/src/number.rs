//! What a formula needs of a number, so that each is written once and evaluated in two arithmetics.

use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::OnceLock;

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
pub struct Constant {
    compute: fn() -> Real,
    computed: OnceLock<(Real, Bounded)>,
}

impl Constant {
    /// The constant that `compute` returns.
    pub const fn new(compute: fn() -> Real) -> Self {
        let computed = OnceLock::new();
        Self { compute, computed }
    }

    fn computed(&self) -> (Real, Bounded) {
        *self.computed.get_or_init(|| {
            let exact = (self.compute)();
            let value = exact.to_f64();
            (exact, Bounded::new(value, value.abs() * f64::EPSILON))
        })
    }
}

impl Number for Real {
    fn constant(constant: &Constant) -> Self {
        constant.computed().0
    }
    fn exp(self) -> Self {
        self.exp()
    }
    fn exp_m1(self) -> Self {
        self.exp_m1()
    }
    fn ln_1p(self) -> Self {
        self.ln_1p()
    }
    fn sqrt(self) -> Self {
        self.sqrt()
    }
    fn normal_cdf(self) -> Self {
        self.normal_cdf()
    }
}

impl Number for Bounded {
    fn constant(constant: &Constant) -> Self {
        constant.computed().1
    }
    fn exp(self) -> Self {
        self.exp()
    }
    fn exp_m1(self) -> Self {
        self.exp_m1()
    }
    fn ln_1p(self) -> Self {
        self.ln_1p()
    }
    fn sqrt(self) -> Self {
        self.sqrt()
    }
    fn normal_cdf(self) -> Self {
        self.normal_cdf()
    }
}
