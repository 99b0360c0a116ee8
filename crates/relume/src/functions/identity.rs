//! The identity: x, with derivative 1 everywhere.

use crate::definition::{
    Convention, Definition, ErrorBound, Gain, Initialisation, Needs, Origin, Parameters,
};
use crate::engine::elementwise::{Exact, Kernels};
use crate::engine::lanes::{Lanes, Mask};
pub(crate) static IDENTITY: Definition = Definition {
    name: "identity",
    aliases: &["linear"],
    title: "Identity",
    summary: "The input itself: the control that shows what a non-linearity is worth.",
    formula: "x",
    derivative: "1",
    parameters: &[],
    range: [f64::NEG_INFINITY, f64::INFINITY],
    monotone: true,
    kinks: &[],
    limits: [f64::NEG_INFINITY, f64::INFINITY],
    needs: Needs::Nothing,
    gain: Gain::Stated {
        value: 1.0,
        source: "a linear layer keeps the variance",
    },
    initialisation: Initialisation::LeCun,
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
    error_bound: ErrorBound::ROUNDED,
    kernels: Kernels::exact::<Identity>(),
};

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
