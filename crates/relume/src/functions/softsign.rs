//! Softsign, x/(1 + |x|). The divisor keeps what rounding takes from it as a second float.

use super::Code;
use crate::definition::{Convention, Definition, Elementwise, ErrorBound, Gain, Initialisation, Needs, Origin, Shape};
use crate::engine::elementwise::{Kernels, Parameters, Smooth};
use crate::engine::lanes::Wide;
use crate::math::extended::Extended;

pub(super) static DEFINITION: Definition = Definition {
    name: "softsign",
    aliases: &["soft_sign"],
    title: "Softsign",
    summary: "Squashes the input onto (−1, 1) like tanh, but comes near the ends slowly.",
    formula: "x/(1 + |x|)",
    derivative: "1/(1 + |x|)²",
    parameters: &[],
    needs: Needs::Output,
    origin: Origin {
        paper: "Bergstra, Desjardins, Lamblin and Bengio: Quadratic Polynomials Learn Better Image Features",
        year: 2009,
    },
    conventions: &[
        Convention::pytorch("nn.Softsign"),
        Convention::keras("activations.softsign"),
        Convention::jax("nn.soft_sign"),
        Convention::onnx("Softsign"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: Some("x/(1 − x) for −1 ≤ x < 0, x/(1 + x) for 0 ≤ x ≤ 1, 1 − 1/(1 + x) for x > 1, else 1/(1 − x) − 1"),
        range: [-1.0, 1.0],
        monotone: true,
        kinks: &[],
        limits: [-1.0, 1.0],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::Glorot,
        error_bound: ErrorBound::SMOOTH,
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::smooth::<Softsign>());

struct Softsign;

#[inline(always)]
fn divisor<V: Wide>(x: V) -> Extended<V> {
    Extended::sum(x.abs(), x.splat(1.0))
}

impl Smooth for Softsign {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        // Beyond 1e30 it is ±1 to the last digit; at infinity the quotient would make a NaN.
        let bounded = x.at_most(1e30).at_least(-1e30);
        (Extended::new(bounded) / divisor(bounded)).rounded()
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        // The square would overflow before the derivative underflows.
        let divisor = divisor(x);
        (Extended::new(x.splat(1.0)) / divisor / divisor * dy).rounded()
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{nan_stays_nan, near, near_slope, same, slopes};

    #[test]
    fn edges() {
        near("softsign", &[(-1.0, -0.5), (0.5, 1.0 / 3.0), (1e-300, 1e-300)]);
        same("softsign", &[f64::NEG_INFINITY, -1e300], |_| -1.0);
        same("softsign", &[f64::INFINITY, 1e300], |_| 1.0);
        same("softsign", &[-0.0, 0.0], |x| x);
        near_slope(
            "softsign",
            &[(0.0, 1.0), (-1.0, 0.25), (3.0, 0.0625), (1e150, 1e-300)],
        );
        assert_eq!(
            slopes("softsign", &[f64::NEG_INFINITY, f64::INFINITY]),
            [0.0, 0.0]
        );
        nan_stays_nan("softsign");
    }
}
