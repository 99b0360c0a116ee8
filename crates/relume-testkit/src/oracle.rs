//! The oracle: every function and derivative of the catalogue by its textbook formula.
//!
//! A formula is written once, for any [`Number`]: in multiprecision it is the exact value that results are
//! held against, in [`Bounded`] arithmetic it is the fast reference of the sweep. None of it shares anything
//! with relume's own polynomials.
//!
//! To add a function: write its [`Formula`] in one of the files below and add its line to [`ORACLES`].

mod algebraic;
mod bell;
mod exponential;
mod hyperbolic;
mod piecewise;
mod shrinkage;

use crate::bounded::{Bounded, LANES, by_paths};
use crate::number::Number;
use crate::real::Real;

/// One oracle per function of the catalogue.
pub static ORACLES: &[Oracle] = &[
    Oracle::of::<piecewise::Identity>("identity"),
    Oracle::of::<piecewise::Relu>("relu"),
    Oracle::of::<piecewise::Relu6>("relu6"),
    Oracle::of::<piecewise::LeakyRelu>("leaky_relu"),
    Oracle::of::<piecewise::HardSilu>("hard_silu"),
    Oracle::of::<piecewise::Threshold>("threshold"),
    Oracle::of::<piecewise::ThresholdedRelu>("thresholded_relu"),
    Oracle::of::<piecewise::HardSigmoid>("hard_sigmoid"),
    Oracle::of::<piecewise::HardTanh>("hard_tanh"),
    Oracle::of::<shrinkage::SoftShrink>("soft_shrink"),
    Oracle::of::<shrinkage::HardShrink>("hard_shrink"),
    Oracle::of::<hyperbolic::TanhShrink>("tanh_shrink"),
    Oracle::of::<algebraic::SquaredRelu>("squared_relu"),
    Oracle::of::<algebraic::SparsePlus>("sparse_plus"),
    Oracle::of::<algebraic::SparseSigmoid>("sparse_sigmoid"),
    Oracle::of::<algebraic::Squareplus>("squareplus"),
    Oracle::of::<algebraic::Softsign>("softsign"),
    Oracle::of::<exponential::Elu>("elu"),
    Oracle::of::<exponential::Selu>("selu"),
    Oracle::of::<exponential::Celu>("celu"),
    Oracle::of::<exponential::Sigmoid>("sigmoid"),
    Oracle::of::<exponential::LogSigmoid>("log_sigmoid"),
    Oracle::of::<hyperbolic::Tanh>("tanh"),
    Oracle::of::<exponential::Silu>("silu"),
    Oracle::of::<exponential::QuickGelu>("quick_gelu"),
    Oracle::of::<exponential::Softplus>("softplus"),
    Oracle::of::<exponential::Mish>("mish"),
    Oracle::of::<bell::Gelu>("gelu"),
    Oracle::of::<bell::GeluTanh>("gelu_tanh"),
];

/// The oracle of the function called `name` in the catalogue.
pub fn oracle(name: &str) -> Option<&'static Oracle> {
    ORACLES.iter().find(|oracle| oracle.name == name)
}

/// A function and its derivative, by formulas that owe nothing to relume.
///
/// At a kink the derivative is the one from the right.
pub trait Formula {
    /// f(x).
    fn value<N: Number>(x: N, parameters: Parameters) -> N;
    /// f'(x).
    fn derivative<N: Number>(x: N, parameters: Parameters) -> N;
}

/// A function's name with its formulas in both arithmetics.
#[derive(Debug)]
pub struct Oracle {
    /// The catalogue's name of the function.
    pub name: &'static str,
    /// f.
    pub value: Reference,
    /// f'.
    pub derivative: Reference,
}

/// One formula in both arithmetics.
#[derive(Clone, Copy, Debug)]
pub struct Reference {
    exact: fn(Real, Parameters) -> Real,
    fast: fn(Bounded, Parameters) -> Bounded,
}

/// The values of a function's parameters, by name.
#[derive(Clone, Copy, Debug)]
pub struct Parameters<'a>(pub &'a [(&'static str, f64)]);

impl Parameters<'_> {
    /// The parameter called `name`.
    ///
    /// # Panics
    /// If the catalogue's function has no parameter of that name.
    pub fn number(self, name: &str) -> f64 {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found
            .unwrap_or_else(|| panic!("the oracle needs a parameter {name:?}"))
            .1
    }

    /// The same, in the arithmetic of a formula.
    ///
    /// # Panics
    /// As [`number`](Self::number).
    pub fn get<N: Number>(self, name: &str) -> N {
        N::from(self.number(name))
    }
}

impl Oracle {
    const fn of<F: Formula>(name: &'static str) -> Self {
        let value = Reference {
            exact: F::value::<Real>,
            fast: F::value::<Bounded>,
        };
        let derivative = Reference {
            exact: F::derivative::<Real>,
            fast: F::derivative::<Bounded>,
        };
        Self {
            name,
            value,
            derivative,
        }
    }
}

impl Reference {
    /// The exact result at `x`, which must not be NaN. Infinity is approached by 2^4000: what is near a limit
    /// there is nearer than any float can tell, and what is beyond the floats is infinite.
    pub fn exact(self, x: f64, parameters: Parameters) -> Real {
        let real = if x.is_infinite() {
            let far = Real::power_of_two(4000);
            if x < 0.0 { -far } else { far }
        } else {
            Real::from(x)
        };
        (self.exact)(real, parameters)
    }

    /// The results at finite `x` with bounds on their errors.
    pub fn fast(self, x: [f64; LANES], parameters: Parameters) -> Bounded {
        by_paths(x, |x| (self.fast)(x, parameters))
    }
}
