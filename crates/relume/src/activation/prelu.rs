//! PReLU with its slopes.

use super::threads::Extent;
use super::view::View;
use crate::definition::{Domain, Needs};
use crate::engine::element::Element;
use crate::engine::instruction_set::InstructionSet;
use crate::error::{Error, same_length, whole_rows};
use crate::functions::prelu::{Backward, Channels, DEFINITION, Forward};

/// PReLU, a leaky rectifier with learned slopes, for slices of the shape (any, channels, inner).
///
/// With `inner` = 1 the channels come last; images of the shape (n, channels, height, width) have
/// `inner` = height·width. A single slope is shared by all elements, with any `inner` that divides the length.
///
/// f(x) = x for x ≥ 0 and s·x below, where s is the slope of the channel that x belongs to. The derivative by x is
/// 1 at 0 (from the right) and above, and s below; the derivative by s is x below 0, else 0. A slope of 0 stops
/// any gradient, and f(−∞) is −0 with it. NaN in, NaN out: in the values, in the gradient of x, and in the
/// gradient of the slope.
///
/// Values and the gradient of x are correctly rounded. The gradient of a slope is summed in `f64` and rounded once:
/// for m elements in the channel its error is at most 0.5 ULP plus (m + 1)·2⁻⁵³·Σ|dy·x|.
///
/// ```
/// use relume::Prelu;
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
pub struct Prelu<'a, T>(Channels<'a, T>);

impl<'a, T: Element> Prelu<'a, T> {
    /// PReLU with these slopes, each of which goes for `inner` elements that follow each other.
    ///
    /// ```
    /// let error = relume::Prelu::new(&[0.1, f64::NAN], 1).unwrap_err();
    /// assert_eq!(error.to_string(), "`prelu`: parameter `slope` is NaN, expected a finite f32");
    /// ```
    ///
    /// # Errors
    /// If a slope is not finite.
    pub fn new(slopes: &'a [T], inner: usize) -> Result<Self, Error> {
        match slopes.iter().find(|slope| !slope.to_f64().is_finite()) {
            None => Ok(Self(Channels { slopes, inner })),
            Some(slope) => Err(Error::ParameterOutOfDomain {
                activation: DEFINITION.name,
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
        View::new(*self).forward(x, y)
    }

    /// The gradients of x and of the slopes, from the input and the arriving gradient `dy`.
    ///
    /// # Errors
    /// If the lengths differ, or are no multiple of channels · inner.
    pub fn backward(&self, x: &[T], dy: &[T], dx: &mut [T], dslopes: &mut [T]) -> Result<(), Error> {
        View::new(*self).backward(x, dy, dx, dslopes)
    }

    /// The function on this instruction set, for tests and measurements.
    pub fn on(self, isa: InstructionSet) -> View<Self> {
        View::new(self).on(isa)
    }

    /// The function on all threads of the caller's `rayon` pool; see [`View::in_parallel`]. The backward works on one
    /// thread: several would sum the gradients of the slopes in another order.
    ///
    /// ```
    /// let prelu = relume::Prelu::new(&[0.5_f32, 0.25], 1)?;
    /// let x = vec![-1.0; 1 << 22];
    /// let mut y = vec![0.0; x.len()];
    /// prelu.in_parallel().forward(&x, &mut y)?;
    /// assert!(y.chunks(2).all(|y| y == [-0.5, -0.25]));
    /// # Ok::<(), relume::Error>(())
    /// ```
    #[cfg(feature = "rayon")]
    pub fn in_parallel(self) -> View<Self> {
        View::new(self).in_parallel()
    }
}

impl<T: Element> View<Prelu<'_, T>> {
    /// As [`Prelu::forward`].
    ///
    /// # Errors
    /// If the lengths differ, or are no multiple of channels · inner.
    pub fn forward(&self, x: &[T], y: &mut [T]) -> Result<(), Error> {
        let period = self.period(x)?;
        same_length("output", x.len(), y.len())?;
        if x.is_empty() {
            return Ok(());
        }
        let channels = self.function.0;
        self.share(
            Extent::new(x.len(), period, Needs::Bit),
            (x, y),
            |(x, y), piece| x.chunks(piece).zip(y.chunks_mut(piece)),
            |(x, y)| self.isa.run(Forward { channels, x, y }),
        );
        Ok(())
    }

    /// As [`Prelu::backward`].
    ///
    /// # Errors
    /// If the lengths differ, or are no multiple of channels · inner.
    pub fn backward(&self, x: &[T], dy: &[T], dx: &mut [T], dslopes: &mut [T]) -> Result<(), Error> {
        self.period(x)?;
        let channels = self.function.0;
        same_length("arriving gradient", x.len(), dy.len())?;
        same_length("gradient", x.len(), dx.len())?;
        same_length("gradient of the slopes", channels.slopes.len(), dslopes.len())?;
        dslopes.fill(T::from_f64(0.0));
        if !x.is_empty() {
            self.isa.run(Backward {
                channels,
                x,
                dy,
                dx,
                dslopes,
            });
        }
        Ok(())
    }

    /// After how many elements the first slope comes again; an error unless x ends there.
    fn period(&self, x: &[T]) -> Result<usize, Error> {
        let Channels { slopes, inner } = self.function.0;
        let period = slopes.len().saturating_mul(inner);
        whole_rows(x.len(), period).map(|()| period)
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
