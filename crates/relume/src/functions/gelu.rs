//! The Gaussian error linear unit, x·Φ(x).
//!
//! Only the left side is approximated; the right one follows from f(x) = x + f(−x). With a = |x| and Φ the normal
//! distribution, Φ(−a) = exp(−a²/2)·R(a), where
//!
//! - R(a) = exp(a²/2)·Φ(−a) falls slowly from 1/2 like 1/(a·√(2π)), and
//! - f(−a) = −a·exp(−a²/2)·R(a).
//!
//! The derivative at −a is exp(−a²/2)·D(a) with D(a) = R(a) − a·φ(0). It has its root at −a₀ = −0.7518, where D would
//! cancel: D(a)/(a − a₀) is approximated instead, and for `f64` results f′(x) around the root ([`Root`]).
//!
//! For `f32` results R and D/(a − a₀) are quotients of polynomials in a (Remez). For `f64` results R(a)·(a + 1) is a
//! polynomial in u = (a − 4)/(a + 4), which varies only between 0.41 and 0.53, so that nearly all that is rounded is the
//! last sum. In compensated lanes 1/R(a) = 2 + 2.25·a + a·P(a − 3), which is nearly a straight line. Constants:
//! `coefficients/gelu.py`.

use super::Code;
use crate::definition::{Convention, Definition, Elementwise, ErrorBound, Gain, Initialisation, Needs, Origin, Shape};
use crate::engine::elementwise::{Compensated, Kernels, Parameters, Smooth};
use crate::engine::lanes::{Float, Mask, Wide};
use crate::math::exp::{exp_compensated, exp_to_f32, exp_unrounded, exp_within};
use crate::math::extended::Extended;
use crate::math::polynomial;
use crate::math::root::Root;

/// (1/R(a) − 2 − 2.25·a)/a in a − 3, for a ≤ 6.25 and `f32` lanes.
const BEND: [f64; 13] = [
    -0.17349735239615335,
    0.08441992799273788,
    -0.014992528381270982,
    0.002361482272006635,
    -0.0003142580230860944,
    3.029973471125437e-05,
    -5.188160224428368e-07,
    -6.314630841962378e-07,
    2.283270273653793e-07,
    -6.051828275520027e-08,
    8.052304127885207e-09,
    3.2099613812140763e-10,
    -1.3772385663520163e-10,
];

/// Up to here f(−a) is computed in `f32` lanes.
const REACH: f64 = 6.25;

/// Here x does not overflow, and f(x) is x.
const LARGE: f64 = 1e30;

/// −R(a), for a ≤ 13 and `f32` results: the numerator.
const VALUE_NUMERATOR: [f64; 6] = [
    -0.49999999996912486,
    -0.5035258708203568,
    -0.2470153696909235,
    -0.06980571301413487,
    -0.011305303939780686,
    -0.0008544551898579452,
];

/// The denominator.
const VALUE_DIVISOR: [f64; 7] = [
    1.0,
    1.8049362964139415,
    1.434161638223124,
    0.6473996454316304,
    0.17712546928010978,
    0.02833795945216261,
    0.0021418052437680466,
];

/// D(a)/(a − a₀), for a ≤ 20 and `f32` results: the numerator.
const SLOPE_NUMERATOR: [f64; 6] = [
    -0.6650779952522407,
    -0.8731353555336386,
    -0.5236281844263004,
    -0.1740463841677289,
    -0.03207956516289136,
    -0.002665653195027338,
];

/// The denominator.
const SLOPE_DIVISOR: [f64; 6] = [
    1.0,
    1.578444666789191,
    1.0598807942181512,
    0.3825023034878042,
    0.07538810581717506,
    0.006681803301198048,
];

/// R(a)·(a + 1) in u = (a − 4)/(a + 4), for a ≤ 40 and `f64` results: the first term.
const LEVEL: f64 = 0.47205320650984467;

/// The other terms.
const LEVEL_REST: [f64; 23] = [
    -0.09670347732652582,
    0.013999634724425385,
    0.028600364053551482,
    -0.032197837428084124,
    0.017936097479653624,
    -0.005002378591084706,
    -0.0002856230976918773,
    0.0006948971050647634,
    -9.443025611294547e-05,
    -8.785318732035834e-05,
    2.1250059867512045e-05,
    1.3626886779207572e-05,
    -3.4322292663927294e-06,
    -2.6129632472369104e-06,
    4.0453496074040365e-07,
    5.521195332242644e-07,
    1.42485002339593e-09,
    -1.1116003136701888e-07,
    -1.9907797909474972e-08,
    1.776183188385037e-08,
    6.268135725359487e-09,
    -1.576226490491662e-09,
    -8.021393100262695e-10,
];

/// φ(0)
const DENSITY: [f64; 2] = [0.3989422804014327, -2.49232720227773e-17];

/// Around the root of the derivative.
const ROOT: Root<13> = Root {
    reach: 0.25,
    root: [-0.7517915246935645, 1.4956759177009883e-17],
    first: [0.4314939923140469, 2.1757032501092103e-17],
    rest: [
        0.388284982990552,
        -0.01819967639867149,
        -0.1140082332972217,
        -0.014771522148141621,
        0.01942167983818872,
        0.00453922836926059,
        -0.0022395380680403495,
        -0.0007448263873892628,
        0.00018633974472956073,
        8.614887475855903e-05,
        -1.1214345457569661e-05,
        -7.624737760330687e-06,
        4.3245394812467823e-07,
    ],
};

/// −a²/2
#[inline(always)]
fn exponent<V: Wide>(a: V) -> Extended<V> {
    Extended::product(a, a * -0.5)
}

