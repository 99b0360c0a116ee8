//! Functions of whole rows.

use super::threads::Extent;
use super::view::View;
use super::{Gated, named, wrong_shape};
use crate::definition::{Definition, Needs};
use crate::engine::element::{Element, Path};
use crate::engine::instruction_set::InstructionSet;
use crate::engine::rows::RowKernels;
use crate::error::{Error, same_length, whole_rows};
use crate::functions::{Code, crelu};

/// A function of whole rows: softmax, log_softmax, sparsemax; crelu, which makes rows twice as long; and the gated
/// units glu, reglu, geglu and swiglu, which make them half as long, as PyTorch's `glu` does.
///
/// A slice holds rows of equal length, one after the other; `row` is the length of a row of the input. A row gets the
/// same bits wherever it stands and however many there are.
///
/// A row with NaN becomes NaN in softmax, log_softmax and sparsemax, element by element in the others. In a row with
/// one +∞ softmax and sparsemax are 1 there and 0 elsewhere, log_softmax is 0 there and −∞ elsewhere, which are the
/// limits; where there is no limit (several +∞, or nothing but −∞) all results are NaN. In sparsemax an element at
/// the threshold gets 0 and no gradient. The halves of a gated row are a and then b of [`Gated`].
///
/// ```
/// use relume::RowFunction;
/// let softmax = RowFunction::new("softmax")?;
/// let mut y = [0_f32; 4];
/// softmax.forward(&[1.0, 1.0, 0.0, f32::NEG_INFINITY], 2, &mut y)?;
/// assert_eq!(y, [0.5, 0.5, 1.0, 0.0]);
///
/// let mut dx = [0_f32; 4];
/// softmax.backward(&y, &[1.0, 0.0, 5.0, 5.0], 2, &mut dx)?;
/// assert_eq!(dx, [0.25, -0.25, 0.0, 0.0]);
///
/// let mut y = [0.0; 2];
/// RowFunction::new("reglu")?.forward(&[1.0, 2.0, 10.0, -10.0], 4, &mut y)?;
/// assert_eq!(y, [10.0, 0.0]);
/// # Ok::<(), relume::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RowFunction {
    definition: Option<&'static Definition>,
    code: RowCode,
}

#[derive(Clone, Copy, Debug)]
enum RowCode {
    Kernels(&'static RowKernels),
    BothSigns,
    Gated(Gated),
}

impl RowFunction {
    /// The function of this name.
    ///
    /// ```
    /// use relume::RowFunction;
    /// let mut y = [0.0; 3];
    /// RowFunction::new("sparsemax")?.forward(&[0.5, 0.0, -2.0], 3, &mut y)?;
    /// assert_eq!(y, [0.75, 0.25, 0.0]);
    /// let error = RowFunction::new("relu").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "`relu` works on single elements (Activation), not on whole rows (RowFunction)"
    /// );
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownActivation`] if no function has this name, [`Error::OtherShape`] if it does not work on rows.
    pub fn new(name: &str) -> Result<Self, Error> {
        let function = named(name)?;
        let definition = function.definition;
        let code = match &function.code {
            Code::Rows(kernels) => RowCode::Kernels(kernels),
            Code::BothSigns => RowCode::BothSigns,
            Code::Gated => RowCode::Gated(Gated::new(definition.name)?),
            Code::Elementwise(_) | Code::LearnedSlopes => {
                return Err(wrong_shape(definition, "whole rows (RowFunction)"));
            }
        };
        Ok(Self {
            definition: Some(definition),
            code,
        })
    }

    /// Everything about the function; `None` if it was made of a [`Gated`] unit.
    pub fn definition(&self) -> Option<&'static Definition> {
        self.definition
    }

    /// The length of a row of results, for rows of `row` elements.
    ///
    /// ```
    /// use relume::RowFunction;
    /// let lengths = ["softmax", "crelu", "glu"].map(|name| RowFunction::new(name).unwrap().output_row(4));
    /// assert_eq!(lengths, [4, 8, 2]);
    /// ```
    pub fn output_row(&self, row: usize) -> usize {
        match self.code {
            RowCode::Kernels(_) => row,
            RowCode::BothSigns => 2 * row,
            RowCode::Gated(_) => row / 2,
        }
    }

    /// `y = f(x)` for rows of `row` elements in `x`.
    ///
    /// ```
    /// let mut y = [1.0; 4];
    /// relume::RowFunction::new("crelu")?.forward(&[2.0, -3.0], 2, &mut y)?;
    /// assert_eq!(y, [2.0, 0.0, 0.0, 3.0]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If x is no multiple of `row` long, y has another length than the results, or a row has no halves.
    pub fn forward<T: Element>(&self, x: &[T], row: usize, y: &mut [T]) -> Result<(), Error> {
        View::new(*self).forward(x, row, y)
    }

