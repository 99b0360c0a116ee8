//! Steps that go uphill.
//!
//! # What it measures
//! Whether the optimiser's step and the gradient that came back point the same way, over the steps in which this was
//! looked at.
//!
//! # Why it hurts
//! A step along the gradient makes the loss larger, and the next one larger still. So it goes where gradients are
//! multiplied by -1 before the step, where an update written by hand is added instead of subtracted, or where the
//! optimiser is told to maximise.
//!
//! # Threshold and its source
//! Found if 90 % of at least 10 steps went up, and the network does not learn. Source: a step against the gradient never
//! does; with momentum or an adaptive optimiser single steps may, where the loss is thrown to and fro; 90 % is our
//! choice.
//!
//! # What to do
//! - Turn the sign of the loss: an optimiser makes it smaller.

use super::plan::Plan;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Learning, LearningState, samples};
use crate::record::Record;
use crate::remedies::{MINIMISE, RemedyDefinition};
use crate::thresholds::{FEW_STEPS, UPHILL};
use crate::words::percent;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&MINIMISE];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let calls = &record.setup.calls;
    let share = calls.uphill as f64 / calls.directions_looked_at.max(1) as f64;
    let learning = Learning::of(record);
    let stuck = learning.state == LearningState::DoesNotLearn;
    if !stuck || calls.directions_looked_at < FEW_STEPS || share < UPHILL {
        return Vec::new();
    }
    vec![Finding {
        evidence: vec![Evidence::of(
            "steps that went up the gradient",
            share,
            Some(UPHILL),
            "share",
        )],
        samples: samples(record),
        certainty: format!("looked at in {} steps", calls.directions_looked_at),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "uphill_steps",
            Severity::Fault,
            format!(
                "{} of the optimiser's steps went along the gradient that came back, not against it: they make the loss \
                 larger",
                percent(share)
            ),
        )
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        let numbers = [
            format!("{} %", 100.0 * UPHILL),
            format!("at least {FEW_STEPS} steps"),
        ];
        documentation::assert_states(
            include_str!("uphill_steps.rs"),
            "Threshold and its source",
            &numbers,
        );
    }
}
