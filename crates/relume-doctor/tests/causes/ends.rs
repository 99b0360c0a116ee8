//! Outputs, targets and losses.

use crate::record::{constant, headline, sound, stuck, term, values};
use relume_doctor::{LossTerm, Severity, TensorFacts, diagnose};

#[test]
fn outputs_and_losses_that_do_not_fit() {
    let with = |operations: &[&str], kind: &str, shape: &[u64], targets: TensorFacts| {
        let mut record = stuck();
        let loss = record.setup.loss.as_mut().unwrap();
        loss.operations = operations.iter().map(|&o| o.to_owned()).collect();
        loss.terms = vec![term(kind)];
        record.setup.outputs.as_mut().unwrap().values.shape = shape.to_vec();
        record.setup.targets = Some(targets);
        record
    };
    let classes = || values(&[32], 0.0, 2.0);
    let coins = |shape: &[u64]| values(shape, 0.0, 1.0);
    for (record, remedy) in [
        (with(&["nll_loss"], "nll", &[32, 3], classes()), "match_loss"),
        (
            with(&["softmax", "nll_loss"], "nll", &[32, 3], classes()),
            "match_loss",
        ),
        (
            with(
                &["softmax", "log_softmax", "nll_loss"],
                "cross_entropy",
                &[32, 3],
                classes(),
            ),
            "match_loss",
        ),
        (
            with(
                &["softmax", "binary_cross_entropy"],
                "binary_cross_entropy",
                &[32, 4],
                coins(&[32, 4]),
            ),
            "match_loss",
        ),
        (
            with(
                &["softmax", "binary_cross_entropy"],
                "binary_cross_entropy",
                &[32, 1],
                coins(&[32, 1]),
            ),
            "two_sided_output",
        ),
        (
            with(
                &["binary_cross_entropy_with_logits"],
                "binary_cross_entropy_with_logits",
                &[32, 1],
                values(&[32, 1], -1.0, 1.0),
            ),
            "valid_targets",
        ),
    ] {
        headline(&record, "loss_mismatch", remedy);
    }
    for record in [
        with(&["log_softmax", "nll_loss"], "cross_entropy", &[32, 3], classes()),
        with(
            &["softmax", "log", "nll_loss"],
            "cross_entropy",
            &[32, 3],
            classes(),
        ),
        with(
            &["sigmoid", "binary_cross_entropy"],
            "binary_cross_entropy",
            &[32, 1],
            coins(&[32, 1]),
        ),
        with(&["mse_loss"], "mse", &[32, 1], values(&[32, 1], -2.0, 2.0)),
    ] {
        assert_eq!(diagnose(&record)[0].check, "not_learning");
    }
}

#[test]
fn losses_by_their_sign_axis_and_what_they_compare() {
    let with = |operations: &[&str], of: LossTerm, shape: &[u64], targets: TensorFacts| {
        let mut record = stuck();
        let loss = record.setup.loss.as_mut().unwrap();
        loss.operations = operations.iter().map(|&o| o.to_owned()).collect();
        loss.terms = vec![of];
        record.setup.outputs.as_mut().unwrap().values.shape = shape.to_vec();
        record.setup.targets = Some(targets);
        record
    };
    let turned = LossTerm {
        factor: -1.0,
        ..term("cross_entropy")
    };
    let whole = |high: f64, mean: f64, std: f64| TensorFacts {
        integral: true,
        mean: Some(mean),
        std: Some(std),
        ..values(&[32], 0.0, high)
    };
    let one_hot = TensorFacts {
        sums_to_one: true,
        ..whole(1.0, 0.1, 0.3)
    };
    let classes = whole(9.0, 4.5, 2.9);
    let cases = [
        (
            with(&["log_softmax"], turned, &[32, 10], classes.clone()),
            "minimise",
        ),
        (
            with(
                &["log_softmax"],
                term("cross_entropy_over_samples"),
                &[32, 10],
                classes.clone(),
            ),
            "axis_of_classes",
        ),
        (
            with(
                &["relu", "div", "log"],
                term("cross_entropy"),
                &[32, 10],
                classes.clone(),
            ),
            "match_loss",
        ),
        (
            with(
                &["clamp", "log"],
                term("binary_cross_entropy"),
                &[32, 1],
                whole(1.0, 0.5, 0.5),
            ),
            "match_loss",
        ),
        (
            with(&["softmax", "mse_loss"], term("mse"), &[32, 10], one_hot),
            "match_loss",
        ),
        (
            with(&["mse_loss"], term("mse"), &[32, 1], classes),
            "classes_as_classes",
        ),
    ];
    for (record, remedy) in cases {
        headline(&record, "loss_mismatch", remedy);
    }
    // Counts are whole numbers as well, and seldom large; ratings do not begin at 0.
    let ratings = TensorFacts {
        min: Some(1.0),
        ..whole(5.0, 3.0, 1.4)
    };
    for targets in [whole(9.0, 1.5, 1.2), ratings] {
        let record = with(&["mse_loss"], term("mse"), &[32, 1], targets);
        assert_eq!(diagnose(&record)[0].check, "not_learning");
    }
}

