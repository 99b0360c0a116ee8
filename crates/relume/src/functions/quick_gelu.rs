//! The sigmoid form of GELU: SiLU with beta = 1.702.
//!
//! The method is that of `silu.rs`. 1.702 is no float: it comes as a sum of two. Constants: `coefficients/quick_gelu.py`.

use super::silu;
use super::Code;
use crate::definition::{Definition, Elementwise, ErrorBound, Gain, Initialisation, Needs, Origin, Shape};
use crate::engine::elementwise::{Compensated, Kernels, Parameters, Smooth};
use crate::engine::lanes::{Float, Wide};
use crate::math::extended::f32_parts;
use crate::math::gate::{COMPENSATED_REACH, finite_above, gated_compensated};

/// 1.702
const BETA: [f64; 2] = [1.702, 4.263256414560601e-17];

/// 1.702 for `f32` lanes.
const COMPENSATED_BETA: [f64; 2] = f32_parts(1.702);

/// Up to here 1.702·x is within reach in `f32` lanes.
const REACH: f64 = COMPENSATED_REACH / 1.702;

pub(super) static DEFINITION: Definition = Definition {
    name: "quick_gelu",
    aliases: &["gelu_sigmoid"],
    title: "GELU (sigmoid form)",
    summary: "GELU with the normal distribution function replaced by a sigmoid.",
    formula: "x·σ(1.702·x)",
    derivative: "σ(z)·(1 + z·(1 − σ(z))), where z = 1.702·x",
    parameters: &[],
    needs: Needs::Input,
    origin: Origin {
        paper: "Hendrycks and Gimpel: Gaussian Error Linear Units",
        year: 2016,
    },
    conventions: &[],
    shape: Shape::Elementwise(Elementwise {
        composed: Some("max(0, x) − |x|·σ(−1.702·|x|)"),
        range: [-0.16361018963635357, f64::INFINITY],
        monotone: false,
        kinks: &[],
        limits: [0.0, f64::INFINITY],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::compensated(0.9),
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::compensated::<QuickGelu>());

struct QuickGelu;

impl Smooth for QuickGelu {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        silu::value(x, BETA)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        silu::backward(x, dy, BETA)
    }
}

impl Compensated for QuickGelu {
    #[inline(always)]
    fn holds<V: Float>(x: V, _: &Parameters) -> Option<V::Mask> {
        Some(finite_above(x, -REACH))
    }

    #[inline(always)]
    fn value<V: Float>(x: V, _: &Parameters) -> V {
        let minus_x = -x.at_least(-REACH).at_most(REACH);
        gated_compensated(x, silu::scaled(minus_x, COMPENSATED_BETA))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{nan_stays_nan, near, near_slope, same, slopes};

    #[test]
    fn edges() {
        near(
            "quick_gelu",
            &[
                (-1.0, -0.1542042340671787),
                (1.0, 0.8457957659328212),
                (-50.0, -5.501860750056332e-36),
            ],
        );
        same("quick_gelu", &[f64::NEG_INFINITY], |_| -0.0);
        same("quick_gelu", &[-0.0, 0.0, 1000.0, f64::INFINITY], |x| x);
        near_slope(
            "quick_gelu",
            &[(-1.0, -0.06777960655633405), (0.0, 0.5), (1.0, 1.067779606556334)],
        );
        assert_eq!(
            slopes("quick_gelu", &[f64::NEG_INFINITY, f64::INFINITY]),
            [0.0, 1.0]
        );
        nan_stays_nan("quick_gelu");
    }
}
