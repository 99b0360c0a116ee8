//! ReLU clipped at 6.

use super::Code;
use crate::definition::{Convention, Definition, Elementwise, ErrorBound, Gain, Initialisation, Kink, Needs, Origin, Place::Point, Shape, Side::Left};
use crate::engine::elementwise::{Exact, Kernels, Parameters};
use crate::engine::lanes::{Lanes, Mask};

pub(super) static DEFINITION: Definition = Definition {
    name: "relu6",
    aliases: &[],
    title: "ReLU6",
    summary: "ReLU that stops rising at 6, so that the output fits few bits.",
    formula: "min(max(0, x), 6)",
    derivative: "1 for 0 ≤ x < 6, else 0",
    parameters: &[],
    needs: Needs::Bit,
    origin: Origin {
        paper: "Krizhevsky: Convolutional Deep Belief Networks on CIFAR-10",
        year: 2010,
    },
    conventions: &[
        Convention::pytorch("nn.ReLU6").kinks(&[(Point(0.0), Left)]),
        Convention::keras("activations.relu6").kinks(&[(Point(0.0), Left)]),
        Convention::jax("nn.relu6").kinks(&[(Point(0.0), Left)]),
        Convention::onnx("Clip").note("with min = 0 and max = 6"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: None,
        range: [0.0, 6.0],
        monotone: true,
        kinks: &[
            Kink {
                at: 0.0,
                derivative: 1.0,
            },
            Kink {
                at: 6.0,
                derivative: 0.0,
            },
        ],
        limits: [0.0, 6.0],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::ROUNDED,
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::exact_with_bits::<Relu6>(|_| [0.0, 1.0]));

struct Relu6;

impl Exact for Relu6 {
    #[inline(always)]
    fn value<V: Lanes>(x: V, _: &Parameters) -> V {
        x.at_least(0.0).at_most(6.0)
    }

    #[inline(always)]
    fn backward<V: Lanes>(x: V, dy: V, _: &Parameters) -> V {
        let flat = x.is_nan().select(x, x.splat(0.0));
        x.ge(0.0).and(x.lt(6.0)).select(dy, flat)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{flat, nan_stays_nan, same, slopes};

    #[test]
    fn edges() {
        same(
            "relu6",
            &[f64::NEG_INFINITY, -1.0, 0.0, 5.5, 6.0, 7.0, f64::INFINITY],
            |x| x.clamp(0.0, 6.0),
        );
        assert_eq!(
            slopes("relu6", &[-1.0, 0.0, 5.5, 6.0, 7.0]),
            [0.0, 1.0, 1.0, 0.0, 0.0]
        );
        nan_stays_nan("relu6");
    }

    #[test]
    fn nothing_flows_where_it_is_flat() {
        flat("relu6", &[-1.0, 6.0, f64::INFINITY]);
    }
}
