//! Dropout that leaves out too much.
//!
//! # What it measures
//! The share of the values that each dropout leaves out in training.
//!
//! # Why it hurts
//! What is left is multiplied so that the mean stays: with 90 % left out a unit is 0 or ten times its value, and hardly
//! anything of a sample gets through two such layers. Often the argument was meant as the share that is kept.
//!
//! # Threshold and its source
//! Found if a dropout leaves out 80 % or more; a fault if the network does not learn, a warning where it learns slowly or
//! that is unknown, otherwise nothing. Source: N. Srivastava and others, Dropout, JMLR 15 (2014), section 7.3: the error
//! is least with 20 to 60 % left out of hidden layers and rises steeply beyond 80 %.
//!
//! # What to do
//! - Leave out less: the argument of a dropout is the share that is left out, not the one that is kept; 0.1 to 0.5 is
//!   usual.

use super::plan::Plan;
use crate::finding::{Evidence, Finding};
use crate::learning::{Learning, samples};
use crate::record::Record;
use crate::remedies::{LESS_DROPOUT, RemedyDefinition};
use crate::thresholds::LEFT_OUT;
use crate::words::percent;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&LESS_DROPOUT];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let Some(severity) = learning.severity_of_disorder() else {
        return Vec::new();
    };
    let dropouts = record.setup.dropouts.iter();
    let Some(most) = dropouts
        .filter(|dropout| dropout.share >= LEFT_OUT)
        .max_by(|a, b| a.share.total_cmp(&b.share))
    else {
        return Vec::new();
    };
    let share = percent(most.share);
    vec![Finding {
        evidence: vec![Evidence::of("left out", most.share, Some(LEFT_OUT), "share")],
        samples: samples(record),
        certainty: "as the layer is called".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "dropout",
            severity,
            format!(
                "{} leaves out {share} of its inputs{}",
                most.name,
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
        let numbers = [format!("{} %", 100.0 * LEFT_OUT)];
        documentation::assert_states(include_str!("dropout.rs"), "Threshold and its source", &numbers);
    }
}
