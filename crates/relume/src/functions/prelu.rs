//! The loops: slices as matrices of which every column has one slope.

use crate::engine::element::Element;
use crate::engine::instruction_set::Vectorised;
use crate::engine::simd::Simd;

use crate::activation::prelu::Prelu;

/// How many columns are done at a time.
const COLUMNS: usize = 1024;

impl<T: Element> Prelu<'_, T> {
    /// A slice of that length as a matrix, so wide that columns have one slope, and as many columns as fit if that
    /// is few.
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

    /// The channel of a column, and how many columns from there on have it too, at most so many.
    #[inline(always)]
    fn run(&self, column: usize, most: usize) -> (usize, usize) {
        let channel = column / self.inner % self.slopes.len();
        (channel, most.min(self.inner - column % self.inner))
    }
}

pub(crate) struct Forward<'a, T> {
    pub(crate) prelu: Prelu<'a, T>,
    pub(crate) x: &'a [T],
    pub(crate) y: &'a mut [T],
}

impl<T: Element> Vectorised for Forward<'_, T> {
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { prelu, x, y } = self;
        let width = prelu.width(x.len());
        let mut slopes = [0.0; COLUMNS];
        for start in (0..width).step_by(COLUMNS) {
            let slopes = &mut slopes[..COLUMNS.min(width - start)];
            prelu.fill(start, slopes);
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
    pub(crate) prelu: Prelu<'a, T>,
    pub(crate) x: &'a [T],
    pub(crate) dy: &'a [T],
    pub(crate) dx: &'a mut [T],
    pub(crate) dslopes: &'a mut [T],
}

impl<T: Element> Vectorised for Backward<'_, T> {
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self {
            prelu,
            x,
            dy,
            dx,
            dslopes,
        } = self;
        let width = prelu.width(x.len());
        let mut slopes = [0.0; COLUMNS];
        let mut totals = vec![0.0; dslopes.len()];
        for start in (0..width).step_by(COLUMNS) {
            let slopes = &mut slopes[..COLUMNS.min(width - start)];
            prelu.fill(start, slopes);
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
                let (channel, run) = prelu.run(start + column, slopes.len() - column);
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
