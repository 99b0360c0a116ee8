//! The Gaussian error linear unit.

use crate::definition::{Definition, ErrorBound, Gain, Initialisation, Needs, Origin, Parameters};
use crate::kernel::{Kernels, Smooth};
use crate::lanes::{Mask, Wide};
use crate::math::exp::{Exp, exp};
use crate::math::extended::Extended;
use crate::math::polynomial;

/// R(a)·(a + 3) in u = (a − 3)/(a + 3), for 0 ≤ a ≤ 40.
const MILLS: [f64; 28] = [
    0.729083690133373,
    -0.5093319819174894,
    0.23001771997460116,
    -0.04726302514298629,
    -0.010462867023150994,
    0.006972621241028142,
    0.001027592255239015,
    -0.001045828632624725,
    -0.00025657529907419015,
    0.00015439456070268282,
    7.881234181486891e-05,
    -1.3246604793783813e-05,
    -2.0687743425620225e-05,
    -3.51546506523653e-06,
    3.6364530735984205e-06,
    2.250271798285303e-06,
    1.329389341859596e-08,
    -5.807454734810986e-07,
    -2.7654839471777267e-07,
    2.578333214256923e-08,
    9.312906441044937e-08,
    3.963340344724553e-08,
    -7.919362357028739e-09,
    -1.4405561830452113e-08,
    -3.903997769966711e-09,
    1.4479514985697338e-09,
    1.0573130015974132e-09,
    1.767453226501305e-10,
];

/// 1/√(2π)
const DENSITY: [f64; 2] = [0.3989422804014327, -2.4923272022777482e-17];

/// exp(−a²/2) and R(a) = exp(a²/2)·Φ(−a).
#[inline(always)]
fn tail<V: Wide>(a: V) -> (Exp<V>, Extended<V>) {
    let divisor = Extended::sum(a, a.splat(3.0));
    let u = Extended::sum(a, a.splat(-3.0)) / divisor;
    let ratio = Extended::new(polynomial(u.high, &MILLS)) / divisor;
    (exp(Extended::product(a, a * -0.5)), ratio)
}

pub(crate) static GELU: Definition = Definition {
    name: "gelu",
    aliases: &[],
    title: "GELU",
    summary: "The input times the probability that a standard normal variable is below it.",
    formula: "x·Φ(x)",
    derivative: "Φ(x) + x·φ(x)",
    parameters: &[],
    range: [-0.16997120747990369, f64::INFINITY],
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
    kernels: Kernels::smooth::<Gelu>(),
};

struct Gelu;

impl Smooth for Gelu {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        let a = x.abs().at_most(40.0);
        let (e, ratio) = tail(a);
        let mantissa = e.mantissa() * ratio * -a;
        let positive = Extended::new(x) + mantissa.scaled(e.scale(x.splat(1.0)));
        x.lt(0.0).select(e.scale(mantissa.rounded()), positive.rounded())
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        let a = x.abs().at_most(40.0);
        let (e, ratio) = tail(a);
        let slope = e.mantissa() * (ratio + Extended::constant(a, DENSITY) * -a);
        let negative = e.scale((slope * dy).rounded());
        let positive = ((-slope).scaled(e.scale(x.splat(1.0))) + 1.0) * dy;
        x.lt(0.0).select(negative, positive.rounded())
    }
}
