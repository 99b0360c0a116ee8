//! The tanh form of GELU.
//!
//! x·(1 + tanh(u/2))/2 is x·σ(u), with u = 2√(2/π)·(x + 0.044715·x³): one exp, and none of tanh's cancellation on the
//! left. The derivative is σ(u) + x·u′·σ(u)·(1 − σ(u)); around its root it is written in the distance from it for `f32`
//! results, and is a polynomial for `f64` results ([`Root`]). Constants: `coefficients/gelu_tanh.py`.

use super::Code;
use crate::definition::{Convention, Definition, Elementwise, ErrorBound, Gain, Initialisation, Needs, Origin, Shape};
use crate::engine::elementwise::{Compensated, Kernels, Parameters, Smooth};
use crate::engine::lanes::{Float, Mask, Wide};
use crate::math::exp::{exp_and_m1_to_f32, exp_before_difference, exp_to_f32};
use crate::math::extended::{Extended, f32_parts};
use crate::math::gate::{finite_above, gated, gated_compensated};
use crate::math::root::Root;

/// 2√(2/π)
const LINEAR: [f64; 2] = [1.5957691216057308, -9.96930880911092e-17];

/// 2√(2/π)·0.044715
const CUBIC: [f64; 2] = [0.07135481627260025, -6.175149918155315e-19];

/// 2√(2/π) for `f32` lanes: the first part has so few digits that sums less it are exact.
const COMPENSATED_LINEAR: [f64; 2] = [1.595768928527832, LINEAR[0] - 1.595768928527832];

/// 2√(2/π)·0.044715 for `f32` lanes.
const COMPENSATED_CUBIC: [f64; 2] = f32_parts(CUBIC[0]);

/// Up to here u is within reach in `f32` lanes.
const REACH: f64 = 9.5;

/// Around the root of the derivative.
const ROOT: Root<11> = Root {
    reach: 0.125,
    root: [-0.7524614220710163, 3.635560509207687e-17],
    first: [0.4304000910248585, 6.306613703769779e-18],
    rest: [
        0.38751844613578895,
        -0.015782853521848546,
        -0.1139444830809588,
        -0.0166193283426653,
        0.01968230945968952,
        0.0052610591491367535,
        -0.0024227318066485175,
        -0.0009274289572718624,
        0.0002639227952462832,
        0.00012350790778493397,
        -3.468009156378083e-05,
    ],
};

/// exp(−u) at the root of the derivative.
const AT_ROOT: f64 = 3.4251829019991535;

/// u and a·u′ at a, where u = 2√(2/π)·(a + 0.044715·a³) is the argument of the sigmoid.
#[inline(always)]
fn argument<V: Wide>(a: V) -> (Extended<V>, Extended<V>) {
    let linear = Extended::constant(a, LINEAR);
    let term = Extended::product(a, a) * Extended::constant(a, CUBIC);
    ((linear + term) * a, (linear + (term.doubled() + term)) * a)
}

