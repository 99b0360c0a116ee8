//! The sparse sigmoid: the two-class case of sparsemax.

use super::Code;
use crate::definition::{Convention, Definition, Elementwise, ErrorBound, Gain, Initialisation, Kink, Needs, Origin, Place::Point, Shape, Side::{Left, Mean}};
use crate::engine::elementwise::{Exact, Kernels, Parameters};
use crate::engine::lanes::{Lanes, Mask};

pub(super) static DEFINITION: Definition = Definition {
    name: "sparse_sigmoid",
    aliases: &[],
    title: "Sparse sigmoid",
    summary: "A straight line from 0 to 1 between two flats: what sparsemax makes of two classes.",
    formula: "min(max(0, (x + 1)/2), 1)",
    derivative: "1/2 for −1 ≤ x < 1, else 0",
    parameters: &[],
    needs: Needs::Bit,
    origin: Origin {
        paper: "Martins and Astudillo: From Softmax to Sparsemax: A Sparse Model of Attention and Multi-Label Classification",
        year: 2016,
    },
    conventions: &[
        Convention::keras("activations.sparse_sigmoid").kinks(&[(Point(-1.0), Left)]),
        Convention::jax("nn.sparse_sigmoid").kinks(&[(Point(-1.0), Mean), (Point(1.0), Mean)]),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: None,
        range: [0.0, 1.0],
        monotone: true,
        kinks: &[
            Kink {
                at: -1.0,
                derivative: 0.5,
            },
            Kink {
                at: 1.0,
                derivative: 0.0,
            },
        ],
        limits: [0.0, 1.0],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::Glorot,
        error_bound: ErrorBound::ROUNDED,
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::exact_with_bits::<SparseSigmoid>(|_| [0.0, 0.5]));

struct SparseSigmoid;

impl Exact for SparseSigmoid {
    #[inline(always)]
    fn value<V: Lanes>(x: V, _: &Parameters) -> V {
        ((x.at_least(-1.0).at_most(1.0)) + 1.0) * 0.5
    }

    #[inline(always)]
    fn backward<V: Lanes>(x: V, dy: V, _: &Parameters) -> V {
        let flat = x.is_nan().select(x, x.splat(0.0));
        x.ge(-1.0).and(x.lt(1.0)).select(dy * 0.5, flat)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{flat, nan_stays_nan, same, slopes};

    #[test]
    fn edges() {
        same(
            "sparse_sigmoid",
            &[f64::NEG_INFINITY, -2.0, -1.0, -0.5, 0.0, 0.75, 1.0, f64::INFINITY],
            |x| (0.5 * x + 0.5).clamp(0.0, 1.0),
        );
        assert_eq!(
            slopes("sparse_sigmoid", &[-2.0, -1.0, 0.0, 1.0, 2.0]),
            [0.0, 0.5, 0.5, 0.0, 0.0]
        );
        nan_stays_nan("sparse_sigmoid");
    }

    #[test]
    fn nothing_flows_where_it_is_flat() {
        flat("sparse_sigmoid", &[-2.0, 1.0, f64::NEG_INFINITY, f64::INFINITY]);
    }
}
