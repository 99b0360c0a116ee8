//! Numbers that are not finite, and inputs out of scale.

use crate::record::{STEPS, headline, sound, stuck};
use relume_doctor::{InputFacts, LossCourse, NonFinite, Quantity, diagnose};

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
