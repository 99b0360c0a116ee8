//! An activation as a Burn module.

use crate::operation::activate;
use burn::module::Module;
use burn::tensor::Tensor;
use relume::Activation;

/// A module without parameters that applies one activation.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use relume_burn::Activate;
///
/// let mish = Activate::new("mish".parse()?);
/// let y = mish.forward(Tensor::<1>::from_data([-1.0, 0.0, 1.0], &Device::flex()));
/// assert_eq!(y.dims(), [3]);
/// # Ok::<(), relume::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct Activate {
    #[module(skip)]
    activation: Activation,
}

impl Activate {
    /// A module that applies `activation`.
    pub fn new(activation: Activation) -> Self {
        Self { activation }
    }

    /// The activation it applies.
    pub fn activation(&self) -> &Activation {
        &self.activation
    }

    /// Applies the activation to every element; the shape stays.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        activate(x, &self.activation)
    }
}
