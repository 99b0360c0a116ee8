//! What a recurrent layer does where relume's kernels cannot: the same, of Burn's operations.

use burn::tensor::{Bool, Int, Tensor, TensorData};

use super::cell::Cell;
use super::parameters::Parameters;

/// A step in Burn's operations.
pub(super) trait Composed: Cell {
    /// The next states, the hidden one first.
    fn step(&self, products: Products, states: Vec<Tensor<2>>) -> Vec<Tensor<2>>;
}

/// What the weights make of inputs and state in one step.
#[derive(Debug)]
pub(super) struct Products {
    /// With the biases, `[batch, gates·hidden]`.
    pub(super) of_inputs: Tensor<2>,
    /// `[batch, gates·hidden]`
    pub(super) of_hidden: Tensor<2>,
    /// The biases of the blocks that no input reaches, `[1, hidden]`.
    pub(super) rest: Option<Tensor<2>>,
}

/// The blocks of columns, one for each gate.
pub(super) fn columns<const N: usize>(products: Tensor<2>) -> [Tensor<2>; N] {
    let width = products.dims()[1] / N;
    std::array::from_fn(|gate| products.clone().narrow(1, gate * width, width))
}

/// All hidden states, and the last states of each sample: hidden, and cell if there is one.
pub(super) fn run<C: Composed>(
    cell: &C,
    x: Tensor<3>,
    parameters: Parameters,
    lengths: &[usize],
    reversed: bool,
    initial: Tensor<2>,
) -> (Tensor<3>, Vec<Tensor<2>>) {
    let [batch, steps, inputs] = x.dims();
    let device = x.device();
    let hidden = parameters.weight_hidden.dims()[0];
    let longest = lengths.iter().copied().max().unwrap_or(0);
    // Padding could hold anything, and 0·NaN is NaN.
    let x = x
        .narrow(1, 0, longest)
        .mask_fill(padding(lengths, longest, inputs, &device), 0.0);
    let x = turned(x, lengths, reversed);

    let columns = C::GATES * hidden;
    let bias = parameters.bias.unsqueeze::<2>();
    let of_inputs = x
        .reshape([batch * longest, inputs])
        .matmul(parameters.weight_input)
        + bias.clone().narrow(1, 0, columns);
    let of_inputs = of_inputs.reshape([batch, longest, columns]);
    let rest = (C::BLOCKS > C::GATES).then(|| bias.narrow(1, columns, hidden));

    let mut states: Vec<Tensor<2>> = (0..C::STATES)
        .map(|state| initial.clone().narrow(1, state * hidden, hidden))
        .collect();
    let mut all = Vec::with_capacity(longest);
    for step in 0..longest {
        let products = Products {
            of_inputs: of_inputs.clone().narrow(1, step, 1).reshape([batch, columns]),
            of_hidden: states[0].clone().matmul(parameters.weight_hidden.clone()),
            rest: rest.clone(),
        };
        let next = cell.step(products, states.clone());
        let ended: Vec<bool> = lengths
            .iter()
            .flat_map(|&length| std::iter::repeat_n(length <= step, hidden))
            .collect();
        states = if ended.contains(&true) {
            let ended = Tensor::<2, Bool>::from_data(TensorData::new(ended, [batch, hidden]), &device);
            let pairs = next.into_iter().zip(states);
            pairs
                .map(|(next, before)| next.mask_where(ended.clone(), before))
                .collect()
        } else {
            next
        };
        all.push(states[0].clone().unsqueeze_dim::<3>(1));
    }
    let all = if all.is_empty() {
        Tensor::zeros([batch, 0, hidden], (&device, initial.dtype()))
    } else {
        Tensor::cat(all, 1)
    };
    let all = turned(all, lengths, reversed).mask_fill(padding(lengths, longest, hidden, &device), 0.0);
    let after = Tensor::zeros([batch, steps - longest, hidden], (&device, all.dtype()));
    let all = if steps > longest {
        Tensor::cat(vec![all, after], 1)
    } else {
        all
    };
    (all, states)
}

/// Where the padding is.
fn padding(lengths: &[usize], steps: usize, width: usize, device: &burn::tensor::Device) -> Tensor<3, Bool> {
    let padding: Vec<bool> = lengths
        .iter()
        .flat_map(|&length| (0..steps).flat_map(move |step| std::iter::repeat_n(step >= length, width)))
        .collect();
    Tensor::from_data(TensorData::new(padding, [lengths.len(), steps, width]), device)
}

/// Each sequence from its last step to its first, if that is wanted; padding stays where it is.
fn turned(x: Tensor<3>, lengths: &[usize], reversed: bool) -> Tensor<3> {
    if !reversed {
        return x;
    }
    let [batch, steps, width] = x.dims();
    let device = x.device();
    let rows: Vec<i32> = lengths
        .iter()
        .enumerate()
        .flat_map(|(sample, &length)| {
            let position = move |step: usize| if step < length { length - 1 - step } else { step };
            (0..steps).map(move |step| (sample * steps + position(step)) as i32)
        })
        .collect();
    let rows = Tensor::<1, Int>::from_data(TensorData::new(rows, [batch * steps]), &device);
    x.reshape([batch * steps, width])
        .select(0, rows)
        .reshape([batch, steps, width])
}
