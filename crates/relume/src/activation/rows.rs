//! Functions of whole rows: softmax, log-softmax, sparsemax.
//!
//! A slice holds rows of equal length, one after the other. The backward needs the output only.
//!
//! ```
//! use relume::rows::SOFTMAX;
//!
//! let mut y = [0_f32; 4];
//! SOFTMAX.forward(&[1.0, 1.0, 0.0, f32::NEG_INFINITY], 2, &mut y)?;
//! assert_eq!(y, [0.5, 0.5, 1.0, 0.0]);
//!
//! let mut dx = [0_f32; 4];
//! SOFTMAX.backward(&y, &[1.0, 0.0, 5.0, 5.0], 2, &mut dx)?;
//! assert_eq!(dx, [0.25, -0.25, 0.0, 0.0]);
//! # Ok::<(), relume::Error>(())
//! ```
//!
//! A row gets the same bits wherever it stands and however many there are. A row with NaN becomes NaN.

pub use crate::functions::log_softmax::LOG_SOFTMAX;
pub use crate::functions::softmax::SOFTMAX;
pub use crate::functions::sparsemax::SPARSEMAX;

use crate::definition::Facts;
use crate::engine::element::{Element, Path};
use crate::engine::instruction_set::InstructionSet;
use crate::engine::rows::RowKernels;
use crate::error::{Error, same_length, whole_rows};

static CATALOGUE: &[&RowFunction] = &[&SOFTMAX, &LOG_SOFTMAX, &SPARSEMAX];

/// All functions of rows.
///
/// ```
/// for function in relume::rows::catalogue() {
///     println!("{:12} {}", function.facts.name, function.facts.summary);
/// }
/// ```
pub fn catalogue() -> &'static [&'static RowFunction] {
    CATALOGUE
}

/// The function of rows that has this name.
///
/// ```
/// assert_eq!(relume::rows::find("softmax").unwrap().facts.formula, "exp(xᵢ)/Σⱼ exp(xⱼ)");
/// assert!(relume::rows::find("relu").is_none());
/// ```
pub fn find(name: &str) -> Option<&'static RowFunction> {
    CATALOGUE
        .iter()
        .copied()
        .find(|function| function.facts.name == name)
}

/// A function of whole rows, and everything that is known about it.
#[derive(Debug)]
#[non_exhaustive]
pub struct RowFunction {
    /// What it is.
    pub facts: Facts,
    /// How large the errors of its values can be.
    pub error_bound: RowErrorBound,
    pub(crate) kernels: RowKernels,
}

/// The largest error of a value, for the two types in which rows are computed. In `f16` and `bf16` it is that of
/// `f32`, and half a unit in the last place of their own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowErrorBound {
    /// For `f32`.
    pub f32: Growth,
    /// For `f64`.
    pub f64: Growth,
}

/// How an error may grow with the length of a row, up to 2²⁴ elements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// Units in the last place, whatever the length.
    pub units: f64,
    /// Units in the last place for each element of the row.
    pub units_per_element: f64,
    /// In addition, an absolute error for each element of the row.
    pub absolute_per_element: f64,
}

impl Growth {
    /// From the sum of as many positive terms as there are elements, in eight or more partial sums.
    pub(crate) const fn units(units: f64) -> Self {
        Self {
            units,
            units_per_element: 1.0 / (1_u64 << 32) as f64,
            absolute_per_element: 0.0,
        }
    }

    /// The bound for a row of `n` elements: units in the last place, and an absolute error beside them.
    ///
    /// ```
    /// let [units, absolute] = relume::rows::SOFTMAX.error_bound.f32.of(1000);
    /// assert!(units < 0.631 && absolute == 0.0);
    /// ```
    pub fn of(self, n: usize) -> [f64; 2] {
        let n = n as f64;
        [
            self.units + n * self.units_per_element,
            n * self.absolute_per_element,
        ]
    }
}

impl RowFunction {
    /// `y = f(x)` for rows of `row` elements.
    ///
    /// ```
    /// let mut y = [0.0; 3];
    /// relume::rows::SPARSEMAX.forward(&[0.5, 0.0, -2.0], 3, &mut y)?;
    /// assert_eq!(y, [0.75, 0.25, 0.0]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the lengths differ, or are no multiple of `row`.
    pub fn forward<T: Element>(&self, x: &[T], row: usize, y: &mut [T]) -> Result<(), Error> {
        self.forward_on(InstructionSet::best(), x, row, y)
    }

