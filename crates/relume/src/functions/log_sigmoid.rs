//! The logarithm of the sigmoid: −softplus(−x), and computed as that.

use super::softplus::Softplus;
use super::Code;
use crate::definition::{Convention, Definition, Elementwise, ErrorBound, Gain, Initialisation, Needs, Origin, Shape};
use crate::engine::elementwise::{Compensated, Kernels, Parameters, Smooth};
use crate::engine::lanes::{Float, Wide};

pub(super) static DEFINITION: Definition = Definition {
    name: "log_sigmoid",
    aliases: &["logsigmoid"],
    title: "Log-sigmoid",
    summary: "The logarithm of the sigmoid, as in the cross-entropy of two classes: minus the softplus of −x.",
    formula: "−ln(1 + exp(−x))",
    derivative: "σ(−x)",
    parameters: &[],
    needs: Needs::Output,
    origin: Origin {
        paper: "Cox: The Regression Analysis of Binary Sequences",
        year: 1958,
    },
    conventions: &[
        Convention::pytorch("nn.LogSigmoid"),
        Convention::keras("activations.log_sigmoid"),
        Convention::jax("nn.log_sigmoid"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: None,
        range: [f64::NEG_INFINITY, 0.0],
        monotone: true,
        kinks: &[],
        limits: [f64::NEG_INFINITY, 0.0],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::compensated(1.0),
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::compensated::<LogSigmoid>());

struct LogSigmoid;

/// Those of the softplus.
const BETA: Parameters = [1.0, 0.0, 0.0, 0.0];

impl Smooth for LogSigmoid {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        -<Softplus as Smooth>::value(-x, &BETA)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        <Softplus as Smooth>::backward(-x, dy, &BETA)
    }
}

impl Compensated for LogSigmoid {
    #[inline(always)]
    fn holds<V: Float>(x: V, _: &Parameters) -> Option<V::Mask> {
        <Softplus as Compensated>::holds(-x, &BETA)
    }

    #[inline(always)]
    fn value<V: Float>(x: V, _: &Parameters) -> V {
        -<Softplus as Compensated>::value(-x, &BETA)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{nan_stays_nan, near, near_slope, same, slopes};

    #[test]
    fn edges() {
        near(
            "log_sigmoid",
            &[
                (1.0, -0.3132616875182228),
                (0.0, -std::f64::consts::LN_2),
                (-1.0, -1.3132616875182228),
                (100.0, -3.720075976020836e-44),
            ],
        );
        same("log_sigmoid", &[f64::NEG_INFINITY, -1000.0], |x| x);
        same("log_sigmoid", &[f64::INFINITY], |_| -0.0);
        near_slope("log_sigmoid", &[(0.0, 0.5), (100.0, 3.720075976020836e-44)]);
        assert_eq!(
            slopes("log_sigmoid", &[f64::NEG_INFINITY, f64::INFINITY]),
            [1.0, 0.0]
        );
        nan_stays_nan("log_sigmoid");
    }
}
