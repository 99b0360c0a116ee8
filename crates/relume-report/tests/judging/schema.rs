//! The published schema says what the program writes, and its examples can be read and judged.

use crate::fixture;
use relume::cost::Timing;
use relume_doctor::{
    Evidence, Finding, Histogram, LayerInfo, LayerSnapshot, ParameterInfo, ParameterSnapshot, Record,
    Severity, Snapshot,
};
use relume_report::judge::judge;
use relume_report::samples::{
    LONGEST_SIDE, MOST_CHANNELS, MOST_CHARACTERS, MOST_PCM, MOST_SHOWN, MOST_STEPS, MOST_VALUES, Samples,
};
use relume_report::store::Store;
use relume_report::study::Study;
use relume_report::trial::{self, Epoch, Panel, Trial};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

const SCHEMA: &str = include_str!("../../SCHEMA.md");

/// A trial in which nothing is missing, so that every field is written.
fn complete() -> Trial {
    let mut trial = fixture::scored(fixture::trial("relu", 0, 0.0), vec![4, 7], vec![1.0, 0.0]);
    let scores = trial.outcome.as_mut().and_then(|outcome| outcome.scores.as_mut());
    scores.expect("it has scores").predicted = Some(vec![Some(1), None]);
    trial.failure = Some("the loss became NaN in epoch 3".into());
    trial.watching = Some(0.02);
    trial.epochs.push(Epoch {
        epoch: 1,
        train_loss: Some(1.0),
        validation_loss: Some(1.0),
        validation: Some(0.5),
    });
    trial.record = Some(Record {
        layers: vec![LayerInfo {
            name: "hidden1".into(),
            activation: "relu".into(),
            units: 8,
            fan_in: 4,
        }],
        parameters: vec![ParameterInfo {
            name: "hidden1.weight".into(),
            elements: 32,
        }],
        snapshots: vec![Snapshot {
            pass: 1,
            steps: None,
            loss: Some(1.0),
            samples: 100,
            layers: vec![LayerSnapshot::default()],
            parameters: vec![ParameterSnapshot::default()],
        }],
        histograms: vec![Histogram::default()],
        baseline_loss: Some(2.3),
        ..Record::default()
    });
    trial.findings.push(Finding {
        check: "dead_units".into(),
        severity: Severity::Fault,
        layers: vec![],
        summary: String::new(),
        evidence: vec![Evidence {
            quantity: String::new(),
            value: None,
            threshold: None,
            unit: String::new(),
        }],
        samples: 1,
        certainty: String::new(),
        since: 0,
        follows_from: None,
        remedies: vec![],
        prescription: vec![],
    });
    trial
}

/// All names of fields, at any depth; what stands below `free` is named by the user.
fn fields(value: &Value, free: &[&str], into: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                into.insert(name.clone());
                if !free.contains(&name.as_str()) {
                    fields(inner, free, into);
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| fields(inner, free, into)),
        _ => {}
    }
}

#[test]
fn every_field_is_documented() {
    let mut names = BTreeSet::new();
    fields(
        &serde_json::to_value(complete()).unwrap(),
        &["settings", "chosen"],
        &mut names,
    );
    let mut study = Study {
        controls: vec!["unchanged".into()],
        ..Study::default()
    };
    study.costs.insert("relu".into(), Timing::default());
    fields(
        &serde_json::to_value(study).unwrap(),
        &["settings", "costs"],
        &mut names,
    );
    names.extend(["forward".to_owned(), "backward".to_owned()]);
    let mut told = crate::samples::samples();
    told.judged.steps.get_or_insert_default();
    fields(&serde_json::to_value(told).unwrap(), &[], &mut names);
    assert!(names.len() > 60, "{names:?}");
    for name in names {
        assert!(
            SCHEMA.contains(&format!("`{name}`")),
            "SCHEMA.md does not document the field {name}"
        );
    }
}

