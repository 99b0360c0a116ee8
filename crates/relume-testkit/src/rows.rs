//! Oracles of the functions that are not elementwise: rows in multiprecision, by the textbook formulas.

use relume_oracle::real::Real;

/// The values of a row.
pub type Values = fn(&[f64]) -> Vec<Real>;

/// The gradient of a row from its output and the arriving gradient, and beside each the sum of the magnitudes of
/// the terms that it is the sum of.
pub type Gradients = fn(&[f64], &[f64]) -> Vec<[Real; 2]>;

/// A function of rows with its formulas.
pub struct RowOracle {
    /// The catalogue's name of the function.
    pub name: &'static str,
    /// The values.
    pub values: Values,
    /// The backward.
    pub gradients: Gradients,
}

/// One oracle per function of rows.
pub static ROW_ORACLES: &[RowOracle] = &[
    RowOracle {
        name: "softmax",
        values: softmax,
        gradients: softmax_gradients,
    },
    RowOracle {
        name: "log_softmax",
        values: log_softmax,
        gradients: log_softmax_gradients,
    },
    RowOracle {
        name: "sparsemax",
        values: sparsemax,
        gradients: sparsemax_gradients,
    },
];

/// The oracle of the function of rows called `name`.
pub fn row_oracle(name: &str) -> Option<&'static RowOracle> {
    ROW_ORACLES.iter().find(|oracle| oracle.name == name)
}

fn sum(terms: impl Iterator<Item = Real>) -> Real {
    terms.fold(Real::ZERO, |sum, term| sum + term)
}

fn largest(x: &[f64]) -> f64 {
    x.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// x − max x, with −∞ at a finite distance that is large enough.
fn below_largest(x: &[f64]) -> Vec<Real> {
    let top = Real::from(largest(x));
    let far = -Real::power_of_two(2000);
    x.iter()
        .map(|x| if x.is_finite() { Real::from(*x) - top } else { far })
        .collect()
}

fn softmax(x: &[f64]) -> Vec<Real> {
    let e: Vec<Real> = below_largest(x).into_iter().map(Real::exp).collect();
    let total = sum(e.iter().copied());
    e.into_iter().map(|e| e / total).collect()
}

/// The logarithm of the sum of the others beside the 1 of the largest keeps its digits near 0.
fn log_softmax(x: &[f64]) -> Vec<Real> {
    let d = below_largest(x);
    let top = d
        .iter()
        .position(|d| d.is_zero())
        .expect("a row has a largest number");
    let others = d.iter().enumerate().filter(|(i, _)| *i != top);
    let log = sum(others.map(|(_, d)| d.exp())).ln_1p();
    d.into_iter().map(|d| d - log).collect()
}

/// By sorting, as in the paper: the support is the longest prefix whose least element is above its own threshold.
fn sparsemax(x: &[f64]) -> Vec<Real> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|i, j| x[*j].total_cmp(&x[*i]));
    let d = below_largest(x);
    let (mut total, mut threshold) = (Real::from(-1.0), Real::ZERO);
    for (count, i) in order.into_iter().enumerate() {
        let candidate = (total + d[i]) / Real::from(count as f64 + 1.0);
        if d[i] - candidate <= 0.0 {
            break;
        }
        total = total + d[i];
        threshold = candidate;
    }
    let positive = |excess: Real| if excess > 0.0 { excess } else { Real::ZERO };
    d.into_iter().map(|d| positive(d - threshold)).collect()
}

fn reals(numbers: &[f64]) -> Vec<Real> {
    numbers.iter().copied().map(Real::from).collect()
}

fn softmax_gradients(y: &[f64], dy: &[f64]) -> Vec<[Real; 2]> {
    let (y, dy) = (reals(y), reals(dy));
    let products = || y.iter().zip(&dy).map(|(y, dy)| *y * *dy);
    let (mean, size) = (sum(products()), sum(products().map(Real::abs)));
    let terms = y.iter().zip(&dy);
    terms
        .map(|(y, dy)| [*y * (*dy - mean), *y * (dy.abs() + size)])
        .collect()
}

/// `y` may be −∞ here.
fn log_softmax_gradients(y: &[f64], dy: &[f64]) -> Vec<[Real; 2]> {
    let share = |y: f64| {
        if y.is_finite() {
            Real::from(y).exp()
        } else {
            Real::ZERO
        }
    };
    let dy = reals(dy);
    let (total, size) = (sum(dy.iter().copied()), sum(dy.iter().map(|dy| dy.abs())));
    let terms = y.iter().map(|y| share(*y)).zip(&dy);
    terms
        .map(|(share, dy)| [*dy - share * total, dy.abs() + share * size])
        .collect()
}

fn sparsemax_gradients(y: &[f64], dy: &[f64]) -> Vec<[Real; 2]> {
    let inside = || y.iter().zip(reals(dy)).filter(|(y, _)| **y > 0.0);
    let count = Real::from(inside().count() as f64);
    let mean = sum(inside().map(|(_, dy)| dy)) / count;
    let size = sum(inside().map(|(_, dy)| dy.abs())) / count;
    let gradient = |y: f64, dy: Real| {
        if y > 0.0 {
            [dy - mean, dy.abs() + size]
        } else {
            [Real::ZERO; 2]
        }
    };
    y.iter().zip(reals(dy)).map(|(y, dy)| gradient(*y, dy)).collect()
}
