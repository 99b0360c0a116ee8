//! What probes at a recurrent layer are told.

use burn::tensor::{DType, Device, Tensor};
use relume_burn::recurrent::{GruProbes, LstmProbes, RnnProbes};
use relume_burn::{Gru, Lstm, Monitor, Probe, Rnn};
use relume_doctor::{LayerInfo, Snapshot};

use crate::layers::tensor;
use crate::naive::{Case, Kind};

fn probe(monitor: &Monitor, name: &str, activation: &str, units: usize) -> Option<Probe> {
    Some(monitor.layer(LayerInfo {
        name: name.into(),
        activation: activation.into(),
        units,
        fan_in: units,
    }))
}

/// A watched pass: the states and the gradient of the inputs in bits, and what was counted.
fn pass(case: &Case, watching: bool) -> (Vec<Vec<u8>>, Snapshot, Monitor) {
    let Case {
        batch,
        steps,
        inputs,
        hidden,
        ..
    } = *case;
    let device = Device::flex().autodiff();
    let columns = case.kind.gates() * hidden;
    let of = |number: usize| &case.arguments[number];
    let x: Tensor<3> = tensor(of(0), [batch, steps, inputs], DType::F32, &device).require_grad();
    let w = tensor(of(1), [inputs, columns], DType::F32, &device);
    let u = tensor(of(2), [hidden, columns], DType::F32, &device);
    let b = tensor(of(3), [case.kind.biases() * hidden], DType::F32, &device);
    let lengths = case.lengths.as_deref();
    let f = &case.activations;
    let monitor = Monitor::new();
    monitor.set_watching(watching);
    let at = |name: &str, number: usize| probe(&monitor, name, f[number].name(), hidden);
    let states = match case.kind {
        Kind::Rnn => {
            let probes = RnnProbes {
                state: at("state", 0),
            };
            Rnn::new(f[0], w, u, b).forward_watched(x.clone(), lengths, &probes)
        }
        Kind::Gru => {
            let probes = GruProbes {
                reset_gate: at("reset", 0),
                update_gate: at("update", 1),
                state: at("state", 2),
            };
            Gru::new(w, u, b)
                .with_state(f[2])
                .forward_watched(x.clone(), lengths, &probes)
        }
        Kind::Lstm => {
            let probes = LstmProbes {
                input_gate: at("input", 0),
                forget_gate: at("forget", 1),
                candidate: at("candidate", 2),
                output_gate: at("output", 3),
                state: at("state", 4),
            };
            let lstm = Lstm::new(w, u, b).with_candidate(f[2]).with_state(f[4]);
            lstm.forward_watched(x.clone(), lengths, &probes)
        }
    };
    let weights = tensor(&case.weights[0], [batch, steps, hidden], DType::F32, &device);
    let gradients = (states.all.clone() * weights).sum().backward();
    let bits = [states.all.inner(), x.grad(&gradients).unwrap()];
    let bits = bits.map(|tensor| tensor.into_data().as_bytes().to_vec()).to_vec();
    let snapshot = monitor.end_pass(None);
    (bits, snapshot, monitor)
}

fn cases() -> Vec<Case> {
    let of = |kind: Kind| {
        let case = Case::new(kind, [5, 12, 3, 9]);
        let lengths = case.clone().with_lengths(vec![12, 7, 1, 9, 12]);
        [case, lengths]
    };
    Kind::ALL.into_iter().flat_map(of).collect()
}

#[test]
fn watching_changes_no_bit_and_sleeps_when_told() {
    for case in cases() {
        let (watched, seen, _) = pass(&case, true);
        let (asleep, nothing, _) = pass(&case, false);
        assert_eq!(watched, asleep);
        assert!(seen.samples > 0);
        assert_eq!(nothing.samples, 0);
    }
}

/// With relu, zeros of the state's values can be counted from outside where the values are the states.
#[test]
fn only_steps_that_count_are_counted() {
    let mut case = Case::new(Kind::Rnn, [5, 12, 3, 9])
        .with_activations(&["relu"])
        .with_lengths(vec![12, 7, 1, 9, 12]);
    // Without an initial state, which watching does not take.
    case.arguments[4].fill(0.0);
    let [all, ..] = case.results();
    let (_, snapshot, _) = pass(&case, true);
    let lengths = case.lengths.as_deref().unwrap();
    let valid: Vec<f64> = lengths
        .iter()
        .enumerate()
        .flat_map(|(sample, length)| all[sample * 12 * 9..][..length * 9].to_vec())
        .collect();
    let zeros = valid.iter().filter(|&&x| x == 0.0).count() as f64 / valid.len() as f64;
    assert!(zeros > 0.0 && zeros < 1.0);
    assert!((snapshot.layers[0].zeros - zeros).abs() < 1e-12);
}

