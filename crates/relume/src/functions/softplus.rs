//! Softplus, ln(1 + exp(beta·x))/beta.
//!
//! max(0, x) + ln(1 + e)/beta with e = exp(−beta·|x|), so that nothing overflows and the logarithm's argument is
//! between 1 and 2. The derivative is σ(beta·x). Constants: those of `math/exp.rs` and `math/log1p.rs`.

use super::Code;
use crate::definition::{Convention, Definition, Domain, Elementwise, ErrorBound, Gain, Initialisation, Needs, Origin, Parameter, Shape};
use crate::engine::elementwise::{Compensated, Kernels, Parameters, Smooth};
use crate::engine::lanes::{Float, Mask, Wide};
use crate::math::exp::{exp_compensated, exp_to_f32, exp_unrounded};
use crate::math::extended::Extended;
use crate::math::gate::{COMPENSATED_REACH, finite_above, gated};
use crate::math::log1p::{SHARE, ln_1p_ratio, plus_ln_1p};

pub(super) static DEFINITION: Definition = Definition {
    name: "softplus",
    aliases: &[],
    title: "Softplus",
    summary: "A smooth ReLU: the integral of the sigmoid.",
    formula: "ln(1 + exp(beta·x))/beta",
    derivative: "σ(beta·x)",
    parameters: &[Parameter {
        name: "beta",
        default: 1.0,
        description: "how sharp the bend is; towards ∞ it becomes ReLU",
        domain: Domain::Positive,
    }],
    needs: Needs::Output,
    origin: Origin {
        paper: "Dugas, Bengio, Bélisle, Nadeau and Garcia: Incorporating Second-Order Functional Knowledge for Better Option Pricing",
        year: 2001,
    },
    conventions: &[
        Convention::pytorch("nn.Softplus").note("x itself where beta·x > 20 (its parameter threshold)"),
        Convention::keras("activations.softplus").note("beta is 1"),
        Convention::jax("nn.softplus").note("beta is 1"),
        Convention::onnx("Softplus").note("beta is 1"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: Some("max(0, x) + log1p(exp(−beta·|x|))/beta"),
        range: [0.0, f64::INFINITY],
        monotone: true,
        kinks: &[],
        limits: [0.0, f64::INFINITY],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::compensated(1.0),
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::compensated::<Softplus>());

pub(super) struct Softplus;

/// −beta·|x|, for `f64` results.
#[inline(always)]
fn exponent<V: Wide>(x: V, beta: f64) -> Extended<V> {
    Extended::product(-x.abs().at_most(1400.0 / beta), x.splat(beta))
}

impl Smooth for Softplus {
    #[inline(always)]
    fn value<V: Wide>(x: V, &[beta, ..]: &Parameters) -> V {
        if V::TO_F32 {
            let e = exp_to_f32((x.abs() * -beta).at_least(-250.0));
            return ln_1p_ratio(e, Extended::new(e))
                .high
                .mul_add(x.splat(beta.recip()), x.at_least(0.0));
        }
        let e = exp_unrounded(exponent(x, beta));
        let logarithm = ln_1p_ratio(e.mantissa.added() * e.outer, e.mantissa);
        let quotient = if beta == 1.0 {
            logarithm.added()
        } else {
            logarithm.into_pair_product(Extended::new(x.splat(1.0)) / Extended::new(x.splat(beta)))
        };
        let rest = quotient * e.inner * e.outer;
        x.lt(0.0).select(rest, x + rest)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, &[beta, ..]: &Parameters) -> V {
        if V::TO_F32 {
            return dy.over(exp_to_f32(-(x * beta).at_least(-250.0).at_most(250.0)) + 1.0);
        }
        gated(dy, exponent(x, beta), x.lt(0.0))
    }
}

impl Compensated for Softplus {
    fn suits(&[beta, ..]: &Parameters) -> bool {
        beta == 1.0
    }

    #[inline(always)]
    fn holds<V: Float>(x: V, _: &Parameters) -> Option<V::Mask> {
        Some(finite_above(x, -COMPENSATED_REACH))
    }

    #[inline(always)]
    fn value<V: Float>(x: V, _: &Parameters) -> V {
        let minus_a = (-x.abs()).at_least(-COMPENSATED_REACH);
        let f = exp_compensated(Extended::new(minus_a), x.splat(SHARE));
        plus_ln_1p(x.at_least(0.0), f)
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

    #[test]
    fn beta_scales_both_sides() {
        near(
            "softplus(beta=2)",
            &[(-1.0, 0.06346400552148625), (1.5, 1.524293675786871)],
        );
        near_slope("softplus(beta=2)", &[(0.0, 0.5), (0.5, 0.7310585786300049)]);
        same("softplus(beta=1e30)", &[1.0, 1e300, f64::INFINITY], |x| x);
        same("softplus(beta=0.001)", &[f64::NEG_INFINITY], |_| 0.0);
    }
}
