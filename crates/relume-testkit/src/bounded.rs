//! The fast reference: f64 arithmetic that carries a bound on its own error.

use std::cmp::Ordering;
use std::f64::consts::FRAC_1_SQRT_2;
use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::number::{Constant, Number};

/// Twice the rounding error of one operation; the factor pays for the rounding of the bounds themselves.
const EPSILON: f64 = f64::EPSILON;
/// What an underflow may lose.
const TINY: f64 = f64::MIN_POSITIVE;
/// Relative error granted to the system's exp, expm1 and log1p and to libm's erfc. All claim less than one
/// unit in the last place.
const LIBRARY: f64 = 4.0 * f64::EPSILON;

/// A real number known to lie within `error` of `value`.
///
/// Good to some 1e-8 ULP of an f32 except where terms cancel, and there the bound says so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounded {
    value: f64,
    error: f64,
}

impl Bounded {
    /// A number known to within `error`.
    pub const fn new(value: f64, error: f64) -> Self {
        Self { value, error }
    }

    /// The approximation.
    pub fn value(self) -> f64 {
        self.value
    }

    /// The bound on its error; infinite or NaN where nothing is known.
    pub fn error(self) -> f64 {
        self.error
    }

    fn rounded(value: f64, inherited: f64) -> Self {
        Self {
            value,
            error: inherited + value.abs() * EPSILON,
        }
    }

    fn computed(value: f64, inherited: f64) -> Self {
        Self {
            value,
            error: inherited + value.abs() * LIBRARY + TINY,
        }
    }
}

impl From<f64> for Bounded {
    fn from(value: f64) -> Self {
        Self { value, error: 0.0 }
    }
}

impl PartialOrd<f64> for Bounded {
    fn partial_cmp(&self, other: &f64) -> Option<Ordering> {
        self.value.partial_cmp(other)
    }
}

impl PartialEq<f64> for Bounded {
    fn eq(&self, other: &f64) -> bool {
        self.value == *other
    }
}

impl Add for Bounded {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::rounded(self.value + other.value, self.error + other.error)
    }
}

impl Sub for Bounded {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Bounded {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let value = self.value * other.value;
        if value == 0.0 && (self == Self::from(0.0) || other == Self::from(0.0)) {
            return Self::from(0.0); // exactly
        }
        let inherited = self.value.abs() * other.error + (other.value.abs() + other.error) * self.error;
        Self::rounded(value, inherited + TINY)
    }
}

impl Div for Bounded {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        let least = other.value.abs() - other.error;
        if least.is_nan() || least <= 0.0 {
            return Self {
                value,
                error: f64::INFINITY,
            };
        }
        Self::rounded(value, (self.error + value.abs() * other.error) / least + TINY)
    }
}

impl Neg for Bounded {
    type Output = Self;
    fn neg(self) -> Self {
        Self {
            value: -self.value,
            ..self
        }
    }
}

/// A bound on how far e^x moves, where it is `exp`, while x moves by up to `delta`.
fn spread(x: f64, exp: f64, delta: f64) -> f64 {
    if delta < 0.5 {
        1.5 * delta * exp
    } else {
        (x + delta).exp()
    }
}

impl Number for Bounded {
    fn constant(constant: &Constant) -> Self {
        constant.fast()
    }

    fn exp(self) -> Self {
        let value = self.value.exp();
        Self::computed(value, spread(self.value, value, self.error))
    }

    fn exp_m1(self) -> Self {
        let value = self.value.exp_m1();
        Self::computed(value, spread(self.value, value + 1.0 + EPSILON, self.error))
    }

    fn ln_1p(self) -> Self {
        let least = 1.0 + self.value - self.error;
        let inherited = if least > 0.0 {
            self.error / least
        } else {
            f64::INFINITY
        };
        Self::computed(self.value.ln_1p(), inherited)
    }

    fn sqrt(self) -> Self {
        let value = self.value.sqrt();
        // √(v + δ) − √v is at most δ/√v.
        let inherited = if self.error == 0.0 {
            0.0
        } else {
            self.error / value
        };
        Self::rounded(value, inherited)
    }

    fn normal_cdf(self) -> Self {
        let value = 0.5 * libm::erfc(-self.value * FRAC_1_SQRT_2);
        // The argument of erfc is rounded twice, so the result moves by up to δ times the density nearby. That is
        // at most cdf(x) (1 + |x|) at x < 0 itself, and never above 0.4.
        let size = self.value.abs();
        let delta = self.error + 2.0 * EPSILON * size;
        let density = match size * delta {
            _ if self.value >= 0.0 && size < 5.0 => 0.4,
            growth if self.value < 0.0 && growth < 0.25 => value * (1.0 + size) * (1.0 + 2.0 * growth),
            _ => (-0.5 * (size - delta).max(0.0).powi(2)).exp(),
        };
        Self::computed(value, density * delta)
    }
}
