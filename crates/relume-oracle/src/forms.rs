//! Stable forms written by hand: textbook formulas that lose no digits, of functions and their derivatives.
//!
//! A form is written once, for any [`Number`](crate::number::Number). It shares nothing with relume's own polynomials,
//! nor with the text that the catalogue prints, with which the tests compare it. A new function needs none: its text
//! serves where no form is listed here.

mod algebraic;
mod bell;
mod exponential;
mod hyperbolic;
mod piecewise;
mod shrinkage;
mod written;

use crate::bounded::Bounded;
use crate::parameters::Parameters;
use crate::real::Real;
use written::Written;

/// The form of each function that has one.
static FORMS: &[(&str, Pair)] = &[
    ("identity", pair::<piecewise::Identity>()),
    ("relu", pair::<piecewise::Relu>()),
    ("relu6", pair::<piecewise::Relu6>()),
    ("leaky_relu", pair::<piecewise::LeakyRelu>()),
    ("hard_silu", pair::<piecewise::HardSilu>()),
    ("threshold", pair::<piecewise::Threshold>()),
    ("thresholded_relu", pair::<piecewise::ThresholdedRelu>()),
    ("hard_sigmoid", pair::<piecewise::HardSigmoid>()),
    ("hard_tanh", pair::<piecewise::HardTanh>()),
    ("soft_shrink", pair::<shrinkage::SoftShrink>()),
    ("hard_shrink", pair::<shrinkage::HardShrink>()),
    ("tanh_shrink", pair::<hyperbolic::TanhShrink>()),
    ("squared_relu", pair::<algebraic::SquaredRelu>()),
    ("sparse_plus", pair::<algebraic::SparsePlus>()),
    ("sparse_sigmoid", pair::<algebraic::SparseSigmoid>()),
    ("squareplus", pair::<algebraic::Squareplus>()),
    ("softsign", pair::<algebraic::Softsign>()),
    ("elu", pair::<exponential::Elu>()),
    ("selu", pair::<exponential::Selu>()),
    ("celu", pair::<exponential::Celu>()),
    ("sigmoid", pair::<exponential::Sigmoid>()),
    ("log_sigmoid", pair::<exponential::LogSigmoid>()),
    ("tanh", pair::<hyperbolic::Tanh>()),
    ("silu", pair::<exponential::Silu>()),
    ("quick_gelu", pair::<exponential::QuickGelu>()),
    ("softplus", pair::<exponential::Softplus>()),
    ("mish", pair::<exponential::Mish>()),
    ("gelu", pair::<bell::Gelu>()),
    ("gelu_tanh", pair::<bell::GeluTanh>()),
];

/// The value and the derivative of a function.
pub(crate) type Pair = [Form; 2];

/// One form in both arithmetics.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pub(crate) exact: fn(Real, Parameters) -> Real,
    pub(crate) fast: fn(Bounded, Parameters) -> Bounded,
}

/// The form of the function called `name` in the catalogue.
pub(crate) fn form(name: &str) -> Option<Pair> {
    let found = FORMS.iter().find(|(known, _)| *known == name);
    found.map(|(_, pair)| *pair)
}

const fn pair<W: Written>() -> Pair {
    let value = Form {
        exact: W::value::<Real>,
        fast: W::value::<Bounded>,
    };
    let derivative = Form {
        exact: W::derivative::<Real>,
        fast: W::derivative::<Bounded>,
    };
    [value, derivative]
}
