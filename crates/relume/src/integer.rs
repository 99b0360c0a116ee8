//! The rectifier on signed integers, for quantised networks.

use crate::engine::instruction_set::{InstructionSet, Vectorised};
use crate::engine::simd::Simd;
use crate::error::{Error, same_length};

/// A signed integer: `i8`, `i16`, `i32` or `i64`. Sealed.
///
/// ```
/// fn share_of_zeros<T: relume::integer::Integer>(x: &mut [T]) -> f64 {
///     relume::integer::relu_in_place(x);
///     x.iter().filter(|x| **x == T::ZERO).count() as f64 / x.len() as f64
/// }
/// assert_eq!(share_of_zeros(&mut [-3_i8, 5]), 0.5);
/// ```
pub trait Integer: sealed::Sealed + Copy + Ord + Send + Sync + 'static {
    /// Zero.
    const ZERO: Self;
}

mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for i8 {}
impl sealed::Sealed for i16 {}
impl sealed::Sealed for i32 {}
impl sealed::Sealed for i64 {}

impl Integer for i8 {
    const ZERO: Self = 0;
}

impl Integer for i16 {
    const ZERO: Self = 0;
}

impl Integer for i32 {
    const ZERO: Self = 0;
}

impl Integer for i64 {
    const ZERO: Self = 0;
}

/// `y = max(0, x)`, exactly.
///
/// ```
/// let mut y = [0_i8; 4];
/// relume::integer::relu(&[i8::MIN, -1, 0, i8::MAX], &mut y)?;
/// assert_eq!(y, [0, 0, 0, i8::MAX]);
/// # Ok::<(), relume::Error>(())
/// ```
///
/// # Errors
/// If the lengths differ.
pub fn relu<T: Integer>(x: &[T], y: &mut [T]) -> Result<(), Error> {
    same_length("output", x.len(), y.len())?;
    InstructionSet::best().run(Relu { x, y });
    Ok(())
}

/// `x = max(0, x)`.
///
/// ```
/// let mut x = [-7_i64, 7];
/// relume::integer::relu_in_place(&mut x);
/// assert_eq!(x, [0, 7]);
/// ```
pub fn relu_in_place<T: Integer>(x: &mut [T]) {
    InstructionSet::best().run(ReluInPlace(x));
}

struct Relu<'a, T> {
    x: &'a [T],
    y: &'a mut [T],
}

/// The compiler vectorises these loops for every instruction set.
impl<T: Integer> Vectorised for Relu<'_, T> {
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        for (x, y) in self.x.iter().zip(self.y) {
            *y = T::ZERO.max(*x);
        }
    }
}

struct ReluInPlace<'a, T>(&'a mut [T]);

impl<T: Integer> Vectorised for ReluInPlace<'_, T> {
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        for x in self.0 {
            *x = T::ZERO.max(*x);
        }
    }
}
