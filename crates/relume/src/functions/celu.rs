//! The continuously differentiable exponential linear unit.

use crate::definition::{
    Definition, Domain, ErrorBound, Gain, Initialisation, Needs, Origin, Parameter, Parameters,
};
use crate::kernel::{Kernels, Smooth};
use crate::lanes::{Mask, Wide};
use crate::math::exp::{exp, exp_m1};
use crate::math::extended::Extended;

/// x/alpha for x ≤ 0.
#[inline(always)]
fn argument<V: Wide>(x: V, alpha: f64) -> Extended<V> {
    let x = x.at_most(0.0);
    if V::SINGLE {
        Extended::new(x * alpha.recip())
    } else {
        Extended::new(x) / Extended::new(x.splat(alpha))
    }
}

pub(crate) static CELU: Definition = Definition {
    name: "celu",
    aliases: &[],
    title: "CELU",
    summary: "ELU whose derivative is continuous for every alpha.",
    formula: "x for x ≥ 0, alpha·(exp(x/alpha) − 1) for x < 0",
    derivative: "1 for x ≥ 0, exp(x/alpha) for x < 0",
    parameters: &[Parameter {
        name: "alpha",
        default: 1.0,
        description: "minus the limit at −∞",
        domain: Domain::Positive,
    }],
    range: [-1.0, f64::INFINITY],
    monotone: true,
    kinks: &[],
    limits: [-1.0, f64::INFINITY],
    needs: Needs::Output,
    gain: Gain::SecondMoment,
    initialisation: Initialisation::He,
    origin: Origin {
        paper: "Barron: Continuously Differentiable Exponential Linear Units",
        year: 2017,
    },
    error_bound: ErrorBound::CONTRACT,
    kernels: Kernels::smooth::<Celu>(),
};

struct Celu;

impl Smooth for Celu {
    #[inline(always)]
    fn value<V: Wide>(x: V, &[alpha, ..]: &Parameters) -> V {
        let negative = (exp_m1(argument(x, alpha)) * x.splat(alpha)).rounded();
        x.lt(0.0).select(negative, x)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, &[alpha, ..]: &Parameters) -> V {
        let e = exp(argument(x, alpha));
        let negative = e.scale((e.mantissa() * dy).rounded());
        x.ge(0.0).select(dy, negative)
    }
}
