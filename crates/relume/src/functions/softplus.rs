//! Softplus.

use crate::convention::Convention;
use crate::definition::{Definition, ErrorBound, Gain, Initialisation, Needs, Origin, Parameters};
use crate::kernel::{Kernels, Smooth};
use crate::lanes::{Mask, Wide};
use crate::math::exp::{exp, exp_double, exp_single};
use crate::math::extended::Extended;
use crate::math::log1p::ln_1p_ratio;

pub(crate) static SOFTPLUS: Definition = Definition {
    name: "softplus",
    aliases: &[],
    title: "Softplus",
    summary: "A smooth ReLU: the integral of the sigmoid.",
    formula: "ln(1 + exp(x))",
    derivative: "σ(x)",
    parameters: &[],
    range: [0.0, f64::INFINITY],
    monotone: true,
    kinks: &[],
    limits: [0.0, f64::INFINITY],
    needs: Needs::Output,
    gain: Gain::SecondMoment,
    initialisation: Initialisation::He,
    origin: Origin {
        paper: "Dugas, Bengio, Bélisle, Nadeau and Garcia: Incorporating Second-Order Functional Knowledge for Better Option Pricing",
        year: 2001,
    },
    hosts: &[
        Convention::pytorch("nn.Softplus").note("x itself where beta·x > 20 (its parameter threshold)"),
        Convention::keras("activations.softplus").note("beta is 1"),
        Convention::jax("nn.softplus").note("beta is 1"),
        Convention::onnx("Softplus").note("beta is 1"),
    ],
    error_bound: ErrorBound::SMOOTH,
    kernels: Kernels::smooth::<Softplus>(),
};

pub(super) struct Softplus;

impl Smooth for Softplus {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        if V::SINGLE {
            let e = Extended::new(exp_single((-x.abs()).at_least(-250.0)));
            return x.at_least(0.0) + ln_1p_ratio(e, e).high;
        }
        let e = exp(Extended::new(-x.abs()));
        let negative = x.lt(0.0);
        let logarithm = ln_1p_ratio(e.value(), Extended::select(negative, e.mantissa(), e.value()));
        // Beyond 64 the logarithm does not show; at infinity it would make a NaN.
        let positive = x.gt(64.0).select(x, (logarithm + Extended::new(x)).rounded());
        negative.select(e.scale(logarithm.rounded()), positive)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        if V::SINGLE {
            return dy / (exp_single(-x.at_least(-250.0).at_most(250.0)) + 1.0);
        }
        let (e, scale) = exp_double(Extended::new(-x.abs()));
        let negative = x.lt(0.0);
        let dx = negative.select(e, x.splat(1.0)) / (e * scale + 1.0) * dy;
        negative.select(dx * scale, dx)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{nan_stays_nan, near, near_slope, same, slopes};

    #[test]
    fn edges() {
        near(
            "softplus",
            &[
                (-1.0, 0.3132616875182228),
                (0.0, std::f64::consts::LN_2),
                (1.0, 1.3132616875182228),
            ],
        );
        near("softplus", &[(-100.0, 3.720075976020836e-44), (40.0, 40.0)]);
        same("softplus", &[f64::NEG_INFINITY], |_| 0.0);
        same("softplus", &[1000.0, f64::INFINITY], |x| x);
        near_slope(
            "softplus",
            &[
                (0.0, 0.5),
                (1.0, 0.7310585786300049),
                (-100.0, 3.720075976020836e-44),
            ],
        );
        assert_eq!(
            slopes("softplus", &[f64::NEG_INFINITY, f64::INFINITY]),
            [0.0, 1.0]
        );
        nan_stays_nan("softplus");
    }
}
