//! Functions made of polynomial pieces.

use super::{Formula, Parameters};
use crate::number::Number;

fn zero<N: Number>() -> N {
    N::from(0.0)
}

fn one<N: Number>() -> N {
    N::from(1.0)
}

pub(super) struct Identity;
impl Formula for Identity {
    fn value<N: Number>(x: N, _: Parameters) -> N {
        x
    }
    fn derivative<N: Number>(_: N, _: Parameters) -> N {
        one()
    }
}

pub(super) struct Relu;
impl Formula for Relu {
    fn value<N: Number>(x: N, _: Parameters) -> N {
        if x < 0.0 { zero() } else { x }
    }
    fn derivative<N: Number>(x: N, _: Parameters) -> N {
        if x < 0.0 { zero() } else { one() }
    }
}

pub(super) struct Relu6;
impl Formula for Relu6 {
    fn value<N: Number>(x: N, _: Parameters) -> N {
        match x {
            _ if x < 0.0 => zero(),
            _ if x < 6.0 => x,
            _ => N::from(6.0),
        }
    }
    fn derivative<N: Number>(x: N, _: Parameters) -> N {
        match x {
            _ if x < 0.0 => zero(),
            _ if x < 6.0 => one(),
            _ => zero(),
        }
    }
}

pub(super) struct LeakyRelu;
impl Formula for LeakyRelu {
    fn value<N: Number>(x: N, p: Parameters) -> N {
        if x < 0.0 { p.get::<N>("slope") * x } else { x }
    }
    fn derivative<N: Number>(x: N, p: Parameters) -> N {
        if x < 0.0 { p.get("slope") } else { one() }
    }
}

/// x min(max(x + 3, 0), 6) / 6.
pub(super) struct HardSilu;
impl Formula for HardSilu {
    fn value<N: Number>(x: N, _: Parameters) -> N {
        match x {
            _ if x < -3.0 => zero(),
            _ if x < 3.0 => x * (x + N::from(3.0)) / N::from(6.0),
            _ => x,
        }
    }
    fn derivative<N: Number>(x: N, _: Parameters) -> N {
        match x {
            _ if x < -3.0 => zero(),
            _ if x < 3.0 => (x + x + N::from(3.0)) / N::from(6.0),
            _ => one(),
        }
    }
}
