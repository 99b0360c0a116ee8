//! The identity: x, with derivative 1 everywhere.

use super::Code;
use crate::definition::{Convention, Definition, Elementwise, ErrorBound, Gain, Initialisation, Needs, Origin, Shape};
use crate::engine::elementwise::{Exact, Kernels, Parameters};
use crate::engine::lanes::{Lanes, Mask};

pub(super) static DEFINITION: Definition = Definition {
    name: "identity",
    aliases: &["linear"],
    title: "Identity",
    summary: "The input itself: the control that shows what a non-linearity is worth.",
    formula: "x",
    derivative: "1",
    parameters: &[],
    needs: Needs::Nothing,
    origin: Origin {
        paper: "the linear unit",
        year: 1943,
    },
    conventions: &[
        Convention::pytorch("nn.Identity"),
        Convention::keras("activations.linear"),
        Convention::jax("nn.identity"),
        Convention::onnx("Identity"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: None,
        range: [f64::NEG_INFINITY, f64::INFINITY],
        monotone: true,
        kinks: &[],
        limits: [f64::NEG_INFINITY, f64::INFINITY],
        gain: Gain::Stated {
            value: 1.0,
            source: "a linear layer keeps the variance",
        },
        initialisation: Initialisation::LeCun,
        error_bound: ErrorBound::ROUNDED,
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::exact::<Identity>());

struct Identity;

impl Exact for Identity {
    #[inline(always)]
    fn value<V: Lanes>(x: V, _: &Parameters) -> V {
        x
    }

    #[inline(always)]
    fn backward<V: Lanes>(x: V, dy: V, _: &Parameters) -> V {
        x.is_nan().select(x, dy)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{nan_stays_nan, same, slopes};

    #[test]
    fn edges() {
        same(
            "identity",
            &[f64::NEG_INFINITY, -1.5, -0.0, 0.0, 2.0, f64::INFINITY],
            |x| x,
        );
        assert_eq!(slopes("identity", &[f64::NEG_INFINITY, 0.0, 3.0]), [1.0; 3]);
        nan_stays_nan("identity");
    }
}