/// Of one unit, one sample and one step, the gradient at a gate's pre-activation is that of its bias.
#[test]
fn gates_are_told_their_own_gradients() {
    for kind in Kind::ALL {
        let mut case = Case::new(kind, [1, 1, 3, 1]);
        case.arguments[4].fill(0.0);
        case.weights = [case.weights[0].clone(), vec![0.0], vec![0.0]];
        let (_, snapshot, _) = pass(&case, true);
        for (number, layer) in snapshot.layers.iter().enumerate().take(kind.gates()) {
            let (found, slope) = (layer.gradient_rms.unwrap(), case.slope(3, number).abs());
            assert!(
                (found - slope).abs() < 1e-6,
                "{kind:?} {number}: {found}, the slope is {slope}"
            );
            // What an empty cell forgets makes no difference.
            let is_forget_gate = kind == Kind::Lstm && number == 1;
            assert_eq!(slope > 1e-4, !is_forget_gate, "{kind:?} {number}: {slope}");
        }
    }
}

#[test]
fn the_gradient_through_time_is_that_of_the_states() {
    for kind in Kind::ALL {
        let mut case = Case::new(kind, [3, 6, 2, 4]);
        case.arguments[4].fill(0.0);
        // Only the last state counts, so that what comes back to the first state came all the way.
        for (number, weight) in case.weights[0].iter_mut().enumerate() {
            if number / 4 % 6 < 5 {
                *weight = 0.0;
            }
        }
        let (_, _, monitor) = pass(&case, true);
        let record = monitor.record();
        let [time] = record.setup.recurrent.as_slice() else {
            panic!("one layer was watched, not {}", record.setup.recurrent.len());
        };
        assert_eq!((time.name.as_str(), time.steps), ("state", 6));

        // The same from a network that starts with the state after the first step, by differences: for an LSTM the
        // cell stays as it is.
        let norms: Vec<f64> = (1..=6).map(|step| norm_after(&case, step)).collect();
        let largest = norms.iter().copied().fold(0.0, f64::max);
        let expected = norms[0] / largest;
        let found = time.first_over_largest.unwrap();
        assert!(
            (found - expected).abs() < 1e-4 * expected.max(1e-3),
            "{kind:?}: {found}, {expected}"
        );
    }
}

/// The norm of the gradient of the loss at the hidden state after so many steps.
fn norm_after(case: &Case, step: usize) -> f64 {
    let (batch, steps, inputs, hidden) = (case.batch, case.steps, case.inputs, case.hidden);
    if step == steps {
        return case.weights[0].iter().map(|w| w * w).sum::<f64>().sqrt();
    }
    let mut before = case.clone();
    before.steps = step;
    before.arguments[0] = case.arguments[0]
        .chunks(steps * inputs)
        .flat_map(|x| x[..step * inputs].to_vec())
        .collect();
    let [_, last, cell] = before.results();
    let mut after = case.clone();
    after.steps = steps - step;
    let rest = |values: &[f64], width: usize| -> Vec<f64> {
        values
            .chunks(steps * width)
            .flat_map(|x| x[step * width..].to_vec())
            .collect()
    };
    after.arguments[0] = rest(&case.arguments[0], inputs);
    after.weights = [
        rest(&case.weights[0], hidden),
        vec![0.0; batch * hidden],
        vec![0.0; batch * hidden],
    ];
    let states = last.chunks(hidden).zip(cell.chunks(hidden));
    after.arguments[4] = states
        .flat_map(|(h, c)| {
            if case.kind == Kind::Lstm {
                [h, c].concat()
            } else {
                h.to_vec()
            }
        })
        .collect();
    let width = case.kind.states() * hidden;
    let numbers = (0..batch).flat_map(|sample| (0..hidden).map(move |unit| sample * width + unit));
    numbers
        .map(|number| after.slope(4, number).powi(2))
        .sum::<f64>()
        .sqrt()
}
