//! Mish.

use crate::definition::{Definition, ErrorBound, Gain, Initialisation, Needs, Origin, Parameters};
use crate::kernel::{Kernels, Smooth};
use crate::lanes::{Mask, Wide};
use crate::math::exp::{exp, exp_before_difference};
use crate::math::extended::Extended;

pub(crate) static MISH: Definition = Definition {
    name: "mish",
    aliases: &[],
    title: "Mish",
    summary: "The input times the tanh of its softplus; smooth, with a small dip below zero.",
    formula: "x·tanh(softplus(x))",
    derivative: "tanh(s) + x·σ(x)·(1 − tanh²(s)), s = softplus(x)",
    parameters: &[],
    range: [-0.3088434130172506, f64::INFINITY],
    monotone: false,
    kinks: &[],
    limits: [0.0, f64::INFINITY],
    needs: Needs::Input,
    gain: Gain::SecondMoment,
    initialisation: Initialisation::He,
    origin: Origin {
        paper: "Misra: Mish: A Self Regularized Non-Monotonic Activation Function",
        year: 2019,
    },
    error_bound: ErrorBound::CONTRACT,
    kernels: Kernels::smooth::<Mish>(),
};

struct Mish;

impl Smooth for Mish {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        let a = x.abs().at_most(1000.0);
        let e = exp(Extended::new(-a));
        let (one, f) = (Extended::new(x.splat(1.0)), e.value());
        let negative = x.lt(0.0);
        let square = f * f;
        // tanh(softplus(x)) = n/(n + 2) with n = exp(x)·(exp(x) + 2); for x > 0 divided through by exp(2x).
        let numerator = Extended::select(negative, e.mantissa() * (f + 2.0) * -a, (one + f + f) * x);
        let twice = f + f;
        let divisor = Extended::select(negative, square + twice + 2.0, square + square + twice + 1.0);
        let y = (numerator / divisor).rounded();
        negative.select(e.scale(y), y)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        let x = x.at_most(1000.0).at_least(-1000.0);
        let e = exp_before_difference(Extended::new(-x.abs()));
        let f = e.value();
        let negative = x.lt(0.0);
        let square = f * f;
        let twice = f + f;
        let divisor = Extended::select(negative, square + twice + 2.0, square + square + twice + 1.0);
        let divisor = divisor * divisor;
        let linear = (Extended::new(x) + 1.0) * x.splat(4.0);
        let middle = linear + 2.0;
        let falling = e.mantissa() * (linear + f * middle + square * x.splat(4.0) + square * f);
        let rising = square * middle + square * f * linear + f * x.splat(4.0) + 1.0;
        let numerator = Extended::select(negative, falling, rising);
        let dx = (numerator / divisor * dy).rounded();
        negative.select(e.scale(dx), dx)
    }
}
