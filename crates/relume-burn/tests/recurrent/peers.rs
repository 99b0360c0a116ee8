//! Burn's own layers with the same weights, and PyTorch's values.

use std::collections::HashMap;

use burn::module::Param;
use burn::nn::{GateController, GruConfig, Linear, LstmConfig, LstmState};
use burn::tensor::{DType, Device, Tensor};

use crate::layers::{by_kernels, composed, difference, numbers, tensor};
use crate::naive::{Case, Kind};

const SIZES: [usize; 4] = [18, 7, 5, 19];

/// Burn's weights of one gate.
fn gate(case: &Case, number: usize, device: &Device) -> GateController {
    let (inputs, hidden, columns) = (case.inputs, case.hidden, case.kind.gates() * case.hidden);
    let [_, w, u, b, _] = &case.arguments;
    let block = |weights: &[f64]| -> Vec<f64> {
        let rows = weights.chunks(columns);
        rows.flat_map(|row| row[number * hidden..][..hidden].to_vec())
            .collect()
    };
    let bias = |number: usize| &b[number * hidden..][..hidden];
    let zeros = vec![0.0; hidden];
    let recurrent = if case.kind == Kind::Gru && number == 2 {
        bias(3)
    } else {
        &zeros
    };
    let linear = |weights: Vec<f64>, rows: usize, bias: &[f64]| Linear {
        weight: Param::from_tensor(tensor(&weights, [rows, hidden], DType::F32, device)),
        bias: Some(Param::from_tensor(tensor(bias, [hidden], DType::F32, device))),
    };
    GateController {
        input_transform: linear(block(w), inputs, bias(number)),
        hidden_transform: linear(block(u), hidden, recurrent),
    }
}

fn assert_close(found: &[f64], expected: &[f64], bound: f64, what: &str) {
    let error = difference(found, expected);
    assert!(error < bound, "{what}: {error}");
}

#[test]
fn burn_s_lstm_agrees() {
    let case = Case::new(Kind::Lstm, SIZES);
    let [batch, steps, inputs, hidden] = SIZES;
    let device = Device::flex().autodiff();
    let mut lstm = LstmConfig::new(inputs, hidden, true).init(&device);
    lstm.input_gate = gate(&case, 0, &device);
    lstm.forget_gate = Some(gate(&case, 1, &device));
    lstm.cell_gate = gate(&case, 2, &device);
    lstm.output_gate = gate(&case, 3, &device);
    let x: Tensor<3> = tensor(&case.arguments[0], [batch, steps, inputs], DType::F32, &device).require_grad();
    let initial: Tensor<2> = tensor(&case.arguments[4], [batch, 2 * hidden], DType::F32, &device);
    let state = |number: usize| initial.clone().narrow(1, number * hidden, hidden);
    let (all, last) = lstm.forward(x.clone(), Some(LstmState::new(state(1), state(0))));
    let weights = |number: usize| &case.weights[number];
    let loss = (all.clone() * tensor(weights(0), [batch, steps, hidden], DType::F32, &device)).sum()
        + (last.hidden.clone() * tensor(weights(1), [batch, hidden], DType::F32, &device)).sum()
        + (last.cell.clone() * tensor(weights(2), [batch, hidden], DType::F32, &device)).sum();
    let gradient = numbers(x.grad(&loss.backward()).unwrap());
    let found = by_kernels(&case);
    assert_close(&found.results[0], &numbers(all.inner()), 3e-6, "all");
    assert_close(&found.results[1], &numbers(last.hidden.inner()), 3e-6, "last");
    assert_close(&found.results[2], &numbers(last.cell.inner()), 3e-6, "cell");
    assert_close(&found.gradients[0], &gradient, 1e-5, "gradient");
}

#[test]
fn burn_s_gru_agrees() {
    let mut case = Case::new(Kind::Gru, SIZES);
    let [batch, steps, inputs, hidden] = SIZES;
    let device = Device::flex().autodiff();
    let mut gru = GruConfig::new(inputs, hidden, true).init(&device);
    gru.reset_gate = gate(&case, 0, &device);
    gru.update_gate = gate(&case, 1, &device);
    gru.new_gate = gate(&case, 2, &device);
    let x: Tensor<3> = tensor(&case.arguments[0], [batch, steps, inputs], DType::F32, &device).require_grad();
    let initial = tensor(&case.arguments[4], [batch, hidden], DType::F32, &device);
    let all = gru.forward(x.clone(), Some(initial));
    case.weights[1].fill(0.0);
    let weights = tensor(&case.weights[0], [batch, steps, hidden], DType::F32, &device);
    let gradients = (all.clone() * weights).sum().backward();
    let found = by_kernels(&case);
    assert_close(&found.results[0], &numbers(all.inner()), 3e-6, "all");
    let gradient = numbers(x.grad(&gradients).unwrap());
    assert_close(&found.gradients[0], &gradient, 1e-5, "gradient");
}

#[test]
fn pytorch_s_values_agree() {
    // Written by reference/pytorch.py, which states these sizes.
    let [batch, steps, inputs, hidden] = [3, 6, 2, 4];
    let text = include_str!("reference/pytorch.txt");
    let mut arrays: HashMap<[&str; 3], Vec<f64>> = HashMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        let values = words[3..].iter().map(|number| number.parse().unwrap());
        arrays.insert([words[0], words[1], words[2]], values.collect());
    }
    let mut compared = 0;
    for (kind, name) in [(Kind::Rnn, "rnn"), (Kind::Gru, "gru"), (Kind::Lstm, "lstm")] {
        for direction in ["forward", "reversed"] {
            let array = |what: &str| arrays[&[name, direction, what]].clone();
            let cell = |what: &str| match kind {
                Kind::Lstm => array(what),
                _ => vec![0.0; batch * hidden],
            };
            let mut case = Case::new(kind, [batch, steps, inputs, hidden]).with_lengths(vec![4, 6, 1]);
            case.reversed = direction == "reversed";
            let names = ["x", "weight_input", "weight_hidden", "bias", "initial"];
            case.arguments = names.map(array);
            case.weights = [
                array("weights_of_all"),
                array("weights_of_last"),
                cell("weights_of_cell"),
            ];
            for (found, bound) in [(composed(&case), 1e-13), (by_kernels(&case), 2e-6)] {
                let results = [array("all"), array("last"), cell("cell")];
                for (found, expected) in found.results.iter().zip(&results) {
                    assert_close(found, expected, bound, name);
                    compared += 1;
                }
                for (found, argument) in found.gradients.iter().zip(names) {
                    let expected = array(&format!("gradient_of_{argument}"));
                    assert_close(found, &expected, 5.0 * bound, argument);
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(compared, 3 * 2 * 2 * 8);
}
