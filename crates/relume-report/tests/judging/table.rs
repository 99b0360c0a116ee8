//! What people and programs see of a judgement.

use crate::fixture::trials;
use relume::cost::Timing;
use relume_doctor::{LayerInfo, LayerSnapshot, Record, Snapshot};
use relume_report::judge::{Judgement, judge};
use relume_report::study::Study;
use relume_report::table::{Terminal, json, markdown, terminal};
use relume_report::trial::Trial;

const ACTIVATIONS: [&str; 6] = [
    "identity",
    "relu",
    "leaky_relu(slope=0.01)",
    "gelu",
    "sigmoid",
    "softplus(beta=1)",
];

fn judgement() -> Judgement {
    let mut study = Study::default();
    let mut all: Vec<Trial> = Vec::new();
    for (i, activation) in ACTIVATIONS.into_iter().enumerate() {
        study.costs.insert(
            activation.into(),
            Timing {
                forward: 0.31,
                backward: 0.4 + i as f64,
            },
        );
        let mean = 0.97 - 0.004 * i as f64;
        all.extend(trials(
            activation,
            &[mean, mean + 0.002 * i as f64, mean - 0.001, mean, mean + 0.001],
        ));
    }
    for trial in &mut all {
        let layer = |gradient| LayerSnapshot {
            zeros: 0.5,
            dead: 3,
            gradient_rms: Some(gradient),
            ..Default::default()
        };
        let info = |name: &str| LayerInfo {
            name: name.into(),
            activation: "relu".into(),
            units: 64,
            fan_in: 64,
        };
        trial.record = Some(Record {
            layers: vec![info("hidden1"), info("hidden2")],
            snapshots: vec![Snapshot {
                pass: 1,
                steps: None,
                loss: Some(0.1),
                samples: 1000,
                layers: vec![layer(0.0021), layer(1.0)],
                parameters: vec![],
            }],
            ..Record::default()
        });
    }
    judge(&study, &all).unwrap()
}

#[test]
fn fits_the_width_that_there_is() {
    let judgement = judgement();
    for width in [120, 100, 80, 60] {
        let text = terminal(&judgement, Terminal { width, colour: false });
        for line in text.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
        assert!(!text.contains('\x1b'));
        for activation in ACTIVATIONS {
            assert!(text.lines().any(|l| l.starts_with(activation)), "{text}");
        }
        assert_eq!(text.contains("no room here for"), width < 120, "{text}");
    }
}

#[test]
fn shows_the_numbers() {
    let text = terminal(
        &judgement(),
        Terminal {
            width: 120,
            colour: false,
        },
    );
    let row = text.lines().find(|l| l.starts_with("gelu")).unwrap();
    for part in ["95.92 ± ", "6.0/128", "50 %", "0.0021", "3.71"] {
        assert!(row.contains(part), "{part}: {row}");
    }
    assert!(text.starts_with("digits: 6 activations, 5 seeds, 400 test samples, margin ±0.50 points"));
}

#[test]
fn colours_only_where_asked() {
    let text = terminal(
        &judgement(),
        Terminal {
            width: 100,
            colour: true,
        },
    );
    assert!(text.contains("\x1b["));
}

#[test]
fn markdown_is_a_table() {
    let text = markdown(&judgement());
    let rows: Vec<&str> = text.lines().filter(|l| l.starts_with('|')).collect();
    assert_eq!(rows.len(), 2 + ACTIVATIONS.len());
    assert!(rows.iter().all(|r| r.matches('|').count() == 12), "{text}");
    assert!(text.contains("leaky\\_relu(slope=0.01)"));
}

#[test]
fn markdown_escapes_names() {
    let judgement = judge(&Study::default(), &trials("a|b<c>", &[0.9, 0.8])).unwrap();
    assert!(markdown(&judgement).contains("a\\|b\\<c\\>"));
}

#[test]
fn json_is_the_judgement() {
    let judgement = judgement();
    let back: Judgement = serde_json::from_str(&json(&judgement)).unwrap();
    assert_eq!(back.schema, "relume-judgement/2");
    assert_eq!(back, judgement);
}
