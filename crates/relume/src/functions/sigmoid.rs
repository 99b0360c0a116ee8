//! The logistic sigmoid.
//!
//! 1/(1 + exp(−x)) for `f32` results. For `f64` results e/(1 + e) with e = exp(−|x|) on the left, so that no digit is
//! lost where it is small, and 1 less that on the right. The derivative is e/(1 + e)² on both sides. Constants: those
//! of `math/exp.rs`.

use super::Code;
use crate::definition::{Convention, Definition, Elementwise, ErrorBound, Gain, Initialisation, Needs, Origin, Shape};
use crate::engine::elementwise::{Compensated, Kernels, Parameters, Smooth};
use crate::engine::lanes::{Float, Mask, Wide};
use crate::math::exp::{exp, exp_to_f32, exp_unrounded};
use crate::math::extended::Extended;
use crate::math::gate::{COMPENSATED_REACH, gated_compensated};

pub(super) static DEFINITION: Definition = Definition {
    name: "sigmoid",
    aliases: &["logistic", "expit", "sigm"],
    title: "Sigmoid",
    summary: "Squashes the input onto (0, 1); saturates on both sides.",
    formula: "1/(1 + exp(−x))",
    derivative: "σ(x)·(1 − σ(x))",
    parameters: &[],
    needs: Needs::Output,
    origin: Origin {
        paper: "Verhulst: Notice sur la loi que la population suit dans son accroissement",
        year: 1838,
    },
    conventions: &[
        Convention::pytorch("nn.Sigmoid"),
        Convention::keras("activations.sigmoid"),
        Convention::jax("nn.sigmoid"),
        Convention::onnx("Sigmoid"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: None,
        range: [0.0, 1.0],
        monotone: true,
        kinks: &[],
        limits: [0.0, 1.0],
        gain: Gain::Stated {
            value: 1.0,
            source: "PyTorch calculate_gain",
        },
        initialisation: Initialisation::Glorot,
        error_bound: ErrorBound::compensated(0.82),
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::compensated::<Sigmoid>());

struct Sigmoid;

impl Smooth for Sigmoid {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        if V::TO_F32 {
            let e = exp_to_f32(-x.at_least(-250.0).at_most(250.0));
            return x.splat(1.0).over(e + 1.0);
        }
        let e = exp_unrounded(Extended::new(-x.abs().at_most(1400.0)));
        let (numerator, divisor) = e.over_one_more();
        let left = numerator.added() / divisor * e.inner * e.outer;
        // σ(x) + σ(−x) = 1
        x.lt(0.0).select(left, x.splat(1.0) - left)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        if V::TO_F32 {
            let e = exp_to_f32((-x.abs()).at_least(-250.0));
            let root = e + 1.0;
            return (e * dy).over(root * root);
        }
        let e = exp(Extended::new(-x.abs()));
        let root = e.value().add_to(1.0);
        e.scale((e.mantissa() * dy / (root * root)).rounded())
    }
}

impl Compensated for Sigmoid {
    #[inline(always)]
    fn holds<V: Float>(x: V, _: &Parameters) -> Option<V::Mask> {
        Some(x.ge(-COMPENSATED_REACH))
    }

    #[inline(always)]
    fn value<V: Float>(x: V, _: &Parameters) -> V {
        let u = x.at_least(-COMPENSATED_REACH).at_most(COMPENSATED_REACH);
        gated_compensated(x.splat(1.0), Extended::new(-u))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{nan_stays_nan, near, near_slope, same, slopes};

    #[test]
    fn edges() {
        near(
            "sigmoid",
            &[(-1.0, 0.2689414213699951), (0.0, 0.5), (1.0, 0.7310585786300049)],
        );
        near("sigmoid", &[(-100.0, 3.720075976020836e-44), (-745.0, 5e-324)]);
        same("sigmoid", &[f64::NEG_INFINITY], |_| 0.0);
        same("sigmoid", &[100.0, f64::INFINITY], |_| 1.0);
        near_slope(
            "sigmoid",
            &[
                (0.0, 0.25),
                (1.0, 0.19661193324148185),
                (100.0, 3.720075976020836e-44),
            ],
        );
        assert_eq!(slopes("sigmoid", &[f64::NEG_INFINITY, f64::INFINITY]), [0.0, 0.0]);
        nan_stays_nan("sigmoid");
    }
}
