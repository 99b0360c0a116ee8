//! What a network is fed with.

use burn::tensor::Tensor;

/// Samples one after another, of each as many rows as it has steps, or one.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    /// The values of each step, or the number of its token.
    pub(crate) rows: Tensor<2>,
    /// The rows of each sample.
    pub(crate) lengths: Vec<usize>,
    /// Of a recurrent layer, the state after the step of each sample that was seen last.
    pub(crate) last: Option<Tensor<2>>,
}

impl Batch {
    /// Rows of samples of so many rows each.
    pub(crate) fn new(rows: Tensor<2>, lengths: Vec<usize>) -> Self {
        Self {
            rows,
            lengths,
            last: None,
        }
    }

    /// The same without gradients.
    pub(crate) fn inner(self) -> Self {
        Self {
            rows: self.rows.inner(),
            ..self
        }
    }
}
