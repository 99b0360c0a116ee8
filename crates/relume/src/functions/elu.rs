//! The exponential linear unit.
//!
//! Left of 0 it is alpha·(exp(x) − 1) by `exp_m1`, which loses no digits near 0, and the derivative is alpha·exp(x).
//! In compensated lanes exp(x) − 1 comes as a sum of two floats, which the product with alpha rounds once. Constants:
//! those of `math/exp.rs`.

use super::Code;
use crate::definition::{Convention, Definition, Domain, Elementwise, ErrorBound, Gain, Initialisation, Needs, Origin, Parameter, Place::Point, Shape, Side::Left};
use crate::engine::elementwise::{Compensated, Kernels, Parameters, Smooth};
use crate::engine::lanes::{Float, Mask, Wide};
use crate::math::exp::{exp, exp_m1, exp_m1_compensated};
use crate::math::extended::Extended;

pub(super) static DEFINITION: Definition = Definition {
    name: "elu",
    aliases: &[],
    title: "ELU",
    summary: "Linear for positive inputs, an exponential that levels out at −alpha for negative ones; its mean is closer to zero.",
    formula: "x for x ≥ 0, else alpha·(exp(x) − 1)",
    derivative: "1 for x ≥ 0, else alpha·exp(x)",
    parameters: &[Parameter {
        name: "alpha",
        default: 1.0,
        description: "minus the limit at −∞",
        domain: Domain::NonNegative,
    }],
    needs: Needs::Output,
    origin: Origin {
        paper: "Clevert, Unterthiner and Hochreiter: Fast and Accurate Deep Network Learning by Exponential Linear Units",
        year: 2015,
    },
    conventions: &[
        Convention::pytorch("nn.ELU").kinks(&[(Point(0.0), Left)]),
        Convention::keras("activations.elu").kinks(&[(Point(0.0), Left)]),
        Convention::jax("nn.elu").kinks(&[(Point(0.0), Left)]),
        Convention::onnx("Elu"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: None,
        range: [-1.0, f64::INFINITY],
        monotone: true,
        kinks: &[],
        limits: [-1.0, f64::INFINITY],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::compensated(0.9),
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::compensated::<Elu>());

struct Elu;

impl Smooth for Elu {
    #[inline(always)]
    fn value<V: Wide>(x: V, &[alpha, ..]: &Parameters) -> V {
        let negative = (exp_m1(Extended::new(x.at_most(0.0))) * x.splat(alpha)).rounded();
        x.lt(0.0).select(negative, x)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, &[alpha, ..]: &Parameters) -> V {
        let e = exp(Extended::new(x.at_most(0.0)));
        let negative = e.scale((e.mantissa() * dy * x.splat(alpha)).rounded());
        x.ge(0.0).select(dy, negative)
    }
}

impl Compensated for Elu {
    fn suits(&[alpha, ..]: &Parameters) -> bool {
        // With another alpha the corrections could fall below the smallest float.
        (0.01..=1e6).contains(&alpha)
    }

    #[inline(always)]
    fn value<V: Float>(x: V, &[alpha, ..]: &Parameters) -> V {
        let negative = exp_m1_compensated(x.at_most(0.0)).into_product(x.splat(alpha));
        x.lt(0.0).select(negative, x)
    }
}

#[cfg(test)]
mod tests {
    use crate::Activation;
    use crate::testing::{nan_stays_nan, near, same, slopes};

    #[test]
    fn edges() {
        near(
            "elu",
            &[
                (-1.0, -0.6321205588285577),
                (-1e-10, -9.9999999995e-11),
                (-60.0, -1.0),
            ],
        );
        near("elu(alpha=2)", &[(-1.0, -1.2642411176571153)]);
        same("elu", &[f64::NEG_INFINITY], |_| -1.0);
        same("elu", &[-0.0, 0.0, 3.0, f64::INFINITY], |x| x);
        assert_eq!(
            slopes("elu(alpha=2)", &[f64::NEG_INFINITY, 0.0, 1.0]),
            [0.0, 1.0, 1.0]
        );
        nan_stays_nan("elu");
    }

    #[test]
    fn no_gradient_comes_back_from_minus_infinity_however_large() {
        let elu = Activation::new("elu").unwrap().with("alpha", 1e30).unwrap();
        let mut dx = [1e300];
        elu.backward_in_place(&[-1e308], &mut dx).unwrap();
        assert_eq!(dx, [0.0]);
    }
}
