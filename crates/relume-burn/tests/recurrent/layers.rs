//! The layers of the crate on the arguments of a case.

use burn::tensor::{DType, Device, Tensor, TensorData};
use relume_burn::{Gru, Lstm, Rnn};

use crate::naive::{Case, Kind, Results};

/// All states, the last ones, the last cells, and the gradients of the arguments.
pub(crate) struct Found {
    pub(crate) results: Results,
    pub(crate) gradients: [Vec<f64>; 5],
}

pub(crate) fn tensor<const D: usize>(
    values: &[f64],
    shape: [usize; D],
    dtype: DType,
    device: &Device,
) -> Tensor<D> {
    let data = TensorData::new(values.to_vec(), shape).convert_dtype(dtype);
    Tensor::from_data(data, (device, dtype))
}

pub(crate) fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

/// On one thread or all of the pool.
pub(crate) fn run(case: &Case, dtype: DType, device: &Device, parallel: bool) -> Found {
    let Case {
        batch,
        steps,
        inputs,
        hidden,
        ..
    } = *case;
    let columns = case.kind.gates() * hidden;
    let [x, w, u, b, initial] = &case.arguments;
    let x = tensor(x, [batch, steps, inputs], dtype, device).require_grad();
    let w = tensor(w, [inputs, columns], dtype, device).require_grad();
    let u = tensor(u, [hidden, columns], dtype, device).require_grad();
    let b = tensor(b, [case.kind.biases() * hidden], dtype, device).require_grad();
    let initial = tensor(initial, [batch, case.kind.states() * hidden], dtype, device).require_grad();
    let lengths = case.lengths.as_deref();
    let f = &case.activations;
    let state = |number: usize| initial.clone().narrow(1, number * hidden, hidden);
    macro_rules! directed {
        ($layer:expr) => {{
            let layer = $layer;
            let layer = if case.reversed { layer.reversed() } else { layer };
            if parallel { layer } else { layer.on_one_thread() }
        }};
    }
    let (states, cell) = match case.kind {
        Kind::Rnn => {
            let layer = directed!(Rnn::new(f[0], w.clone(), u.clone(), b.clone()));
            (layer.forward_from(x.clone(), lengths, Some(state(0))), None)
        }
        Kind::Gru => {
            let layer = Gru::new(w.clone(), u.clone(), b.clone());
            let layer = layer
                .with_reset_gate(f[0])
                .with_update_gate(f[1])
                .with_state(f[2]);
            let layer = directed!(layer);
            (layer.forward_from(x.clone(), lengths, Some(state(0))), None)
        }
        Kind::Lstm => {
            let layer = Lstm::new(w.clone(), u.clone(), b.clone());
            let layer = layer
                .with_input_gate(f[0])
                .with_forget_gate(f[1])
                .with_candidate(f[2]);
            let layer = directed!(layer.with_output_gate(f[3]).with_state(f[4]));
            let (states, cell) = layer.forward_from(x.clone(), lengths, Some([state(0), state(1)]));
            (states, Some(cell))
        }
    };
    let weights = |number: usize| &case.weights[number];
    let mut loss = (states.all.clone() * tensor(weights(0), [batch, steps, hidden], dtype, device)).sum()
        + (states.last.clone() * tensor(weights(1), [batch, hidden], dtype, device)).sum();
    if let Some(cell) = &cell {
        loss = loss + (cell.clone() * tensor(weights(2), [batch, hidden], dtype, device)).sum();
    }
    let gradients = loss.backward();
    let cells = cell.map_or_else(|| vec![0.0; batch * hidden], |cell| numbers(cell.inner()));
    Found {
        results: [numbers(states.all.inner()), numbers(states.last.inner()), cells],
        gradients: [
            numbers(x.grad(&gradients).unwrap()),
            numbers(w.grad(&gradients).unwrap()),
            numbers(u.grad(&gradients).unwrap()),
            numbers(b.grad(&gradients).unwrap()),
            numbers(initial.grad(&gradients).unwrap()),
        ],
    }
}

/// In f32, by the kernels.
pub(crate) fn by_kernels(case: &Case) -> Found {
    run(case, DType::F32, &Device::flex().autodiff(), true)
}

/// In f64, composed of Burn's operations.
pub(crate) fn composed(case: &Case) -> Found {
    run(case, DType::F64, &Device::flex().autodiff(), true)
}

/// The largest difference, relative to the largest number.
pub(crate) fn difference(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(1e-3, |largest: f64, x| largest.max(x.abs()));
    let differences = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    // NaN must not pass.
    differences.fold(0.0, |largest: f64, d| if d <= largest { largest } else { d }) / largest
}
