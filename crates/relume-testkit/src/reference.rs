//! What others computed: the tables of `reference/`.

use relume::{Activation, Framework};
use relume_oracle::real::Real;

/// A row of `mpmath.csv`: a value and a derivative to 60 digits.
#[derive(Clone, Copy, Debug)]
pub struct Digits {
    /// The function.
    pub activation: Activation,
    /// Where.
    pub x: f64,
    /// f(x).
    pub value: Real,
    /// f′(x), from the right.
    pub derivative: Real,
}

/// The table that mpmath computed.
///
/// # Panics
/// If the table is not as `reference/generate.py` writes it.
pub fn mpmath() -> Vec<Digits> {
    let row = |line: &str| {
        let [activation, x, value, derivative] = columns(line);
        Digits {
            activation: activation.parse().expect("an activation"),
            x: x.parse().expect("a number"),
            value: Real::parse(value),
            derivative: Real::parse(derivative),
        }
    };
    rows(include_str!("../reference/mpmath.csv")).map(row).collect()
}

/// A row of `pytorch.csv`, `keras.csv` or `jax.csv`: a value and a derivative in f64.
#[derive(Clone, Copy, Debug)]
pub struct Computed {
    /// The function.
    pub activation: Activation,
    /// Where.
    pub x: f64,
    /// f(x).
    pub value: f64,
    /// The framework's derivative there.
    pub derivative: f64,
}

/// The table that a framework computed; empty for those that were not asked.
///
/// # Panics
/// If the table is not as `reference/frameworks.py` writes it.
pub fn computed_by(framework: Framework) -> Vec<Computed> {
    let table = match framework {
        Framework::PyTorch => include_str!("../reference/pytorch.csv"),
        Framework::Keras => include_str!("../reference/keras.csv"),
        Framework::Jax => include_str!("../reference/jax.csv"),
        _ => "",
    };
    let number = |text: &str| text.parse().expect("a number");
    let row = |line: &str| {
        let [activation, x, value, derivative] = columns(line);
        Computed {
            activation: activation.parse().expect("an activation"),
            x: number(x),
            value: number(value),
            derivative: number(derivative),
        }
    };
    rows(table).map(row).collect()
}

fn rows(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().skip(1)
}

fn columns<const N: usize>(line: &str) -> [&str; N] {
    let columns: Vec<&str> = line.split(';').collect();
    columns.try_into().expect("the columns of the head")
}
