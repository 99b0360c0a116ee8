//! The inverse square root linear unit.
//!
//! Left of 0 it is x/√(1 + t²) with t = √alpha·x, a square root and a division instead of an exponential; the derivative
//! is the cube of 1/√(1 + t²).

use super::Code;
use crate::definition::{Definition, Domain, Elementwise, ErrorBound, Gain, Initialisation, Needs, Origin, Parameter, Shape};
use crate::engine::elementwise::{Kernels, Parameters, Smooth};
use crate::engine::lanes::{Mask, Wide};
use crate::math::extended::Extended;

/// Here 1 does not show beside t², whatever alpha is as an `f32`, and t² is finite.
const FAR: f64 = 1e100;

/// From here on the slope is 0 whatever it is multiplied by.
const FARTHEST: f64 = 1e280;

/// |t|
#[inline(always)]
fn bend<V: Wide>(a: V, alpha: f64) -> Extended<V> {
    Extended::new(a.splat(alpha)).sqrt() * a
}

/// √(1 + t²)
#[inline(always)]
fn root<V: Wide>(t: Extended<V>) -> Extended<V> {
    (t * t + Extended::new(t.high.splat(1.0))).sqrt()
}

pub(super) static DEFINITION: Definition = Definition {
    name: "isrlu",
    aliases: &[],
    title: "ISRLU",
    summary: "Linear for positive inputs, levels out at −1/√alpha for negative ones as ELU does, without an exponential.",
    formula: "x for x ≥ 0, else x/√(1 + alpha·x²)",
    derivative: "1 for x ≥ 0, else 1/((1 + alpha·x²)·√(1 + alpha·x²))",
    parameters: &[Parameter {
        name: "alpha",
        default: 1.0,
        description: "the limit at −∞ is −1/√alpha",
        domain: Domain::Positive,
    }],
    needs: Needs::Output,
    origin: Origin {
        paper: "Carlile, Delamarter, Kinney, Marti and Whitney: Improving Deep Learning by Inverse Square Root Linear Units (ISRLUs)",
        year: 2017,
    },
    conventions: &[],
    shape: Shape::Elementwise(Elementwise {
        composed: Some("x for x ≥ 0, else max(x, −r)/√(1 + q²), where r = 1/√alpha, q = min(|x|, r)/max(|x|, r)"),
        range: [-1.0, f64::INFINITY],
        monotone: true,
        kinks: &[],
        limits: [-1.0, f64::INFINITY],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::SMOOTH,
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::smooth::<Isrlu>());

struct Isrlu;

impl Smooth for Isrlu {
    #[inline(always)]
    fn value<V: Wide>(x: V, &[alpha, ..]: &Parameters) -> V {
        let near = x.at_least(-FAR);
        let negative = (Extended::new(near) / root(bend(near.at_most(0.0).abs(), alpha))).rounded();
        x.lt(0.0).select(negative, x)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, &[alpha, ..]: &Parameters) -> V {
        let a = x.at_most(0.0).abs();
        let far = a.gt(FAR);
        let near = root(bend(a.at_most(FAR), alpha));
        let root = Extended::select(far, bend(a.at_most(FARTHEST), alpha), near);
        let slope = Extended::new(x.splat(1.0)) / root;
        // Where one factor after the other is taken in, nothing overflows, and what is too small becomes 0.
        let negative = (slope * dy * slope * slope).rounded();
        x.ge(0.0).select(dy, negative)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{nan_stays_nan, near, near_slope, same, slopes};

    #[test]
    fn edges() {
        near(
            "isrlu",
            &[
                (-0.75, -0.6),
                (-1.0, -0.7071067811865475),
                (-1e10, -1.0),
                (-1e-10, -1e-10),
            ],
        );
        near("isrlu(alpha=4)", &[(-1e300, -0.5), (-0.375, -0.3)]);
        same("isrlu", &[f64::NEG_INFINITY], |_| -1.0);
        same("isrlu", &[-0.0, 0.0, 3.0, f64::INFINITY], |x| x);
        near_slope("isrlu", &[(-0.75, 0.512), (-1e50, 1e-150), (2.0, 1.0)]);
        assert_eq!(slopes("isrlu(alpha=2)", &[f64::NEG_INFINITY, 0.0, 1.0]), [0.0, 1.0, 1.0]);
        nan_stays_nan("isrlu");
    }
}
