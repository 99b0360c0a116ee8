//! Tanh shrinkage: what tanh takes off the input.
//!
//! Below 1 it is x³·P(x²), since x − tanh(x) would cancel; above, |x| − 1 + 2e/(1 + e) with e = exp(−2|x|).
//! Coefficients: `coefficients/tanh_shrink.py`.

use super::Code;
use crate::definition::{Convention, Definition, Elementwise, ErrorBound, Gain, Initialisation, Needs, Origin, Shape};
use crate::engine::elementwise::{Kernels, Parameters, Smooth};
use crate::engine::lanes::{Mask, Wide};
use crate::math::exp::exp;
use crate::math::extended::Extended;
use crate::math::polynomial;

/// (x − tanh(x))/x³ in x², for |x| ≤ 1 and `f32` results.
const TO_F32: [f64; 9] = [
    0.3333333331834693,
    -0.13333330899461984,
    0.05396759669145474,
    -0.02186257538161619,
    0.00882625034385819,
    -0.003478386489588535,
    0.001242157496259036,
    -0.00033768981029704557,
    4.846711195865875e-05,
];

/// 1/3, the same function at 0, for `f64` results.
const THIRD: [f64; 2] = [0.3333333333333333, 1.850371707708594e-17];

/// The rest of it, divided by x².
const REST: [f64; 16] = [
    -0.13333333333333333,
    0.053968253968252985,
    -0.02186948853607107,
    0.008863235527054621,
    -0.0035921279857806117,
    0.0014558338369963881,
    -0.0005900235117283935,
    0.0002391096012768218,
    -9.684564548505856e-05,
    3.909489114669662e-05,
    -1.555872204514558e-05,
    5.919642199680327e-06,
    -2.0214631163816744e-06,
    5.589611878490674e-07,
    -1.0671460035440944e-07,
    1.0194947086878417e-08,
];

pub(super) static DEFINITION: Definition = Definition {
    name: "tanh_shrink",
    aliases: &["tanhshrink"],
    title: "Tanh shrinkage",
    summary: "The input without its tanh: flat around zero, and far out the input moved towards zero by 1.",
    formula: "x − tanh(x)",
    derivative: "tanh²(x)",
    parameters: &[],
    needs: Needs::Input,
    origin: Origin {
        paper: "Collobert, Kavukcuoglu and Farabet: Torch7: A Matlab-like Environment for Machine Learning",
        year: 2011,
    },
    conventions: &[
        Convention::pytorch("nn.Tanhshrink"),
        Convention::keras("activations.tanh_shrink"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: Some("x·u/(1 + u) for |x| ≤ 1, else x − tanh(x), where s = x², u = s/(3 + s/(5 + s/(7 + s/(9 + s/(11 + s/(13 + s/(15 + s/(17 + s/19))))))))"),
        range: [f64::NEG_INFINITY, f64::INFINITY],
        monotone: true,
        kinks: &[],
        limits: [f64::NEG_INFINITY, f64::INFINITY],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::SMOOTH,
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::smooth::<TanhShrink>());

struct TanhShrink;

/// a − tanh(a) for 0 ≤ a ≤ 1.
#[inline(always)]
fn near_zero<V: Wide>(a: V) -> V {
    let t = a * a;
    if V::TO_F32 {
        return a * t * polynomial(t, &TO_F32);
    }
    let [third, rest_of_third] = THIRD;
    let ratio = Extended::ordered_sum(a.splat(third), t * polynomial(t, &REST));
    let ratio = Extended {
        high: ratio.high,
        low: ratio.low + rest_of_third,
    };
    (Extended::product(a, a) * ratio).times(Extended::new(a))
}

impl Smooth for TanhShrink {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        let a = x.abs();
        let e = exp(Extended::new(a * -2.0)).value();
        let far = Extended::sum(a, a.splat(-1.0)) + e.doubled() / e.add_to(1.0);
        // Beyond 64 the exponential does not show; at infinity it would make a NaN.
        let far = a.gt(64.0).select(a - 1.0, far.rounded());
        let near = near_zero(a.at_most(1.0));
        a.lt(1.0).select(near, far).copysign(x)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        let a = x.abs();
        let e = exp(Extended::new(a * -2.0)).value();
        let far = (-e).add_to(1.0) / e.add_to(1.0);
        let bounded = a.at_most(1.0);
        let near = Extended::sum(bounded, -near_zero(bounded));
        let tanh = Extended::select(a.lt(1.0), near, far);
        let dx = (tanh * dy).times(tanh);
        a.le(0.0).select(a.splat(0.0), dx)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{flat, nan_stays_nan, near, near_slope, same, slopes};

    #[test]
    fn edges() {
        near(
            "tanh_shrink",
            &[
                (0.5, 0.03788284273999024),
                (-1.0, -0.23840584404423512),
                (5.0, 4.000090795737405),
                (1e-20, 3.3333333333333333e-61),
            ],
        );
        same(
            "tanh_shrink",
            &[-0.0, 0.0, f64::NEG_INFINITY, f64::INFINITY],
            |x| x,
        );
        same("tanh_shrink", &[100.0, 1e30], |x| x - 1.0);
        near_slope(
            "tanh_shrink",
            &[
                (0.5, 0.2135522670340726),
                (1.0, 0.5800256583859738),
                (-1e-50, 1e-100),
            ],
        );
        assert_eq!(
            slopes("tanh_shrink", &[f64::NEG_INFINITY, f64::INFINITY]),
            [1.0; 2]
        );
        nan_stays_nan("tanh_shrink");
    }

    #[test]
    fn nothing_flows_at_zero() {
        flat("tanh_shrink", &[-0.0, 0.0]);
    }
}
