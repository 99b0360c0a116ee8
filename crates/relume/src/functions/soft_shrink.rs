//! Soft shrinkage: every input moved towards zero by lambda, and those within lambda of zero made zero.

use super::Code;
use crate::definition::{Convention, Definition, Domain, Elementwise, ErrorBound, Gain, Initialisation, Kink, Needs, Origin, Parameter, Place::Named, Shape, Side::Left};
use crate::engine::elementwise::{Exact, Kernels, Parameters};
use crate::engine::lanes::{Lanes, Mask};

pub(super) static DEFINITION: Definition = Definition {
    name: "soft_shrink",
    aliases: &["softshrink", "soft_threshold"],
    title: "Soft shrinkage",
    summary: "Moves the input towards zero by lambda, and what is nearer onto zero: the proximal map of the absolute value.",
    formula: "x − lambda for x > lambda, x + lambda for x < −lambda, else 0",
    derivative: "1 for x < −lambda or x ≥ lambda, else 0",
    parameters: &[Parameter {
        name: "lambda",
        default: 0.5,
        description: "how far the input is moved",
        domain: Domain::NonNegative,
    }],
    needs: Needs::Bit,
    origin: Origin {
        paper: "Donoho and Johnstone: Ideal Spatial Adaptation by Wavelet Shrinkage",
        year: 1994,
    },
    conventions: &[
        Convention::pytorch("nn.Softshrink").kinks(&[(Named("lambda"), Left)]),
        Convention::keras("activations.soft_shrink")
            .kinks(&[(Named("lambda"), Left)])
            .note("lambda is called threshold"),
        Convention::onnx("Shrink").note("with bias = lambd"),
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

pub(super) const CODE: Code = Code::Elementwise(Kernels::exact_with_bits::<SoftShrink>(|_| [0.0, 1.0]));

struct SoftShrink;

/// dy where x is outside the interval from −lambda to lambda, of which the left end is part.
#[inline(always)]
pub(super) fn outside<V: Lanes>(x: V, dy: V, lambda: f64) -> V {
    let flat = x.is_nan().select(x, x.splat(0.0));
    x.lt(-lambda).select(dy, x.ge(lambda).select(dy, flat))
}

impl Exact for SoftShrink {
    #[inline(always)]
    fn value<V: Lanes>(x: V, &[lambda, ..]: &Parameters) -> V {
        (x.abs() - lambda).at_least(0.0).copysign(x)
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
        same("soft_shrink", &[-0.5, -0.25, -0.0], |_| -0.0);
        same("soft_shrink", &[0.0, 0.25, 0.5], |_| 0.0);
        same("soft_shrink", &[1.25, 3.0, f64::INFINITY], |x| x - 0.5);
        same("soft_shrink", &[-1.25, -3.0, f64::NEG_INFINITY], |x| x + 0.5);
        same("soft_shrink(lambda=0)", &[-2.0, -0.0, 0.0, 5.0], |x| x);
        assert_eq!(
            slopes("soft_shrink", &[-1.0, -0.5, 0.0, 0.5, 1.0]),
            [1.0, 0.0, 0.0, 1.0, 1.0]
        );
        nan_stays_nan("soft_shrink");
    }

    #[test]
    fn nothing_flows_where_it_is_flat() {
        flat("soft_shrink", &[-0.5, -0.25, 0.0, 0.25]);
    }
}
