//! Causes that lie outside the layers, each by its own evidence: records made sick are found, sound ones are not.

use relume_doctor::{
    Course, Finding, InputFacts, LossCourse, LossFacts, LossTerm, NonFinite, OptimizerFacts, OutputFacts,
    ParameterCourse, ParameterInfo, ParameterSnapshot, Quantity, Range, Record, Setup, Severity, Snapshot,
    TensorFacts, diagnose,
};

const STEPS: u64 = 200;

/// A sound run: its loss falls from 2 to 0.2 of a constant's 1.1, both layers move.
fn sound() -> Record {
    let names = ["0.weight", "0.bias", "2.weight", "2.bias"];
    let parameters = names.map(|name| ParameterCourse {
        name: name.into(),
        shape: if name.ends_with("weight") {
            vec![16, 8]
        } else {
            vec![16]
        },
        held: true,
        steps: STEPS,
        rows_equal: Some(false),
        ..ParameterCourse::default()
    });
    let snapshot = |pass: usize, steps, loss| Snapshot {
        pass,
        steps: Some(steps),
        loss: Some(loss),
        samples: 6400,
        layers: vec![],
        parameters: if pass == 0 { vec![] } else { vec![moved(1e-3); 4] },
    };
    Record {
        parameters: names
            .map(|name| ParameterInfo {
                name: name.into(),
                elements: 128,
            })
            .to_vec(),
        snapshots: vec![
            snapshot(0, [0, 0], 2.0),
            snapshot(1, [1, 99], 1.0),
            snapshot(2, [100, STEPS - 1], 0.3),
        ],
        baseline_loss: Some(1.1),
        course: Course {
            losses: losses(|step| 0.2 + 1.8 * (-0.03 * step).exp()),
            parameters: parameters.to_vec(),
            ..Course::default()
        },
        setup: Setup {
            optimizers: vec![OptimizerFacts {
                name: "SGD".into(),
                steps: STEPS,
                learning_rate: Some(constant(0.1)),
                held: 4,
                ..OptimizerFacts::default()
            }],
            calls: relume_doctor::Calls {
                forward: STEPS,
                backward: STEPS,
                optimizer: STEPS,
                leftovers_looked_for: STEPS,
                leftovers: 0,
            },
            outputs: Some(OutputFacts {
                values: values(&[32, 3], -4.0, 4.0),
                spread: Some(constant(0.9)),
            }),
            targets: Some(values(&[32], 0.0, 2.0)),
            loss: Some(LossFacts {
                terms: vec![term("cross_entropy")],
                reaches_network: true,
                operations: vec!["log_softmax".into(), "nll_loss".into()],
                ..LossFacts::default()
            }),
            ..Setup::default()
        },
        ..Record::default()
    }
}

fn moved(step: f64) -> ParameterSnapshot {
    ParameterSnapshot {
        gradient_rms: Some(1e-3),
        update_ratio: Some(step),
        update_peak: Some(2.0 * step),
        non_finite: 0,
    }
}

fn constant(x: f64) -> Range {
    Range {
        first: x,
        last: x,
        min: x,
        max: x,
    }
}

fn values(shape: &[u64], min: f64, max: f64) -> TensorFacts {
    TensorFacts {
        shape: shape.to_vec(),
        min: Some(min),
        max: Some(max),
        mean: Some(0.5 * (min + max)),
        std: Some(0.3 * (max - min)),
        steps: 20,
        ..TensorFacts::default()
    }
}

fn term(kind: &str) -> LossTerm {
    LossTerm {
        kind: kind.into(),
        known: true,
        factor: 1.0,
        value: Some(0.5),
        ..LossTerm::default()
    }
}

/// A course with some noise.
fn losses(loss: impl Fn(f64) -> f64) -> LossCourse {
    let mut course = LossCourse::default();
    for step in 0..STEPS {
        let noise = 0.05 * ((step * 7919 % 100) as f64 / 50.0 - 1.0);
        course.take(step, loss(step as f64) * (1.0 + noise));
    }
    course
}

/// The same run, which learns nothing.
fn stuck() -> Record {
    let mut record = sound();
    record.course.losses = losses(|_| 1.11);
    record
}

/// The first finding, which is to be of this check and a fault, and to prescribe this first.
fn headline(record: &Record, check: &str, remedy: &str) -> Finding {
    let findings = diagnose(record);
    let first = findings.first().unwrap_or_else(|| panic!("nothing found"));
    assert_eq!(first.check, check, "{findings:#?}");
    assert_eq!(first.severity, Severity::Fault, "{first:#?}");
    assert_eq!(first.remedies[0].kind, remedy, "{first:#?}");
    assert!(first.samples > 0 && !first.certainty.is_empty());
    for other in &findings[1..] {
        assert!(
            other.follows_from.is_none() || other.remedies.is_empty(),
            "{other:#?}"
        );
    }
    first.clone()
}

