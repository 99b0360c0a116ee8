//! The square of ReLU.

use super::Code;
use crate::definition::{Definition, Elementwise, ErrorBound, Gain, Initialisation, Needs, Origin, Shape};
use crate::engine::elementwise::{Exact, Kernels, Parameters};
use crate::engine::lanes::{Lanes, Mask};

/// Below it 2x is finite, above it x·dy has all its digits, whatever dy: in either type of element.
const LARGE: f64 = (1_u128 << 100) as f64;

pub(super) static DEFINITION: Definition = Definition {
    name: "squared_relu",
    aliases: &["relu_squared", "relu2"],
    title: "Squared ReLU",
    summary: "The square of ReLU: as sparse, and without a kink.",
    formula: "max(0, x)²",
    derivative: "2·max(0, x)",
    parameters: &[],
    needs: Needs::Output,
    origin: Origin {
        paper: "So et al.: Primer: Searching for Efficient Transformers for Language Modeling",
        year: 2021,
    },
    conventions: &[],
    shape: Shape::Elementwise(Elementwise {
        composed: None,
        range: [0.0, f64::INFINITY],
        monotone: true,
        kinks: &[],
        limits: [0.0, f64::INFINITY],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::ROUNDED,
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::exact::<SquaredRelu>());

struct SquaredRelu;

impl Exact for SquaredRelu {
    #[inline(always)]
    fn value<V: Lanes>(x: V, _: &Parameters) -> V {
        let rectified = x.at_least(0.0);
        x.gt(0.0).select(rectified * rectified, rectified)
    }

    #[inline(always)]
    fn backward<V: Lanes>(x: V, dy: V, _: &Parameters) -> V {
        let rectified = x.at_least(0.0);
        let bounded = rectified.at_most(LARGE);
        let product = rectified * dy;
        let dx = x.gt(LARGE).select(product + product, (bounded + bounded) * dy);
        x.le(0.0).select(x.splat(0.0), dx)
    }
}

#[cfg(test)]
mod tests {
    use crate::Activation;
    use crate::testing::{flat, nan_stays_nan, same, slopes};

    #[test]
    fn edges() {
        same("squared_relu", &[f64::NEG_INFINITY, -1.0], |_| 0.0);
        same("squared_relu", &[-0.0, 0.0, 1.0, f64::INFINITY], |x| x);
        same("squared_relu", &[1.5, 1e-200, 1e200], |x| x * x);
        assert_eq!(
            slopes("squared_relu", &[-1.0, 0.0, 1.5, f64::INFINITY]),
            [0.0, 0.0, 3.0, f64::INFINITY]
        );
        nan_stays_nan("squared_relu");
    }

    #[test]
    fn nothing_flows_where_it_is_flat() {
        flat("squared_relu", &[-1.0, -0.0, 0.0, f64::NEG_INFINITY]);
    }

    #[test]
    fn a_gradient_is_right_though_the_derivative_overflows() {
        let squared_relu = Activation::new("squared_relu").unwrap();
        let (x, mut dx) = ([f64::MAX, 1e-300], [1e-300, 3e-20]);
        squared_relu.backward_in_place(&x, &mut dx).unwrap();
        assert_eq!(dx, [f64::MAX * 1e-300 * 2.0, 2e-300 * 3e-20]);
    }
}
