//! Gated linear units: one half of a layer's output, multiplied by an activation of the other half.

use super::threads::Extent;
use super::view::View;
use super::{Activation, named, wrong_shape};
use crate::definition::Shape;
use crate::engine::element::Element;
use crate::engine::instruction_set::{InstructionSet, Vectorised};
use crate::engine::simd::Simd;
use crate::error::{Error, same_length};

/// A gated linear unit, y = a·f(b): the gate f is the logistic function in GLU, ReLU in ReGLU, GELU in GeGLU, SiLU in
/// SwiGLU, and any other [`Activation`] as well. The backward gives da = dy·f(b) and db = dy·a·f′(b).
///
/// To rows that hold a and then b it is applied as a [`RowFunction`](crate::RowFunction).
///
/// Results are products of rounded factors. Where these are normal numbers and the gate is within e ULP, y and da
/// are within (0.5 + 2e) ULP; and db is within (0.5 + 2·0.5 + 2e) ULP, from dy·a rounded first. That is 1.6 and 2.6
/// ULP for e = 0.53. A gate so far in its tail that f(b) is subnormal has lost digits that a large a does not bring
/// back: then the error of y is up to half the smallest subnormal number times |a|, and that of da times |dy|.
///
/// ```
/// use relume::Gated;
/// let bilinear = Gated::from("identity".parse::<relume::Activation>()?);
/// let mut y = [0.0; 2];
/// bilinear.forward(&[2.0, 3.0], &[5.0, 7.0], &mut y)?;
/// assert_eq!(y, [10.0, 21.0]);
///
/// let reglu = Gated::new("reglu")?;
/// let (mut da, mut db) = ([0.0; 2], [0.0; 2]);
/// reglu.backward(&[2.0, 3.0], &[5.0, -7.0], &[1.0, 1.0], &mut da, &mut db)?;
/// assert_eq!((da, db), ([5.0, 0.0], [2.0, 0.0]));
/// # Ok::<(), relume::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gated {
    gate: Activation,
}

impl Gated {
    /// The unit of this name, with the default parameters of its gate.
    ///
    /// ```
    /// assert_eq!(relume::Gated::new("geglu")?.gate().name(), "gelu");
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownActivation`] if no function has this name, [`Error::OtherShape`] if it is no gated unit.
    pub fn new(name: &str) -> Result<Self, Error> {
        let definition = named(name)?.definition;
        match definition.shape {
            Shape::Gated { gate } => Activation::new(gate).map(Self::from),
            _ => Err(wrong_shape(definition, "two halves (Gated)")),
        }
    }

    /// The gate.
    pub fn gate(&self) -> Activation {
        self.gate
    }

    /// `y = a·f(b)`.
    ///
    /// # Errors
    /// If the lengths differ.
    pub fn forward<T: Element>(&self, a: &[T], b: &[T], y: &mut [T]) -> Result<(), Error> {
        View::new(*self).forward(a, b, y)
    }

    /// `da = dy·f(b)` and `db = dy·a·f′(b)`.
    ///
    /// # Errors
    /// If the lengths differ.
    pub fn backward<T: Element>(
        &self,
        a: &[T],
        b: &[T],
        dy: &[T],
        da: &mut [T],
        db: &mut [T],
    ) -> Result<(), Error> {
        View::new(*self).backward(a, b, dy, da, db)
    }

    /// The unit on this instruction set, for tests and measurements.
    pub fn on(self, isa: InstructionSet) -> View<Self> {
        View::new(self).on(isa)
    }

    /// The unit on all threads of the caller's `rayon` pool; see [`View::in_parallel`].
    ///
    /// ```
    /// let swiglu = relume::Gated::new("swiglu")?;
    /// let (a, b) = (vec![1.0_f32; 1 << 18], vec![0.0; 1 << 18]);
    /// let mut y = vec![1.0; a.len()];
    /// swiglu.in_parallel().forward(&a, &b, &mut y)?;
    /// assert!(y.iter().all(|y| *y == 0.0));
    /// # Ok::<(), relume::Error>(())
    /// ```
    #[cfg(feature = "rayon")]
    pub fn in_parallel(self) -> View<Self> {
        View::new(self).in_parallel()
    }

    /// The values, of slices as long as each other.
    pub(super) fn values<T: Element>(&self, isa: InstructionSet, a: &[T], b: &[T], y: &mut [T]) {
        // In blocks that stay in the cache between the two steps.
        let blocks = a.chunks(BLOCK).zip(b.chunks(BLOCK));
        for ((a, b), y) in blocks.zip(y.chunks_mut(BLOCK)) {
            self.gate.values(isa, b, y);
            isa.run(Multiply { by: a, y });
        }
    }

