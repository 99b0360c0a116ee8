//! Mish, x·tanh(softplus(x)).
//!
//! tanh(softplus(x)) = n/(n + 2) with n = e·(e + 2) and e = exp(x): one exp and one division. For `f64` results the
//! right side is divided through by e², so that nothing overflows. The derivative cancels around its root
//! r = −1.192: for `f32` results it is written in x − r and e − exp(r), for `f64` results it is a polynomial there
//! ([`Root`]). Constants: `coefficients/mish.py`.

use super::Code;
use crate::definition::{Convention, Definition, Elementwise, ErrorBound, Gain, Initialisation, Needs, Origin, Shape};
use crate::engine::elementwise::{Kernels, Parameters, Smooth};
use crate::engine::lanes::{Mask, Wide};
use crate::math::exp::{exp_and_m1_to_f32, exp_before_difference, exp_to_f32, exp_unrounded};
use crate::math::extended::Extended;
use crate::math::root::Root;

/// Around the root of the derivative.
const ROOT: Root<11> = Root {
    reach: 0.125,
    root: [-1.1924312145154952, -4.8484829848031044e-17],
    first: [0.2669479140495345, 2.52521230162564e-17],
    rest: [
        0.20473126408010586,
        0.041907821043609905,
        -0.02027182271668415,
        -0.015821126561757617,
        -0.003360684927094409,
        0.0010924055475460444,
        0.0009898181215546456,
        0.00025412855295237107,
        -4.19638936322772e-05,
        -5.578325777455905e-05,
        -1.7162884960239928e-05,
    ],
};

/// exp(r) at the root r of the derivative.
const AT_ROOT: f64 = 0.3034825352815289;

/// 4r + 6 + 8·exp(r) + 3·exp(2r)
const FIRST: f64 = 3.934440371852964;

/// 4 + 3·exp(r)
const SECOND: f64 = 4.9104476058445865;

/// The denominator of tanh(softplus(x)), from f = exp(−|x|).
#[inline(always)]
fn divisor<V: Wide>(negative: V::Mask, f: Extended<V>, square: Extended<V>) -> Extended<V> {
    let twice = f.doubled();
    let upper = square.doubled() + Extended::new(square.high.splat(1.0));
    Extended::select(negative, square.add_to(2.0), upper) + twice
}

pub(super) static DEFINITION: Definition = Definition {
    name: "mish",
    aliases: &[],
    title: "Mish",
    summary: "The input times the tanh of its softplus; smooth, with a small dip below zero.",
    formula: "x·tanh(softplus(x))",
    derivative: "tanh(s) + x·σ(x)·(1 − tanh²(s)), where s = softplus(x)",
    parameters: &[],
    needs: Needs::Input,
    origin: Origin {
        paper: "Misra: Mish: A Self Regularized Non-Monotonic Activation Function",
        year: 2019,
    },
    conventions: &[
        Convention::pytorch("nn.Mish"),
        Convention::keras("activations.mish"),
        Convention::jax("nn.mish"),
        Convention::onnx("Mish"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: Some("max(x, −1000)·n/(n + 2) for x < 0, else x − min(x, 1000)·m/(m + 2r + 1), where l = exp(x), n = l·(l + 2), r = exp(−x), m = 2·r²"),
        range: [-0.3088434130172506, f64::INFINITY],
        monotone: false,
        kinks: &[],
        limits: [0.0, f64::INFINITY],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::SMOOTH,
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::smooth::<Mish>());

struct Mish;

impl Smooth for Mish {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        if V::TO_F32 {
            let x = x.at_least(-250.0);
            let e = exp_to_f32(x.at_most(60.0));
            let (n, divisor) = (e * (e + 2.0), e.mul_add(e + 2.0, x.splat(2.0)));
            return (x * n).over(divisor);
        }
        // tanh(softplus(x)) = n/(n + 2) with n = e·(e + 2), e = exp(x); for x > 0 divided through by e².
        let bounded = x.at_least(-1000.0).at_most(1000.0);
        let e = exp_unrounded(Extended::new(-bounded.abs()));
        let p = e.mantissa.normalised();
        let f = p.high * e.outer;
        let twice = f + f;
        // On the left x·n/(n + 2), where n = e² + 2e.
        let twice_p = p.high + p.high;
        let n = p.high.mul_add(f, twice_p);
        let n = Extended {
            high: n,
            low: p.low.mul_add(twice + 2.0, p.high.mul_add(f, twice_p - n)),
        };
        let left_divisor = n.scaled(e.outer).add_to(2.0);
        let left = n * (bounded * e.inner);
        // On the right x − x·2e²/(1 + 2e + 2e²).
        let square = Extended::new(twice * f);
        let right_divisor = Extended::new(twice.mul_add(f, twice + 1.0));
        let negative = x.lt(0.0);
        let quotient = Extended::select(negative, left, square)
            / Extended::select(negative, left_divisor, right_divisor);
        let quotient = quotient.added();
        let right = quotient.mul_add(-bounded, x);
        negative.select(quotient * e.outer, right).copysign(x)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        if V::TO_F32 {
            // With t = x − r and d = e − exp(r), the numerator below as a polynomial in t and d, without a difference.
            let x = x.at_least(-250.0).at_most(60.0);
            let t = ROOT.distance(x);
            let (power, m1) = exp_and_m1_to_f32(t);
            let (e, d) = (power * AT_ROOT, m1 * AT_ROOT);
            let numerator = d * d.mul_add(d + SECOND, x.splat(FIRST)) + (t * 4.0).mul_add(e, t * 4.0);
            let root = e.mul_add(e + 2.0, x.splat(2.0));
            return (e * numerator * dy).over(root * root);
        }
        // f′(x) = e·(4(x + 1) + (4x + 6)·e + 4e² + e³)/(e² + 2e + 2)², e = exp(x); for x > 0 divided through by e⁴.
        let x = x.at_most(1000.0).at_least(-1000.0);
        let e = exp_before_difference(Extended::new(-x.abs()));
        let f = e.value();
        let square = f * f;
        let negative = x.lt(0.0);
        let linear = Extended::sum(x, x.splat(1.0)) * x.splat(4.0);
        let middle = linear + Extended::new(x.splat(2.0));
        let four = x.splat(4.0);
        let left = e.mantissa() * (linear + f * middle + square * (f + Extended::new(four)));
        let right = square * (f * linear + middle) + (f * four + Extended::new(x.splat(1.0)));
        let root = divisor(negative, f, square);
        let dx = (Extended::select(negative, left, right) / (root * root) * dy).rounded();
        ROOT.mend(Extended::new(x), dy, negative.select(e.scale(dx), dx))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{nan_stays_nan, near, near_slope, same, slopes};

    #[test]
    fn edges() {
        near(
            "mish",
            &[
                (-1.0, -0.3034014613741089),
                (1.0, 0.8650983882673103),
                (5.0, 4.999552077529406),
            ],
        );
        near("mish", &[(-100.0, -3.720075976020836e-42)]);
        same("mish", &[f64::NEG_INFINITY], |_| -0.0);
        same("mish", &[-0.0, 0.0, 1000.0, f64::INFINITY], |x| x);
        near_slope(
            "mish",
            &[
                (-2.0, -0.10835509242039394),
                (0.0, 0.6),
                (1.0, 1.0490362200997922),
            ],
        );
        assert_eq!(slopes("mish", &[f64::NEG_INFINITY, f64::INFINITY]), [0.0, 1.0]);
        nan_stays_nan("mish");
    }
}
