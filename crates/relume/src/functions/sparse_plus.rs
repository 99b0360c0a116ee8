//! Sparse plus: the integral of the sparse sigmoid, ((x + 1)/2)² between −1 and 1. The sum keeps what rounding takes
//! from it, so that the square is rounded once.

use super::Code;
use crate::definition::{Convention, Definition, Elementwise, ErrorBound, Gain, Initialisation, Needs, Origin, Shape};
use crate::engine::elementwise::{Kernels, Parameters, Smooth};
use crate::engine::lanes::{Mask, Wide};
use crate::math::extended::Extended;

pub(super) static DEFINITION: Definition = Definition {
    name: "sparse_plus",
    aliases: &[],
    title: "Sparse plus",
    summary: "A ReLU whose corner is rounded by a parabola, and which is exactly zero on the left.",
    formula: "0 for x ≤ −1, x for x ≥ 1, else (x + 1)²/4",
    derivative: "0 for x ≤ −1, 1 for x ≥ 1, else (x + 1)/2",
    parameters: &[],
    needs: Needs::Output,
    origin: Origin {
        paper: "Martins and Astudillo: From Softmax to Sparsemax: A Sparse Model of Attention and Multi-Label Classification",
        year: 2016,
    },
    conventions: &[
        Convention::keras("activations.sparse_plus"),
        Convention::jax("nn.sparse_plus"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: None,
        range: [0.0, f64::INFINITY],
        monotone: true,
        kinks: &[],
        limits: [0.0, f64::INFINITY],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::SMOOTH,
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::smooth::<SparsePlus>());

struct SparsePlus;

/// (x + 1)/2, for |x| ≤ 1.
#[inline(always)]
fn middle<V: Wide>(x: V) -> Extended<V> {
    let bounded = x.at_least(-1.0).at_most(1.0);
    Extended::sum(bounded, x.splat(1.0)).scaled(x.splat(0.5))
}

impl Smooth for SparsePlus {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        let middle = middle(x);
        x.ge(1.0).select(x, (middle * middle).rounded())
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        let left = x.le(-1.0).select(x.splat(0.0), (middle(x) * dy).rounded());
        x.ge(1.0).select(dy, left)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{flat, nan_stays_nan, near, same, slopes};

    #[test]
    fn edges() {
        near("sparse_plus", &[(-0.5, 0.0625), (0.0, 0.25), (0.5, 0.5625)]);
        same("sparse_plus", &[f64::NEG_INFINITY, -2.0, -1.0], |_| 0.0);
        same("sparse_plus", &[1.0, 3.0, f64::INFINITY], |x| x);
        assert_eq!(
            slopes("sparse_plus", &[-2.0, -1.0, -0.5, 0.0, 1.0, 2.0]),
            [0.0, 0.0, 0.25, 0.5, 1.0, 1.0]
        );
        nan_stays_nan("sparse_plus");
    }

    #[test]
    fn nothing_flows_where_it_is_flat() {
        flat("sparse_plus", &[-1.0, -2.0, f64::NEG_INFINITY]);
    }
}
