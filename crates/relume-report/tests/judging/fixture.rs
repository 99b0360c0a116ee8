//! Trials made up for tests, plain unless a test says otherwise.

use relume_report::trial::{Metric, Outcome, Panel, SCHEMA, SampleCounts, Scores, Task, Trial};
use std::collections::BTreeMap;

/// A trial with this test metric and nothing else remarkable.
pub(crate) fn trial(activation: &str, seed: u64, test: f64) -> Trial {
    Trial {
        schema: SCHEMA.into(),
        written_by: "a test".into(),
        panel: Panel::Main,
        activation: activation.into(),
        seed,
        task: Task {
            name: "digits".into(),
            description: "made up".into(),
            fingerprint: "f00d".into(),
            metric: Metric::Accuracy,
            samples: Some(SampleCounts {
                train: 1000,
                validation: 400,
                test: 400,
            }),
        },
        settings: BTreeMap::from([("epochs".into(), 20.into())]),
        chosen: BTreeMap::new(),
        outcome: Some(Outcome {
            epoch: Some(18),
            train: Some(0.99),
            validation: Some(test),
            test,
            validation_error: None,
            epochs_to_95: Some(3),
            scores: None,
        }),
        failure: None,
        epochs: vec![],
        record: None,
        findings: vec![],
        seconds: 0.5,
        watching: None,
        samples_per_second: Some(1e5),
    }
}

/// One trial per seed, for tests that care about spread alone.
pub(crate) fn trials(activation: &str, tests: &[f64]) -> Vec<Trial> {
    (0..)
        .zip(tests)
        .map(|(seed, &test)| trial(activation, seed, test))
        .collect()
}

/// The same trial with the scores of its test samples; the test metric becomes their mean.
pub(crate) fn scored(mut trial: Trial, samples: Vec<u32>, values: Vec<f32>) -> Trial {
    let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / values.len() as f64;
    let outcome = trial.outcome.as_mut().expect("the trial has an outcome");
    outcome.test = mean;
    outcome.scores = Some(Scores { samples, values });
    trial
}