#[test]
fn every_kind_and_limit_of_samples_is_documented() {
    for limit in [
        MOST_SHOWN,
        MOST_CHARACTERS,
        LONGEST_SIDE,
        MOST_CHANNELS,
        MOST_STEPS,
        MOST_VALUES,
    ] {
        assert!(SCHEMA.contains(&format!("at most {limit}")), "{limit}");
    }
    assert_eq!(MOST_PCM, 49_152);
    assert!(SCHEMA.contains("at most 49,152"));
    for shown in crate::samples::samples().shown {
        let kind = serde_json::to_value(shown.content).unwrap()["kind"].clone();
        assert!(
            SCHEMA.contains(&format!("| `{}` |", kind.as_str().unwrap())),
            "{kind}"
        );
    }
}

#[test]
fn every_panel_is_documented() {
    for panel in [
        Panel::Main,
        Panel::Search,
        Panel::RaisedLearningRate,
        Panel::PoorInitialisation,
    ] {
        let name = serde_json::to_value(panel).unwrap();
        // People, file names and JSON call it the same.
        assert_eq!(name.as_str().unwrap(), panel.to_string());
        assert!(SCHEMA.contains(&format!("`{panel}`")), "{panel}");
    }
}

fn example(name: &str) -> &'static str {
    let (_, rest) = SCHEMA
        .split_once(&format!("<!-- example: {name} -->\n```json\n"))
        .expect("the example is there");
    rest.split_once("```").expect("it ends").0
}

#[test]
fn the_examples_can_be_read_and_judged() {
    let trial: Trial = serde_json::from_str(example("trial")).unwrap();
    let study: Study = serde_json::from_str(example("study")).unwrap();
    let samples: Samples = serde_json::from_str(example("samples")).unwrap();
    assert_eq!((samples.check(), samples.belong_to(&trial)), (Ok(()), Ok(())));
    let judgement = judge(&study, std::slice::from_ref(&trial)).unwrap();
    assert_eq!(judgement.recommendation.activation.as_deref(), Some("relu"));
    assert_eq!(
        judgement.standings[0].cost,
        Some(Timing {
            forward: 0.11,
            backward: 0.17
        })
    );
}

#[test]
fn unknown_fields_are_ignored_and_missing_ones_are_named() {
    let with = |name: &str, value: Option<Value>| {
        let mut object: serde_json::Map<String, Value> = serde_json::from_str(example("trial")).unwrap();
        match value {
            Some(value) => object.insert(name.into(), value),
            None => object.remove(name),
        };
        serde_json::from_value::<Trial>(object.into())
    };
    assert!(with("added_later", Some(1.into())).is_ok());
    assert!(with("record", Some(Value::Null)).is_ok());
    // A file from before there were answers.
    let scores = serde_json::json!({ "test": 0.5, "scores": { "samples": [1, 2], "values": [1.0, 0.0] } });
    let old = with("outcome", Some(scores)).unwrap();
    assert_eq!(old.outcome.unwrap().scores.unwrap().predicted, None);
    assert!(with("task", None).unwrap_err().to_string().contains("task"));
}

/// A folder that a program wrote before there were arms: two activations, six seeds, and a part of the search.
#[test]
fn trials_of_the_first_version_are_still_judged() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judging/first");
    let store = Store::open(&folder).unwrap();
    let (study, trials) = (store.read_study().unwrap().unwrap(), store.read_trials().unwrap());
    assert_eq!(trials.len(), 16);
    assert!(trials.iter().all(|t| t.schema == trial::SCHEMA));
    assert!(
        trials
            .iter()
            .all(|t| t.arm.activation.as_ref() == Some(&t.arm.name))
    );
    let judgement = judge(&study, &trials).unwrap();
    // What that program said.
    let rows: Vec<_> = judgement
        .standings
        .iter()
        .map(|s| (s.activation.as_str(), s.trials, s.test.unwrap().mean))
        .collect();
    assert_eq!(rows, [("elu(alpha=1)", 6, 0.5), ("relu", 6, 0.4444444444444444)]);
    assert_eq!(judgement.standings[1].chosen["learning_rate"], 0.1);
    assert_eq!(judgement.rates[0].points[0].trials, 4);
    // Written again, they are of the version of now.
    let copy = tempfile::tempdir().unwrap();
    let path = Store::create(copy.path())
        .unwrap()
        .write_trial(&trials[0])
        .unwrap();
    let text: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(
        (&text["schema"], &text["arm"]["name"]),
        (&"relume-trial/2".into(), &"elu(alpha=1)".into())
    );
    assert!(text.get("activation").is_none());
}
