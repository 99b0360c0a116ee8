//! Softplus.

use crate::definition::{Definition, ErrorBound, Gain, Initialisation, Needs, Origin, Parameters};
use crate::kernel::{Kernels, Smooth};
use crate::lanes::{Mask, Wide};
use crate::math::exp::exp;
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
    error_bound: ErrorBound::CONTRACT,
    kernels: Kernels::smooth::<Softplus>(),
};

struct Softplus;

impl Smooth for Softplus {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        let e = exp(Extended::new(-x.abs()));
        let negative = x.lt(0.0);
        let logarithm = ln_1p_ratio(e.value(), Extended::select(negative, e.mantissa(), e.value()));
        let positive = (logarithm + Extended::new(x)).rounded();
        negative.select(e.scale(logarithm.rounded()), positive)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        let e = exp(Extended::new(-x.abs()));
        let negative = x.lt(0.0);
        let numerator = Extended::select(negative, e.mantissa(), Extended::new(x.splat(1.0)));
        let dx = (numerator * dy / e.value().add_to(1.0)).rounded();
        negative.select(e.scale(dx), dx)
    }
}
