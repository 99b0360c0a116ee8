//! Functions of the hyperbolic tangent.

use super::written::Written;
use crate::number::Number;
use crate::parameters::Parameters;

fn two<N: Number>() -> N {
    N::from(2.0)
}

fn one<N: Number>() -> N {
    N::from(1.0)
}

/// (1 - e^-2x) / (1 + e^-2x).
pub(super) fn tanh<N: Number>(x: N) -> N {
    let m = (-two::<N>() * x.abs()).exp_m1();
    let magnitude = -m / (two::<N>() + m);
    if x < 0.0 { -magnitude } else { magnitude }
}

/// 1 - tanh² x = 4 e^-2x / (1 + e^-2x)².
pub(super) fn tanh_derivative<N: Number>(x: N) -> N {
    let e = (-two::<N>() * x.abs()).exp();
    let root = two::<N>() / (one::<N>() + e);
    e * root * root
}

/// x - tanh x for |x| < 1, by Lambert's continued fraction tanh x = x / (1 + c), c = x²/(3 + x²/(5 + ...)): then
/// x - tanh x = x c / (1 + c), without cancellation. The steps are good for 270 bits.
fn below_tanh<N: Number>(x: N) -> N {
    let square = x * x;
    // What n steps leave of c is less than (x²)ⁿ / (3·5·…·(2n+1))² of it.
    let steps = match x.abs() {
        size if size < 2f64.powi(-64) => 2,
        size if size < 2f64.powi(-16) => 7,
        _ => 30,
    };
    let c = (1..=steps).rev().fold(N::from(0.0), |rest, step| {
        square / (N::from(f64::from(2 * step + 1)) + rest)
    });
    x * c / (one::<N>() + c)
}

pub(super) struct Tanh;
impl Written for Tanh {
    fn value<N: Number>(x: N, _: Parameters) -> N {
        tanh(x)
    }
    fn derivative<N: Number>(x: N, _: Parameters) -> N {
        tanh_derivative(x)
    }
}

pub(super) struct TanhShrink;
impl Written for TanhShrink {
    fn value<N: Number>(x: N, _: Parameters) -> N {
        if x.abs() < 1.0 { below_tanh(x) } else { x - tanh(x) }
    }
    fn derivative<N: Number>(x: N, _: Parameters) -> N {
        tanh(x) * tanh(x)
    }
}
