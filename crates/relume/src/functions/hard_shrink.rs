//! Hard shrinkage: small inputs become zero.
//!
//! The function jumps at both kinks, where its value is 0.

use super::soft_shrink::outside;
use super::Code;
use crate::definition::{Convention, Definition, Domain, Elementwise, ErrorBound, Gain, Initialisation, Kink, Needs, Origin, Parameter, Place::Named, Shape, Side::Left};
use crate::engine::elementwise::{Exact, Kernels, Parameters};
use crate::engine::lanes::{Lanes, Mask};

pub(super) static DEFINITION: Definition = Definition {
    name: "hard_shrink",
    aliases: &["hardshrink", "hard_threshold"],
    title: "Hard shrinkage",
    summary: "Sets small inputs to zero and leaves the others as they are.",
    formula: "x for |x| > lambda, else 0",
    derivative: "1 for x < −lambda or x ≥ lambda, else 0",
    parameters: &[Parameter {
        name: "lambda",
        default: 0.5,
        description: "the largest magnitude that becomes zero",
        domain: Domain::NonNegative,
    }],
    needs: Needs::Bit,
    origin: Origin {
        paper: "Donoho and Johnstone: Ideal Spatial Adaptation by Wavelet Shrinkage",
        year: 1994,
    },
    conventions: &[
        Convention::pytorch("nn.Hardshrink").kinks(&[(Named("lambda"), Left)]),
        Convention::keras("activations.hard_shrink")
            .kinks(&[(Named("lambda"), Left)])
            .note("lambda is called threshold"),
        Convention::onnx("Shrink").note("with bias = 0, the default"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: None,
        range: [f64::NEG_INFINITY, f64::INFINITY],
        monotone: true,
        kinks: &[
            Kink {
                at: -0.5,
                derivative: 0.0,
            },
            Kink {
                at: 0.5,
                derivative: 1.0,
            },
        ],
        limits: [f64::NEG_INFINITY, f64::INFINITY],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::ROUNDED,
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::exact_with_bits::<HardShrink>(|_| [0.0, 1.0]));

struct HardShrink;

impl Exact for HardShrink {
    #[inline(always)]
    fn value<V: Lanes>(x: V, &[lambda, ..]: &Parameters) -> V {
        x.abs().le(lambda).select(x.splat(0.0).copysign(x), x)
    }

    #[inline(always)]
    fn backward<V: Lanes>(x: V, dy: V, &[lambda, ..]: &Parameters) -> V {
        outside(x, dy, lambda)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{flat, nan_stays_nan, same, slopes};

    #[test]
    fn edges() {
        same("hard_shrink", &[-0.5, -0.25, -0.0], |_| -0.0);
        same("hard_shrink", &[0.0, 0.25, 0.5], |_| 0.0);
        same(
            "hard_shrink",
            &[f64::NEG_INFINITY, -0.75, 0.75, f64::INFINITY],
            |x| x,
        );
        same("hard_shrink(lambda=0)", &[-2.0, -0.0, 0.0, 5.0], |x| x);
        assert_eq!(
            slopes("hard_shrink", &[-1.0, -0.5, 0.0, 0.5, 1.0]),
            [1.0, 0.0, 0.0, 1.0, 1.0]
        );
        nan_stays_nan("hard_shrink");
    }

    #[test]
    fn nothing_flows_where_it_is_flat() {
        flat("hard_shrink", &[-0.5, -0.25, 0.0, 0.25]);
    }
}