/// R(a)
#[inline(always)]
fn ratio<V: Wide>(a: V) -> Extended<V> {
    let u = (a - 4.0) / (a + 4.0);
    let level = Extended::ordered_sum(a.splat(LEVEL), u * polynomial(u, &LEVEL_REST));
    // Also where a is the larger: the sum less one is exact.
    level / Extended::ordered_sum(a.splat(1.0), a)
}

/// D(a)
#[inline(always)]
fn slope_ratio<V: Wide>(a: V) -> Extended<V> {
    ratio(a) + Extended::constant(a, DENSITY) * -a
}

pub(super) static DEFINITION: Definition = Definition {
    name: "gelu",
    aliases: &[],
    title: "GELU",
    summary: "The input times the probability that a standard normal variable is below it.",
    formula: "x·Φ(x)",
    derivative: "Φ(x) + x·φ(x)",
    parameters: &[],
    needs: Needs::Input,
    origin: Origin {
        paper: "Hendrycks and Gimpel: Gaussian Error Linear Units",
        year: 2016,
    },
    conventions: &[
        Convention::pytorch("nn.GELU"),
        Convention::keras("activations.gelu"),
        Convention::jax("nn.gelu").note("with approximate=False; the default is gelu_tanh"),
        Convention::onnx("Gelu"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: Some("max(0, x) − |x|·Φ(−|x|)"),
        range: [-0.16997120747990369, f64::INFINITY],
        monotone: false,
        kinks: &[],
        limits: [0.0, f64::INFINITY],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::compensated(0.9),
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::compensated::<Gelu>());

struct Gelu;

impl Smooth for Gelu {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        // From −a·Φ(−a) = x·exp(−a²/2)·R(a) on the left; on the right f(x) = x + f(−x).
        if V::TO_F32 {
            let a = x.abs().at_most(28.0);
            let e = exp_to_f32(a * a * -0.5);
            let ratio = (a * polynomial(a, &VALUE_NUMERATOR)).over(polynomial(a, &VALUE_DIVISOR));
            return ratio.mul_add(e, x.at_least(0.0));
        }
        let bounded = x.at_most(40.0).at_least(-40.0);
        let a = bounded.abs();
        let e = exp_unrounded(exponent(a));
        let tail = (e.mantissa * ratio(a) * (bounded * e.inner)).added() * e.outer;
        x.gt(0.0).select(x - tail, tail).copysign(x)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        // f′(x) + f′(−x) = 1, so it is enough to know it on the left.
        if V::TO_F32 {
            let a = x.abs().at_most(28.0);
            let ratio = polynomial(a, &SLOPE_NUMERATOR).over(polynomial(a, &SLOPE_DIVISOR));
            let e = exp_to_f32(a * a * -0.5);
            let slope = -ROOT.distance(-a) * ratio * e;
            return x.lt(0.0).select(slope, x.splat(1.0) - slope) * dy;
        }
        let a = x.abs().at_most(40.0);
        let e = exp_within(exponent(a));
        let slope = e.mantissa() * slope_ratio(a);
        let negative = e.scale((slope * dy).rounded());
        let positive = ((-e.complete(slope)).add_to(1.0) * dy).rounded();
        ROOT.mend(Extended::new(x), dy, x.lt(0.0).select(negative, positive))
    }
}

impl Compensated for Gelu {
    #[inline(always)]
    fn holds<V: Float>(x: V, _: &Parameters) -> Option<V::Mask> {
        Some(x.gt(-REACH).and(x.lt(LARGE)))
    }

    #[inline(always)]
    fn value<V: Float>(x: V, _: &Parameters) -> V {
        // max(0, x) − a·exp(−a²/2)/(1/R(a)), where 1/R(a) is nearly a straight line.
        let a = x.abs().at_most(REACH);
        let (slope, start) = (x.splat(2.25), x.splat(2.0));
        let line = a.mul_add(slope, start);
        let line_low = a.mul_add(slope, start - line);
        let bend = a * polynomial(a - 3.0, &BEND);
        let numerator = exp_compensated(Extended::product(a, a * -0.5), a);
        let reciprocal = x.splat(1.0) / (line + bend);
        let tail = numerator.high * reciprocal;
        let rest = tail.mul_add(-bend, tail.mul_add(-line, numerator.high));
        let rest = rest + tail.mul_add(-line_low, numerator.low);
        // Where nothing but zero is left, it is below zero on the left.
        let sum = Extended::ordered_sum(x.at_least(-0.0).at_most(LARGE), -tail);
        sum.high + rest.mul_add(-reciprocal, sum.low)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{nan_stays_nan, near, near_slope, same, slopes};

    #[test]
    fn edges() {
        near(
            "gelu",
            &[
                (-1.0, -0.15865525393145705),
                (1.0, 0.8413447460685429),
                (3.0, 2.99595030590511),
            ],
        );
        near(
            "gelu",
            &[(-10.0, -7.619853024160526e-23), (-38.0, -1.096462777e-314)],
        );
        same("gelu", &[f64::NEG_INFINITY], |_| -0.0);
        same("gelu", &[-0.0, 0.0, 40.0, f64::INFINITY], |x| x);
        near_slope(
            "gelu",
            &[(-2.0, -0.0852318010781969), (0.0, 0.5), (1.0, 1.0833154705876864)],
        );
        near_slope("gelu", &[(-13.0, -1.0337304440113355e-36)]);
        assert_eq!(slopes("gelu", &[f64::NEG_INFINITY, f64::INFINITY]), [0.0, 1.0]);
        nan_stays_nan("gelu");
    }
}