    /// `x = f(x)` for rows of `row` elements.
    ///
    /// ```
    /// let mut x = [0.0, 0.0];
    /// relume::RowFunction::new("softmax")?.forward_in_place(&mut x, 2)?;
    /// assert_eq!(x, [0.5, 0.5]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the length is no multiple of `row`, or rows of results are longer or shorter.
    pub fn forward_in_place<T: Element>(&self, x: &mut [T], row: usize) -> Result<(), Error> {
        View::new(*self).forward_in_place(x, row)
    }

    /// The gradient `dx` from the arriving gradient `dy` and from what the function [needs](Definition::needs): the
    /// output y of the forward for softmax, log_softmax and sparsemax, the input x for crelu and gated units.
    ///
    /// For the first three it is a sum in which terms may cancel: its error is at most 0.51 ULP (1.5 where it is
    /// subnormal or within four binades of that), plus the sum of the magnitudes of the terms times
    /// 2⁻²⁷ for `f32`, 2⁻⁵⁴ for `f64`. An infinity or NaN in `dy` spreads over its row.
    ///
    /// ```
    /// use relume::RowFunction;
    /// let mut dx = [0.0; 2];
    /// RowFunction::new("log_softmax")?.backward(&[-0.6931471805599453; 2], &[1.0, 0.0], 2, &mut dx)?;
    /// assert_eq!(dx, [0.5, -0.5]);
    /// RowFunction::new("crelu")?.backward(&[2.0, -3.0], &[0.1, 0.2, 0.3, 0.4], 2, &mut dx)?;
    /// assert_eq!(dx, [0.1, -0.4]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `x_or_y` is no multiple of `row` long, or dy or dx do not have the lengths of the output and the input.
    pub fn backward<T: Element>(
        &self,
        x_or_y: &[T],
        dy: &[T],
        row: usize,
        dx: &mut [T],
    ) -> Result<(), Error> {
        View::new(*self).backward(x_or_y, dy, row, dx)
    }

    /// Replaces the arriving gradient `dy` by the gradient that goes on.
    ///
    /// # Errors
    /// As `backward`; and if rows of results are longer or shorter than those of the input.
    pub fn backward_in_place<T: Element>(&self, x_or_y: &[T], dy: &mut [T], row: usize) -> Result<(), Error> {
        View::new(*self).backward_in_place(x_or_y, dy, row)
    }

    /// The function on this instruction set, for tests and measurements.
    pub fn on(self, isa: InstructionSet) -> View<Self> {
        View::new(self).on(isa)
    }

    /// The function on all threads of the caller's `rayon` pool, which share whole rows; see [`View::in_parallel`].
    ///
    /// ```
    /// let softmax = relume::RowFunction::new("softmax")?;
    /// let mut x = vec![0.0_f32; 1 << 18];
    /// softmax.in_parallel().forward_in_place(&mut x, 4)?;
    /// assert!(x.iter().all(|x| *x == 0.25));
    /// # Ok::<(), relume::Error>(())
    /// ```
    #[cfg(feature = "rayon")]
    pub fn in_parallel(self) -> View<Self> {
        View::new(self).in_parallel()
    }

    /// The length of all results; an error unless `elements` can be divided into rows, and these into halves if need be.
    fn outputs(&self, elements: usize, row: usize) -> Result<usize, Error> {
        whole_rows(elements, row)?;
        match self.code {
            RowCode::Kernels(_) => Ok(elements),
            RowCode::BothSigns => Ok(2 * elements),
            RowCode::Gated(_) => whole_rows(row, 2).map(|()| elements / 2),
        }
    }

    /// The values of one row or more; without `x` it is what `y` holds.
    fn values<T: Element>(&self, isa: InstructionSet, x: Option<&[T]>, row: usize, y: &mut [T]) {
        match (self.code, x) {
            (RowCode::Kernels(kernels), x) => T::Path::rows_forward(kernels, isa, row, x, y),
            (RowCode::BothSigns, Some(x)) => isa.run(crelu::Forward { x, n: row, y }),
            (RowCode::Gated(gated), Some(x)) => {
                for (x, y) in x.chunks_exact(row).zip(y.chunks_exact_mut(row / 2)) {
                    let (a, b) = x.split_at(row / 2);
                    gated.values(isa, a, b, y);
                }
            }
            (RowCode::BothSigns | RowCode::Gated(_), None) => {}
        }
    }

