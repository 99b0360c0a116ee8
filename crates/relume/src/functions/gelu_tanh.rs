//! The tanh form of GELU.

use crate::definition::{Definition, ErrorBound, Gain, Initialisation, Needs, Origin, Parameters};
use crate::kernel::{Kernels, Smooth};
use crate::lanes::{Mask, Wide};
use crate::math::exp::{exp, exp_before_difference};
use crate::math::extended::Extended;

/// 2√(2/π)
const LINEAR: [f64; 2] = [1.5957691216057308, -2.482618557089219e-17];
/// 2√(2/π)·0.044715
const CUBIC: [f64; 2] = [0.07135481627260025, 0.0];

/// u and a·u′ at a, where 0.5·(1 + tanh(u/2)) is the gate.
#[inline(always)]
fn argument<V: Wide>(a: V) -> (Extended<V>, Extended<V>) {
    let square = Extended::product(a, a);
    let (linear, cubic) = (Extended::constant(a, LINEAR), Extended::constant(a, CUBIC));
    let term = square * cubic;
    (
        Extended::new(a) * (term + linear),
        (term * a.splat(3.0) + linear) * a,
    )
}

pub(crate) static GELU_TANH: Definition = Definition {
    name: "gelu_tanh",
    aliases: &["gelu_new", "gelu_approximate", "gelu_pytorch_tanh"],
    title: "GELU (tanh form)",
    summary: "GELU with the normal distribution function replaced by a tanh of a cubic.",
    formula: "x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))",
    derivative: "σ(u) + x·u′·σ(u)·(1 − σ(u)), u = 2√(2/π)·(x + 0.044715·x³)",
    parameters: &[],
    range: [-0.17004075057125412, f64::INFINITY],
    monotone: false,
    kinks: &[],
    limits: [0.0, f64::INFINITY],
    needs: Needs::Input,
    gain: Gain::SecondMoment,
    initialisation: Initialisation::He,
    origin: Origin {
        paper: "Hendrycks and Gimpel: Gaussian Error Linear Units",
        year: 2016,
    },
    error_bound: ErrorBound::CONTRACT,
    kernels: Kernels::smooth::<GeluTanh>(),
};

struct GeluTanh;

impl Smooth for GeluTanh {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        let a = x.abs().at_most(30.0);
        let (u, _) = argument(a);
        let e = exp(-u);
        let negative = x.lt(0.0);
        let numerator = Extended::select(negative, e.mantissa() * -a, Extended::new(x));
        let y = (numerator / (e.value() + 1.0)).rounded();
        negative.select(e.scale(y), y)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        let a = x.abs().at_most(30.0);
        let (u, step) = argument(a);
        let e = exp_before_difference(-u);
        let root = e.value() + 1.0;
        let slope = e.mantissa() * (root + -step) / (root * root);
        let negative = e.scale((slope * dy).rounded());
        let positive = ((-slope).scaled(e.scale(x.splat(1.0))) + 1.0) * dy;
        x.lt(0.0).select(negative, positive.rounded())
    }
}
