//! The threshold unit: what is not above a threshold is replaced by a value.
//!
//! With `value` other than `threshold` the function jumps, and at the threshold it has the lower piece's value. The
//! derivative there is its limit from the right, 1.

use super::Code;
use crate::definition::{Convention, Definition, Domain, Elementwise, ErrorBound, Gain, Initialisation, Kink, Needs, Origin, Parameter, Place::Named, Shape, Side::Left};
use crate::engine::elementwise::{Exact, Kernels, Parameters};
use crate::engine::lanes::{Lanes, Mask};

pub(super) static DEFINITION: Definition = Definition {
    name: "threshold",
    aliases: &[],
    title: "Threshold",
    summary: "Keeps what is above a threshold and replaces the rest by a constant.",
    formula: "x for x > threshold, else value",
    derivative: "1 for x ≥ threshold, else 0",
    parameters: &[
        Parameter {
            name: "threshold",
            default: 0.0,
            description: "the largest input that is replaced",
            domain: Domain::Finite,
        },
        Parameter {
            name: "value",
            default: 0.0,
            description: "what it is replaced by",
            domain: Domain::Finite,
        },
    ],
    needs: Needs::Bit,
    origin: Origin {
        paper: "McCulloch and Pitts: A Logical Calculus of the Ideas Immanent in Nervous Activity",
        year: 1943,
    },
    conventions: &[
        Convention::pytorch("nn.Threshold")
            .kinks(&[(Named("threshold"), Left)])
            .note("both parameters must be given"),
        Convention::keras("activations.threshold")
            .kinks(&[(Named("threshold"), Left)])
            .note("both parameters must be given"),
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

pub(super) const CODE: Code = Code::Elementwise(Kernels::exact_with_bits::<Threshold>(|_| [0.0, 1.0]));

pub(super) struct Threshold;

impl Exact for Threshold {
    #[inline(always)]
    fn value<V: Lanes>(x: V, &[threshold, value, ..]: &Parameters) -> V {
        let constant = x.splat(value);
        // f(−0) = −0 where f(0) = 0.
        let constant = if value == 0.0 {
            x.abs().le(0.0).select(x, constant)
        } else {
            constant
        };
        x.le(threshold).select(constant, x)
    }

    #[inline(always)]
    fn backward<V: Lanes>(x: V, dy: V, &[threshold, ..]: &Parameters) -> V {
        let flat = x.is_nan().select(x, x.splat(0.0));
        x.ge(threshold).select(dy, flat)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{flat, nan_stays_nan, same, slopes};

    #[test]
    fn edges() {
        same(
            "threshold(threshold=0.5, value=-2)",
            &[f64::NEG_INFINITY, -0.0, 0.5, 0.75, f64::INFINITY],
            |x| if x > 0.5 { x } else { -2.0 },
        );
        same("threshold", &[-0.0, 0.0], |x| x);
        assert_eq!(
            slopes("threshold(threshold=0.5, value=-2)", &[0.25, 0.5, 0.75]),
            [0.0, 1.0, 1.0]
        );
        nan_stays_nan("threshold");
    }

    #[test]
    fn nothing_flows_where_it_is_flat() {
        flat("threshold(threshold=0.5)", &[0.25, -1.0, f64::NEG_INFINITY]);
    }
}
