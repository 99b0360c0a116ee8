//! Gradients that pile up.
//!
//! # What it measures
//! In how many steps of an optimiser the gradients of its step before were still there when those of the next were
//! added to them; of several optimisers, that of which most were left.
//!
//! # Why it hurts
//! Each step then follows the sum of all gradients since the beginning: it goes on in directions that are long
//! outdated, ever faster.
//!
//! # Threshold and its source
//! Found if it was so in at least 90 % of at least 10 steps in which it was looked at; a fault if the network does
//! not learn, otherwise a warning. Source: the definition of gradient descent.
//!
//! # What to do
//! - Clear the gradients before each backward pass.

use super::plan::Plan;
use crate::finding::{Evidence, Finding};
use crate::learning::{Learning, samples};
use crate::record::Record;
use crate::remedies::{RemedyDefinition, ZERO_GRADIENTS};
use crate::thresholds::{FEW_STEPS, LEFTOVERS};
use crate::words::percent;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&ZERO_GRADIENTS];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let calls = &record.setup.calls;
    let share = calls.leftovers as f64 / calls.leftovers_looked_for.max(1) as f64;
    let learning = Learning::of(record);
    if calls.leftovers_looked_for < FEW_STEPS || share < LEFTOVERS {
        return Vec::new();
    }
    vec![Finding {
        evidence: vec![Evidence::of(
            "steps that began with the gradients of the step before",
            share,
            Some(LEFTOVERS),
            "share",
        )],
        samples: samples(record),
        certainty: format!("looked at in {} steps", calls.leftovers_looked_for),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "leftover_gradients",
            learning.severity_of_mistake(),
            format!(
                "the gradients are never cleared: in {} of the steps looked at, those of the step before were still \
                 there and were added to{}",
                percent(share),
                learning.words()
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
            format!("{} %", 100.0 * LEFTOVERS),
            format!("at least {FEW_STEPS} steps"),
        ];
        documentation::assert_states(
            include_str!("leftover_gradients.rs"),
            "Threshold and its source",
            &numbers,
        );
    }
}
