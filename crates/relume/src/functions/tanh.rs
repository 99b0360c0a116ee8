//! The hyperbolic tangent.
//!
//! For `f32` results x·P(x²)/Q(x²), a quotient of polynomials (Remez), for |x| up to 9.2, from where on it is 1. For
//! `f64` results x + x³·P(x²) below 0.5625, since what follows would cancel there, and above 1 − 2e/(1 + e) with
//! e = exp(−2|x|). The derivative is 4e/(1 + e)². Constants: `coefficients/tanh.py`.

use super::Code;
use crate::definition::{Convention, Definition, Elementwise, ErrorBound, Gain, Initialisation, Needs, Origin, Shape};
use crate::engine::elementwise::{Kernels, Parameters, Smooth};
use crate::engine::lanes::{Mask, Wide};
use crate::math::exp::{exp, exp_to_f32, exp_unrounded};
use crate::math::extended::Extended;
use crate::math::polynomial;

/// tanh(x)/x in x², for |x| ≤ 9.2 and `f32` results: the numerator.
const NUMERATOR: [f64; 5] = [
    0.9999999988168435,
    0.13776679759335095,
    0.003997443385801057,
    3.1348634716177375e-05,
    4.991956675048786e-08,
];

/// The denominator.
const DIVISOR: [f64; 6] = [
    1.0,
    0.4711001195054216,
    0.027697501594563658,
    0.0004187405172319769,
    1.5988644545209895e-06,
    7.205169015173051e-10,
];

/// (tanh(x) − x)/x³ in x², for |x| ≤ 0.5625 and `f64` results.
const SMALL: [f64; 11] = [
    -0.3333333333333333,
    0.13333333333332392,
    -0.0539682539670594,
    0.021869488476962563,
    -0.008863234021529514,
    0.003592105532132769,
    -0.0014556239774192678,
    0.0005887537111834804,
    -0.00023410556936672797,
    8.426522203958066e-05,
    -2.0026740085317684e-05,
];

pub(super) static DEFINITION: Definition = Definition {
    name: "tanh",
    aliases: &[],
    title: "Tanh",
    summary: "Squashes the input onto (−1, 1); zero-centred, saturates on both sides.",
    formula: "tanh(x)",
    derivative: "1 − tanh²(x)",
    parameters: &[],
    needs: Needs::Output,
    origin: Origin {
        paper: "LeCun, Bottou, Orr and Müller: Efficient BackProp",
        year: 1998,
    },
    conventions: &[
        Convention::pytorch("nn.Tanh"),
        Convention::keras("activations.tanh"),
        Convention::jax("nn.tanh"),
        Convention::onnx("Tanh"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: None,
        range: [-1.0, 1.0],
        monotone: true,
        kinks: &[],
        limits: [-1.0, 1.0],
        gain: Gain::Stated {
            value: 5.0 / 3.0,
            source: "PyTorch calculate_gain",
        },
        initialisation: Initialisation::Glorot,
        error_bound: ErrorBound::SMOOTH,
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::smooth::<Tanh>());

struct Tanh;

impl Smooth for Tanh {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        if V::TO_F32 {
            let x = x.at_most(9.2).at_least(-9.2);
            let t = x * x;
            return (x * polynomial(t, &NUMERATOR)).over(polynomial(t, &DIVISOR));
        }
        // Further out it is 1.
        let e = exp_unrounded(Extended::new(x.abs().at_most(100.0) * -2.0));
        let e = e.mantissa.added() * e.outer;
        let large = -((e + e) / (e + 1.0)) + 1.0;
        // Bounded only so that nothing overflows where it is not taken.
        let near = x.at_least(-1.0).at_most(1.0);
        let t = near * near;
        let small = (near * t).mul_add(polynomial(t, &SMALL), near);
        x.abs().lt(0.5625).select(small, large).copysign(x)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        if V::TO_F32 {
            let e = exp_to_f32((x.abs() * -2.0).at_least(-250.0));
            let half = e.mul_add(x.splat(0.5), x.splat(0.5));
            return (e * dy).over(half * half);
        }
        let e = exp(Extended::new(x.abs() * -2.0));
        let root = e.value().add_to(1.0);
        e.scale((e.mantissa() * (dy * 4.0) / (root * root)).rounded())
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{nan_stays_nan, near, near_slope, same, slopes};

    #[test]
    fn edges() {
        near(
            "tanh",
            &[
                (0.25, 0.24491866240370913),
                (1.0, 0.7615941559557649),
                (1e-300, 1e-300),
            ],
        );
        same("tanh", &[f64::NEG_INFINITY, -30.0], |_| -1.0);
        same("tanh", &[f64::INFINITY, 30.0], |_| 1.0);
        same("tanh", &[-0.0, 0.0], |x| x);
        near_slope(
            "tanh",
            &[
                (0.0, 1.0),
                (1.0, 0.4199743416140261),
                (50.0, 1.4880303904083344e-43),
            ],
        );
        assert_eq!(slopes("tanh", &[f64::NEG_INFINITY, f64::INFINITY]), [0.0, 0.0]);
        nan_stays_nan("tanh");
    }
}
