//! Functions of powers, quotients and roots.

use super::written::Written;
use crate::number::Number;
use crate::parameters::Parameters;

fn zero<N: Number>() -> N {
    N::from(0.0)
}

fn one<N: Number>() -> N {
    N::from(1.0)
}

fn two<N: Number>() -> N {
    N::from(2.0)
}

pub(super) struct SquaredRelu;
impl Written for SquaredRelu {
    fn value<N: Number>(x: N, _: Parameters) -> N {
        if x < 0.0 { zero() } else { x * x }
    }
    fn derivative<N: Number>(x: N, _: Parameters) -> N {
        if x < 0.0 { zero() } else { two::<N>() * x }
    }
}

pub(super) struct SparsePlus;
impl Written for SparsePlus {
    fn value<N: Number>(x: N, _: Parameters) -> N {
        match x {
            _ if x <= -1.0 => zero(),
            _ if x < 1.0 => (x + one()) * (x + one()) / N::from(4.0),
            _ => x,
        }
    }
    fn derivative<N: Number>(x: N, _: Parameters) -> N {
        match x {
            _ if x <= -1.0 => zero(),
            _ if x < 1.0 => (x + one()) / two(),
            _ => one(),
        }
    }
}

pub(super) struct SparseSigmoid;
impl Written for SparseSigmoid {
    fn value<N: Number>(x: N, _: Parameters) -> N {
        match x {
            _ if x < -1.0 => zero(),
            _ if x < 1.0 => (x + one()) / two(),
            _ => one(),
        }
    }
    fn derivative<N: Number>(x: N, _: Parameters) -> N {
        match x {
            _ if x < -1.0 => zero(),
            _ if x < 1.0 => one::<N>() / two(),
            _ => zero(),
        }
    }
}

/// (x + √(x² + b)) / 2, with the numerator made rational on the left, where it would cancel.
pub(super) struct Squareplus;

fn root<N: Number>(x: N, p: Parameters) -> N {
    (x * x + p.get("b")).sqrt()
}

impl Written for Squareplus {
    fn value<N: Number>(x: N, p: Parameters) -> N {
        let root = root(x, p);
        if x < 0.0 {
            p.get::<N>("b") / (two::<N>() * (root - x))
        } else {
            (x + root) / two()
        }
    }
    fn derivative<N: Number>(x: N, p: Parameters) -> N {
        Self::value(x, p) / root(x, p)
    }
}

pub(super) struct Softsign;
impl Written for Softsign {
    fn value<N: Number>(x: N, _: Parameters) -> N {
        x / (one::<N>() + x.abs())
    }
    fn derivative<N: Number>(x: N, _: Parameters) -> N {
        let quotient = one::<N>() / (one::<N>() + x.abs());
        quotient * quotient
    }
}
