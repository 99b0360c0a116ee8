//! The types of elements that the functions work on.

use std::fmt;

use crate::engine::bits::spread;
use crate::engine::elementwise::{Kernels, Operations, Parameters};
use crate::engine::instruction_set::InstructionSet;
use crate::engine::native::Native;
use crate::engine::rows::{RowKernels, RowOperations};
use crate::engine::simd::Lane;

/// A type of element: `f32` or `f64`, and with the feature `half` also `half::f16` and `half::bf16`. Sealed.
///
/// ```
/// fn largest<T: relume::Element>(elements: &[T]) -> f64 {
///     elements.iter().map(|element| element.to_f64()).fold(f64::NEG_INFINITY, f64::max)
/// }
/// assert_eq!(largest(&[1.5_f32, 3.0]), 3.0);
/// ```
pub trait Element:
    Sealed + Copy + PartialEq + PartialOrd + fmt::Debug + fmt::Display + Send + Sync + 'static
{
    /// The name of the type, as Rust writes it.
    const NAME: &'static str;

    /// The number rounded to this type.
    fn from_f64(value: f64) -> Self;

    /// The number, exactly.
    fn to_f64(self) -> f64;
}

pub trait Sealed: Sized {
    /// The way from slices of this type to the kernels.
    type Path: Path<Self>;
}

/// A way from slices of `T` to the kernels. What the arguments mean is said in [`crate::engine::elementwise`].
pub trait Path<T> {
    /// A parameter, rounded to the type in which functions of `T` are computed.
    fn parameter(value: f64) -> f64;

    fn forward(kernels: &Kernels, isa: InstructionSet, parameters: &Parameters, x: &[T], y: &mut [T]);

    fn backward(
        kernels: &Kernels,
        isa: InstructionSet,
        parameters: &Parameters,
        x: &[T],
        dy: &[T],
        dx: &mut [T],
    );

    /// Does nothing if the function has no bits.
    fn mark(kernels: &Kernels, isa: InstructionSet, parameters: &Parameters, x: &[T], bits: &mut [u8]);

    fn spread(isa: InstructionSet, slopes: [f64; 2], bits: &[u8], dy: &[T], dx: &mut [T]);

    /// The values of rows of `row` elements.
    fn rows_forward(kernels: &RowKernels, isa: InstructionSet, row: usize, x: Option<&[T]>, y: &mut [T]);

    /// The gradients of rows of `row` elements.
    fn rows_backward(
        kernels: &RowKernels,
        isa: InstructionSet,
        row: usize,
        y: &[T],
        dy: Option<&[T]>,
        dx: &mut [T],
    );
}

/// A type for which the kernels are compiled.
pub trait Compiled: Element + Native {
    fn operations(kernels: &Kernels) -> &Operations<Self>;

    fn row_operations(kernels: &RowKernels) -> &RowOperations<Self>;
}

/// The kernels take slices of the type itself.
pub struct Direct;

impl<T: Compiled> Path<T> for Direct {
    fn parameter(value: f64) -> f64 {
        Lane::to_f64(<T as Lane>::from_f64(value))
    }

    fn forward(kernels: &Kernels, isa: InstructionSet, parameters: &Parameters, x: &[T], y: &mut [T]) {
        (T::operations(kernels).forward)(isa, parameters, x, y);
    }

    fn backward(
        kernels: &Kernels,
        isa: InstructionSet,
        parameters: &Parameters,
        x: &[T],
        dy: &[T],
        dx: &mut [T],
    ) {
        (T::operations(kernels).backward)(isa, parameters, x, dy, dx);
    }

    fn mark(kernels: &Kernels, isa: InstructionSet, parameters: &Parameters, x: &[T], bits: &mut [u8]) {
        if let (Some(mark), Some(slopes)) = (T::operations(kernels).mark, kernels.slopes) {
            mark(isa, parameters, slopes, x, bits);
        }
    }

    fn spread(isa: InstructionSet, slopes: [f64; 2], bits: &[u8], dy: &[T], dx: &mut [T]) {
        spread(isa, slopes, bits, dy, dx);
    }

    fn rows_forward(kernels: &RowKernels, isa: InstructionSet, row: usize, x: Option<&[T]>, y: &mut [T]) {
        (T::row_operations(kernels).forward)(isa, row, x, y);
    }

    fn rows_backward(
        kernels: &RowKernels,
        isa: InstructionSet,
        row: usize,
        y: &[T],
        dy: Option<&[T]>,
        dx: &mut [T],
    ) {
        (T::row_operations(kernels).backward)(isa, row, y, dy, dx);
    }
}

impl Element for f32 {
    const NAME: &'static str = "f32";

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value as f32
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self.into()
    }
}

impl Element for f64 {
    const NAME: &'static str = "f64";

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
}

impl Sealed for f32 {
    type Path = Direct;
}

impl Sealed for f64 {
    type Path = Direct;
}

impl Compiled for f32 {
    fn operations(kernels: &Kernels) -> &Operations<Self> {
        &kernels.f32
    }

    fn row_operations(kernels: &RowKernels) -> &RowOperations<Self> {
        &kernels.f32
    }
}

impl Compiled for f64 {
    fn operations(kernels: &Kernels) -> &Operations<Self> {
        &kernels.f64
    }

    fn row_operations(kernels: &RowKernels) -> &RowOperations<Self> {
        &kernels.f64
    }
}
