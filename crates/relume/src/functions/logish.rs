//! Logish, x·ln(1 + σ(x)).
//!
//! σ(x) is n/(1 + e) with e = exp(−|x|) and n = e left of zero, else 1: then ln(1 + σ(x)) = 2·atanh(n/(n + 2 + 2e)) for
//! `f32` results, and a logarithm of 1 + σ(x) relative to σ(x) for `f64` ones. The derivative ln(1 + σ(x)) + x·e/((1 + e)·(1 + e + n))
//! cancels around its root r = −1.372 and is a polynomial there ([`Root`]). Constants: `coefficients/logish.py`.

use std::f64::consts::LN_2;

use super::Code;
use crate::definition::{Definition, Elementwise, ErrorBound, Gain, Initialisation, Needs, Origin, Shape};
use crate::engine::elementwise::{Kernels, Parameters, Smooth};
use crate::engine::lanes::{Mask, Wide};
use crate::math::exp::{Exp, exp_to_f32, exp_within};
use crate::math::extended::Extended;
use crate::math::log1p::{ln_1p_ratio, twice_atanh_to_f32};
use crate::math::root::Root;

/// Around the root of the derivative.
const ROOT: Root<17> = Root {
    reach: 0.5,
    root: [-1.3724541370256922, 7.791774027651745e-17],
    first: [0.18341467184783952, -9.782103443890309e-19],
    rest: [
        0.1086792851437427,
        0.00315322297217943,
        -0.014993584924528795,
        -0.0036799106328456216,
        0.0010926871777721546,
        0.0006480649193138152,
        2.6202415649978975e-06,
        -6.97777000276411e-05,
        -1.3134751320853539e-05,
        4.806722319627e-06,
        2.171440048338939e-06,
        -9.91592077648271e-08,
        -2.276736608166399e-07,
        -2.798320273814351e-08,
        1.6892946089077304e-08,
        4.673385382977221e-09,
        -7.521517079549099e-10,
    ],
};

/// As far out exp(−|x|) is 0.
const REACH: f64 = 1000.0;

pub(super) static DEFINITION: Definition = Definition {
    name: "logish",
    aliases: &[],
    title: "Logish",
    summary: "The input times ln(1 + σ); smooth, with a dip below zero, and a slope of ln 2 far out.",
    formula: "x·ln(1 + σ(x))",
    derivative: "log1p(σ(x)) + x·σ(x)·σ(−x)/(1 + σ(x))",
    parameters: &[],
    needs: Needs::Input,
    origin: Origin {
        paper: "Zhu, Zeng, Liu and Zhang: Logish: A New Nonlinear Nonmonotonic Activation Function for Convolutional Neural Network",
        year: 2021,
    },
    conventions: &[],
    shape: Shape::Elementwise(Elementwise {
        composed: Some("x·ln(2) + min(x, 1000)·log1p(−σ(−x)/2) for x > 0, else max(x, −1000)·log1p(σ(x))"),
        range: [-0.25276881678944034, f64::INFINITY],
        monotone: false,
        kinks: &[],
        limits: [0.0, f64::INFINITY],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::SMOOTH,
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::smooth::<Logish>());

struct Logish;

/// σ(x) as a product with `e.scale` left of zero and as such right of it, and ln(1 + σ(x)) as the same.
#[inline(always)]
fn gate<V: Wide>(e: Exp<V>, negative: V::Mask) -> Extended<V> {
    let one = Extended::new(e.value().high.splat(1.0));
    let gate = Extended::select(negative, e.mantissa(), one) / e.value().add_to(1.0);
    ln_1p_ratio(negative.select(e.scale(gate.high), gate.high), gate)
}

impl Smooth for Logish {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        let negative = x.lt(0.0);
        if V::TO_F32 {
            let x = x.at_least(-250.0);
            let e = exp_to_f32(-x.abs().at_most(250.0));
            let n = negative.select(e, x.splat(1.0));
            return x * twice_atanh_to_f32(n.over(e + e + n + 2.0));
        }
        let bounded = x.at_least(-REACH).at_most(REACH);
        let e = exp_within(Extended::new(-bounded.abs()));
        let y = gate(e, negative).into_product(bounded);
        let y = negative.select(e.scale(y), y).copysign(x);
        x.gt(REACH).select(x * LN_2, y)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        let negative = x.lt(0.0);
        if V::TO_F32 {
            let x = x.at_least(-250.0).at_most(250.0);
            let e = exp_to_f32(-x.abs());
            let n = negative.select(e, x.splat(1.0));
            let divisor = e + 1.0;
            let sum = twice_atanh_to_f32(n.over(e + e + n + 2.0)) + (x * e).over(divisor * (divisor + n));
            return ROOT.slope(x, sum) * dy;
        }
        let bounded = x.at_least(-REACH).at_most(REACH);
        let e = exp_within(Extended::new(-bounded.abs()));
        let power = e.value();
        let divisor = power.add_to(1.0);
        let other = Extended::select(negative, power.doubled().add_to(1.0), power.add_to(2.0));
        let rest = Extended::select(negative, e.mantissa(), power) * bounded / (divisor * other);
        let dx = ((gate(e, negative).normalised() + rest) * dy).rounded();
        ROOT.mend(Extended::new(x), dy, negative.select(e.scale(dx), dx))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{nan_stays_nan, near, near_slope, same, slopes};
    use std::f64::consts::LN_2;

    #[test]
    fn edges() {
        near(
            "logish",
            &[
                (-1.0, -0.23818302641382824),
                (1.0, 0.5487331165400282),
                (5.0, 3.4489757164648034),
            ],
        );
        near("logish", &[(-100.0, -3.720075976020836e-42)]);
        same("logish", &[f64::NEG_INFINITY], |_| -0.0);
        same("logish", &[-0.0, 0.0, f64::INFINITY], |x| x);
        near("logish", &[(1e300, 1e300 * LN_2)]);
        near_slope(
            "logish",
            &[
                (-1.0, 0.08324133254965249),
                (0.0, 1.5_f64.ln()),
                (5.0, 0.7064710897818719),
                (-100.0, -3.682875216260628e-42),
            ],
        );
        assert_eq!(slopes("logish", &[f64::NEG_INFINITY, f64::INFINITY]), [0.0, LN_2]);
        nan_stays_nan("logish");
    }
}
