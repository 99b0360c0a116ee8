//! Prescriptions as PyTorch code. That it runs is tested from Python.

use relume_doctor::{Evidence, Finding, LayerInfo, Record, Severity, checks, pytorch};

fn layer(name: &str, activation: &str) -> LayerInfo {
    LayerInfo {
        name: name.into(),
        activation: activation.into(),
        units: 4,
        fan_in: 4,
    }
}

fn record() -> Record {
    let weights = [("1", "0.weight"), ("3", "2.weight")];
    Record {
        layers: vec![
            layer("1", "relu"),
            layer("3", "tanh"),
            layer("block.relu#1", "relu"),
        ],
        weights: weights.map(|(a, b)| (a.to_owned(), b.to_owned())).into(),
        ..Record::default()
    }
}

fn finding(check: &str, layers: &[&str]) -> Finding {
    Finding {
        check: check.into(),
        severity: Severity::Fault,
        layers: layers.iter().map(|&name| name.to_owned()).collect(),
        summary: String::new(),
        evidence: Vec::new(),
        samples: 1,
        since: 0,
        certainty: String::new(),
        prescription: Vec::new(),
    }
}

/// How steps begin that ask for another architecture or another task.
const LARGER: [&str; 4] = ["Add skip", "Make narrow", "Take the last", "Scale the targets"];

#[test]
fn steps_have_code_unless_they_ask_for_more_than_a_few_lines() {
    let record = record();
    for check in checks() {
        for step in check.remedy.lines().filter_map(|line| line.strip_prefix("- ")) {
            let larger = LARGER.iter().any(|words| step.starts_with(words));
            let code = pytorch(step, &finding(check.name, &[]), &record);
            assert!(code.is_some() != larger, "{}: {step}", check.name);
        }
    }
}

#[test]
fn the_learning_rate_is_raised_where_steps_are_too_small() {
    let mut finding = finding("update_size", &[]);
    let code = |step, finding: &Finding| pytorch(step, finding, &record()).unwrap();
    assert!(code("Lower the learning rate", &finding).contains("/= 10\n"));
    assert!(code("Raise the learning rate", &finding).contains("*= 10\n"));
    finding.evidence.push(Evidence {
        quantity: "factor for the learning rate".into(),
        value: Some(1000.0),
        threshold: None,
        unit: "ratio".into(),
    });
    assert!(code("Raise the learning rate", &finding).contains("*= 1000\n"));
}

#[test]
fn only_the_layers_concerned_are_changed() {
    let (record, step) = (record(), "Use an activation with a slope");
    let code = |check, layers: &[&str]| pytorch(step, &finding(check, layers), &record).unwrap();
    assert_eq!(
        code("dead_units", &["1"]),
        "model.set_submodule(\"1\", nn.GELU())\n"
    );
    assert_eq!(
        code("dead_units", &["block.relu#1"]),
        "# in the forward of block: F.gelu instead of relu, call 1\n"
    );
    assert_eq!(
        code("vanishing_gradient", &["1", "block.relu#1"]).lines().count(),
        3
    );
    assert_eq!(
        pytorch(
            "Normalise the pre-activations",
            &finding("dead_units", &["block.relu#1"]),
            &record
        ),
        None
    );
}

#[test]
fn what_is_fixed_inside_a_recurrent_layer_is_left_alone() {
    let record = Record {
        layers: vec![
            layer("lstm", "lstm"),
            layer("lstm.cell", "tanh"),
            layer("lstm2", "tanh"),
        ],
        ..Record::default()
    };
    let code = pytorch("Use an activation", &finding("saturated_units", &[]), &record).unwrap();
    assert_eq!(code, "model.set_submodule(\"lstm2\", nn.GELU())\n");
}

#[test]
fn the_rule_of_initialisation_fits_the_activation() {
    let code = pytorch(
        "Initialise the weights",
        &finding("vanishing_gradient", &["1", "3"]),
        &record(),
    )
    .unwrap();
    let (he, glorot) = code.split_once("xavier").unwrap();
    assert!(
        he.contains("[\"0\"]")
            && he.contains("kaiming")
            && he.contains("[\"2\"]")
            && !glorot.contains("kaiming")
    );
}
