//! PReLU: a leaky rectifier whose slopes are learned, one for each channel.
//!
//! f(x) = x for x ≥ 0 and s·x below, where s is the slope of the channel that x belongs to. The derivative by x is
//! 1 at 0 (from the right) and above, and s below; the derivative by s is x below 0, else 0. A slope of 0 stops
//! any gradient, and f(−∞) is −0 with it. NaN in, NaN out: in the values, in the gradient of x, and in the
//! gradient of the slope.
//!
//! Values and the gradient of x are correctly rounded. The gradient of a slope is summed in `f64` and rounded once:
//! for m elements in the channel its error is at most 0.5 ULP and (m + 1)·2⁻⁵³·Σ|dy·x| besides.

use crate::definition::{Convention, Domain, Facts, Origin, Place::Point, Side::Left};
use crate::engine::element::Element;
use crate::engine::instruction_set::InstructionSet;
use crate::error::{Error, same_length, whole_rows};

use crate::functions::prelu::{Backward, Forward};

/// What PReLU is.
///
/// ```
/// assert_eq!(relume::prelu::FACTS.origin.year, 2015);
/// ```
pub static FACTS: Facts = Facts {
    name: "prelu",
    title: "PReLU",
    summary: "A leaky rectifier whose slopes for negative inputs are learned, one for each channel.",
    formula: "x for x ≥ 0, s·x for x < 0, with the slope s of the channel",
    backward: "dx = dy for x ≥ 0, s·dy for x < 0; ds = Σ dy·x over the x < 0 of the channel",
    accuracy: "Values and dx are correctly rounded; ds, for m elements in the channel, within 0.5 ULP and (m + 1)·2⁻⁵³·Σ|dy·x| besides.",
    conventions: &[
        Convention::pytorch("nn.PReLU").kinks(&[(Point(0.0), Left)]),
        Convention::keras("layers.PReLU").note("the derivative at 0 is 0"),
        Convention::onnx("PRelu"),
    ],
    origin: Origin {
        paper: "He, Zhang, Ren and Sun: Delving Deep into Rectifiers: Surpassing Human-Level Performance on ImageNet Classification",
        year: 2015,
    },
};

/// PReLU with its slopes, for slices of the shape (any, channels, inner).
///
/// With `inner` = 1 the channels come last; images of the shape (n, channels, height, width) have
/// `inner` = height·width. A single slope is shared by all elements, with any `inner` that divides the length.
///
/// ```
/// use relume::prelu::Prelu;
/// let prelu = Prelu::new(&[0.5, 0.25], 1)?;
/// let x = [-1.0, -1.0, 2.0, -4.0];
/// let mut y = [0.0; 4];
/// prelu.forward(&x, &mut y)?;
/// assert_eq!(y, [-0.5, -0.25, 2.0, -1.0]);
///
/// let (mut dx, mut dslopes) = ([0.0; 4], [0.0; 2]);
/// prelu.backward(&x, &[1.0; 4], &mut dx, &mut dslopes)?;
/// assert_eq!(dx, [0.5, 0.25, 1.0, 0.25]);
/// assert_eq!(dslopes, [-1.0, -5.0]);
/// # Ok::<(), relume::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Prelu<'a, T> {
    pub(crate) slopes: &'a [T],
    pub(crate) inner: usize,
}

impl<'a, T: Element> Prelu<'a, T> {
    /// PReLU with these slopes, each of which goes for `inner` elements that follow each other.
    ///
    /// ```
    /// let error = relume::prelu::Prelu::new(&[0.1, f64::NAN], 1).unwrap_err();
    /// assert_eq!(error.to_string(), "`prelu`: parameter `slope` is NaN, expected a finite f32");
    /// ```
    ///
    /// # Errors
    /// If a slope is not finite.
    pub fn new(slopes: &'a [T], inner: usize) -> Result<Self, Error> {
        match slopes.iter().find(|slope| !slope.to_f64().is_finite()) {
            None => Ok(Self { slopes, inner }),
            Some(slope) => Err(Error::NonFiniteParameter {
                activation: FACTS.name,
                parameter: "slope",
                value: slope.to_f64(),
                domain: Domain::Finite,
            }),
        }
    }

