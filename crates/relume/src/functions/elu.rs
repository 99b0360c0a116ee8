//! The exponential linear unit.

use crate::definition::{
    Definition, Domain, ErrorBound, Gain, Initialisation, Needs, Origin, Parameter, Parameters,
};
use crate::kernel::{Kernels, Smooth};
use crate::lanes::{Mask, Wide};
use crate::math::exp::{exp, exp_m1};
use crate::math::extended::Extended;

pub(crate) static ELU: Definition = Definition {
    name: "elu",
    aliases: &[],
    title: "ELU",
    summary: "Linear for positive inputs, an exponential that levels out at −alpha for negative ones; its mean is closer to zero.",
    formula: "x for x ≥ 0, alpha·(exp(x) − 1) for x < 0",
    derivative: "1 for x ≥ 0, alpha·exp(x) for x < 0",
    parameters: &[Parameter {
        name: "alpha",
        default: 1.0,
        description: "minus the limit at −∞",
        domain: Domain::NonNegative,
    }],
    range: [-1.0, f64::INFINITY],
    monotone: true,
    kinks: &[],
    limits: [-1.0, f64::INFINITY],
    needs: Needs::Output,
    gain: Gain::SecondMoment,
    initialisation: Initialisation::He,
    origin: Origin {
        paper: "Clevert, Unterthiner and Hochreiter: Fast and Accurate Deep Network Learning by Exponential Linear Units",
        year: 2015,
    },
    error_bound: ErrorBound::CONTRACT,
    kernels: Kernels::smooth::<Elu>(),
};

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
