//! Gradients that are not longer than a bound, all parameters together (Pascanu, Mikolov and Bengio, 2013).

use crate::network::Network;
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// Scales all gradients by the same factor, where their common norm is above `bound`. What is not finite stays.
pub(crate) fn clip(network: &Network, gradients: GradientsParams, bound: f64) -> GradientsParams {
    let mut squares = Squares {
        gradients: &gradients,
        sum: 0.0,
    };
    network.visit(&mut squares);
    let factor = bound / squares.sum.sqrt();
    // Not so where the norm is NaN, either.
    if !(factor < 1.0 && factor > 0.0) {
        return gradients;
    }
    let mut scale = Scale { gradients, factor };
    network.visit(&mut scale);
    scale.gradients
}

struct Squares<'a> {
    gradients: &'a GradientsParams,
    sum: f64,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(parameter.id) {
            let square: f32 = gradient.square().sum().into_scalar();
            self.sum += f64::from(square);
        }
    }
}

struct Scale {
    gradients: GradientsParams,
    factor: f64,
}

impl ModuleVisitor for Scale {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(parameter.id) {
            self.gradients.register(parameter.id, gradient * self.factor);
        }
    }
}
