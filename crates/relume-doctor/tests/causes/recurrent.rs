//! What goes wrong inside of recurrent layers: gates that are shut, and steps in time that are no layers.

use crate::record::{headline, sound, stuck};
use relume_doctor::{Inner, InnerKind, LayerInfo, LayerSnapshot, Record, Severity, diagnose};

/// A layer of a record: its name, what it is inside of another, the size of its values and that of its gradient.
type Layer = (&'static str, Option<InnerKind>, f64, f64);

/// The same run of a network that has these layers; those inside of another belong to `rnn`.
fn with(mut record: Record, layers: &[Layer]) -> Record {
    for &(name, kind, size, gradient) in layers {
        record.layers.push(LayerInfo {
            name: name.into(),
            activation: if name.ends_with("gate") { "sigmoid" } else { "tanh" }.into(),
            units: 32,
            fan_in: 40,
        });
        if let Some(kind) = kind {
            let of = "rnn".to_owned();
            record.inner.insert(name.to_owned(), Inner { of, kind });
        }
        for snapshot in &mut record.snapshots {
            let mean = (size / (1.0 - size)).ln();
            snapshot.layers.push(LayerSnapshot {
                saturated: if mean.abs() > 6.0 { 32 } else { 0 },
                input_mean: Some(mean),
                input_std: Some(0.3),
                output_rms: Some(size),
                gradient_rms: Some(gradient),
                ..LayerSnapshot::default()
            });
        }
    }
    record
}

fn lstm([input, forget, output]: [f64; 3]) -> Vec<Layer> {
    vec![
        ("rnn.input_gate", Some(InnerKind::InputGate), input, 1e-3),
        ("rnn.forget_gate", Some(InnerKind::ForgetGate), forget, 1e-3),
        ("rnn.output_gate", Some(InnerKind::OutputGate), output, 1e-3),
        ("rnn", None, 0.5, 1e-3),
    ]
}

#[test]
fn gates_that_are_shut() {
    for (place, name) in ["rnn.input_gate", "rnn.forget_gate", "rnn.output_gate"]
        .iter()
        .enumerate()
    {
        let shut = |value: f64| {
            let mut gates = [0.5; 3];
            gates[place] = value;
            lstm(gates)
        };
        for value in [1e-12, 0.009] {
            let found = headline(&with(stuck(), &shut(value)), "shut_gates", "open_gates");
            assert_eq!(found.layers, [*name]);
            assert_eq!(found.severity, Severity::Fault);
            // Who learns without it is not sick.
            assert_eq!(diagnose(&with(sound(), &shut(value))), []);
        }
        for value in [0.011, 0.5, 0.999] {
            let findings = diagnose(&with(stuck(), &shut(value)));
            assert!(findings.iter().all(|f| f.check != "shut_gates"), "{value}");
        }
    }
}

#[test]
fn an_update_gate_is_shut_at_one_and_a_reset_gate_nowhere() {
    let gru = |reset, update| {
        let layers = [
            ("rnn.reset_gate", Some(InnerKind::ResetGate), reset, 1e-3),
            ("rnn.update_gate", Some(InnerKind::UpdateGate), update, 1e-3),
            ("rnn", None, 0.5, 1e-3),
        ];
        diagnose(&with(stuck(), &layers))
    };
    let found = gru(0.5, 0.999);
    assert_eq!(
        (found[0].check.as_str(), found[0].layers.as_slice()),
        ("shut_gates", ["rnn.update_gate".to_owned()].as_slice())
    );
    for (reset, update) in [(0.5, 0.5), (1e-9, 0.5), (0.5, 1e-9), (0.5, 0.99)] {
        let found = gru(reset, update);
        assert!(found.iter().all(|f| f.check != "shut_gates"), "{reset} {update}");
    }
}

#[test]
fn a_gate_that_was_shut_by_training_or_opened_by_it_is_no_mistake_from_the_start() {
    for opened in [false, true] {
        let mut record = with(stuck(), &lstm([0.5, 1e-9, 0.5]));
        let count = record.snapshots.len();
        let other = if opened { count - 1 } else { 0 };
        record.snapshots[other].layers[1].output_rms = Some(0.5);
        let found = diagnose(&record);
        assert!(found.iter().all(|f| f.check != "shut_gates"), "{opened}");
    }
    let mut unseen = with(stuck(), &lstm([0.5, 1e-9, 0.5]));
    unseen.snapshots[0].layers[1] = LayerSnapshot::default();
    assert!(diagnose(&unseen).iter().all(|f| f.check != "shut_gates"));
}

/// A forget gate near 1 is what a long memory is made of, and saturated.
#[test]
fn gates_that_stand_open_are_not_saturated() {
    let named = |gates| -> Vec<String> {
        let found = diagnose(&with(stuck(), &lstm(gates)));
        found.into_iter().map(|finding| finding.check).collect()
    };
    assert_eq!(named([0.5, 0.9999, 0.5]), ["not_learning"]);
    // One that is no gate is.
    let layers = [("sigmoid_gate", None, 0.9999, 1e-3)];
    assert_eq!(diagnose(&with(stuck(), &layers))[0].check, "saturated_units");
}

#[test]
fn gates_and_steps_in_time_are_not_compared_as_layers() {
    let flows = |kind: Option<InnerKind>| {
        let layers: Vec<Layer> = ["step1", "step2", "step3", "step4"]
            .iter()
            .zip([1e-7, 1e-5, 1e-3, 1e-1])
            .map(|(&name, gradient)| (name, kind, 0.5, gradient))
            .chain([("rnn", None, 0.5, 1e-1)])
            .collect();
        diagnose(&with(stuck(), &layers))[0].check.clone()
    };
    assert_eq!(flows(None), "vanishing_gradient");
    assert_eq!(flows(Some(InnerKind::Step)), "not_learning");
    assert_eq!(flows(Some(InnerKind::Sibling)), "not_learning");
}
