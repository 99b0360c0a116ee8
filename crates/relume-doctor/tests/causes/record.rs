//! A record of a sound run, and what makes it sick.

use relume_doctor::{
    Course, Finding, LossCourse, LossFacts, LossTerm, OptimizerFacts, OutputFacts, ParameterCourse,
    ParameterInfo, ParameterSnapshot, Range, Record, Setup, Severity, Snapshot, TensorFacts, diagnose,
};

pub(crate) const STEPS: u64 = 200;

/// A sound run: its loss falls from 2 to 0.2 of a constant's 1.1, both layers move.
pub(crate) fn sound() -> Record {
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
                directions_looked_at: 20,
                ..relume_doctor::Calls::default()
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

pub(crate) fn moved(step: f64) -> ParameterSnapshot {
    ParameterSnapshot {
        gradient_rms: Some(1e-3),
        update_ratio: Some(step),
        update_peak: Some(2.0 * step),
        non_finite: 0,
    }
}

pub(crate) fn constant(x: f64) -> Range {
    Range {
        first: x,
        last: x,
        min: x,
        max: x,
    }
}

pub(crate) fn values(shape: &[u64], min: f64, max: f64) -> TensorFacts {
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

pub(crate) fn term(kind: &str) -> LossTerm {
    LossTerm {
        kind: kind.into(),
        known: true,
        factor: 1.0,
        value: Some(0.5),
        ..LossTerm::default()
    }
}

/// A course with some noise.
pub(crate) fn losses(loss: impl Fn(f64) -> f64) -> LossCourse {
    let mut course = LossCourse::default();
    for step in 0..STEPS {
        let noise = 0.05 * ((step * 7919 % 100) as f64 / 50.0 - 1.0);
        course.take(step, loss(step as f64) * (1.0 + noise));
    }
    course
}

/// The same run, which learns nothing. Its outputs differ so little that it does not seem to work.
pub(crate) fn stuck() -> Record {
    let mut record = sound();
    record.setup.outputs.as_mut().unwrap().spread = Some(constant(0.005));
    record.course.losses = losses(|_| 1.11);
    record
}

/// The first finding, which is to be of this check and a fault, and to prescribe this first.
pub(crate) fn headline(record: &Record, check: &str, remedy: &str) -> Finding {
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
