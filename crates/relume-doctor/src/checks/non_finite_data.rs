//! NaN in the data.
//!
//! # What it measures
//! The first number of the whole run that was not finite: here it was one of the inputs or targets, before anything
//! in the network was.
//!
//! # Why it hurts
//! A single NaN in a sample makes the loss and every gradient of its batch NaN, and with the next step all weights;
//! nothing that is computed afterwards means anything.
//!
//! # Threshold and its source
//! Found if there was any, in the step in which it appeared first. Source: arithmetic; whatever is added to or
//! multiplied by NaN is NaN.
//!
//! # What to do
//! - Clean the data: leave out or replace what is NaN or infinite, in inputs and targets.

use super::plan::Plan;
use crate::course::Quantity;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::samples;
use crate::record::Record;
use crate::remedies::{CLEAN_DATA, RemedyDefinition};
use crate::words::list;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&CLEAN_DATA];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let first = record.course.first_non_finite.as_ref();
    let Some(first) = first.filter(|first| matches!(first.what, Quantity::Input | Quantity::Target)) else {
        return Vec::new();
    };
    let what = if first.what == Quantity::Input {
        "inputs"
    } else {
        "targets"
    };
    let rows: Vec<String> = first.samples.iter().take(8).map(u64::to_string).collect();
    let which = match first.affected {
        0 => String::new(),
        1 => format!(": sample {} of the batch", list(&rows)),
        n if n as usize > rows.len() => format!(": {n} samples of the batch, among them {}", list(&rows)),
        _ => format!(": samples {} of the batch", list(&rows)),
    };
    vec![Finding {
        evidence: vec![Evidence::of(
            &format!("NaN or infinite values in the {what}"),
            first.count as f64,
            Some(0.0),
            "values",
        )],
        samples: samples(record),
        certainty: "counted, not estimated".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "non_finite_data",
            Severity::Fault,
            format!(
                "the {what} of step {} hold NaN or infinite values{which} (counted from 0)",
                first.step
            ),
        )
    }]
}
