//! PReLU: a leaky rectifier whose slopes are learned, one for each channel.
//!
//! f(x) = x for x ≥ 0 and s·x below, where s is the slope of the channel that x belongs to. The derivative by x is
//! 1 at 0 (from the right) and above, and s below; the derivative by s is x below 0, else 0. A slope of 0 stops
//! any gradient, and f(−∞) is −0 with it. NaN in, NaN out: in the values, in the gradient of x, and in the
//! gradient of the slope.
//!
//! Values and the gradient of x are correctly rounded. The gradient of a slope is summed in `f64` and rounded once:
//! for m elements in the channel its error is at most 0.5 ULP and (m + 1)·2⁻⁵³·Σ|dy·x|.

use super::Code;
use crate::definition::{Convention, Definition, Needs, Origin, Place::Point, Shape, Side::Left};
use crate::engine::element::Element;
use crate::engine::instruction_set::Vectorised;
use crate::engine::simd::Simd;

pub(crate) static DEFINITION: Definition = Definition {
    name: "prelu",
    aliases: &[],
    title: "PReLU",
    summary: "A leaky rectifier whose slopes for negative inputs are learned, one for each channel.",
    formula: "x for x ≥ 0, s·x for x < 0, with the slope s of the channel",
    derivative: "dx = dy for x ≥ 0, s·dy for x < 0; ds = Σ dy·x over the x < 0 of the channel",
    parameters: &[],
    needs: Needs::Input,
    origin: Origin {
        paper: "He, Zhang, Ren and Sun: Delving Deep into Rectifiers: Surpassing Human-Level Performance on ImageNet Classification",
        year: 2015,
    },
    conventions: &[
        Convention::pytorch("nn.PReLU").kinks(&[(Point(0.0), Left)]),
        Convention::keras("layers.PReLU").note("the derivative at 0 is 0"),
        Convention::onnx("PRelu"),
    ],
    shape: Shape::LearnedSlopes {
        accuracy: "Values and dx are correctly rounded; ds, for m elements in the channel, within 0.5 ULP and (m + 1)·2⁻⁵³·Σ|dy·x| besides.",
    },
};

pub(super) const CODE: Code = Code::LearnedSlopes;

/// How many columns are done at a time.
const COLUMNS: usize = 1024;

/// The slopes, each of which goes for `inner` elements that follow each other, and the first again after the last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Channels<'a, T> {
    pub(crate) slopes: &'a [T],
    pub(crate) inner: usize,
}

impl<T: Element> Channels<'_, T> {
    /// The width of the matrix as which a slice of that length is seen: a multiple of the period, so that a column has
    /// one slope, and near [`COLUMNS`] if the period is short.
    fn width(&self, len: usize) -> usize {
        let period = self.slopes.len() * self.inner;
        (period * (COLUMNS / period).max(1)).min(len)
    }

    /// The slopes of consecutive columns from `start` on.
    #[inline(always)]
    fn fill(&self, start: usize, slopes: &mut [f64]) {
        let mut column = 0;
        while column < slopes.len() {
            let (channel, run) = self.run(start + column, slopes.len() - column);
            slopes[column..column + run].fill(self.slopes[channel].to_f64());
            column += run;
        }
    }

    /// The channel of a column, and how many columns from there on have it too, `most` at most.
    #[inline(always)]
    fn run(&self, column: usize, most: usize) -> (usize, usize) {
        let channel = column / self.inner % self.slopes.len();
        (channel, most.min(self.inner - column % self.inner))
    }
}

pub(crate) struct Forward<'a, T> {
    pub(crate) channels: Channels<'a, T>,
    pub(crate) x: &'a [T],
    pub(crate) y: &'a mut [T],
}

impl<T: Element> Vectorised for Forward<'_, T> {
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { channels, x, y } = self;
        let width = channels.width(x.len());
        let mut slopes = [0.0; COLUMNS];
        for start in (0..width).step_by(COLUMNS) {
            let slopes = &mut slopes[..COLUMNS.min(width - start)];
            channels.fill(start, slopes);
            for row in (start..x.len()).step_by(width) {
                let end = x.len().min(row + slopes.len());
                let (x, y) = (&x[row..end], &mut y[row..end]);
                for ((x, y), slope) in x.iter().zip(y).zip(&*slopes) {
                    let (value, slope) = (x.to_f64(), *slope);
                    // Not 0·(−∞).
                    let negative = if slope == 0.0 { -0.0 } else { value * slope };
                    *y = if value < 0.0 { T::from_f64(negative) } else { *x };
                }
            }
        }
    }
}

pub(crate) struct Backward<'a, T> {
    pub(crate) channels: Channels<'a, T>,
    pub(crate) x: &'a [T],
    pub(crate) dy: &'a [T],
    pub(crate) dx: &'a mut [T],
    pub(crate) dslopes: &'a mut [T],
}

impl<T: Element> Vectorised for Backward<'_, T> {
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self {
            channels,
            x,
            dy,
            dx,
            dslopes,
        } = self;
        let width = channels.width(x.len());
        let mut slopes = [0.0; COLUMNS];
        let mut totals = vec![0.0; dslopes.len()];
        for start in (0..width).step_by(COLUMNS) {
            let slopes = &mut slopes[..COLUMNS.min(width - start)];
            channels.fill(start, slopes);
            let mut sums = [0.0; COLUMNS];
            for row in (start..x.len()).step_by(width) {
                let end = x.len().min(row + slopes.len());
                let arriving = x[row..end].iter().zip(&dy[row..end]);
                let columns = slopes.iter().zip(&mut sums);
                for (((x, dy), dx), (slope, sum)) in arriving.zip(&mut dx[row..end]).zip(columns) {
                    let (x, dy, slope) = (x.to_f64(), dy.to_f64(), *slope);
                    let negative = if slope == 0.0 { 0.0 } else { dy * slope };
                    let other = if x >= 0.0 { dy } else { x };
                    *dx = T::from_f64(if x < 0.0 { negative } else { other });
                    *sum += if x >= 0.0 { 0.0 } else { dy * x };
                }
            }
            let mut column = 0;
            while column < slopes.len() {
                let (channel, run) = channels.run(start + column, slopes.len() - column);
                totals[channel] += sum(&sums[column..column + run]);
                column += run;
            }
        }
        for (dslope, total) in dslopes.iter_mut().zip(totals) {
            *dslope = T::from_f64(total);
        }
    }
}

/// The sum, in several partial sums so that no addition waits for the one before.
#[inline(always)]
fn sum(numbers: &[f64]) -> f64 {
    let mut lanes = [0.0; 16];
    for block in numbers.chunks(16) {
        for (lane, number) in lanes.iter_mut().zip(block) {
            *lane += number;
        }
    }
    lanes.iter().sum()
}
