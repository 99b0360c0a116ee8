//! Gated linear units: one half of a layer's output, multiplied by an activation of the other half.
//!
//! y = a·f(b), with the gate f: the logistic function in GLU, ReLU in ReGLU, GELU in GeGLU, SiLU in SwiGLU, and any
//! other [`Activation`] as well. The backward gives da = dy·f(b) and db = dy·a·f′(b).
//!
//! Results are products of rounded factors. Where these are normal numbers and the gate is within e ULP, y and da
//! are within (0.5 + 2e) ULP; and db is within (0.5 + 2·0.5 + 2e) ULP, from dy·a rounded first. That is 1.6 and 2.6
//! ULP for e = 0.53. A gate so far in its tail that f(b) is subnormal has lost digits that a large a does not bring
//! back: then the error of y is up to half the smallest subnormal number times |a|, and that of da times |dy|.

use crate::activation::Activation;
use crate::engine::element::Element;
use crate::engine::instruction_set::{InstructionSet, Vectorised};
use crate::engine::simd::Simd;
use crate::error::{Error, same_length, whole_rows};

pub use crate::functions::gated::{GatedUnit, catalogue, find};

/// A gated linear unit, with any activation as its gate.
///
/// ```
/// use relume::gated::Gated;
/// let bilinear = Gated::new("identity".parse()?);
/// let mut y = [0.0; 2];
/// bilinear.forward(&[2.0, 3.0], &[5.0, 7.0], &mut y)?;
/// assert_eq!(y, [10.0, 21.0]);
///
/// let reglu = Gated::named("reglu")?;
/// let (mut da, mut db) = ([0.0; 2], [0.0; 2]);
/// reglu.backward(&[2.0, 3.0], &[5.0, -7.0], &[1.0, 1.0], &mut da, &mut db)?;
/// assert_eq!((da, db), ([5.0, 0.0], [2.0, 0.0]));
/// # Ok::<(), relume::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq)]
pub struct Gated {
    gate: Activation,
}

impl Gated {
    /// The unit with this gate.
    pub fn new(gate: Activation) -> Self {
        Self { gate }
    }

    /// The unit of this name, with the default parameters of its gate.
    ///
    /// ```
    /// assert_eq!(relume::gated::Gated::named("geglu")?.gate().name(), "gelu");
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownActivation`] if there is none.
    pub fn named(name: &str) -> Result<Self, Error> {
        let unit = find(name).ok_or_else(|| Error::UnknownActivation {
            name: name.to_owned(),
            nearest: None,
        })?;
        Activation::new(unit.gate).map(Self::new)
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
        self.forward_on(InstructionSet::best(), a, b, y)
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
        self.backward_on(InstructionSet::best(), a, b, dy, da, db)
    }

    /// [`forward`](Self::forward) for rows of 2·`n` elements, of which the first half is a and the second half b,
    /// as in PyTorch's `glu`. The output has rows of `n` elements.
    ///
    /// ```
    /// let reglu = relume::gated::Gated::named("reglu")?;
    /// let mut y = [0.0; 2];
    /// reglu.forward_rows(&[1.0, 2.0, 10.0, -10.0], 2, &mut y)?;
    /// assert_eq!(y, [10.0, 0.0]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If x is no multiple of 2·`n` long, or y not half as long as x.
    pub fn forward_rows<T: Element>(&self, x: &[T], n: usize, y: &mut [T]) -> Result<(), Error> {
        whole_rows(x.len(), 2 * n)?;
        same_length("output", x.len() / 2, y.len())?;
        for (x, y) in x.chunks_exact((2 * n).max(1)).zip(y.chunks_exact_mut(n.max(1))) {
            let (a, b) = x.split_at(n);
            self.forward(a, b, y)?;
        }
        Ok(())
    }

    /// [`backward`](Self::backward) for rows of 2·`n` elements: dx holds da in the first half of each row and db in
    /// the second half.
    ///
    /// ```
    /// let reglu = relume::gated::Gated::named("reglu")?;
    /// let mut dx = [0.0; 4];
    /// reglu.backward_rows(&[1.0, 2.0, 10.0, -10.0], &[1.0, 1.0], 2, &mut dx)?;
    /// assert_eq!(dx, [10.0, 0.0, 1.0, 0.0]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If x is no multiple of 2·`n` long, dy not half as long as x, or dx of another length.
    pub fn backward_rows<T: Element>(&self, x: &[T], dy: &[T], n: usize, dx: &mut [T]) -> Result<(), Error> {
        whole_rows(x.len(), 2 * n)?;
        same_length("arriving gradient", x.len() / 2, dy.len())?;
        same_length("gradient", x.len(), dx.len())?;
        let (row, half) = ((2 * n).max(1), n.max(1));
        let rows = x.chunks_exact(row).zip(dy.chunks_exact(half));
        for ((x, dy), dx) in rows.zip(dx.chunks_exact_mut(row)) {
            let ((a, b), (da, db)) = (x.split_at(n), dx.split_at_mut(n));
            self.backward(a, b, dy, da, db)?;
        }
        Ok(())
    }

