//! Hard tanh: the input, clipped.

use super::Code;
use crate::definition::{Convention, Definition, Domain, Elementwise, ErrorBound, Gain, Initialisation, Kink, Needs, Origin, Parameter, Place::{Named, Point}, Shape, Side::Left};
use crate::engine::elementwise::{Exact, Kernels, Parameters};
use crate::engine::lanes::{Lanes, Mask};

pub(super) static DEFINITION: Definition = Definition {
    name: "hard_tanh",
    aliases: &["hardtanh", "clip"],
    title: "Hard tanh",
    summary: "The input, clipped to an interval; where min is not below max, f is max everywhere.",
    formula: "min(max(x, min), max)",
    derivative: "1 for min ≤ x < max, else 0",
    parameters: &[
        Parameter {
            name: "min",
            default: -1.0,
            description: "the lower end of the interval",
            domain: Domain::Finite,
        },
        Parameter {
            name: "max",
            default: 1.0,
            description: "the upper end of the interval",
            domain: Domain::Finite,
        },
    ],
    needs: Needs::Bit,
    origin: Origin {
        paper: "Collobert: Large Scale Machine Learning",
        year: 2004,
    },
    conventions: &[
        Convention::pytorch("nn.Hardtanh").kinks(&[(Named("min"), Left)]),
        Convention::keras("activations.hard_tanh")
            .kinks(&[(Point(1.0), Left)])
            .note("without parameters"),
        Convention::jax("nn.hard_tanh")
            .kinks(&[(Point(1.0), Left)])
            .note("without parameters"),
        Convention::onnx("Clip").note("unbounded where min or max is not given"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: None,
        range: [-1.0, 1.0],
        monotone: true,
        kinks: &[
            Kink {
                at: -1.0,
                derivative: 1.0,
            },
            Kink {
                at: 1.0,
                derivative: 0.0,
            },
        ],
        limits: [-1.0, 1.0],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::Glorot,
        error_bound: ErrorBound::ROUNDED,
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::exact_with_bits::<HardTanh>(|_| [0.0, 1.0]));

struct HardTanh;

impl Exact for HardTanh {
    #[inline(always)]
    fn value<V: Lanes>(x: V, &[min, max, ..]: &Parameters) -> V {
        x.at_least(min).at_most(max)
    }

    #[inline(always)]
    fn backward<V: Lanes>(x: V, dy: V, &[min, max, ..]: &Parameters) -> V {
        let flat = x.is_nan().select(x, x.splat(0.0));
        x.ge(min).and(x.lt(max)).select(dy, flat)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{flat, nan_stays_nan, same, slopes};

    #[test]
    fn edges() {
        same(
            "hard_tanh",
            &[f64::NEG_INFINITY, -1.5, -1.0, -0.0, 0.0, 0.5, 1.0, f64::INFINITY],
            |x| x.clamp(-1.0, 1.0),
        );
        same("hard_tanh(min=-0.5, max=4)", &[-1.0, 3.0, 5.0], |x| {
            x.clamp(-0.5, 4.0)
        });
        assert_eq!(
            slopes("hard_tanh", &[-1.5, -1.0, 0.0, 1.0, 1.5]),
            [0.0, 1.0, 1.0, 0.0, 0.0]
        );
        nan_stays_nan("hard_tanh");
    }

    #[test]
    fn nothing_flows_where_it_is_flat() {
        flat("hard_tanh", &[-1.5, 1.0, f64::NEG_INFINITY, f64::INFINITY]);
    }

    #[test]
    fn an_empty_interval_leaves_max() {
        same(
            "hard_tanh(min=2, max=-3)",
            &[f64::NEG_INFINITY, 0.0, f64::INFINITY],
            |_| -3.0,
        );
        flat("hard_tanh(min=2, max=-3)", &[-4.0, 0.0, 5.0]);
    }
}
