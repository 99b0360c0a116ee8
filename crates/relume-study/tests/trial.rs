//! One trial: it learns, it repeats itself, it says so when it breaks down.

use proptest::prelude::*;
use relume_data::Options;
use relume_report::trial::{Metric, Panel, Trial};
use relume_study::{NetworkKind, NetworkSpec, Settings, TrialSpec, run_trial};
use std::fmt::Write;

/// A small trial on the built-in digits.
fn spec(activation: &str) -> TrialSpec {
    TrialSpec {
        activation: activation.into(),
        network: NetworkSpec {
            depth: 2,
            width: 32,
            ..NetworkSpec::of(NetworkKind::Mlp)
        },
        epochs: 4,
        ..TrialSpec::example()
    }
}

fn run(spec: &TrialSpec) -> Trial {
    run_trial(spec, &relume_data::digits(), &()).unwrap()
}

#[test]
fn a_dense_network_learns_the_digits() {
    let trial = run(&spec("relu"));
    let outcome = trial.outcome.unwrap();
    assert!(outcome.test > 0.9, "accuracy {}", outcome.test);
    assert_eq!(trial.failure, None);
    assert_eq!(trial.epochs.len(), 4);
    assert_eq!(trial.panel, Panel::Main);
    let scores = outcome.scores.unwrap();
    let mean = scores.values.iter().map(|&v| f64::from(v)).sum::<f64>() / scores.values.len() as f64;
    assert_eq!(mean, outcome.test);
    assert_eq!(scores.samples.len(), trial.task.samples.unwrap().test);
}

#[test]
fn a_convolutional_network_learns_the_digits() {
    let network = NetworkSpec {
        depth: 3,
        width: 8,
        ..NetworkSpec::of(NetworkKind::Cnn)
    };
    let trial = run(&TrialSpec {
        network,
        epochs: 12,
        ..spec("relu")
    });
    assert!(trial.outcome.unwrap().test > 0.9);
    let names: Vec<String> = trial
        .record
        .unwrap()
        .layers
        .into_iter()
        .map(|layer| layer.name)
        .collect();
    assert_eq!(names, ["conv1", "conv2", "hidden1"]);
}

#[test]
fn a_specification_determines_its_trial() {
    let (first, second, other) = (
        run(&spec("gelu")),
        run(&spec("gelu")),
        run(&TrialSpec {
            seed: 1,
            ..spec("gelu")
        }),
    );
    assert_eq!(first.epochs, second.epochs);
    assert_eq!(first.outcome, second.outcome);
    assert_eq!(first.record, second.record);
    assert_ne!(first.epochs, other.epochs);
}

#[test]
fn every_layer_and_parameter_is_watched_from_before_the_first_epoch() {
    let record = run(&spec("relu")).record.unwrap();
    let passes: Vec<usize> = record.snapshots.iter().map(|snapshot| snapshot.pass).collect();
    assert_eq!(passes, [0, 1, 2, 3, 4]);
    let names: Vec<&str> = record
        .parameters
        .iter()
        .map(|parameter| parameter.name.as_str())
        .collect();
    let expected = [
        "hidden1.weight",
        "hidden1.bias",
        "hidden2.weight",
        "hidden2.bias",
        "output.weight",
        "output.bias",
    ];
    assert_eq!(names, expected);
    for snapshot in &record.snapshots[1..] {
        assert!(
            snapshot
                .layers
                .iter()
                .all(|layer| layer.gradient_rms.unwrap() > 0.0)
        );
        assert!(
            snapshot
                .parameters
                .iter()
                .all(|parameter| parameter.gradient_rms.unwrap() > 0.0)
        );
        assert!(
            snapshot
                .parameters
                .iter()
                .all(|parameter| parameter.update_ratio.is_some())
        );
    }
    let loss = |pass: usize| record.snapshots[pass].loss.unwrap();
    assert!(loss(4) < 0.5 * loss(0));
}

#[test]
fn a_loss_that_leaves_the_numbers_ends_the_trial_in_words() {
    let trial = run(&TrialSpec {
        learning_rate: 1e30,
        ..spec("identity")
    });
    assert!(trial.failure.unwrap().contains("epoch"));
    assert!(
        trial
            .findings
            .iter()
            .any(|finding| finding.check == "exploding_gradient")
    );
}

#[test]
fn a_number_is_predicted_too() {
    let mut table = "a,b,y\n".to_string();
    for i in 0..400 {
        let (a, b) = (f64::from(i % 20) / 10.0 - 1.0, f64::from(i / 20) / 10.0 - 1.0);
        writeln!(table, "{a},{b},{}", (3.0 * a).sin() + b * b).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    std::fs::write(&path, table).unwrap();
    let data = relume_data::open(path.to_str().unwrap(), &Options::default()).unwrap();
    let trial = run_trial(
        &TrialSpec {
            epochs: 30,
            ..spec("tanh")
        },
        &data,
        &(),
    )
    .unwrap();
    assert_eq!(trial.task.metric, Metric::R2);
    let r2 = trial.outcome.unwrap().test;
    assert!(r2 > 0.9, "R² {r2}");
}

#[test]
fn a_specification_survives_its_file() {
    let spec = TrialSpec {
        learning_rate: 0.1 + 0.2,
        ..spec("leaky_relu(slope=0.2)")
    };
    assert_eq!(TrialSpec::from_json("spec.json", &spec.to_json()).unwrap(), spec);
}

#[test]
fn a_bad_specification_is_refused_with_its_name_and_reason() {
    let message = |text: &str| TrialSpec::from_json("spec.json", text).unwrap_err().to_string();
    let good = spec("relu").to_json();
    for (text, part) in [
        (good[..good.len() / 2].to_string(), "EOF"),
        (
            good.replace("relume-trial-spec/1", "relume-trial-spec/9"),
            "relume-trial-spec/9",
        ),
        (good.replace("\"width\"", "\"widht\""), "widht"),
        (good.replace("\"batch\": 64", "\"batch\": 0"), "batch"),
        ("[]".to_string(), "schema"),
    ] {
        assert!(message(&text).contains(part), "{}", message(&text));
    }
}

#[test]
fn the_default_study_is_sound() {
    for kind in [NetworkKind::Mlp, NetworkKind::Cnn] {
        let settings = Settings::new(kind, "digits");
        settings.check().unwrap();
        assert!(settings.activations.len() > 12);
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in ".{0,200}") {
        let _ = TrialSpec::from_json("spec.json", &text);
    }
}