#[test]
fn a_sound_run_has_no_finding() {
    assert_eq!(diagnose(&sound()), []);
}

#[test]
fn not_learning_is_a_finding_of_its_own() {
    let found = headline(&stuck(), "not_learning", "overfit_one_batch");
    assert!(found.summary.contains("1.1"), "{}", found.summary);
    // Without a baseline it is a warning, and only if the loss has not moved.
    let mut record = stuck();
    record.baseline_loss = None;
    record.course.losses = losses(|_| 1.0);
    // The noise of 5 % leaves less than 2 % of doubt over 20 steps.
    let findings = diagnose(&record);
    assert_eq!((findings.len(), findings[0].severity), (1, Severity::Warning));
}

#[test]
fn a_forgotten_step() {
    let mut record = stuck();
    record.setup.calls.optimizer = 0;
    record.setup.optimizers.clear();
    for snapshot in &mut record.snapshots {
        snapshot.parameters.clear();
    }
    headline(&record, "no_optimizer_step", "call_step");
    // A loop that changes the weights by hand shows it by learning.
    record.course.losses = sound().course.losses;
    assert_eq!(diagnose(&record), []);
}

#[test]
fn an_optimiser_of_other_parameters() {
    let mut record = stuck();
    record.setup.optimizers[0].held = 0;
    record.setup.optimizers[0].foreign = 4;
    for parameter in &mut record.course.parameters {
        parameter.held = false;
    }
    for snapshot in &mut record.snapshots {
        snapshot.parameters.clear();
    }
    let found = headline(&record, "optimizer_parameters", "give_parameters");
    assert!(found.summary.contains("4 of the 4"), "{}", found.summary);
    // To train the last layer alone is nothing wrong.
    let mut tuned = sound();
    for parameter in &mut tuned.course.parameters[..2] {
        parameter.held = false;
    }
    assert_eq!(diagnose(&tuned), []);
}

#[test]
fn a_rate_of_zero() {
    let mut record = stuck();
    record.setup.optimizers[0].learning_rate = Some(constant(0.0));
    for snapshot in &mut record.snapshots[1..] {
        snapshot.parameters = vec![moved(0.0); 4];
    }
    let found = headline(&record, "update_size", "raise_learning_rate");
    assert!(
        found.summary.contains("the learning rate is 0"),
        "{}",
        found.summary
    );
    assert!(
        found.prescription[0].ends_with("Here: it is 0."),
        "{:?}",
        found.prescription
    );
}

#[test]
fn a_rate_that_moves_nothing_is_raised_within_what_is_usual() {
    let mut record = stuck();
    record.setup.optimizers[0].learning_rate = Some(constant(1e-6));
    for snapshot in &mut record.snapshots[1..] {
        snapshot.parameters = vec![moved(1e-9); 4];
    }
    let found = headline(&record, "update_size", "raise_learning_rate");
    assert!(found.summary.contains("too small"), "{}", found.summary);
    assert_eq!(found.remedies[0].value, Some(1e6));
    record.setup.optimizers[0].betas = Some([0.9, 0.999]);
    let adam = headline(&record, "update_size", "raise_learning_rate");
    assert_eq!(adam.remedies[0].value, Some(1e4));
    assert!(
        adam.remedies.iter().all(|remedy| remedy.kind != "optimiser"),
        "it is Adam already"
    );
}

#[test]
fn a_rate_that_kills_late() {
    let mut record = sound();
    record.course.losses = losses(|step| {
        if step < 140.0 {
            1.1 * (-0.02 * step).exp()
        } else {
            1.3
        }
    });
    let found = headline(&record, "update_size", "lower_learning_rate");
    assert!(found.summary.contains("thrown up again"), "{}", found.summary);
}

#[test]
fn no_gradient_and_one_that_is_cut_off() {
    let mut record = stuck();
    for parameter in &mut record.course.parameters {
        parameter.zero = STEPS;
    }
    headline(&record, "no_gradient", "differentiable_loss");
    let mut record = stuck();
    for parameter in &mut record.course.parameters[..2] {
        (parameter.steps, parameter.missing) = (0, STEPS);
    }
    let found = headline(&record, "cut_gradient", "keep_connected");
    assert!(
        found.summary.contains("0.weight and 0.bias") && found.summary.contains("2.weight"),
        "{}",
        found.summary
    );
    // Frozen layers, and those that no optimiser holds, are meant so.
    let mut frozen = sound();
    for parameter in &mut frozen.course.parameters[..2] {
        (parameter.steps, parameter.missing, parameter.held) = (0, STEPS, false);
    }
    assert_eq!(diagnose(&frozen), []);
}

#[test]
fn gradients_that_pile_up() {
    let mut record = stuck();
    record.setup.calls.leftovers = STEPS - 1;
    headline(&record, "leftover_gradients", "zero_gradients");
    let mut record = sound();
    record.setup.calls.leftovers = STEPS / 10;
    assert_eq!(diagnose(&record), []);
}

