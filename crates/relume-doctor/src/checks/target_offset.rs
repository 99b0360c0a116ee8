//! Targets that are not the next tokens.
//!
//! # What it measures
//! Where tokens go in and classes are compared, token by token: how far ahead of a token its target lies in the same
//! sequence.
//!
//! # Why it hurts
//! A model that is to continue a text must predict the next token. If targets are the tokens that it is given, it learns
//! to copy; if they were shifted in the data and once more by the loss, it learns to leave one out.
//!
//! # Threshold and its source
//! Found if all targets are the tokens two or more places ahead, or the tokens themselves and the loss is below 2 % of
//! that of the best constant prediction; a fault if the network does not learn, otherwise a warning: what is to copy,
//! such as an autoencoder, may do so. Source: the definition of a language model; 2 % is our choice.
//!
//! # What to do
//! - Shift the targets once: let the target at each place be the next token, in the data or in the loss, not in both.

use super::plan::Plan;
use crate::finding::{Evidence, Finding};
use crate::learning::{Learning, samples};
use crate::record::Record;
use crate::remedies::{RemedyDefinition, SHIFT_ONCE};
use crate::thresholds::COPIED;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&SHIFT_ONCE];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let summary = match record.setup.targets_ahead {
        Some(0) if copies(&learning) => {
            "each target is the token that the network is given at the same place: it learns to copy".into()
        }
        Some(ahead @ 2..) => {
            format!("each target is the token {ahead} places ahead: it was shifted more than once")
        }
        _ => return Vec::new(),
    };
    let ahead = record.setup.targets_ahead.map_or(0.0, |ahead| ahead as f64);
    vec![Finding {
        evidence: vec![Evidence::of(
            "places from a token to its target",
            ahead,
            Some(1.0),
            "tokens",
        )],
        samples: samples(record),
        certainty: "the same in all steps that were looked at".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "target_offset",
            learning.severity_of_mistake(),
            format!("{summary}{}", learning.words()),
        )
    }]
}

/// Whether next to nothing of the constant's loss is left.
fn copies(learning: &Learning) -> bool {
    let ends = learning.loss.zip(learning.constant());
    ends.is_some_and(|(loss, constant)| loss < COPIED * constant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        documentation::assert_states(
            include_str!("target_offset.rs"),
            "Threshold and its source",
            &[format!("below {} %", 100.0 * COPIED)],
        );
    }
}
