//! What a network is fed with.

use burn::tensor::Tensor;

/// Samples one after another, of each as many rows as it has steps, or one.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    /// The values of each step, or the number of its token.
    pub(crate) rows: Tensor<2>,
    /// The rows of each sample.
    pub(crate) lengths: Vec<usize>,
}

impl Batch {
    /// The same without gradients.
    pub(crate) fn inner(self) -> Self {
        Self {
            rows: self.rows.inner(),
            ..self
        }
    }
}