#[test]
fn units_that_are_all_the_same() {
    let mut record = stuck();
    record.course.parameters[0].rows_equal = Some(true);
    headline(&record, "symmetric_units", "initialise");
    // A last layer may begin at zero.
    let mut record = stuck();
    record.course.parameters[2].rows_equal = Some(true);
    assert_eq!(diagnose(&record)[0].check, "not_learning");
    // So may others, such as one of two factors; but not all.
    for (equal, check) in [([true, false], "not_learning"), ([true, true], "symmetric_units")] {
        let mut record = stuck();
        for (i, equal) in equal.into_iter().enumerate() {
            record.course.parameters[2 * i].rows_equal_at_first = Some(equal);
        }
        assert_eq!(diagnose(&record)[0].check, check);
    }
}

#[test]
fn nan_is_traced_to_where_it_was_first() {
    let lost = |what, name: &str| {
        let mut record = sound();
        record.course.losses = LossCourse::default();
        for step in 0..STEPS {
            record
                .course
                .losses
                .take(step, if step < 30 { 1.0 } else { f64::NAN });
        }
        record.course.first_non_finite = Some(NonFinite {
            step: 30,
            what,
            name: name.into(),
            count: 2,
            samples: vec![7, 12],
            affected: 2,
            batch: 32,
        });
        record
    };
    let found = headline(&lost(Quantity::Input, ""), "non_finite_data", "clean_data");
    assert!(
        found.summary.contains("step 30") && found.summary.contains("samples 7 and 12"),
        "{}",
        found.summary
    );
    let found = headline(&lost(Quantity::Output, "log"), "non_finite_loss", "stable_loss");
    assert!(found.summary.contains("step 30, in log,"), "{}", found.summary);
    let found = headline(
        &lost(Quantity::Gradient, "0.weight"),
        "non_finite_loss",
        "stable_loss",
    );
    assert!(
        found.summary.contains("while the loss was finite"),
        "{}",
        found.summary
    );
    // What explodes has grown before.
    let mut exploded = lost(Quantity::Gradient, "0.weight");
    exploded.course.parameters[0].max = Some(1e12);
    assert_eq!(diagnose(&exploded)[0].check, "not_learning");
}

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
fn layers_without_an_activation_between_them() {
    let mut record = stuck();
    record.course.parameters[0].shape = vec![16, 8];
    record.course.parameters[2].shape = vec![3, 16];
    headline(&record, "missing_activation", "add_activations");
    record.course.losses = sound().course.losses;
    assert_eq!(diagnose(&record), [], "a linear network may learn");
}

#[test]
fn parameters_that_the_module_does_not_know() {
    let mut record = stuck();
    record.setup.unregistered = vec![vec![16, 8]];
    headline(&record, "unregistered_parameters", "register");
    let mut learns = sound();
    learns.setup.unregistered = vec![vec![16, 8]];
    assert_eq!(diagnose(&learns), []);
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
fn inputs_out_of_scale_unless_they_are_normalised_first() {
    let mut record = stuck();
    record.input_rms = Some(130.0);
    headline(&record, "input_scale", "standardise");
    record.setup.inputs = Some(InputFacts {
        normalised_by: Some("0".into()),
        ..InputFacts::default()
    });
    assert_eq!(diagnose(&record)[0].check, "not_learning");
    let mut record = stuck();
    record.setup.inputs = Some(InputFacts {
        columns: Some(relume_doctor::Columns {
            count: 8,
            constant: 0,
            median_rms: 1.0,
            largest: 3,
            largest_rms: 4000.0,
            wild: 1,
        }),
        ..InputFacts::default()
    });
    let found = headline(&record, "input_scale", "standardise");
    assert!(found.summary.contains("column 3"), "{}", found.summary);
}

#[test]
fn outputs_that_ignore_the_inputs() {
    let mut record = stuck();
    record.setup.outputs.as_mut().unwrap().spread = Some(constant(1e-7));
    headline(&record, "constant_output", "overfit_one_batch");
}

#[test]
fn what_follows_from_a_cause_stands_below_it_and_prescribes_nothing() {
    let mut record = stuck();
    record.setup.calls.leftovers = STEPS - 1;
    record.setup.outputs.as_mut().unwrap().spread = Some(constant(1e-7));
    for snapshot in &mut record.snapshots[1..] {
        snapshot.parameters = vec![moved(0.5); 4];
    }
    let findings = diagnose(&record);
    let names: Vec<&str> = findings.iter().map(|f| f.check.as_str()).collect();
    assert_eq!(
        names,
        [
            "leftover_gradients",
            "update_size",
            "constant_output",
            "not_learning"
        ]
    );
    for finding in &findings[1..] {
        assert_eq!(finding.follows_from.as_deref(), Some("leftover_gradients"));
        assert!(finding.remedies.is_empty() && finding.prescription.is_empty());
    }
}
