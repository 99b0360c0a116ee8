//! Leaky ReLU: a small slope for negative inputs.

use super::Code;
use crate::definition::{Convention, Definition, Domain, Elementwise, ErrorBound, Gain, Initialisation, Kink, Needs, Origin, Parameter, Place::Point, Shape, Side::Left};
use crate::engine::elementwise::{Exact, Kernels, Parameters};
use crate::engine::lanes::{Lanes, Mask};

pub(super) static DEFINITION: Definition = Definition {
    name: "leaky_relu",
    aliases: &["lrelu"],
    title: "Leaky ReLU",
    summary: "ReLU with a small slope for negative inputs, so that no unit loses its gradient.",
    formula: "x for x ≥ 0, else slope·x",
    derivative: "1 for x ≥ 0, else slope",
    parameters: &[Parameter {
        name: "slope",
        default: 0.01,
        description: "the slope for negative inputs",
        domain: Domain::Finite,
    }],
    needs: Needs::Bit,
    origin: Origin {
        paper: "Maas, Hannun and Ng: Rectifier Nonlinearities Improve Neural Network Acoustic Models",
        year: 2013,
    },
    conventions: &[
        Convention::pytorch("nn.LeakyReLU").kinks(&[(Point(0.0), Left)]),
        Convention::keras("layers.LeakyReLU")
            .kinks(&[(Point(0.0), Left)])
            .defaults(&[("slope", 0.3)])
            .note("slope is 0.2 in activations.leaky_relu"),
        Convention::jax("nn.leaky_relu"),
        Convention::onnx("LeakyRelu"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: None,
        range: [f64::NEG_INFINITY, f64::INFINITY],
        monotone: true,
        kinks: &[Kink {
            at: 0.0,
            derivative: 1.0,
        }],
        limits: [f64::NEG_INFINITY, f64::INFINITY],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::ROUNDED,
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::exact_with_bits::<LeakyRelu>(|&[slope, ..]| [slope, 1.0]));

struct LeakyRelu;

impl Exact for LeakyRelu {
    #[inline(always)]
    fn value<V: Lanes>(x: V, &[slope, ..]: &Parameters) -> V {
        // Not 0·(−∞).
        let negative = if slope == 0.0 { x.splat(-0.0) } else { x * slope };
        x.lt(0.0).select(negative, x)
    }

    #[inline(always)]
    fn backward<V: Lanes>(x: V, dy: V, &[slope, ..]: &Parameters) -> V {
        let negative = if slope == 0.0 { x.splat(0.0) } else { dy * slope };
        let dx = x.lt(0.0).select(negative, dy);
        x.is_nan().select(x, dx)
    }
}

#[cfg(test)]
mod tests {
    use crate::Activation;
    use crate::testing::{flat, nan_stays_nan, same, slopes};

    #[test]
    fn edges() {
        let expected = |x: f64| if x < 0.0 { x * 0.5 } else { x };
        same(
            "leaky_relu(slope=0.5)",
            &[f64::NEG_INFINITY, -3.0, -0.0, 0.0, 2.0, f64::INFINITY],
            expected,
        );
        assert_eq!(
            slopes("leaky_relu(slope=0.5)", &[-1.0, -0.0, 0.0, 1.0]),
            [0.5, 1.0, 1.0, 1.0]
        );
        nan_stays_nan("leaky_relu");
    }

    #[test]
    fn slope_zero_is_flat() {
        same("leaky_relu(slope=0)", &[f64::NEG_INFINITY, -3.0], |_| -0.0);
        flat("leaky_relu(slope=0)", &[f64::NEG_INFINITY, -3.0]);
    }

    #[test]
    fn the_slope_is_rounded_to_the_element_type() {
        let mut y = [-1_f32];
        Activation::new("leaky_relu").unwrap().forward_in_place(&mut y);
        assert_eq!(y, [-0.01_f32]);
    }
}