#[test]
fn a_relu_behind_the_last_layer() {
    let mut record = stuck();
    record.setup.loss.as_mut().unwrap().operations =
        vec!["relu".into(), "log_softmax".into(), "nll_loss".into()];
    headline(&record, "output_range", "take_last_activation_away");
    record.course.losses = sound().course.losses;
    assert_eq!(diagnose(&record), [], "some learn all the same");
}

#[test]
fn shapes_that_were_stretched() {
    let mut record = stuck();
    record.setup.loss.as_mut().unwrap().broadcast = Some([vec![64], vec![64, 1]]);
    let found = headline(&record, "broadcast_shapes", "match_shapes");
    assert_eq!(found.evidence[0].value, Some(64.0));
    assert!(found.summary.contains("(64,)"), "{}", found.summary);
}

#[test]
fn outputs_that_ignore_the_inputs() {
    let mut record = stuck();
    record.setup.outputs.as_mut().unwrap().spread = Some(constant(1e-7));
    headline(&record, "constant_output", "overfit_one_batch");
}

#[test]
fn a_divergence_that_outweighs_the_reconstruction() {
    let weighed = |reconstruction: f64, mut record: relume_doctor::Record| {
        let of = |kind: &str, factor, baseline| LossTerm {
            factor,
            baseline: Some(baseline),
            ..term(kind)
        };
        let terms = vec![of("mse", reconstruction, 1.1), of("kl_divergence", 5.0, 0.0)];
        record.setup.loss.as_mut().unwrap().terms = terms;
        record
    };
    headline(&weighed(1.0, stuck()), "outweighed_loss", "weigh_terms");
    assert_eq!(diagnose(&weighed(256.0, stuck()))[0].check, "not_learning");
    assert_eq!(diagnose(&weighed(1.0, sound())), []);
}

#[test]
fn a_relu_before_logits_that_silences_a_class() {
    let with = |silent: usize| {
        let mut record = sound();
        let loss = record.setup.loss.as_mut().unwrap();
        loss.operations.insert(0, "relu".into());
        record.layers = vec![relume_doctor::LayerInfo {
            name: "out".into(),
            activation: "relu".into(),
            units: 3,
            fan_in: 16,
        }];
        for snapshot in &mut record.snapshots {
            snapshot.layers = vec![relume_doctor::LayerSnapshot {
                silent,
                dead: silent,
                zeros: 0.4,
                output_rms: Some(1.0),
                ..relume_doctor::LayerSnapshot::default()
            }];
        }
        diagnose(&record)
    };
    let found = with(1);
    assert_eq!(
        (found[0].check.as_str(), found[0].severity),
        ("output_range", Severity::Warning)
    );
    assert!(
        found[0].summary.contains("1 of the 3 outputs"),
        "{}",
        found[0].summary
    );
    assert_eq!(with(0), []);
}

#[test]
fn a_term_that_drowns_in_another() {
    let weighed = |kind: &str, value: f64, constant: f64| {
        let mut record = sound();
        // Less than half of the loss is learnt.
        record.course.losses = crate::record::losses(|step| 1.1 - 0.02 * step.sqrt());
        let of = |kind: &str, value, baseline| LossTerm {
            value: Some(value),
            baseline: Some(baseline),
            ..term(kind)
        };
        let terms = vec![of("cross_entropy", 0.3, 1.1), of(kind, value, constant)];
        record.setup.loss.as_mut().unwrap().terms = terms;
        diagnose(&record)
    };
    assert_eq!(weighed("mse", 0.0109, 0.011)[0].check, "outweighed_loss");
    assert_eq!(weighed("mse", 0.005, 0.011), [], "it is learnt");
    assert_eq!(weighed("mse", 1.09, 1.1), [], "it counts as much as the other");
    assert_eq!(
        weighed("penalty", 0.0109, 0.011),
        [],
        "there is nothing to learn in it"
    );
}
