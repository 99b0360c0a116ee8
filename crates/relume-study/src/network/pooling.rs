//! From the steps of each sample to one row.

use super::rows::{Rows, gather, longest};
use crate::spec::Pooling;
use burn::tensor::{Tensor, TensorData};

/// One row for each sample of a batch, from the rows of its steps.
pub(crate) fn pool(x: Tensor<2>, lengths: &[usize], pooling: Pooling) -> Tensor<2> {
    let [_, width] = x.dims();
    let (batch, steps) = (lengths.len(), longest(lengths));
    let in_steps = |x: Tensor<2>, rows: &Rows| gather(x, rows).reshape([batch, steps, width]);
    match pooling {
        Pooling::Last => gather(x, &Rows::last(lengths)),
        Pooling::Flat => x.reshape([batch, steps * width]),
        Pooling::Max => in_steps(x, &Rows::repeated(lengths))
            .max_dim(1)
            .reshape([batch, width]),
        Pooling::Mean => {
            let shares: Vec<f32> = lengths.iter().map(|&length| 1.0 / length as f32).collect();
            let shares = Tensor::<2>::from_data(TensorData::new(shares, [batch, 1]), &x.device());
            in_steps(x, &Rows::padded(lengths))
                .sum_dim(1)
                .reshape([batch, width])
                * shares
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn gradient(pooling: Pooling, lengths: &[usize]) -> (Vec<f32>, Vec<f32>) {
        let rows = [[-1.0, 4.0], [-2.0, 2.0], [-6.0, 9.0], [5.0, 0.0]];
        let x = Tensor::<2>::from_data(rows, &Device::flex().autodiff()).require_grad();
        let y = pool(x.clone(), lengths, pooling);
        let values = y.to_data().try_to_vec().unwrap();
        let gradient = x.grad(&y.sum().backward()).unwrap();
        (values, gradient.to_data().try_to_vec().unwrap())
    }

    #[test]
    fn each_sample_becomes_one_row_and_padding_takes_no_part() {
        let lengths = [3, 1];
        let (values, gradients) = gradient(Pooling::Last, &lengths);
        assert_eq!(values, [-6.0, 9.0, 5.0, 0.0]);
        assert_eq!(gradients, [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
        let (values, gradients) = gradient(Pooling::Max, &lengths);
        assert_eq!(values, [-1.0, 9.0, 5.0, 0.0]);
        assert_eq!(gradients.iter().sum::<f32>(), 4.0);
        assert_eq!((gradients[0], gradients[5]), (1.0, 1.0));
        let (values, gradients) = gradient(Pooling::Mean, &lengths);
        assert_eq!(values, [-3.0, 5.0, 5.0, 0.0]);
        assert_eq!(gradients[..6], [1.0_f32 / 3.0; 6]);
        let (values, _) = gradient(Pooling::Flat, &[2, 2]);
        assert_eq!(values, [-1.0, 4.0, -2.0, 2.0, -6.0, 9.0, 5.0, 0.0]);
    }
}
