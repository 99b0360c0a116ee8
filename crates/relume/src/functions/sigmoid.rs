//! The logistic sigmoid.

use crate::definition::{Definition, ErrorBound, Gain, Initialisation, Needs, Origin, Parameters};
use crate::kernel::{Kernels, Smooth};
use crate::lanes::{Mask, Wide};
use crate::math::exp::exp;
use crate::math::extended::Extended;

pub(crate) static SIGMOID: Definition = Definition {
    name: "sigmoid",
    aliases: &["logistic", "expit", "sigm"],
    title: "Sigmoid",
    summary: "Squashes the input onto (0, 1); saturates on both sides.",
    formula: "1/(1 + exp(−x))",
    derivative: "σ(x)·(1 − σ(x))",
    parameters: &[],
    range: [0.0, 1.0],
    monotone: true,
    kinks: &[],
    limits: [0.0, 1.0],
    needs: Needs::Output,
    gain: Gain::Stated {
        value: 1.0,
        source: "PyTorch calculate_gain",
    },
    initialisation: Initialisation::Glorot,
    origin: Origin {
        paper: "Verhulst: Notice sur la loi que la population suit dans son accroissement",
        year: 1838,
    },
    error_bound: ErrorBound::CONTRACT,
    kernels: Kernels::smooth::<Sigmoid>(),
};

struct Sigmoid;

impl Smooth for Sigmoid {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        let e = exp(Extended::new(-x.abs()));
        let negative = x.lt(0.0);
        let numerator = Extended::select(negative, e.mantissa(), Extended::new(x.splat(1.0)));
        let y = (numerator / e.value().add_to(1.0)).rounded();
        negative.select(e.scale(y), y)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        let e = exp(Extended::new(-x.abs()));
        let root = e.value().add_to(1.0);
        e.scale((e.mantissa() * dy / (root * root)).rounded())
    }
}