    /// The gradients, of slices as long as each other.
    pub(super) fn gradients<T: Element>(
        &self,
        isa: InstructionSet,
        [a, b, dy]: [&[T]; 3],
        [da, db]: [&mut [T]; 2],
    ) {
        let blocks = a.chunks(BLOCK).zip(b.chunks(BLOCK)).zip(dy.chunks(BLOCK));
        let gradients = da.chunks_mut(BLOCK).zip(db.chunks_mut(BLOCK));
        for (((a, b), dy), (da, db)) in blocks.zip(gradients) {
            self.gate.values(isa, b, da);
            isa.run(Multiply { by: dy, y: da });
            db.copy_from_slice(a);
            isa.run(Multiply { by: dy, y: db });
            self.gate.gradients_in_place(isa, b, db);
        }
    }
}

impl From<Activation> for Gated {
    /// The unit with this gate.
    fn from(gate: Activation) -> Self {
        Self { gate }
    }
}

impl View<Gated> {
    /// As [`Gated::forward`].
    ///
    /// # Errors
    /// If the lengths differ.
    pub fn forward<T: Element>(&self, a: &[T], b: &[T], y: &mut [T]) -> Result<(), Error> {
        same_length("gate", a.len(), b.len())?;
        same_length("output", a.len(), y.len())?;
        self.share(
            self.extent(a.len()),
            (a, b, y),
            |(a, b, y), piece| {
                let inputs = a.chunks(piece).zip(b.chunks(piece));
                inputs.zip(y.chunks_mut(piece)).map(|((a, b), y)| (a, b, y))
            },
            |(a, b, y)| self.function.values(self.isa, a, b, y),
        );
        Ok(())
    }

    /// As [`Gated::backward`].
    ///
    /// # Errors
    /// If the lengths differ.
    pub fn backward<T: Element>(
        &self,
        a: &[T],
        b: &[T],
        dy: &[T],
        da: &mut [T],
        db: &mut [T],
    ) -> Result<(), Error> {
        same_length("gate", a.len(), b.len())?;
        same_length("arriving gradient", a.len(), dy.len())?;
        same_length("gradient", a.len(), da.len())?;
        same_length("gradient of the gate", a.len(), db.len())?;
        self.share(
            self.extent(a.len()),
            ([a, b, dy], [da, db]),
            |([a, b, dy], [da, db]), piece| {
                let inputs = a.chunks(piece).zip(b.chunks(piece)).zip(dy.chunks(piece));
                let gradients = da.chunks_mut(piece).zip(db.chunks_mut(piece));
                inputs
                    .zip(gradients)
                    .map(|(((a, b), dy), (da, db))| ([a, b, dy], [da, db]))
            },
            |(inputs, gradients)| self.function.gradients(self.isa, inputs, gradients),
        );
        Ok(())
    }

    fn extent(&self, len: usize) -> Extent {
        Extent::new(len, 1, self.function.gate.definition().needs)
    }
}

/// Elements per block.
const BLOCK: usize = 1024;

struct Multiply<'a, T> {
    by: &'a [T],
    y: &'a mut [T],
}

impl<T: Element> Vectorised for Multiply<'_, T> {
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        for (factor, y) in self.by.iter().zip(self.y) {
            *y = T::from_f64(factor.to_f64() * y.to_f64());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Gated;
    use crate::definition::Shape;
    use crate::{Error, catalogue};

    #[test]
    fn every_gate_exists() {
        let mut units = 0;
        for definition in catalogue() {
            if let Shape::Gated { gate } = definition.shape {
                assert_eq!(Gated::new(definition.name).unwrap().gate().name(), gate);
                units += 1;
            }
        }
        assert_eq!(units, 4);
    }

    #[test]
    fn what_is_no_gated_unit_is_refused() {
        assert!(matches!(Gated::new("blu"), Err(Error::UnknownActivation { .. })));
        assert!(matches!(Gated::new("softmax"), Err(Error::OtherShape { .. })));
    }

    #[test]
    fn lengths_are_checked() {
        let glu = Gated::new("glu").unwrap();
        let mut y = [0.0; 4];
        assert!(glu.forward(&[0.0; 4], &[0.0; 3], &mut y).is_err());
        assert!(glu.forward(&[0.0; 3], &[0.0; 3], &mut y).is_err());
    }
}
