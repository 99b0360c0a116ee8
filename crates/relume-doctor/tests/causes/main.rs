//! Causes that lie outside the layers, each by its own evidence: records made sick are found, sound ones are not.

mod ends;
mod numbers;
mod record;
mod recurrent;
mod training;

use crate::record::{STEPS, constant, headline, losses, moved, sound, stuck};
use relume_doctor::{Severity, diagnose};

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
