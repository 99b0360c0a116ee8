//! The sigmoid linear unit.

use crate::definition::{Definition, ErrorBound, Gain, Initialisation, Needs, Origin, Parameters};
use crate::kernel::{Kernels, Smooth};
use crate::lanes::{Mask, Wide};
use crate::math::exp::{exp, exp_before_difference};
use crate::math::extended::Extended;

pub(crate) static SILU: Definition = Definition {
    name: "silu",
    aliases: &["swish"],
    title: "SiLU",
    summary: "The input times its own sigmoid; smooth, with a small dip below zero.",
    formula: "x·σ(x)",
    derivative: "σ(x)·(1 + x·(1 − σ(x)))",
    parameters: &[],
    range: [-0.2784645427610738, f64::INFINITY],
    monotone: false,
    kinks: &[],
    limits: [0.0, f64::INFINITY],
    needs: Needs::Input,
    gain: Gain::SecondMoment,
    initialisation: Initialisation::He,
    origin: Origin {
        paper: "Elfwing, Uchibe and Doya: Sigmoid-Weighted Linear Units for Neural Network Function Approximation in Reinforcement Learning",
        year: 2017,
    },
    error_bound: ErrorBound::CONTRACT,
    kernels: Kernels::smooth::<Silu>(),
};

struct Silu;

impl Smooth for Silu {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        let a = x.abs().at_most(1000.0);
        let e = exp(Extended::new(-a));
        let negative = x.lt(0.0);
        let numerator = Extended::select(negative, e.mantissa() * -a, Extended::new(x));
        let y = (numerator / (e.value() + 1.0)).rounded();
        negative.select(e.scale(y), y)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        let a = x.abs().at_most(1000.0);
        let e = exp_before_difference(Extended::new(-a));
        let root = e.value() + 1.0;
        let slope = e.mantissa() * (root + Extended::new(-a)) / (root * root);
        let negative = e.scale((slope * dy).rounded());
        let positive = ((-slope).scaled(e.scale(x.splat(1.0))) + 1.0) * dy;
        x.lt(0.0).select(negative, positive.rounded())
    }
}
