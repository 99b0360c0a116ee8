//! The parameters of a network one after another, each flattened to one axis.

use crate::network::Network;
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// The values, sharing the network's memory: an optimiser that steps while they are held writes elsewhere.
pub(crate) fn values(network: &Network) -> Vec<Tensor<1>> {
    let mut visitor = Values(Vec::new());
    network.visit(&mut visitor);
    visitor.0
}

/// The gradients, in the order of [`values`]; zero where none arrived.
pub(crate) fn gradients(network: &Network, gradients: &GradientsParams) -> Vec<Tensor<1>> {
    let mut visitor = Gradients {
        gradients,
        found: Vec::new(),
    };
    network.visit(&mut visitor);
    visitor.found
}

struct Values(Vec<Tensor<1>>);

impl ModuleVisitor for Values {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        self.0.push(parameter.val().inner().reshape([-1]));
    }
}

struct Gradients<'a> {
    gradients: &'a GradientsParams,
    found: Vec<Tensor<1>>,
}

impl ModuleVisitor for Gradients<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let gradient = self.gradients.get::<D>(parameter.id);
        let gradient = gradient.unwrap_or_else(|| parameter.val().inner().zeros_like());
        self.found.push(gradient.reshape([-1]));
    }
}
