//! The thresholded ReLU: zero up to a threshold.
//!
//! For alpha other than 0 the function jumps at alpha, where its value is 0; the derivative there is its limit from
//! the right, 1.

use super::threshold::Threshold;
use super::Code;
use crate::definition::{Convention, Definition, Domain, Elementwise, ErrorBound, Gain, Initialisation, Kink, Needs, Origin, Parameter, Shape};
use crate::engine::elementwise::{Exact, Kernels, Parameters};
use crate::engine::lanes::Lanes;

pub(super) static DEFINITION: Definition = Definition {
    name: "thresholded_relu",
    aliases: &["truncated_rectifier"],
    title: "Thresholded ReLU",
    summary: "ReLU that lets only inputs above a threshold through, unchanged.",
    formula: "x for x > alpha, else 0",
    derivative: "1 for x ≥ alpha, else 0",
    parameters: &[Parameter {
        name: "alpha",
        default: 1.0,
        description: "the threshold",
        domain: Domain::Finite,
    }],
    needs: Needs::Bit,
    origin: Origin {
        paper: "Konda, Memisevic and Krueger: Zero-Bias Autoencoders and the Benefits of Co-Adapting Features",
        year: 2014,
    },
    conventions: &[Convention::onnx("ThresholdedRelu")],
    shape: Shape::Elementwise(Elementwise {
        composed: Some("0 for x < alpha, x − alpha for x ≤ alpha, else x"),
        range: [0.0, f64::INFINITY],
        monotone: true,
        kinks: &[Kink {
            at: 1.0,
            derivative: 1.0,
        }],
        limits: [0.0, f64::INFINITY],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::ROUNDED,
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::exact_with_bits::<ThresholdedRelu>(|_| [0.0, 1.0]));

struct ThresholdedRelu;

fn as_threshold(&[alpha, ..]: &Parameters) -> Parameters {
    [alpha, 0.0, 0.0, 0.0]
}

impl Exact for ThresholdedRelu {
    #[inline(always)]
    fn value<V: Lanes>(x: V, parameters: &Parameters) -> V {
        Threshold::value(x, &as_threshold(parameters))
    }

    #[inline(always)]
    fn backward<V: Lanes>(x: V, dy: V, parameters: &Parameters) -> V {
        Threshold::backward(x, dy, &as_threshold(parameters))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{flat, nan_stays_nan, same, slopes};

    #[test]
    fn edges() {
        same(
            "thresholded_relu",
            &[f64::NEG_INFINITY, 0.5, 1.0, 1.5, f64::INFINITY],
            |x| if x > 1.0 { x } else { 0.0 },
        );
        same("thresholded_relu(alpha=-1)", &[-0.5, -0.0, 0.0], |x| x);
        assert_eq!(slopes("thresholded_relu", &[0.5, 1.0, 1.5]), [0.0, 1.0, 1.0]);
        nan_stays_nan("thresholded_relu");
    }

    #[test]
    fn nothing_flows_where_it_is_flat() {
        flat("thresholded_relu", &[0.5, f64::NEG_INFINITY]);
    }
}
