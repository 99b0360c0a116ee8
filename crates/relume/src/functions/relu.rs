//! The rectified linear unit: max(0, x).

use super::Code;
use crate::definition::{Convention, Definition, Elementwise, ErrorBound, Gain, Initialisation, Kink, Needs, Origin, Place::Point, Shape, Side::Left};
use crate::engine::elementwise::{Exact, Kernels, Parameters};
use crate::engine::lanes::{Lanes, Mask};

pub(super) static DEFINITION: Definition = Definition {
    name: "relu",
    aliases: &["rectifier"],
    title: "ReLU",
    summary: "Cuts negative inputs to zero: cheap, sparse, and its gradient does not fade for positive inputs.",
    formula: "max(0, x)",
    derivative: "1 for x ≥ 0, else 0",
    parameters: &[],
    needs: Needs::Bit,
    origin: Origin {
        paper: "Nair and Hinton: Rectified Linear Units Improve Restricted Boltzmann Machines",
        year: 2010,
    },
    conventions: &[
        Convention::pytorch("nn.ReLU").kinks(&[(Point(0.0), Left)]),
        Convention::keras("activations.relu").kinks(&[(Point(0.0), Left)]),
        Convention::jax("nn.relu").kinks(&[(Point(0.0), Left)]),
        Convention::onnx("Relu"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: None,
        range: [0.0, f64::INFINITY],
        monotone: true,
        kinks: &[Kink {
            at: 0.0,
            derivative: 1.0,
        }],
        limits: [0.0, f64::INFINITY],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::ROUNDED,
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::exact_with_bits::<Relu>(|_| [0.0, 1.0]));

struct Relu;

impl Exact for Relu {
    #[inline(always)]
    fn value<V: Lanes>(x: V, _: &Parameters) -> V {
        x.lt(0.0).select(x.splat(0.0), x)
    }

    #[inline(always)]
    fn backward<V: Lanes>(x: V, dy: V, _: &Parameters) -> V {
        x.ge(0.0).select(dy, x.at_least(0.0))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{flat, nan_stays_nan, same, slopes, values};

    #[test]
    fn edges() {
        same(
            "relu",
            &[
                f64::NEG_INFINITY,
                -1.0,
                -f64::MIN_POSITIVE,
                0.0,
                2.0,
                f64::INFINITY,
            ],
            |x| x.max(0.0),
        );
        assert!(values("relu", &[-0.0])[0].is_sign_negative(), "x ≥ 0 returns x");
        assert_eq!(slopes("relu", &[-1.0, -0.0, 0.0, 1.0]), [0.0, 1.0, 1.0, 1.0]);
        nan_stays_nan("relu");
    }

    #[test]
    fn nothing_flows_where_it_is_flat() {
        flat("relu", &[-1.0, f64::NEG_INFINITY]);
    }
}
