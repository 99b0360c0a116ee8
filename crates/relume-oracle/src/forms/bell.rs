//! Functions of the normal distribution, exact and approximated.

use super::exponential::sigmoid;
use super::hyperbolic::tanh_derivative;
use super::written::Written;
use crate::number::{Constant, Number};
use crate::parameters::Parameters;
use crate::real::Real;

fn half<N: Number>() -> N {
    N::from(0.5)
}

/// 1/√(2π).
static DENSITY_AT_ZERO: Constant = Constant::new(|| Real::from(1.0) / (Real::from(2.0) * Real::pi()).sqrt());

/// √(2/π).
static TANH_SCALE: Constant = Constant::new(|| (Real::from(2.0) / Real::pi()).sqrt());

/// x Φ(x).
pub(super) struct Gelu;
impl Written for Gelu {
    fn value<N: Number>(x: N, _: Parameters) -> N {
        x * x.normal_cdf()
    }
    fn derivative<N: Number>(x: N, _: Parameters) -> N {
        let density = N::constant(&DENSITY_AT_ZERO) * (-half::<N>() * x * x).exp();
        x.normal_cdf() + x * density
    }
}

/// x (1 + tanh u) / 2 with u = √(2/π) (x + 0.044715 x³), the constant being exactly that decimal.
/// (1 + tanh u) / 2 = 1 / (1 + e^-2u).
pub(super) struct GeluTanh;

fn cubic<N: Number>() -> N {
    N::from(44715.0) / N::from(1e6)
}

fn inner<N: Number>(x: N) -> N {
    N::constant(&TANH_SCALE) * (x + cubic::<N>() * x * x * x)
}

impl Written for GeluTanh {
    fn value<N: Number>(x: N, _: Parameters) -> N {
        x * sigmoid(N::from(2.0) * inner(x))
    }
    fn derivative<N: Number>(x: N, _: Parameters) -> N {
        let u = inner(x);
        let slope = N::constant(&TANH_SCALE) * (N::from(1.0) + N::from(3.0) * cubic() * x * x);
        sigmoid(N::from(2.0) * u) + half::<N>() * x * tanh_derivative(u) * slope
    }
}
