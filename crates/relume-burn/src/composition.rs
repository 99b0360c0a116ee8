//! The arithmetic of formulas in Burn's operations on tensors.

use std::f64::consts::FRAC_1_SQRT_2;
use std::ops;

use burn::tensor::{Bool, Tensor};
use relume_formula::{Arithmetic, Decimal, Floats, Relation};

/// A number of the text or of a parameter, or a tensor.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "most are tensors, and there are few at a time"
)]
pub(crate) enum Number {
    Constant(f64),
    Tensor(Tensor<1>),
}

/// What is true of every element, or of some.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "most are tensors, and there are few at a time"
)]
pub(crate) enum Truth {
    Constant(bool),
    Mask(Tensor<1, Bool>),
}

/// Burn's operations, for formulas of this tensor.
///
/// Derivatives are Burn's. At a kink that of the chosen number counts: on the right, as in the catalogue, for a `max` or
/// `min` of a constant and of what increases; as the text says for cases.
#[derive(Debug)]
pub(crate) struct Operations {
    x: Tensor<1>,
    largest: f64,
}

impl Operations {
    pub(crate) fn new(x: Tensor<1>) -> Self {
        let largest = x.dtype().finfo().map_or(f64::MAX, |info| info.max);
        Self { x, largest }
    }

    /// A constant for every element, except that it stays NaN where x is.
    fn tensor(&self, constant: f64) -> Tensor<1> {
        let x = self.x.clone();
        let known = x.clone().is_nan().bool_not();
        x.mask_fill(known, constant)
    }
}

/// An operation on two numbers of either kind.
macro_rules! binary {
    ($a:expr, $b:expr, $operation:path) => {
        match ($a.clone(), $b.clone()) {
            (Number::Constant(a), Number::Constant(b)) => Number::Constant($operation(a, b)),
            (Number::Constant(a), Number::Tensor(b)) => Number::Tensor($operation(a, b)),
            (Number::Tensor(a), Number::Constant(b)) => Number::Tensor($operation(a, b)),
            (Number::Tensor(a), Number::Tensor(b)) => Number::Tensor($operation(a, b)),
        }
    };
}

fn unary(a: &Number, constant: impl Fn(f64) -> f64, tensor: impl Fn(Tensor<1>) -> Tensor<1>) -> Number {
    match a {
        Number::Constant(a) => Number::Constant(constant(*a)),
        Number::Tensor(a) => Number::Tensor(tensor(a.clone())),
    }
}

fn is_zero(number: &Number) -> bool {
    matches!(number, Number::Constant(0.0))
}

/// exp(a) − 1, which is tanh(a/2)·(exp(a) + 1). Far out the derivative of Burn's tanh rounds to 0.
fn exp_m1(a: Tensor<1>) -> Tensor<1> {
    let far = a.clone().lower_elem(-1.0);
    let exp = a.clone().exp();
    let near = (a / 2.0).tanh() * (exp.clone() + 1.0);
    near.mask_where(far, exp - 1.0)
}

impl Arithmetic for Operations {
    type Number = Number;
    type Truth = Truth;

