//! The scaled exponential linear unit.
//!
//! As ELU, with λ and λα as sums of two floats: the values of the paper, written out, and what the first float leaves
//! of them. Constants of exp: those of `math/exp.rs`.

use super::Code;
use crate::definition::{Convention, Definition, Elementwise, ErrorBound, Gain, Initialisation, Kink, Needs, Origin, Place::Point, Shape, Side::Left};
use crate::engine::elementwise::{Compensated, Kernels, Parameters, Smooth};
use crate::engine::lanes::{Float, Mask, Wide};
use crate::math::exp::{exp, exp_m1, exp_m1_compensated};
use crate::math::extended::{Extended, f32_parts};

/// λ
const SCALE: [f64; 2] = [1.0507009873554805, 3.9874847667154144e-17];
/// λα
const SCALE_ALPHA: [f64; 2] = [1.7580993408473768, 1.41535193800845e-17];

/// λα for `f32` lanes.
const COMPENSATED_SCALE_ALPHA: [f64; 2] = f32_parts(SCALE_ALPHA[0]);

pub(super) static DEFINITION: Definition = Definition {
    name: "selu",
    aliases: &[],
    title: "SELU",
    summary: "A scaled ELU that drives the mean of a deep net's activations to 0 and their variance to 1.",
    formula: "λx for x ≥ 0, else λα·(exp(x) − 1), where λ = 1.0507009873554804934, α = 1.6732632423543772848",
    derivative: "λ for x ≥ 0, else λα·exp(x), where λ = 1.0507009873554804934, α = 1.6732632423543772848",
    parameters: &[],
    needs: Needs::Output,
    origin: Origin {
        paper: "Klambauer, Unterthiner, Mayr and Hochreiter: Self-Normalizing Neural Networks",
        year: 2017,
    },
    conventions: &[
        Convention::pytorch("nn.SELU").kinks(&[(Point(0.0), Left)]),
        Convention::keras("activations.selu"),
        Convention::jax("nn.selu").kinks(&[(Point(0.0), Left)]),
        Convention::onnx("Selu").note("the constants are rounded to f32"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: None,
        range: [-1.7580993408473768, f64::INFINITY],
        monotone: true,
        kinks: &[Kink {
            at: 0.0,
            derivative: 1.0507009873554805,
        }],
        limits: [-1.7580993408473768, f64::INFINITY],
        gain: Gain::Stated {
            value: 1.0,
            source: "Klambauer et al., 2017: the fixed point needs variance 1/fan-in",
        },
        initialisation: Initialisation::LeCun,
        error_bound: ErrorBound::compensated(0.95),
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::compensated::<Selu>());

struct Selu;

impl Smooth for Selu {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        let negative = exp_m1(Extended::new(x.at_most(0.0))) * Extended::constant(x, SCALE_ALPHA);
        let positive = Extended::constant(x, SCALE) * x;
        x.lt(0.0).select(negative.rounded(), positive.rounded())
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        let e = exp(Extended::new(x.at_most(0.0)));
        let negative = e.mantissa() * Extended::constant(x, SCALE_ALPHA) * dy;
        let positive = Extended::constant(x, SCALE) * dy;
        x.ge(0.0).select(positive.rounded(), e.scale(negative.rounded()))
    }
}

impl Compensated for Selu {
    #[inline(always)]
    fn value<V: Float>(x: V, _: &Parameters) -> V {
        let negative = exp_m1_compensated(x.at_most(0.0)).into_constant_product(COMPENSATED_SCALE_ALPHA);
        // λ − 1 as an f32 is λ with five bits more.
        let positive = x.mul_add(x.splat(SCALE[0] - 1.0), x);
        x.lt(0.0).select(negative, positive)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{nan_stays_nan, near, same, slopes};

    #[test]
    fn edges() {
        near("selu", &[(-1.0, -1.1113307378125628), (1.0, 1.0507009873554805)]);
        same("selu", &[f64::NEG_INFINITY], |_| -1.7580993408473768);
        same("selu", &[-0.0, 0.0, f64::INFINITY], |x| x);
        assert_eq!(
            slopes("selu", &[f64::NEG_INFINITY, 0.0, 1.0]),
            [0.0, 1.0507009873554805, 1.0507009873554805]
        );
        nan_stays_nan("selu");
    }
}
