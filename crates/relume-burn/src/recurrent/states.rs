//! What a recurrent layer returns.

use burn::tensor::Tensor;

/// The states of a recurrent layer.
#[derive(Clone, Debug)]
pub struct States {
    /// The state after each step, `[batch, steps, hidden]`; 0 where a sequence is padded.
    pub all: Tensor<3>,
    /// The state after the step of each sequence that was worked through last, `[batch, hidden]`: its last one, or its
    /// first in a reversed layer.
    pub last: Tensor<2>,
}

impl States {
    /// These and those of another layer side by side, `[batch, steps, both]` and `[batch, both]`: of two directions.
    ///
    /// ```
    /// use burn::tensor::{Device, Distribution, Tensor};
    /// use relume_burn::Rnn;
    ///
    /// let device = Device::flex();
    /// let weights = |shape| Tensor::<2>::random(shape, Distribution::Uniform(-0.3, 0.3), &device);
    /// let layer = |inputs| {
    ///     let tanh = relume::Activation::new("tanh").unwrap();
    ///     Rnn::new(tanh, weights([inputs, 8]), weights([8, 8]), Tensor::zeros([8], &device))
    /// };
    /// let (there, back, above) = (layer(3), layer(3).reversed(), layer(16));
    /// let x = Tensor::<3>::random([2, 5, 3], Distribution::Default, &device);
    /// let lengths = Some(&[5, 2][..]);
    /// let both = there.forward(x.clone(), lengths).beside(back.forward(x, lengths));
    /// // A second layer takes all states of the first.
    /// assert_eq!(above.forward(both.all, lengths).last.dims(), [2, 8]);
    /// ```
    ///
    /// # Panics
    /// If batch or steps differ.
    pub fn beside(self, other: Self) -> Self {
        Self {
            all: Tensor::cat(vec![self.all, other.all], 2),
            last: Tensor::cat(vec![self.last, other.last], 1),
        }
    }
}