    /// The gradients of one row or more; without `dy` it is what `dx` holds.
    fn gradients<T: Element>(
        &self,
        isa: InstructionSet,
        x_or_y: &[T],
        dy: Option<&[T]>,
        row: usize,
        dx: &mut [T],
    ) {
        match (self.code, dy) {
            (RowCode::Kernels(kernels), dy) => T::Path::rows_backward(kernels, isa, row, x_or_y, dy, dx),
            (RowCode::BothSigns, Some(dy)) => isa.run(crelu::Backward {
                x: x_or_y,
                n: row,
                dy,
                dx,
            }),
            (RowCode::Gated(gated), Some(dy)) => {
                let rows = x_or_y.chunks_exact(row).zip(dy.chunks_exact(row / 2));
                for ((x, dy), dx) in rows.zip(dx.chunks_exact_mut(row)) {
                    let ((a, b), (da, db)) = (x.split_at(row / 2), dx.split_at_mut(row / 2));
                    gated.gradients(isa, [a, b, dy], [da, db]);
                }
            }
            (RowCode::BothSigns | RowCode::Gated(_), None) => {}
        }
    }
}

impl From<Gated> for RowFunction {
    /// The unit on rows that hold a and then b.
    ///
    /// ```
    /// use relume::{Activation, Gated, RowFunction};
    /// let bilinear = RowFunction::from(Gated::from(Activation::new("identity")?));
    /// let mut y = [0.0; 2];
    /// bilinear.forward(&[2.0, 3.0, 5.0, 7.0], 4, &mut y)?;
    /// assert_eq!(y, [10.0, 21.0]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    fn from(gated: Gated) -> Self {
        Self {
            definition: None,
            code: RowCode::Gated(gated),
        }
    }
}

impl View<RowFunction> {
    /// As [`RowFunction::forward`].
    ///
    /// # Errors
    /// As there.
    pub fn forward<T: Element>(&self, x: &[T], row: usize, y: &mut [T]) -> Result<(), Error> {
        let function = self.function;
        same_length("output", function.outputs(x.len(), row)?, y.len())?;
        if x.is_empty() {
            return Ok(());
        }
        self.share(
            self.extent(x.len(), row),
            (x, y),
            |(x, y), piece| {
                let outputs = piece / row * function.output_row(row);
                x.chunks(piece).zip(y.chunks_mut(outputs))
            },
            |(x, y)| function.values(self.isa, Some(x), row, y),
        );
        Ok(())
    }

    /// As [`RowFunction::forward_in_place`].
    ///
    /// # Errors
    /// As there.
    pub fn forward_in_place<T: Element>(&self, x: &mut [T], row: usize) -> Result<(), Error> {
        let function = self.function;
        same_length("output", function.outputs(x.len(), row)?, x.len())?;
        if x.is_empty() {
            return Ok(());
        }
        self.share(
            self.extent(x.len(), row),
            x,
            |x, piece| x.chunks_mut(piece),
            |x| function.values(self.isa, None, row, x),
        );
        Ok(())
    }

    /// As [`RowFunction::backward`].
    ///
    /// # Errors
    /// As there.
    pub fn backward<T: Element>(
        &self,
        x_or_y: &[T],
        dy: &[T],
        row: usize,
        dx: &mut [T],
    ) -> Result<(), Error> {
        let function = self.function;
        let outputs = function.outputs(x_or_y.len(), row)?;
        same_length("arriving gradient", outputs, dy.len())?;
        same_length("gradient", x_or_y.len(), dx.len())?;
        if x_or_y.is_empty() {
            return Ok(());
        }
        self.share(
            self.extent(x_or_y.len(), row),
            (x_or_y, dy, dx),
            |(x_or_y, dy, dx), piece| {
                let outputs = piece / row * function.output_row(row);
                let inputs = x_or_y.chunks(piece).zip(dy.chunks(outputs));
                inputs
                    .zip(dx.chunks_mut(piece))
                    .map(|((x_or_y, dy), dx)| (x_or_y, dy, dx))
            },
            |(x_or_y, dy, dx)| function.gradients(self.isa, x_or_y, Some(dy), row, dx),
        );
        Ok(())
    }

    /// As [`RowFunction::backward_in_place`].
    ///
    /// # Errors
    /// As there.
    pub fn backward_in_place<T: Element>(&self, x_or_y: &[T], dy: &mut [T], row: usize) -> Result<(), Error> {
        let function = self.function;
        let outputs = function.outputs(x_or_y.len(), row)?;
        same_length("arriving gradient", outputs, dy.len())?;
        same_length("gradient", x_or_y.len(), dy.len())?;
        if x_or_y.is_empty() {
            return Ok(());
        }
        self.share(
            self.extent(x_or_y.len(), row),
            (x_or_y, dy),
            |(x_or_y, dy), piece| x_or_y.chunks(piece).zip(dy.chunks_mut(piece)),
            |(x_or_y, dy)| function.gradients(self.isa, x_or_y, None, row, dy),
        );
        Ok(())
    }

    fn extent(&self, len: usize, row: usize) -> Extent {
        let needs = match self.function.code {
            RowCode::Kernels(_) => Needs::Output,
            RowCode::BothSigns => Needs::Bit,
            RowCode::Gated(gated) => gated.gate().definition().needs,
        };
        Extent::new(len, row, needs)
    }
}
