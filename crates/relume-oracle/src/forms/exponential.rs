//! Functions of e^x.

use super::hyperbolic::{tanh, tanh_derivative};
use super::written::Written;
use crate::number::{Constant, Number};
use crate::parameters::Parameters;
use crate::real::Real;

fn one<N: Number>() -> N {
    N::from(1.0)
}

/// 1 / (1 + e^-x).
pub(super) fn sigmoid<N: Number>(x: N) -> N {
    let e = (-x.abs()).exp();
    let larger = one::<N>() / (one::<N>() + e);
    if x < 0.0 { e * larger } else { larger }
}

/// ln(1 + e^x).
fn softplus<N: Number>(x: N) -> N {
    let rest = (-x.abs()).exp().ln_1p();
    if x < 0.0 { rest } else { x + rest }
}

pub(super) struct Elu;
impl Written for Elu {
    fn value<N: Number>(x: N, p: Parameters) -> N {
        if x < 0.0 {
            p.get::<N>("alpha") * x.exp_m1()
        } else {
            x
        }
    }
    fn derivative<N: Number>(x: N, p: Parameters) -> N {
        if x < 0.0 {
            p.get::<N>("alpha") * x.exp()
        } else {
            one()
        }
    }
}

pub(super) struct Celu;
impl Written for Celu {
    fn value<N: Number>(x: N, p: Parameters) -> N {
        let alpha = p.get::<N>("alpha");
        if x < 0.0 { alpha * (x / alpha).exp_m1() } else { x }
    }
    fn derivative<N: Number>(x: N, p: Parameters) -> N {
        if x < 0.0 {
            (x / p.get("alpha")).exp()
        } else {
            one()
        }
    }
}

/// SELU's λ and λα.
static SCALE: Constant = Constant::new(|| selu_constants().0);
static SCALED_ALPHA: Constant = Constant::new(|| {
    let (scale, alpha) = selu_constants();
    scale * alpha
});

/// λ and α, from what defines them (Klambauer et al. 2017): for a standard normal z, E selu(z) = 0 and
/// E selu(z)² = 1. With E\[e^(kz); z < 0\] = e^(k²/2) Φ(-k) these are
/// 1/√(2π) + α (e^(1/2) Φ(-1) - 1/2) = 0 and λ² (1/2 + α² (e² Φ(-2) - 2 e^(1/2) Φ(-1) + 1/2)) = 1.
fn selu_constants() -> (Real, Real) {
    let [one, two, half] = [1.0, 2.0, 0.5].map(Real::from);
    let first = half.exp() * (-one).normal_cdf();
    let second = two.exp() * (-two).normal_cdf();
    let alpha = one / (two * Real::pi()).sqrt() / (half - first);
    let square = half + alpha * alpha * (second - two * first + half);
    (one / square.sqrt(), alpha)
}

pub(super) struct Selu;
impl Written for Selu {
    fn value<N: Number>(x: N, _: Parameters) -> N {
        if x < 0.0 {
            N::constant(&SCALED_ALPHA) * x.exp_m1()
        } else {
            N::constant(&SCALE) * x
        }
    }
    fn derivative<N: Number>(x: N, _: Parameters) -> N {
        if x < 0.0 {
            N::constant(&SCALED_ALPHA) * x.exp()
        } else {
            N::constant(&SCALE)
        }
    }
}

pub(super) struct Sigmoid;
impl Written for Sigmoid {
    fn value<N: Number>(x: N, _: Parameters) -> N {
        sigmoid(x)
    }
    fn derivative<N: Number>(x: N, _: Parameters) -> N {
        sigmoid(x) * sigmoid(-x)
    }
}

pub(super) struct Silu;
impl Written for Silu {
    fn value<N: Number>(x: N, p: Parameters) -> N {
        gated(x, p.get("beta"))
    }
    fn derivative<N: Number>(x: N, p: Parameters) -> N {
        gated_derivative(x, p.get("beta"))
    }
}

/// Silu with beta = 1.702.
pub(super) struct QuickGelu;
impl Written for QuickGelu {
    fn value<N: Number>(x: N, _: Parameters) -> N {
        gated(x, N::from(1702.0) / N::from(1e3))
    }
    fn derivative<N: Number>(x: N, _: Parameters) -> N {
        gated_derivative(x, N::from(1702.0) / N::from(1e3))
    }
}

fn gated<N: Number>(x: N, beta: N) -> N {
    x * sigmoid(beta * x)
}

fn gated_derivative<N: Number>(x: N, beta: N) -> N {
    let z = beta * x;
    sigmoid(z) * (one::<N>() + z * sigmoid(-z))
}

pub(super) struct Softplus;
impl Written for Softplus {
    fn value<N: Number>(x: N, p: Parameters) -> N {
        let beta = p.get::<N>("beta");
        softplus(beta * x) / beta
    }
    fn derivative<N: Number>(x: N, p: Parameters) -> N {
        sigmoid(p.get::<N>("beta") * x)
    }
}

pub(super) struct LogSigmoid;
impl Written for LogSigmoid {
    fn value<N: Number>(x: N, _: Parameters) -> N {
        -softplus(-x)
    }
    fn derivative<N: Number>(x: N, _: Parameters) -> N {
        sigmoid(-x)
    }
}

pub(super) struct Mish;
impl Written for Mish {
    fn value<N: Number>(x: N, _: Parameters) -> N {
        x * tanh(softplus(x))
    }
    fn derivative<N: Number>(x: N, _: Parameters) -> N {
        let inner = softplus(x);
        tanh(inner) + x * tanh_derivative(inner) * sigmoid(x)
    }
}
