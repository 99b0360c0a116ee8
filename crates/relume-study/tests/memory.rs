//! What the doctor sees inside of recurrent layers: the sick are found, each for its cause, and the healthy are left alone.

use relume_data::Dataset;
use relume_doctor::{InnerKind, Learning, Record, Severity};
use relume_report::trial::Trial;
use relume_study::{
    Compared, DataSpec, Initialisation, NetworkKind, NetworkSpec, Optimizer, TrialSpec, run_trial,
};

fn spec(kind: NetworkKind, activation: &str, seed: u64) -> TrialSpec {
    TrialSpec {
        activation: activation.into(),
        network: NetworkSpec {
            width: 16,
            ..NetworkSpec::of(kind)
        },
        optimizer: Optimizer::Adam,
        learning_rate: 0.003,
        clip: Some(1.0),
        batch: 32,
        epochs: 5,
        seed,
        ..TrialSpec::example()
    }
}

fn adding(length: usize, samples: usize) -> Dataset {
    let source = format!("adding(length={length}, samples={samples})");
    DataSpec::of(&source).open().unwrap().0
}

fn checks(trial: &Trial) -> Vec<(Severity, &str)> {
    let findings = trial.findings.iter();
    findings.map(|f| (f.severity, f.check.as_str())).collect()
}

fn record(trial: &Trial) -> &Record {
    trial.record.as_ref().expect("the trial was watched")
}

#[test]
fn gates_are_named_and_stand_inside_of_their_layer() {
    let data = adding(8, 100);
    let named = |kind, bidirectional, compared| {
        let mut spec = spec(kind, "softsign", 1);
        spec.network.bidirectional = bidirectional;
        spec.network.compared = compared;
        spec.epochs = 1;
        let trial = run_trial(&spec, &data, &()).unwrap();
        let record = record(&trial).clone();
        for snapshot in &record.snapshots {
            assert!(snapshot.layers.iter().all(|l| l.gradient_rms.is_some()));
        }
        record
    };
    let names = |record: &Record| -> Vec<String> {
        let layers = record.layers.iter();
        layers.map(|l| format!("{} {}", l.name, l.activation)).collect()
    };
    assert_eq!(
        names(&named(NetworkKind::Lstm, false, Compared::State)),
        [
            "recurrent1.input_gate sigmoid",
            "recurrent1.forget_gate sigmoid",
            "recurrent1.candidate softsign",
            "recurrent1.output_gate sigmoid",
            "recurrent1 softsign",
        ]
    );
    assert_eq!(
        names(&named(NetworkKind::Gru, false, Compared::Gate)),
        [
            "recurrent1.reset_gate softsign",
            "recurrent1.update_gate softsign",
            "recurrent1 tanh",
        ]
    );
    let both = named(NetworkKind::Gru, true, Compared::State);
    let kinds: Vec<_> = both
        .layers
        .iter()
        .map(|l| {
            both.inner
                .get(&l.name)
                .map(|inner| (inner.of.as_str(), inner.kind))
        })
        .collect();
    assert_eq!(
        kinds,
        [
            Some(("recurrent1.forwards", InnerKind::ResetGate)),
            Some(("recurrent1.forwards", InnerKind::UpdateGate)),
            None,
            Some(("recurrent1.backwards", InnerKind::ResetGate)),
            Some(("recurrent1.backwards", InnerKind::UpdateGate)),
            Some(("recurrent1.forwards", InnerKind::Backwards)),
        ]
    );
}

/// The forget gate begins with a bias of 1, the others with 0: by that, values around σ(1) = 0.73 and 0.5.
#[test]
fn probes_stand_at_the_gates_that_they_are_named_after() {
    let mut spec = spec(NetworkKind::Lstm, "tanh", 1);
    spec.epochs = 1;
    let trial = run_trial(&spec, &adding(8, 200), &()).unwrap();
    let untrained = &record(&trial).snapshots[0];
    assert_eq!(untrained.pass, 0);
    let size = |place: usize| untrained.layers[place].output_rms.unwrap();
    assert!((size(1) - 0.73).abs() < 0.05, "{}", size(1));
    for other in [0, 3] {
        assert!((size(other) - 0.5).abs() < 0.08, "{}", size(other));
    }
}

#[test]
fn the_gradient_by_time_step_is_kept_for_each_pass() {
    let mut spec = spec(NetworkKind::Rnn, "tanh", 1);
    spec.epochs = 3;
    let trial = run_trial(&spec, &adding(100, 200), &()).unwrap();
    let [time] = record(&trial).setup.recurrent.as_slice() else {
        panic!("one layer is recurrent");
    };
    assert_eq!((time.name.as_str(), time.steps), ("recurrent1", 100));
    let passes: Vec<_> = time
        .passes
        .iter()
        .map(|pass| (pass.at, pass.norms.len()))
        .collect();
    assert_eq!(passes, [(0, 50), (1, 50), (2, 50), (3, 50)]);
    assert!(
        time.passes
            .iter()
            .flat_map(|pass| &pass.norms)
            .all(Option::is_some)
    );
}

/// The slope of a sigmoid is at most 1/4, at each of 100 steps.
#[test]
fn a_plain_network_too_long_for_its_memory_vanishes_through_time() {
    let mut spec = spec(NetworkKind::Rnn, "sigmoid", 1);
    spec.initialisation = Initialisation::Glorot;
    let trial = run_trial(&spec, &adding(100, 1000), &()).unwrap();
    let first = &trial.findings[0];
    assert_eq!(first.check, "vanishing_gradient", "{:?}", checks(&trial));
    assert!(first.summary.contains("steps in time"), "{}", first.summary);
    assert_eq!(first.remedies[0].kind, "gated_layers");
}

#[test]
fn units_that_are_silent_at_every_step_are_born_dead() {
    let mut spec = spec(NetworkKind::Rnn, "relu", 1);
    spec.bias = -50.0;
    let trial = run_trial(&spec, &adding(20, 500), &()).unwrap();
    assert_eq!(checks(&trial)[0], (Severity::Fault, "born_dead"));
}

#[test]
fn the_healthy_are_left_alone() {
    let data = adding(10, 2000);
    for seed in 1..=5 {
        for (kind, activation, initialisation) in [
            (NetworkKind::Lstm, "tanh", Initialisation::Auto),
            (NetworkKind::Gru, "tanh", Initialisation::Auto),
            (NetworkKind::Rnn, "tanh", Initialisation::Auto),
            (NetworkKind::Rnn, "relu", Initialisation::Identity),
            (NetworkKind::Cnn1d, "relu", Initialisation::Auto),
        ] {
            for bidirectional in [false, true] {
                if bidirectional && kind == NetworkKind::Cnn1d {
                    continue;
                }
                let mut spec = spec(kind, activation, seed);
                spec.initialisation = initialisation;
                spec.network.bidirectional = bidirectional;
                let trial = run_trial(&spec, &data, &()).unwrap();
                assert!(
                    Learning::of(record(&trial)).is_shown(),
                    "{kind} {activation} {seed} {bidirectional}"
                );
                assert_eq!(checks(&trial), [], "{kind} {activation} {seed} {bidirectional}");
            }
        }
    }
}
