//! How the weights of recurrent layers begin.

use std::iter;

/// An orthogonal matrix times `gain`, row after row: rows of length `gain` at right angles to each other. Of a matrix that
/// is not square the rows are, if they are fewer than the columns, else the columns.
///
/// `normal` gives numbers of the standard normal distribution, so that the matrix is distributed uniformly over all
/// orthogonal ones. Saxe, McClelland and Ganguli (arXiv 1312.6120).
///
/// ```
/// use burn::tensor::{Device, Distribution, Tensor};
/// let random = Tensor::<1>::random([4], Distribution::Normal(0.0, 1.0), &Device::flex());
/// let mut random = random.into_data().try_to_vec::<f32>().unwrap().into_iter();
/// let normal = || random.next().unwrap();
/// let q = relume_burn::recurrent::orthogonal(2, 2, 1.0, normal);
/// assert!((q[0] * q[2] + q[1] * q[3]).abs() < 1e-6);
/// ```
pub fn orthogonal(rows: usize, columns: usize, gain: f32, mut normal: impl FnMut() -> f32) -> Vec<f32> {
    let (count, length) = (rows.min(columns), rows.max(columns));
    let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(count);
    for _ in 0..count {
        let drawn = iter::repeat_with(|| iter::repeat_with(|| f64::from(normal())).take(length).collect());
        // A drawn vector lies among those before next to never, unless the numbers are not random.
        let axes = (0..length).map(|axis| (0..length).map(|i| f64::from(u8::from(i == axis))).collect());
        let mut candidates = drawn.take(DRAWS).chain(axes);
        vectors.extend(candidates.find_map(|vector| perpendicular(vector, &vectors)));
    }
    let element = |row: usize, column: usize| {
        let value = if rows <= columns {
            vectors[row][column]
        } else {
            vectors[column][row]
        };
        (f64::from(gain) * value) as f32
    };
    (0..rows)
        .flat_map(|row| (0..columns).map(move |column| (row, column)))
        .map(|(row, column)| element(row, column))
        .collect()
}

/// How often a vector is drawn before one along an axis is taken.
const DRAWS: usize = 8;

/// What of a vector is at right angles to all others, of length 1; `None` if next to nothing is.
fn perpendicular(mut vector: Vec<f64>, others: &[Vec<f64>]) -> Option<Vec<f64>> {
    let before = norm(&vector);
    // Twice: what rounding leaves of the others the first time goes the second time.
    for _ in 0..2 {
        for other in others {
            let along: f64 = vector.iter().zip(other).map(|(a, b)| a * b).sum();
            for (a, b) in vector.iter_mut().zip(other) {
                *a -= along * b;
            }
        }
    }
    let rest = norm(&vector);
    (rest.is_finite() && rest > 1e-6 * before).then(|| vector.into_iter().map(|a| a / rest).collect())
}

fn norm(vector: &[f64]) -> f64 {
    vector.iter().map(|a| a * a).sum::<f64>().sqrt()
}

/// The identity times `gain`, row after row: with it the state of a relu network stays what it is until something comes in.
/// Le, Jaitly and Hinton (arXiv 1504.00941).
///
/// ```
/// assert_eq!(relume_burn::recurrent::identity(2, 1.0), [1.0, 0.0, 0.0, 1.0]);
/// ```
pub fn identity(hidden: usize, gain: f32) -> Vec<f32> {
    let element = |i: usize| if i / hidden == i % hidden { gain } else { 0.0 };
    (0..hidden * hidden).map(element).collect()
}

/// The biases of an [`Lstm`](super::Lstm) that are 0 but for those of the forget gate: 1 is what Jozefowicz, Zaremba and
/// Sutskever (2015) recommend, so that the cell forgets nothing at first.
///
/// ```
/// assert_eq!(relume_burn::recurrent::forget_gate_bias(1, 1.0), [0.0, 1.0, 0.0, 0.0]);
/// ```
pub fn forget_gate_bias(hidden: usize, bias: f32) -> Vec<f32> {
    let gates = [0.0, bias, 0.0, 0.0];
    gates
        .into_iter()
        .flat_map(|bias| iter::repeat_n(bias, hidden))
        .collect()
}

/// The matrices of several gates side by side, each with this many rows: the weights of a layer.
///
/// ```
/// use relume_burn::recurrent::{identity, side_by_side};
/// let two = side_by_side(2, &[identity(2, 1.0), vec![5.0, 6.0]]);
/// assert_eq!(two, [1.0, 0.0, 5.0, 0.0, 1.0, 6.0]);
/// ```
///
/// # Panics
/// If the elements of a matrix are not a multiple of the rows.
pub fn side_by_side(rows: usize, matrices: &[Vec<f32>]) -> Vec<f32> {
    let row = |matrix: &'_ Vec<f32>, row: usize| {
        assert_eq!(matrix.len() % rows, 0, "a matrix has whole rows");
        let width = matrix.len() / rows;
        matrix[row * width..(row + 1) * width].to_vec()
    };
    (0..rows)
        .flat_map(|number| matrices.iter().flat_map(move |matrix| row(matrix, number)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers() -> impl FnMut() -> f32 {
        let mut state = 1_u32;
        move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        }
    }

    fn assert_orthogonal(rows: usize, columns: usize, gain: f32, matrix: &[f32]) {
        let (count, length) = (rows.min(columns), rows.max(columns));
        let element = |vector: usize, i: usize| {
            let at = if rows <= columns {
                vector * columns + i
            } else {
                i * columns + vector
            };
            f64::from(matrix[at])
        };
        for a in 0..count {
            for b in 0..=a {
                let product: f64 = (0..length).map(|i| element(a, i) * element(b, i)).sum();
                let expected = if a == b { f64::from(gain).powi(2) } else { 0.0 };
                assert!(
                    (product - expected).abs() < 1e-5,
                    "{rows}×{columns}: {a}·{b} is {product}"
                );
            }
        }
    }

    #[test]
    fn rows_or_columns_are_orthogonal() {
        for (rows, columns) in [(1, 1), (2, 2), (17, 17), (3, 12), (12, 3), (0, 4)] {
            let matrix = orthogonal(rows, columns, 1.5, numbers());
            assert_eq!(matrix.len(), rows * columns);
            assert_orthogonal(rows, columns, 1.5, &matrix);
        }
    }

    #[test]
    fn numbers_that_are_not_random_do_no_harm() {
        for number in [0.0, 1.0, f32::NAN, f32::INFINITY] {
            let matrix = orthogonal(4, 4, 1.0, || number);
            assert_orthogonal(4, 4, 1.0, &matrix);
        }
    }
}
