//! The parameters of a layer as tensors.

use burn::module::Param;
use burn::tensor::Tensor;

use super::cell::Cell;

/// The parameters of a layer.
#[derive(Debug)]
pub(super) struct Parameters {
    pub(super) weight_input: Tensor<2>,
    pub(super) weight_hidden: Tensor<2>,
    pub(super) bias: Tensor<1>,
}

impl Parameters {
    pub(super) fn of(
        weight_input: &Param<Tensor<2>>,
        weight_hidden: &Param<Tensor<2>>,
        bias: &Param<Tensor<1>>,
    ) -> Self {
        Self {
            weight_input: weight_input.val(),
            weight_hidden: weight_hidden.val(),
            bias: bias.val(),
        }
    }

    /// # Panics
    /// If the shapes do not fit each other.
    pub(super) fn check<C: Cell>(&self) {
        let [hidden, columns] = self.weight_hidden.dims();
        assert!(hidden > 0, "a recurrent layer has at least one hidden unit");
        assert_eq!(
            columns,
            C::GATES * hidden,
            "the recurrent weights have {} columns for each hidden unit",
            C::GATES
        );
        assert_eq!(
            self.weight_input.dims()[1],
            columns,
            "the weights of the inputs have as many columns as those of the state"
        );
        assert_eq!(
            self.bias.dims()[0],
            C::BLOCKS * hidden,
            "there are {} biases for each hidden unit",
            C::BLOCKS
        );
    }
}
