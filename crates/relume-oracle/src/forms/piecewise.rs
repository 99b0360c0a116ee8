//! Functions made of polynomial pieces.

use super::written::Written;
use crate::number::Number;
use crate::parameters::Parameters;

fn zero<N: Number>() -> N {
    N::from(0.0)
}

fn one<N: Number>() -> N {
    N::from(1.0)
}

pub(super) struct Identity;
impl Written for Identity {
    fn value<N: Number>(x: N, _: Parameters) -> N {
        x
    }
    fn derivative<N: Number>(_: N, _: Parameters) -> N {
        one()
    }
}

pub(super) struct Relu;
impl Written for Relu {
    fn value<N: Number>(x: N, _: Parameters) -> N {
        if x < 0.0 { zero() } else { x }
    }
    fn derivative<N: Number>(x: N, _: Parameters) -> N {
        if x < 0.0 { zero() } else { one() }
    }
}

pub(super) struct Relu6;
impl Written for Relu6 {
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
impl Written for LeakyRelu {
    fn value<N: Number>(x: N, p: Parameters) -> N {
        if x < 0.0 { p.get::<N>("slope") * x } else { x }
    }
    fn derivative<N: Number>(x: N, p: Parameters) -> N {
        if x < 0.0 { p.get("slope") } else { one() }
    }
}

/// x min(max(x + 3, 0), 6) / 6.
pub(super) struct HardSilu;
impl Written for HardSilu {
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

/// x above the threshold, else the value. The derivative at the threshold is its limit from the right.
pub(super) struct Threshold;
impl Written for Threshold {
    fn value<N: Number>(x: N, p: Parameters) -> N {
        let above = x - p.get("threshold") > 0.0;
        if above { x } else { p.get("value") }
    }
    fn derivative<N: Number>(x: N, p: Parameters) -> N {
        let below = x - p.get("threshold") < 0.0;
        if below { zero() } else { one() }
    }
}

pub(super) struct ThresholdedRelu;
impl Written for ThresholdedRelu {
    fn value<N: Number>(x: N, p: Parameters) -> N {
        let above = x - p.get("alpha") > 0.0;
        if above { x } else { zero() }
    }
    fn derivative<N: Number>(x: N, p: Parameters) -> N {
        let below = x - p.get("alpha") < 0.0;
        if below { zero() } else { one() }
    }
}

/// slope x + offset, from 0 to 1.
pub(super) struct HardSigmoid;

/// The slope as a fraction: 1/n if it is the f64 or f32 nearest to that, n being a whole number below 2^24.
fn fraction<N: Number>(slope: f64) -> (N, N) {
    let n = (1.0 / slope).round();
    let whole = (1.0..16_777_216.0).contains(&n);
    if whole && (1.0 / n == slope || f64::from((1.0 / n) as f32) == slope) {
        (one(), N::from(n))
    } else {
        (N::from(slope), one())
    }
}

/// -1 left of the line, 1 right of it, 0 on it: by where the line is 0 and 1.
fn side<N: Number>(x: N, p: Parameters) -> i32 {
    let (numerator, divisor) = fraction::<N>(p.number("slope"));
    let at = |y: f64| (N::from(y) - p.get("offset")) * divisor / numerator;
    match x {
        _ if x - at(0.0) < 0.0 => -1,
        _ if x - at(1.0) < 0.0 => 0,
        _ => 1,
    }
}

impl Written for HardSigmoid {
    fn value<N: Number>(x: N, p: Parameters) -> N {
        let (numerator, divisor) = fraction::<N>(p.number("slope"));
        match side(x, p) {
            -1 => zero(),
            0 => (numerator * x + p.get::<N>("offset") * divisor) / divisor,
            _ => one(),
        }
    }
    fn derivative<N: Number>(x: N, p: Parameters) -> N {
        let (numerator, divisor) = fraction::<N>(p.number("slope"));
        match side(x, p) {
            0 => numerator / divisor,
            _ => zero(),
        }
    }
}

/// min(max(x, low), high).
pub(super) struct HardTanh;
impl Written for HardTanh {
    fn value<N: Number>(x: N, p: Parameters) -> N {
        let [low, high] = ["min", "max"].map(|name| p.get::<N>(name));
        let raised = if x - low < 0.0 { low } else { x };
        if raised - high > 0.0 { high } else { raised }
    }
    fn derivative<N: Number>(x: N, p: Parameters) -> N {
        let [low, high] = ["min", "max"].map(|name| x - p.get::<N>(name));
        if low < 0.0 || high >= 0.0 { zero() } else { one() }
    }
}
