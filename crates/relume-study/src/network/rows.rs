//! Rows of one tensor put together into another: windows of sequences, padding, last states and embeddings are all that.

use super::linear_map::{LinearMap, apply, elements};
use burn::backend::flex::FlexTensor;
use burn::tensor::{Tensor, TensorData};
use std::ops::Range;
use std::sync::Arc;

/// Stands for a row of zeros.
const ZEROS: u32 = u32::MAX;

/// Which row of a tensor each row of another is. The samples of a batch follow each other in it, row by row, without
/// padding: a sample of a sequence has as many rows as steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rows(Arc<[u32]>);

impl Rows {
    /// These rows.
    pub(crate) fn of(rows: impl IntoIterator<Item = usize>) -> Self {
        Self(rows.into_iter().map(|row| row as u32).collect())
    }

    /// Windows of `kernel` steps around every `stride`-th step of each sample, `kernel` rows each; before its first
    /// and after its last step there are zeros.
    pub(crate) fn windows(lengths: &[usize], kernel: usize, stride: usize) -> Self {
        let before = (kernel - 1) / 2;
        let windows = samples(lengths).flat_map(|sample| {
            (sample.start..sample.end)
                .step_by(stride)
                .flat_map(move |centre| {
                    (0..kernel).map(move |k| match (centre + k).checked_sub(before) {
                        Some(row) if (sample.start..sample.end).contains(&row) => row as u32,
                        _ => ZEROS,
                    })
                })
        });
        Self(windows.collect())
    }

    /// Each sample as long as the longest: after its last step there are zeros.
    pub(crate) fn padded(lengths: &[usize]) -> Self {
        let longest = longest(lengths);
        let rows = samples(lengths).flat_map(|sample| {
            let steps = sample.start..sample.start + longest;
            steps.map(move |row| if row < sample.end { row as u32 } else { ZEROS })
        });
        Self(rows.collect())
    }

    /// Each sample as long as the longest: its last step is repeated.
    pub(crate) fn repeated(lengths: &[usize]) -> Self {
        let longest = longest(lengths);
        let rows = samples(lengths).flat_map(|sample| {
            let steps = sample.start..sample.start + longest;
            steps.map(move |row| row.min(sample.end - 1) as u32)
        });
        Self(rows.collect())
    }

    /// What [`padded`](Self::padded) came from.
    pub(crate) fn unpadded(lengths: &[usize]) -> Self {
        let longest = longest(lengths);
        Self::of(
            lengths
                .iter()
                .enumerate()
                .flat_map(|(i, &length)| i * longest..i * longest + length),
        )
    }

    /// The last step of each sample.
    pub(crate) fn last(lengths: &[usize]) -> Self {
        Self::of(samples(lengths).map(|sample| sample.end - 1))
    }
}

/// The steps of the longest sample.
pub(crate) fn longest(lengths: &[usize]) -> usize {
    lengths.iter().copied().max().unwrap_or(0)
}

/// The rows of each sample.
fn samples(lengths: &[usize]) -> impl Iterator<Item = Range<usize>> {
    lengths.iter().scan(0, |end, &length| {
        let start = *end;
        *end += length;
        Some(start..*end)
    })
}

/// The rows of `x` put together, differentiable.
pub(crate) fn gather(x: Tensor<2>, rows: &Rows) -> Tensor<2> {
    let [from, width] = x.dims();
    let rows = rows.clone();
    apply(x, Gather { rows, from, width })
}

/// Rows of a tensor of so many rows and columns.
#[derive(Clone, Debug)]
struct Gather {
    rows: Rows,
    from: usize,
    width: usize,
}

impl Gather {
    /// Each row that is not of zeros: where it is put, and where it is from.
    fn moves(&self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        let range = |row: usize| row * self.width..(row + 1) * self.width;
        let rows = self.rows.0.iter().enumerate();
        rows.filter(|(_, row)| **row != ZEROS)
            .map(move |(to, &row)| (range(to), range(row as usize)))
    }
}

impl LinearMap for Gather {
    fn forward(&self, x: &FlexTensor) -> FlexTensor {
        let x = elements(x);
        let shape = [self.rows.0.len(), self.width];
        let mut y = vec![0.0_f32; shape[0] * shape[1]];
        for (to, from) in self.moves() {
            y[to].copy_from_slice(&x[from]);
        }
        FlexTensor::from_data(TensorData::new(y, shape))
    }

    /// Each row gets the sum of what its copies got.
    fn transpose(&self, dy: &FlexTensor) -> FlexTensor {
        let dy = elements(dy);
        let mut dx = vec![0.0_f32; self.from * self.width];
        for (copy, row) in self.moves() {
            for (sum, value) in dx[row].iter_mut().zip(&dy[copy]) {
                *sum += value;
            }
        }
        FlexTensor::from_data(TensorData::new(dx, [self.from, self.width]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    const LENGTHS: [usize; 3] = [2, 4, 1];

    fn numbers(rows: &Rows) -> Vec<i64> {
        let number = |&row: &u32| if row == ZEROS { -1 } else { i64::from(row) };
        rows.0.iter().map(number).collect()
    }

    #[test]
    fn windows_stay_within_their_sample() {
        let windows = Rows::windows(&LENGTHS, 3, 2);
        let expected = [[-1, 0, 1], [-1, 2, 3], [3, 4, 5], [-1, 6, -1]];
        assert_eq!(numbers(&windows), expected.concat());
        // An even window reaches one step further ahead than back.
        assert_eq!(
            numbers(&Rows::windows(&[2], 4, 1)),
            [[-1, 0, 1, -1], [0, 1, -1, -1]].concat()
        );
    }

    #[test]
    fn padding_is_undone() {
        assert_eq!(
            numbers(&Rows::padded(&LENGTHS)),
            [0, 1, -1, -1, 2, 3, 4, 5, 6, -1, -1, -1]
        );
        assert_eq!(
            numbers(&Rows::repeated(&LENGTHS)),
            [0, 1, 1, 1, 2, 3, 4, 5, 6, 6, 6, 6]
        );
        assert_eq!(numbers(&Rows::last(&LENGTHS)), [1, 5, 6]);
        let x = Tensor::<2>::from_data([[1.0], [2.0], [3.0], [4.0], [5.0], [6.0], [7.0]], &Device::flex());
        let there = gather(x.clone(), &Rows::padded(&LENGTHS));
        let back = gather(there, &Rows::unpadded(&LENGTHS));
        assert_eq!(back.to_data(), x.to_data());
    }

    /// The gradient of Σ wᵢ·yᵢ by a row is the sum of the weights of its copies.
    #[test]
    fn a_row_gets_the_sum_of_what_its_copies_got() {
        let device = Device::flex().autodiff();
        let x = Tensor::<2>::from_data([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], &device).require_grad();
        let y = gather(x.clone(), &Rows(vec![2, ZEROS, 0, 2].into()));
        let expected = Tensor::<2>::from_data([[5.0, 6.0], [0.0, 0.0], [1.0, 2.0], [5.0, 6.0]], &device);
        assert_eq!(y.to_data(), expected.to_data());
        let weights = Tensor::<2>::from_data([[1.0, 2.0], [4.0, 8.0], [16.0, 32.0], [64.0, 128.0]], &device);
        let gradient = x.grad(&(y * weights).sum().backward()).unwrap();
        let expected = Tensor::<2>::from_data([[16.0, 32.0], [0.0, 0.0], [65.0, 130.0]], &Device::flex());
        assert_eq!(gradient.to_data(), expected.to_data());
    }
}