    /// `y = f(x)`.
    ///
    /// # Errors
    /// If the lengths differ, or are no multiple of channels · inner.
    pub fn forward(&self, x: &[T], y: &mut [T]) -> Result<(), Error> {
        self.forward_on(InstructionSet::best(), x, y)
    }

    /// The gradients of x and of the slopes, from the input and the arriving gradient `dy`.
    ///
    /// # Errors
    /// If the lengths differ, or are no multiple of channels · inner.
    pub fn backward(&self, x: &[T], dy: &[T], dx: &mut [T], dslopes: &mut [T]) -> Result<(), Error> {
        self.backward_on(InstructionSet::best(), x, dy, dx, dslopes)
    }

    /// [`forward`](Self::forward) on a given instruction set.
    ///
    /// # Errors
    /// As `forward`.
    pub fn forward_on(&self, isa: InstructionSet, x: &[T], y: &mut [T]) -> Result<(), Error> {
        self.check(x)?;
        same_length("output", x.len(), y.len())?;
        if !x.is_empty() {
            isa.run(Forward { prelu: *self, x, y });
        }
        Ok(())
    }

    /// [`backward`](Self::backward) on a given instruction set.
    ///
    /// # Errors
    /// As `backward`.
    pub fn backward_on(
        &self,
        isa: InstructionSet,
        x: &[T],
        dy: &[T],
        dx: &mut [T],
        dslopes: &mut [T],
    ) -> Result<(), Error> {
        self.check(x)?;
        same_length("arriving gradient", x.len(), dy.len())?;
        same_length("gradient", x.len(), dx.len())?;
        if dslopes.len() != self.slopes.len() {
            return Err(Error::LengthMismatch {
                what: "gradient of the slopes",
                expected: self.slopes.len(),
                found: dslopes.len(),
            });
        }
        dslopes.fill(T::from_f64(0.0));
        if !x.is_empty() {
            isa.run(Backward {
                prelu: *self,
                x,
                dy,
                dx,
                dslopes,
            });
        }
        Ok(())
    }

    fn check(&self, x: &[T]) -> Result<(), Error> {
        whole_rows(x.len(), self.slopes.len().saturating_mul(self.inner))
    }
}

#[cfg(test)]
mod tests {
    use super::Prelu;
    use crate::Error;

    #[test]
    fn edges() {
        let x = [
            f64::NEG_INFINITY,
            -0.0,
            0.0,
            f64::INFINITY,
            f64::NAN,
            -1e-310,
            -3.0,
        ];
        let prelu = Prelu::new(&[0.0], 1).unwrap();
        let (mut y, mut dx, mut dslope) = ([1.0; 7], [1.0; 7], [1.0]);
        prelu.forward(&x, &mut y).unwrap();
        assert_eq!(y[..4], [0.0, 0.0, 0.0, f64::INFINITY]);
        assert!(y[0].is_sign_negative() && y[1].is_sign_negative() && y[4].is_nan());
        let dy = [f64::NAN, 1.0, 2.0, 3.0, 4.0, f64::INFINITY, 5.0];
        prelu.backward(&x, &dy, &mut dx, &mut dslope).unwrap();
        assert_eq!(dx[..4], [0.0, 1.0, 2.0, 3.0], "0 stops any gradient");
        assert_eq!(dx[5..], [0.0, 0.0]);
        assert!(dx[4].is_nan() && dslope[0].is_nan());
    }

    #[test]
    fn lengths_are_checked() {
        let slopes = [0.1_f32; 3];
        let prelu = Prelu::new(&slopes, 2).unwrap();
        let mut y = [0.0; 9];
        let partial = Error::PartialRow { elements: 9, row: 6 };
        assert_eq!(prelu.forward(&[0.0; 9], &mut y), Err(partial));
        assert!(prelu.forward(&[0.0; 6], &mut y).is_err());
        let mut dslopes = [0.0; 2];
        assert!(
            prelu
                .backward(&[0.0; 6], &[0.0; 6], &mut y[..6], &mut dslopes)
                .is_err()
        );
        for (slopes, inner) in [(&slopes[..0], 1), (&slopes, 0)] {
            let empty = Prelu::new(slopes, inner).unwrap();
            assert_eq!(empty.forward(&[], &mut []), Ok(()));
            assert!(empty.forward(&[1.0], &mut [1.0]).is_err());
        }
        assert!(Prelu::new(&[f32::INFINITY], 1).is_err());
    }
}