    /// [`forward`](Self::forward) on a given instruction set.
    ///
    /// # Errors
    /// As `forward`.
    pub fn forward_on<T: Element>(
        &self,
        isa: InstructionSet,
        a: &[T],
        b: &[T],
        y: &mut [T],
    ) -> Result<(), Error> {
        same_length("gate", a.len(), b.len())?;
        same_length("output", a.len(), y.len())?;
        // In blocks that stay in the cache between the two steps.
        let blocks = a.chunks(BLOCK).zip(b.chunks(BLOCK));
        for ((a, b), y) in blocks.zip(y.chunks_mut(BLOCK)) {
            self.gate.forward_on(isa, b, y)?;
            isa.run(Multiply { by: a, y });
        }
        Ok(())
    }

    /// [`backward`](Self::backward) on a given instruction set.
    ///
    /// # Errors
    /// As `backward`.
    pub fn backward_on<T: Element>(
        &self,
        isa: InstructionSet,
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
        let blocks = a.chunks(BLOCK).zip(b.chunks(BLOCK)).zip(dy.chunks(BLOCK));
        let gradients = da.chunks_mut(BLOCK).zip(db.chunks_mut(BLOCK));
        for (((a, b), dy), (da, db)) in blocks.zip(gradients) {
            self.gate.forward_on(isa, b, da)?;
            isa.run(Multiply { by: dy, y: da });
            db.copy_from_slice(a);
            isa.run(Multiply { by: dy, y: db });
            self.gate.backward_in_place_on(isa, b, db)?;
        }
        Ok(())
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
    use super::{Gated, catalogue};
    use crate::Error;

    #[test]
    fn every_gate_exists() {
        for unit in catalogue() {
            assert_eq!(Gated::named(unit.facts.name).unwrap().gate().name(), unit.gate);
        }
        assert!(matches!(
            Gated::named("blu"),
            Err(Error::UnknownActivation { .. })
        ));
    }

    #[test]
    fn rows_are_the_same_as_halves() {
        let glu = Gated::named("glu").unwrap();
        let x: Vec<f32> = (0..42).map(|i| (i as f32).sin() * 3.0).collect();
        let dy: Vec<f32> = (0..21).map(|i| (i as f32).cos()).collect();
        let (mut y, mut dx) = ([0.0; 21], [0.0; 42]);
        glu.forward_rows(&x, 7, &mut y).unwrap();
        glu.backward_rows(&x, &dy, 7, &mut dx).unwrap();
        for row in 0..3 {
            let (x, dy) = (&x[row * 14..][..14], &dy[row * 7..][..7]);
            let [mut half, mut da, mut db] = [[0.0; 7]; 3];
            glu.forward(&x[..7], &x[7..], &mut half).unwrap();
            glu.backward(&x[..7], &x[7..], dy, &mut da, &mut db).unwrap();
            assert_eq!(y[row * 7..][..7], half);
            assert_eq!(dx[row * 14..][..14], [da, db].concat());
        }
    }

    #[test]
    fn lengths_are_checked() {
        let glu = Gated::named("glu").unwrap();
        let mut y = [0.0; 4];
        assert!(glu.forward(&[0.0; 4], &[0.0; 3], &mut y).is_err());
        assert!(glu.forward(&[0.0; 3], &[0.0; 3], &mut y).is_err());
        assert!(glu.forward_rows(&[0.0; 8], 3, &mut y).is_err());
        assert!(glu.forward_rows(&[0.0; 6], 3, &mut y).is_err());
        assert!(glu.forward_rows(&[0.0; 6], 0, &mut y).is_err());
        assert_eq!(glu.forward_rows::<f64>(&[], 0, &mut []), Ok(()));
        assert!(glu.backward_rows(&[0.0; 4], &[0.0; 2], 2, &mut y[..3]).is_err());
    }
}
