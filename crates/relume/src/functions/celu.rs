//! The continuously differentiable exponential linear unit.
//!
//! As ELU, of x/alpha: for `f64` results the quotient keeps its rest as a second float, since exp would multiply its
//! rounding by |x/alpha|. Constants: those of `math/exp.rs`.

use super::Code;
use crate::definition::{Convention, Definition, Domain, Elementwise, ErrorBound, Gain, Initialisation, Needs, Origin, Parameter, Place::Point, Shape, Side::Sum};
use crate::engine::elementwise::{Compensated, Kernels, Parameters, Smooth};
use crate::engine::lanes::{Float, Mask, Wide};
use crate::math::exp::{exp, exp_m1, exp_m1_compensated};
use crate::math::extended::Extended;

/// x/alpha for x ≤ 0.
#[inline(always)]
fn argument<V: Wide>(x: V, alpha: f64) -> Extended<V> {
    let x = x.at_most(0.0);
    if V::TO_F32 {
        Extended::new(x * alpha.recip())
    } else {
        Extended::new(x) / Extended::new(x.splat(alpha))
    }
}

pub(super) static DEFINITION: Definition = Definition {
    name: "celu",
    aliases: &[],
    title: "CELU",
    summary: "ELU whose derivative is continuous for every alpha.",
    formula: "x for x ≥ 0, else alpha·(exp(x/alpha) − 1)",
    derivative: "1 for x ≥ 0, else exp(x/alpha)",
    parameters: &[Parameter {
        name: "alpha",
        default: 1.0,
        description: "minus the limit at −∞",
        domain: Domain::Positive,
    }],
    needs: Needs::Output,
    origin: Origin {
        paper: "Barron: Continuously Differentiable Exponential Linear Units",
        year: 2017,
    },
    conventions: &[
        Convention::pytorch("nn.CELU"),
        Convention::keras("activations.celu").kinks(&[(Point(0.0), Sum)]),
        Convention::jax("nn.celu"),
        Convention::onnx("Celu"),
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

pub(super) const CODE: Code = Code::Elementwise(Kernels::compensated::<Celu>());

struct Celu;

impl Smooth for Celu {
    #[inline(always)]
    fn value<V: Wide>(x: V, &[alpha, ..]: &Parameters) -> V {
        let z = argument(x, alpha);
        let negative = (exp_m1(z) * x.splat(alpha)).rounded();
        // Near zero f(x) = x to the last digit, even where x/alpha has lost digits.
        z.high.lt(-1e-17).select(negative, x)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, &[alpha, ..]: &Parameters) -> V {
        let e = exp(argument(x, alpha));
        let negative = e.scale((e.mantissa() * dy).rounded());
        x.ge(0.0).select(dy, negative)
    }
}

impl Compensated for Celu {
    fn suits(&[alpha, ..]: &Parameters) -> bool {
        // Otherwise the rounding of x/alpha would show.
        alpha == 1.0
    }

    #[inline(always)]
    fn value<V: Float>(x: V, _: &Parameters) -> V {
        let m1 = exp_m1_compensated(x.at_most(0.0));
        x.lt(0.0).select(m1.high + m1.low, x)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{nan_stays_nan, near, same, slopes};

    #[test]
    fn edges() {
        near(
            "celu(alpha=0.5)",
            &[(-1.0, -0.43233235838169365), (-1e-300, -1e-300)],
        );
        same("celu(alpha=0.5)", &[f64::NEG_INFINITY, -1e300], |_| -0.5);
        same("celu(alpha=0.5)", &[-0.0, 0.0, 3.0, f64::INFINITY], |x| x);
        assert_eq!(
            slopes("celu(alpha=0.5)", &[f64::NEG_INFINITY, -0.0, 0.0, 1.0]),
            [0.0, 1.0, 1.0, 1.0]
        );
        nan_stays_nan("celu");
    }

    #[test]
    fn x_over_alpha_may_underflow_or_overflow() {
        same("celu(alpha=1e30)", &[-5e-324, -1e-290], |x| x);
        same("celu(alpha=1e-30)", &[-1.0, -1e300], |_| -1e-30);
    }
}
