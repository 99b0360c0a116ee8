//! Trials made up for tests, plain unless a test says otherwise.

use relume::cost::Timing;
use relume_doctor::{Evidence, Finding, Severity};
use relume_report::judge::{Judgement, Verdict, judge};
use relume_report::study::Study;
use relume_report::trial::{Arm, Metric, Outcome, Panel, SCHEMA, SampleCounts, Scores, Task, Trial};
use std::collections::BTreeMap;

/// A trial with this test metric and nothing else remarkable.
pub(crate) fn trial(activation: &str, seed: u64, test: f64) -> Trial {
    Trial {
        schema: SCHEMA.into(),
        written_by: "a test".into(),
        panel: Panel::Main,
        arm: Arm::of(activation),
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
    outcome.scores = Some(Scores {
        samples,
        values,
        predicted: None,
    });
    trial
}

/// A study with these costs of activations, in nanoseconds per element forward and backward together.
pub(crate) fn study(costs: &[(&str, f64)]) -> Study {
    let cost = |ns: f64| Timing {
        forward: ns / 2.0,
        backward: ns / 2.0,
    };
    Study {
        costs: costs.iter().map(|&(name, ns)| (name.into(), cost(ns))).collect(),
        ..Study::default()
    }
}

pub(crate) fn judged(study: &Study, groups: &[Vec<Trial>]) -> Judgement {
    judge(study, &groups.concat()).expect("the trials are in order")
}

pub(crate) fn verdict(judgement: &Judgement, activation: &str) -> Verdict {
    judgement.standing(activation).expect("it was judged").verdict
}

/// `mean` over eight seeds, with `spread` alternately added and taken away.
pub(crate) fn around(activation: &str, mean: f64, spread: f64) -> Vec<Trial> {
    around_over(8, activation, mean, spread)
}

/// The same over so many seeds.
pub(crate) fn around_over(seeds: usize, activation: &str, mean: f64, spread: f64) -> Vec<Trial> {
    let tests: Vec<f64> = (0..seeds)
        .map(|i| mean + if i % 2 == 0 { spread } else { -spread })
        .collect();
    trials(activation, &tests)
}

/// What a check found, and by what number.
pub(crate) fn fault(check: &str, value: f64) -> Finding {
    Finding {
        check: check.into(),
        severity: Severity::Fault,
        layers: vec!["hidden1".into()],
        summary: "made up".into(),
        evidence: vec![Evidence {
            quantity: "gradient ratio".into(),
            value: Some(value),
            threshold: Some(0.01),
            unit: "ratio".into(),
        }],
        samples: 100,
        certainty: "none".into(),
        since: 0,
        follows_from: None,
        remedies: vec![],
        prescription: vec![],
    }
}
