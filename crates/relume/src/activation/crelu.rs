//! CReLU: a rectifier that keeps both signs, side by side.
//!
//! A row of n elements becomes one of 2n: relu(x), then relu(−x). Where x ≥ 0 the gradient is that of the first
//! half, else the negated one of the second; at 0 that is the derivative from the right. NaN in, NaN out. All
//! results are exact.

use crate::definition::{Facts, Origin};
use crate::engine::element::Element;
use crate::engine::instruction_set::{InstructionSet, Vectorised};
use crate::engine::simd::Simd;
use crate::error::{Error, same_length, whole_rows};

/// What CReLU is.
///
/// ```
/// assert_eq!(relume::crelu::FACTS.formula, "(max(0, x), max(0, −x))");
/// ```
pub static FACTS: Facts = Facts {
    name: "crelu",
    title: "CReLU",
    summary: "The rectified row beside the rectified negative of it: nothing is cut off, and twice as many features come out.",
    formula: "(max(0, x), max(0, −x))",
    backward: "dx = the first half of dy for x ≥ 0, minus the second half for x < 0",
    accuracy: "Exact.",
    conventions: &[],
    origin: Origin {
        paper: "Shang, Sohn, Almeida and Lee: Understanding and Improving Convolutional Neural Networks via Concatenated Rectified Linear Units",
        year: 2016,
    },
};

/// Rows of `n` elements in `x` become rows of 2·`n` in `y`.
///
/// ```
/// let mut y = [1.0; 4];
/// relume::crelu::forward(&[2.0, -3.0], 2, &mut y)?;
/// assert_eq!(y, [2.0, 0.0, 0.0, 3.0]);
/// # Ok::<(), relume::Error>(())
/// ```
///
/// # Errors
/// If x is no multiple of `n` long, or y not twice as long as x.
pub fn forward<T: Element>(x: &[T], n: usize, y: &mut [T]) -> Result<(), Error> {
    forward_on(InstructionSet::best(), x, n, y)
}

/// The gradient `dx` from the input and the gradient `dy` that arrives at the rows of 2·`n` elements.
///
/// ```
/// let mut dx = [0.0; 2];
/// relume::crelu::backward(&[2.0, -3.0], 2, &[0.1, 0.2, 0.3, 0.4], &mut dx)?;
/// assert_eq!(dx, [0.1, -0.4]);
/// # Ok::<(), relume::Error>(())
/// ```
///
/// # Errors
/// As [`forward`].
pub fn backward<T: Element>(x: &[T], n: usize, dy: &[T], dx: &mut [T]) -> Result<(), Error> {
    backward_on(InstructionSet::best(), x, n, dy, dx)
}

/// [`forward`] on a given instruction set.
///
/// # Errors
/// As `forward`.
pub fn forward_on<T: Element>(isa: InstructionSet, x: &[T], n: usize, y: &mut [T]) -> Result<(), Error> {
    whole_rows(x.len(), n)?;
    same_length("output", 2 * x.len(), y.len())?;
    if !x.is_empty() {
        isa.run(Forward { x, n, y });
    }
    Ok(())
}

/// [`backward`] on a given instruction set.
///
/// # Errors
/// As `backward`.
pub fn backward_on<T: Element>(
    isa: InstructionSet,
    x: &[T],
    n: usize,
    dy: &[T],
    dx: &mut [T],
) -> Result<(), Error> {
    whole_rows(x.len(), n)?;
    same_length("arriving gradient", 2 * x.len(), dy.len())?;
    same_length("gradient", x.len(), dx.len())?;
    if !x.is_empty() {
        isa.run(Backward { x, n, dy, dx });
    }
    Ok(())
}

struct Forward<'a, T> {
    x: &'a [T],
    n: usize,
    y: &'a mut [T],
}

impl<T: Element> Vectorised for Forward<'_, T> {
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let rectified = |x: T| if x.to_f64() < 0.0 { T::from_f64(0.0) } else { x };
        for (x, y) in self
            .x
            .chunks_exact(self.n)
            .zip(self.y.chunks_exact_mut(2 * self.n))
        {
            let (positive, negative) = y.split_at_mut(self.n);
            for ((x, positive), negative) in x.iter().zip(positive).zip(negative) {
                *positive = rectified(*x);
                *negative = rectified(T::from_f64(-x.to_f64()));
            }
        }
    }
}

struct Backward<'a, T> {
    x: &'a [T],
    n: usize,
    dy: &'a [T],
    dx: &'a mut [T],
}

impl<T: Element> Vectorised for Backward<'_, T> {
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { x, n, dy, dx } = self;
        let rows = x.chunks_exact(n).zip(dy.chunks_exact(2 * n));
        for ((x, dy), dx) in rows.zip(dx.chunks_exact_mut(n)) {
            let (positive, negative) = dy.split_at(n);
            for (((x, positive), negative), dx) in x.iter().zip(positive).zip(negative).zip(dx) {
                let value = x.to_f64();
                let other = if value < 0.0 {
                    T::from_f64(-negative.to_f64())
                } else {
                    *x
                };
                *dx = if value >= 0.0 { *positive } else { other };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{backward, forward};

    #[test]
    fn edges() {
        let x = [f64::NEG_INFINITY, -0.0, 0.0, f64::INFINITY, f64::NAN, -5e-324];
        let mut y = [7.0; 12];
        forward(&x, 3, &mut y).unwrap();
        assert_eq!(y[..6], [0.0, 0.0, 0.0, f64::INFINITY, 0.0, 0.0]);
        assert_eq!((y[6], y[8], y[9], y[11]), (f64::INFINITY, 0.0, 0.0, 5e-324));
        assert!(y[7].is_nan() && y[10].is_nan());

        let dy: Vec<f64> = (1..=12).map(f64::from).collect();
        let mut dx = [0.0; 6];
        backward(&x, 3, &dy, &mut dx).unwrap();
        assert_eq!(dx[..4], [-4.0, 2.0, 3.0, 7.0]);
        assert!(dx[4].is_nan() && dx[5] == -12.0);
    }

    #[test]
    fn lengths_are_checked() {
        let mut y = [0.0; 8];
        assert!(forward(&[0.0; 4], 3, &mut y).is_err());
        assert!(forward(&[0.0; 3], 3, &mut y).is_err());
        assert!(forward(&[0.0; 3], 0, &mut y[..6]).is_err());
        assert!(forward::<f32>(&[], 0, &mut []).is_ok());
        assert!(backward(&[0.0; 4], 4, &y.clone(), &mut y).is_err());
    }
}