pub(super) static DEFINITION: Definition = Definition {
    name: "gelu_tanh",
    aliases: &["gelu_new", "gelu_approximate", "gelu_pytorch_tanh"],
    title: "GELU (tanh form)",
    summary: "GELU with the normal distribution function replaced by a tanh of a cubic.",
    formula: "x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))",
    derivative: "σ(u) + x·u′·σ(u)·(1 − σ(u)), where u = 2√(2/π)·(x + 0.044715·x³), u′ = 2√(2/π)·(1 + 0.134145·x²)",
    parameters: &[],
    needs: Needs::Input,
    origin: Origin {
        paper: "Hendrycks and Gimpel: Gaussian Error Linear Units",
        year: 2016,
    },
    conventions: &[
        Convention::pytorch("nn.GELU").note("with approximate='tanh'"),
        Convention::keras("activations.gelu").note("with approximate=True"),
        Convention::jax("nn.gelu").note("the default: approximate=True"),
        Convention::onnx("Gelu").note("with approximate='tanh'"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: Some("max(0, x) − c·σ(−2√(2/π)·(c + 0.044715·c³)), where c = min(|x|, 100)"),
        range: [-0.17004075057125412, f64::INFINITY],
        monotone: false,
        kinks: &[],
        limits: [0.0, f64::INFINITY],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::compensated(0.9),
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::compensated::<GeluTanh>());

struct GeluTanh;

impl Smooth for GeluTanh {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        if V::TO_F32 {
            let x = x.at_least(-16.0);
            let a = x.at_most(16.0);
            let u = a * (a * a).mul_add(x.splat(CUBIC[0]), x.splat(LINEAR[0]));
            return x.over(exp_to_f32(-u) + 1.0);
        }
        let (u, _) = argument(x.abs().at_most(26.5));
        gated(x.at_least(-1000.0), -u, x.lt(0.0))
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        if V::TO_F32 {
            // With t = x − r and e = exp(−u): u − u(r) = t·(L + p), and the slope is without a difference.
            let x = x.at_least(-16.0).at_most(16.0);
            let t = ROOT.distance(x);
            let p = x.mul_add(x + ROOT.root[0], x.splat(ROOT.root[0] * ROOT.root[0])) * CUBIC[0];
            let (power, m1) = exp_and_m1_to_f32(-t * (p + LINEAR[0]));
            let e = power * AT_ROOT;
            let root = e + 1.0;
            let step = t * p.mul_add(x.splat(3.0), x.splat(LINEAR[0]));
            return (e.mul_add(step, -m1) * dy).over(root * root);
        }
        // f′(x) + f′(−x) = 1, so it is enough to know it on the left.
        let a = x.abs().at_most(30.0);
        let (u, step) = argument(a);
        let e = exp_before_difference(-u);
        let root = e.value().add_to(1.0);
        let slope = e.mantissa() * (root + -step) / (root * root);
        let negative = e.scale((slope * dy).rounded());
        let positive = ((-e.complete(slope)).add_to(1.0) * dy).rounded();
        ROOT.mend(Extended::new(x), dy, x.lt(0.0).select(negative, positive))
    }
}

impl Compensated for GeluTanh {
    #[inline(always)]
    fn holds<V: Float>(x: V, _: &Parameters) -> Option<V::Mask> {
        Some(finite_above(x, -REACH))
    }

    #[inline(always)]
    fn value<V: Float>(x: V, _: &Parameters) -> V {
        let minus_x = -x.at_least(-REACH).at_most(REACH);
        let square = Extended::product(minus_x, minus_x);
        let [linear, linear_low] = COMPENSATED_LINEAR.map(|part| x.splat(part));
        let [cubic, cubic_low] = COMPENSATED_CUBIC.map(|part| x.splat(part));
        let high = square.high.mul_add(cubic, linear);
        let rounded = square.high.mul_add(cubic, linear - high);
        let low = square
            .low
            .mul_add(cubic, square.high.mul_add(cubic_low, linear_low));
        let factor = Extended {
            high,
            low: rounded + low,
        };
        gated_compensated(x, factor * minus_x)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{nan_stays_nan, near, near_slope, same, slopes};

    #[test]
    fn edges() {
        near(
            "gelu_tanh",
            &[(-5.0, -2.291796196629506e-07), (-9.0, -1.3364595947348727e-28)],
        );
        near(
            "gelu_tanh",
            &[(-1.0, -0.1588080093917233), (1.0, 0.8411919906082767)],
        );
        same("gelu_tanh", &[f64::NEG_INFINITY], |_| -0.0);
        same("gelu_tanh", &[-0.0, 0.0, 40.0, f64::INFINITY], |x| x);
        near_slope("gelu_tanh", &[(0.0, 0.5)]);
        assert_eq!(
            slopes("gelu_tanh", &[f64::NEG_INFINITY, f64::INFINITY]),
            [0.0, 1.0]
        );
        nan_stays_nan("gelu_tanh");
    }
}