    fn number(&self, value: Decimal) -> Number {
        Number::Constant(value.to_f64())
    }
    fn pi(&self) -> Number {
        Number::Constant(std::f64::consts::PI)
    }
    fn add(&self, a: &Number, b: &Number) -> Number {
        binary!(a, b, ops::Add::add)
    }
    fn subtract(&self, a: &Number, b: &Number) -> Number {
        binary!(a, b, ops::Sub::sub)
    }
    /// 0 times what may be infinite is 0, where the 0 is one of the text or of a parameter.
    fn multiply(&self, a: &Number, b: &Number) -> Number {
        if is_zero(a) || is_zero(b) {
            return Number::Constant(0.0);
        }
        binary!(a, b, ops::Mul::mul)
    }
    fn divide(&self, a: &Number, b: &Number) -> Number {
        binary!(a, b, ops::Div::div)
    }
    fn negate(&self, a: &Number) -> Number {
        unary(a, |a| -a, |a| -a)
    }
    fn exp(&self, a: &Number) -> Number {
        unary(a, f64::exp, Tensor::exp)
    }
    fn exp_m1(&self, a: &Number) -> Number {
        unary(a, f64::exp_m1, exp_m1)
    }
    fn ln(&self, a: &Number) -> Number {
        unary(a, f64::ln, Tensor::log)
    }
    fn ln_1p(&self, a: &Number) -> Number {
        unary(a, f64::ln_1p, Tensor::log1p)
    }
    fn sqrt(&self, a: &Number) -> Number {
        unary(a, f64::sqrt, Tensor::sqrt)
    }
    fn erf(&self, a: &Number) -> Number {
        unary(a, |a| Floats.erf(&a), Tensor::erf)
    }
    /// Burn has no erfc.
    fn normal_cdf(&self, a: &Number) -> Number {
        let of_tensor = |a: Tensor<1>| (a * FRAC_1_SQRT_2).erf() / 2.0 + 0.5;
        unary(a, |a| Floats.normal_cdf(&a), of_tensor)
    }
    /// At most the largest finite number, so that 0 times it is 0.
    fn abs(&self, a: &Number) -> Number {
        unary(a, f64::abs, |a| {
            let negative = a.clone().lower_elem(0.0);
            let abs = a.clone().mask_where(negative, -a);
            let beyond = abs.clone().greater_elem(self.largest);
            abs.mask_fill(beyond, self.largest)
        })
    }
    fn min(&self, a: &Number, b: &Number) -> Number {
        let (a, b) = constant_first(a, b);
        self.choose(
            self.compare(b, Relation::GreaterOrEqual, a),
            || a.clone(),
            || b.clone(),
        )
    }
    fn max(&self, a: &Number, b: &Number) -> Number {
        let (a, b) = constant_first(a, b);
        self.choose(self.compare(b, Relation::Less, a), || a.clone(), || b.clone())
    }
    fn compare(&self, a: &Number, relation: Relation, b: &Number) -> Truth {
        let mask = match (a.clone(), b.clone()) {
            (Number::Constant(a), Number::Constant(b)) => {
                return Truth::Constant(Floats.compare(&a, relation, &b));
            }
            (Number::Tensor(a), Number::Constant(b)) => match relation {
                Relation::Less => a.lower_elem(b),
                Relation::LessOrEqual => a.lower_equal_elem(b),
                Relation::Greater => a.greater_elem(b),
                Relation::GreaterOrEqual => a.greater_equal_elem(b),
            },
            (Number::Constant(a), Number::Tensor(b)) => match relation {
                Relation::Less => b.greater_elem(a),
                Relation::LessOrEqual => b.greater_equal_elem(a),
                Relation::Greater => b.lower_elem(a),
                Relation::GreaterOrEqual => b.lower_equal_elem(a),
            },
            (Number::Tensor(a), Number::Tensor(b)) => match relation {
                Relation::Less => a.lower(b),
                Relation::LessOrEqual => a.lower_equal(b),
                Relation::Greater => a.greater(b),
                Relation::GreaterOrEqual => a.greater_equal(b),
            },
        };
        Truth::Mask(mask)
    }
    fn and(&self, a: Truth, b: Truth) -> Truth {
        match (a, b) {
            (Truth::Constant(false), _) | (_, Truth::Constant(false)) => Truth::Constant(false),
            (Truth::Constant(true), other) | (other, Truth::Constant(true)) => other,
            (Truth::Mask(a), Truth::Mask(b)) => Truth::Mask(a.bool_and(b)),
        }
    }
    fn or(&self, a: Truth, b: Truth) -> Truth {
        match (a, b) {
            (Truth::Constant(true), _) | (_, Truth::Constant(true)) => Truth::Constant(true),
            (Truth::Constant(false), other) | (other, Truth::Constant(false)) => other,
            (Truth::Mask(a), Truth::Mask(b)) => Truth::Mask(a.bool_or(b)),
        }
    }
    /// NaN compares false with everything, so what is otherwise has to know of it.
    fn choose(
        &self,
        condition: Truth,
        chosen: impl FnOnce() -> Number,
        otherwise: impl FnOnce() -> Number,
    ) -> Number {
        let mask = match condition {
            Truth::Constant(true) => return chosen(),
            Truth::Constant(false) => return otherwise(),
            Truth::Mask(mask) => mask,
        };
        let otherwise = match otherwise() {
            Number::Constant(constant) => self.tensor(constant),
            Number::Tensor(tensor) => tensor,
        };
        Number::Tensor(match chosen() {
            Number::Constant(constant) => otherwise.mask_fill(mask, constant),
            Number::Tensor(tensor) => otherwise.mask_where(mask, tensor),
        })
    }
}

fn constant_first<'a>(a: &'a Number, b: &'a Number) -> (&'a Number, &'a Number) {
    match b {
        Number::Constant(_) => (b, a),
        Number::Tensor(_) => (a, b),
    }
}
