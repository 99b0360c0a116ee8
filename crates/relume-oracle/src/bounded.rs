//! The fast reference: f64 arithmetic with a bound on its own error, on several numbers at once.

use std::ops::{Add, Div, Mul, Neg, Sub};

mod functions;
mod paths;

pub use paths::by_paths;
pub(crate) use paths::doubt;

/// How many numbers are evaluated together, so that the compiler can vectorise.
pub const LANES: usize = 16;

/// The largest relative error of one rounding.
const UNIT: f64 = f64::EPSILON / 2.0;
/// More than an underflow can lose, and large enough that bounds are never subnormal, which would be slow.
const TINY: f64 = 1e-250;
/// Covers the rounding errors of a bound that is computed in a few steps.
pub(crate) const ROUNDINGS: f64 = 1.0 + 16.0 * f64::EPSILON;

/// Real numbers, one per lane, each known to lie within its `error` of its `value`.
///
/// The error is about 1e-8 ULP of an f32, and more where terms cancel, which the bound shows. Results without rounding have
/// the bound 0.
///
/// All lanes take the branches of a formula that the first one takes; [`by_paths`] groups numbers accordingly.
#[derive(Clone, Copy, Debug)]
pub struct Bounded {
    value: [f64; LANES],
    error: [f64; LANES],
}

impl Bounded {
    /// Numbers that are known exactly.
    pub fn exactly(value: [f64; LANES]) -> Self {
        let error = [0.0; LANES];
        Self { value, error }
    }

    /// The same number throughout, known to within `error`.
    pub fn new(value: f64, error: f64) -> Self {
        Self {
            value: [value; LANES],
            error: [error; LANES],
        }
    }

    /// From the value and the bound of each number.
    #[inline(always)]
    pub fn from_lanes(lane: impl Fn(usize) -> (f64, f64)) -> Self {
        let [mut value, mut error] = [[0.0; LANES]; 2];
        // The compiler vectorises this loop, but not array::from_fn.
        for i in 0..LANES {
            (value[i], error[i]) = lane(i);
        }
        Self { value, error }
    }

    /// The value and the bound of one number.
    #[inline(always)]
    pub fn lane(&self, lane: usize) -> (f64, f64) {
        (self.value[lane], self.error[lane])
    }

    #[inline(always)]
    fn map(&self, f: impl Fn(f64, f64) -> (f64, f64)) -> Self {
        vectorised(
            #[inline(always)]
            || Self::from_lanes(|i| f(self.value[i], self.error[i])),
        )
    }

    #[inline(always)]
    fn zip(&self, other: &Self, f: impl Fn(f64, f64, f64, f64) -> (f64, f64)) -> Self {
        vectorised(
            #[inline(always)]
            || Self::from_lanes(|i| f(self.value[i], self.error[i], other.value[i], other.error[i])),
        )
    }

    /// Whether `holds` for every number.
    #[inline(always)]
    fn all(&self, holds: impl Fn(f64) -> bool) -> bool {
        self.value.iter().fold(true, |all, &value| all & holds(value))
    }
}

/// Runs `work`, compiled for the wider vectors of the processor where it has some.
#[inline(always)]
pub fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = fearless_simd::Level::new().as_avx2() {
        return fearless_simd::Simd::vectorize(avx2, work);
    }
    work()
}

impl From<f64> for Bounded {
    fn from(value: f64) -> Self {
        Self::new(value, 0.0)
    }
}

/// The rounded sum of two numbers, and what the rounding lost (Møller 1965, Knuth 1969).
#[inline(always)]
pub(crate) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_b = sum - a;
    (sum, (a - (sum - of_b)) + (b - of_b))
}

/// Whether the lower half of the fraction is zero: the product of two such numbers needs no rounding.
#[inline(always)]
fn short(x: f64) -> bool {
    x.to_bits() & ((1 << 27) - 1) == 0
}

/// Whether it is a power of two: a quotient by such a number needs no rounding.
#[inline(always)]
fn power_of_two(x: f64) -> bool {
    x.to_bits() & ((1 << 52) - 1) == 0
}

/// The rounding error of a product or quotient.
#[inline(always)]
fn rounding(value: f64, exact: bool, zero: bool) -> f64 {
    let size = value.abs();
    let rounding = size * UNIT + TINY;
    if zero | (exact & (size >= TINY)) {
        0.0
    } else {
        rounding
    }
}

impl Add for Bounded {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(&other, |a, of_a, b, of_b| {
            let (sum, lost) = two_sum(a, b);
            (sum, (of_a + of_b + lost.abs()) * ROUNDINGS)
        })
    }
}

impl Sub for Bounded {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Bounded {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(&other, |a, of_a, b, of_b| {
            let product = a * b;
            let rounding = rounding(product, short(a) & short(b), (a == 0.0) | (b == 0.0));
            let inherited = a.abs() * of_b + (b.abs() + of_b) * of_a;
            (product, (inherited + rounding) * ROUNDINGS)
        })
    }
}

impl Div for Bounded {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(&other, |a, of_a, b, of_b| {
            let quotient = a / b;
            let rounding = rounding(quotient, power_of_two(b), a == 0.0);
            let least = b.abs() - of_b;
            let inherited = (of_a + quotient.abs() * of_b) / least;
            let error = (inherited + rounding) * ROUNDINGS;
            (quotient, if least > 0.0 { error } else { f64::INFINITY })
        })
    }
}

impl Neg for Bounded {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.map(|value, error| (-value, error))
    }
}

impl Bounded {
    /// The square root.
    #[inline(always)]
    #[must_use]
    pub fn sqrt(self) -> Self {
        self.map(|value, error| {
            let root = value.sqrt();
            // √(v + δ) − √v is at most δ/√v.
            let inherited = if error == 0.0 { 0.0 } else { error / root };
            (root, (inherited + root * UNIT) * ROUNDINGS)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_without_rounding_have_no_error() {
        let [one, x] = [1.0, f64::from(0.1_f32)].map(Bounded::from);
        for exact in [x * x, x + one, (x + one) / Bounded::from(4.0), x - x] {
            assert_eq!(exact.lane(0).1, 0.0);
        }
        let third = one / Bounded::from(3.0);
        let cubed = x * x * x;
        let far = x + Bounded::from(1e-20);
        for rounded in [third, cubed, far, third * one] {
            let (value, error) = rounded.lane(0);
            assert!(
                error > 0.0 && error < 2.0 * f64::EPSILON * value.abs(),
                "{rounded:?}"
            );
        }
    }
}
