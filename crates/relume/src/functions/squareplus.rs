//! Squareplus, (x + √(x² + b))/2.
//!
//! With a = |x| and h = (a + √(a² + b))/2 the value is h on the right and b/(4h) on the left, where the usual
//! formula cancels.

use super::Code;
use crate::definition::{Convention, Definition, Domain, Elementwise, ErrorBound, Gain, Initialisation, Needs, Origin, Parameter, Shape};
use crate::engine::elementwise::{Kernels, Parameters, Smooth};
use crate::engine::lanes::Wide;
use crate::math::extended::Extended;

/// Here b, which as an `f32` is finite, does not show beside x², and x² is finite as well.
const FAR: f64 = 1e100;

/// √(x² + b) and h.
#[inline(always)]
fn root_and_mean<V: Wide>(x: V, b: f64) -> (Extended<V>, Extended<V>) {
    let a = x.abs();
    let near = a.at_most(FAR);
    let root = (Extended::product(near, near) + Extended::new(x.splat(b))).sqrt();
    let half = x.splat(0.5);
    let mean = root.scaled(half) + Extended::new(near * half);
    let far = a.gt(FAR);
    let a = Extended::new(a);
    (Extended::select(far, a, root), Extended::select(far, a, mean))
}

pub(super) static DEFINITION: Definition = Definition {
    name: "squareplus",
    aliases: &[],
    title: "Squareplus",
    summary: "A smooth ReLU like softplus, from a square root instead of exponentials: a branch of a hyperbola.",
    formula: "(x + √(x² + b))/2",
    derivative: "(1 + x/√(x² + b))/2",
    parameters: &[Parameter {
        name: "b",
        default: 4.0,
        description: "how round the bend is: f(0) = √b/2",
        domain: Domain::Positive,
    }],
    needs: Needs::Output,
    origin: Origin {
        paper: "Barron: Squareplus: A Softplus-Like Algebraic Rectifier",
        year: 2021,
    },
    conventions: &[
        Convention::keras("activations.squareplus"),
        Convention::jax("nn.squareplus"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: Some("max(0, x) + b/2/(|x| + h), where l = max(|x|, √b), q = min(|x|, √b)/l, h = l·√(1 + q²)"),
        range: [0.0, f64::INFINITY],
        monotone: true,
        kinks: &[],
        limits: [0.0, f64::INFINITY],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::SMOOTH,
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::smooth::<Squareplus>());

struct Squareplus;

impl Smooth for Squareplus {
    #[inline(always)]
    fn value<V: Wide>(x: V, &[b, ..]: &Parameters) -> V {
        let (_, mean) = root_and_mean(x, b);
        let left = Extended::new(x.splat(b * 0.25)) / mean;
        Extended::select(x.lt(0.0), left, mean).rounded()
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, &[b, ..]: &Parameters) -> V {
        // h/√(x² + b) on the right, b/(4h)/√(x² + b) on the left.
        let (root, mean) = root_and_mean(x, b);
        let left = Extended::new(x.splat(b * 0.25)) / mean;
        let slope = Extended::select(x.lt(0.0), left, mean) / root;
        // Not ∞/∞.
        let slope = Extended::select(x.gt(FAR), Extended::new(x.splat(1.0)), slope);
        (slope * dy).rounded()
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{nan_stays_nan, near, near_slope, same, slopes};

    #[test]
    fn edges() {
        near("squareplus", &[(0.0, 1.0), (1.5, 2.0), (-1.5, 0.5)]);
        near("squareplus", &[(-1e8, 9.999999999999999e-9), (-1e200, 1e-200)]);
        near("squareplus(b=1e-30)", &[(-1e-15, 2.0710678118654755e-16)]);
        same("squareplus", &[f64::NEG_INFINITY], |_| 0.0);
        same("squareplus", &[1e17, 1e300, f64::INFINITY], |x| x);
        near_slope(
            "squareplus",
            &[(0.0, 0.5), (1.5, 0.8), (-1.5, 0.2), (-1e150, 1e-300)],
        );
        assert_eq!(
            slopes("squareplus", &[f64::NEG_INFINITY, f64::INFINITY]),
            [0.0, 1.0]
        );
        nan_stays_nan("squareplus");
    }
}
