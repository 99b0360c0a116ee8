//! The sigmoid linear unit, x·σ(beta·x).
//!
//! With z = beta·x the value is x/(1 + exp(−z)), by `math/gate.rs`. The derivative (1 + e·(1 + z))/(1 + e)², where
//! e = exp(−z), cancels around its root r = −1.278: for `f32` results it is written in t = z − r, for `f64` results it is
//! a polynomial there ([`Root`]). Constants: `coefficients/silu.py`.

use super::Code;
use crate::definition::{Convention, Definition, Domain, Elementwise, ErrorBound, Gain, Initialisation, Needs, Origin, Parameter, Shape};
use crate::engine::elementwise::{Compensated, Kernels, Parameters, Smooth};
use crate::engine::lanes::{Float, Mask, Wide};
use crate::math::exp::{exp_and_m1_to_f32, exp_before_difference, exp_to_f32};
use crate::math::extended::Extended;
use crate::math::gate::{COMPENSATED_REACH, finite_above, gated, gated_compensated};
use crate::math::root::Root;

/// Around the root of the derivative.
const ROOT: Root<11> = Root {
    reach: 0.125,
    root: [-1.2784645427610737, -1.0946994183093437e-16],
    first: [0.2178117057198001, 1.2073222849122413e-17],
    rest: [
        0.1466487969969469,
        0.01887481422378234,
        -0.015222655223188032,
        -0.006606589138377617,
        0.00012662741008188886,
        0.0007985218875540207,
        0.0001857072434027501,
        -4.090604801070371e-05,
        -2.9733516471133623e-05,
        -2.902447926476537e-06,
        2.3445735814731778e-06,
    ],
};

/// exp(−r) at the root r of the derivative.
const AT_ROOT: f64 = 3.591121476668622;

pub(super) static DEFINITION: Definition = Definition {
    name: "silu",
    aliases: &["swish"],
    title: "SiLU",
    summary: "The input times its own sigmoid; smooth, with a small dip below zero.",
    formula: "x·σ(beta·x)",
    derivative: "σ(z)·(1 + z·(1 − σ(z))), where z = beta·x",
    parameters: &[Parameter {
        name: "beta",
        default: 1.0,
        description: "how sharp the bend is; towards ∞ it becomes ReLU",
        domain: Domain::Positive,
    }],
    needs: Needs::Input,
    origin: Origin {
        paper: "Elfwing, Uchibe and Doya: Sigmoid-Weighted Linear Units for Neural Network Function Approximation in Reinforcement Learning",
        year: 2017,
    },
    conventions: &[
        Convention::pytorch("nn.SiLU").note("beta is 1"),
        Convention::keras("activations.silu").note("beta is 1"),
        Convention::jax("nn.silu").note("beta is 1"),
        Convention::onnx("Swish").note("beta is called alpha"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: Some("max(0, x) − |x|·σ(−beta·|x|)"),
        range: [-0.2784645427610738, f64::INFINITY],
        monotone: false,
        kinks: &[],
        limits: [0.0, f64::INFINITY],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::compensated(0.85),
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::compensated::<Silu>());

struct Silu;

/// beta·x, given beta as the sum of two floats.
#[inline(always)]
pub(super) fn scaled<V: Float>(x: V, [beta, rest]: [f64; 2]) -> Extended<V> {
    let product = Extended::product(x, x.splat(beta));
    Extended {
        high: product.high,
        low: x.mul_add(x.splat(rest), product.low),
    }
}

/// x·σ(beta·x)
#[inline(always)]
pub(super) fn value<V: Wide>(x: V, beta: [f64; 2]) -> V {
    if V::TO_F32 {
        let x = x.at_least(-250.0 / beta[0]);
        return x.over(exp_to_f32(-(x * beta[0]).at_most(250.0)) + 1.0);
    }
    let reach = 1000.0 / beta[0];
    let x = x.at_least(-reach);
    gated(x, scaled(-x.abs().at_most(reach), beta), x.lt(0.0))
}

/// The backward pass of x·σ(beta·x).
#[inline(always)]
pub(super) fn backward<V: Wide>(x: V, dy: V, beta: [f64; 2]) -> V {
    if V::TO_F32 {
        // With z = beta·x, t = z − r, e = exp(−z) and exp(−r) = −1/(1 + r): (1 + e·(1 + z))/(1 + e)², without a
        // difference.
        let t = ROOT.distance((x * beta[0]).at_least(-250.0).at_most(250.0));
        let (power, m1) = exp_and_m1_to_f32(-t);
        let e = power * AT_ROOT;
        let root = e + 1.0;
        return (e.mul_add(t, -m1) * dy).over(root * root);
    }
    // f′(x) + f′(−x) = 1, so it is enough to know it on the left.
    let reach = 1000.0 / beta[0];
    let z = scaled(x.at_least(-reach).at_most(reach), beta);
    let negative = x.lt(0.0);
    let minus_a = Extended::select(negative, z, -z);
    let e = exp_before_difference(minus_a);
    let root = e.value().add_to(1.0);
    let slope = e.mantissa() * (root + minus_a) / (root * root);
    let left = e.scale((slope * dy).rounded());
    let right = ((-e.complete(slope)).add_to(1.0) * dy).rounded();
    ROOT.mend(z, dy, negative.select(left, right))
}

impl Smooth for Silu {
    #[inline(always)]
    fn value<V: Wide>(x: V, &[beta, ..]: &Parameters) -> V {
        value(x, [beta, 0.0])
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, &[beta, ..]: &Parameters) -> V {
        backward(x, dy, [beta, 0.0])
    }
}

impl Compensated for Silu {
    fn suits(&[beta, ..]: &Parameters) -> bool {
        beta == 1.0
    }

    #[inline(always)]
    fn holds<V: Float>(x: V, _: &Parameters) -> Option<V::Mask> {
        Some(finite_above(x, -COMPENSATED_REACH))
    }

    #[inline(always)]
    fn value<V: Float>(x: V, _: &Parameters) -> V {
        let u = x.at_least(-COMPENSATED_REACH).at_most(COMPENSATED_REACH);
        gated_compensated(x, Extended::new(-u))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{nan_stays_nan, near, near_slope, same, slopes};

    #[test]
    fn edges() {
        near("silu", &[(-1.0, -0.2689414213699951), (1.0, 0.7310585786300049)]);
        near(
            "silu",
            &[(-95.0, -5.245028163177106e-40), (-740.0, -3.09967e-319)],
        );
        same("silu", &[f64::NEG_INFINITY], |_| -0.0);
        same("silu", &[-0.0, 0.0, 1000.0, f64::INFINITY], |x| x);
        near_slope("silu", &[(0.0, 0.5)]);
        assert_eq!(slopes("silu", &[f64::NEG_INFINITY, f64::INFINITY]), [0.0, 1.0]);
        nan_stays_nan("silu");
    }

    #[test]
    fn beta_scales_the_input() {
        near(
            "silu(beta=2)",
            &[(-1.0, -0.11920292202211755), (1.5, 1.4288611902336499)],
        );
        near_slope("silu(beta=2)", &[(0.0, 0.5), (0.5, 0.9276705118714867)]);
        same("silu(beta=1e30)", &[1.0, 1e300, f64::INFINITY], |x| x);
        same("silu(beta=1e-30)", &[-3.0, 1e-5], |x| x * 0.5);
        same("silu(beta=0.001)", &[f64::NEG_INFINITY], |_| -0.0);
    }
}