    /// `x = f(x)` for rows of `row` elements.
    ///
    /// ```
    /// let mut x = [0.0, 0.0];
    /// relume::rows::SOFTMAX.forward_in_place(&mut x, 2)?;
    /// assert_eq!(x, [0.5, 0.5]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the length is no multiple of `row`.
    pub fn forward_in_place<T: Element>(&self, x: &mut [T], row: usize) -> Result<(), Error> {
        self.forward_in_place_on(InstructionSet::best(), x, row)
    }

    /// The gradient `dx` from the output `y` of the forward and the arriving gradient `dy`.
    ///
    /// It is a sum in which terms may cancel: its error is at most 0.51 ULP (1.5 where it is hardly above the subnormal numbers or one of them), and
    /// besides the sum of the magnitudes of the terms times 2⁻²⁷ for `f32`, 2⁻⁵⁴ for `f64`. An infinity or NaN in
    /// `dy` spreads over its row.
    ///
    /// ```
    /// let mut dx = [0.0; 2];
    /// relume::rows::LOG_SOFTMAX.backward(&[-0.6931471805599453; 2], &[1.0, 0.0], 2, &mut dx)?;
    /// assert_eq!(dx, [0.5, -0.5]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the lengths differ, or are no multiple of `row`.
    pub fn backward<T: Element>(&self, y: &[T], dy: &[T], row: usize, dx: &mut [T]) -> Result<(), Error> {
        self.backward_on(InstructionSet::best(), y, dy, row, dx)
    }

    /// Replaces the arriving gradient `dy` by the gradient that goes on.
    ///
    /// # Errors
    /// If the lengths differ, or are no multiple of `row`.
    pub fn backward_in_place<T: Element>(&self, y: &[T], dy: &mut [T], row: usize) -> Result<(), Error> {
        self.backward_in_place_on(InstructionSet::best(), y, dy, row)
    }

    /// [`forward`](Self::forward) on a given instruction set.
    ///
    /// # Errors
    /// As `forward`.
    pub fn forward_on<T: Element>(
        &self,
        isa: InstructionSet,
        x: &[T],
        row: usize,
        y: &mut [T],
    ) -> Result<(), Error> {
        same_length("output", x.len(), y.len())?;
        self.run_forward(isa, row, Some(x), y)
    }

    /// [`forward_in_place`](Self::forward_in_place) on a given instruction set.
    ///
    /// # Errors
    /// As `forward_in_place`.
    pub fn forward_in_place_on<T: Element>(
        &self,
        isa: InstructionSet,
        x: &mut [T],
        row: usize,
    ) -> Result<(), Error> {
        self.run_forward(isa, row, None, x)
    }

    /// [`backward`](Self::backward) on a given instruction set.
    ///
    /// # Errors
    /// As `backward`.
    pub fn backward_on<T: Element>(
        &self,
        isa: InstructionSet,
        y: &[T],
        dy: &[T],
        row: usize,
        dx: &mut [T],
    ) -> Result<(), Error> {
        same_length("arriving gradient", y.len(), dy.len())?;
        self.run_backward(isa, row, y, Some(dy), dx)
    }

    /// [`backward_in_place`](Self::backward_in_place) on a given instruction set.
    ///
    /// # Errors
    /// As `backward_in_place`.
    pub fn backward_in_place_on<T: Element>(
        &self,
        isa: InstructionSet,
        y: &[T],
        dy: &mut [T],
        row: usize,
    ) -> Result<(), Error> {
        self.run_backward(isa, row, y, None, dy)
    }

    fn run_forward<T: Element>(
        &self,
        isa: InstructionSet,
        row: usize,
        x: Option<&[T]>,
        y: &mut [T],
    ) -> Result<(), Error> {
        whole_rows(y.len(), row)?;
        if !y.is_empty() {
            T::Path::rows_forward(&self.kernels, isa, row, x, y);
        }
        Ok(())
    }

    fn run_backward<T: Element>(
        &self,
        isa: InstructionSet,
        row: usize,
        y: &[T],
        dy: Option<&[T]>,
        dx: &mut [T],
    ) -> Result<(), Error> {
        same_length("gradient", y.len(), dx.len())?;
        whole_rows(y.len(), row)?;
        if !y.is_empty() {
            T::Path::rows_backward(&self.kernels, isa, row, y, dy, dx);
        }
        Ok(())
    }
}
