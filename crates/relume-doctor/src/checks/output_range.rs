//! Range of the output.
//!
//! # What it measures
//! The smallest loss that the activation behind the last layer allows, whatever the network before it computes:
//! that of the best outputs in its range, for the targets that were seen.
//!
//! # Why it hurts
//! A softmax or a sigmoid before a cross-entropy that applies its own keeps all logits between 0 and 1, so that no
//! class can become likely. Before a squared error, targets outside the range can never be reached, and the outputs
//! saturate or die at its edge while they try.
//!
//! # Threshold and its source
//! Found if it is above 10 % of the loss of the best constant prediction; a fault if the network does not learn,
//! otherwise a warning. Source: the smallest loss follows from the definition of the loss, by the formula; 10 % is
//! our choice, so that single targets at the edge of the range are no finding.
//!
//! # What to do
//! - Take the last activation away, or use one whose range covers the targets; cross-entropy and losses "with
//!   logits" apply their own.
//! - Scale the targets of a regression into the range of the outputs.

use super::plan::Plan;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Learning, LearningState, samples};
use crate::record::Record;
use crate::remedies::{RemedyDefinition, SCALE_TARGETS, TAKE_LAST_ACTIVATION_AWAY};
use crate::thresholds::OUT_OF_REACH;
use crate::words::{number, percent};

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&TAKE_LAST_ACTIVATION_AWAY, &SCALE_TARGETS];

/// What it may be a consequence of.
pub(super) const FOLLOWS_FROM: &[&str] = &["non_finite_data", "loss_mismatch"];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let Some((floor, baseline)) = record.loss_floor.as_ref().zip(record.baseline_loss) else {
        return Vec::new();
    };
    let share = floor.loss / baseline;
    if share.is_nan() || share <= OUT_OF_REACH {
        return Vec::new();
    }
    let learning = Learning::of(record);
    vec![Finding {
        check: "output_range".into(),
        severity: if learning.state == LearningState::DoesNotLearn {
            Severity::Fault
        } else {
            Severity::Warning
        },
        summary: format!(
            "with {} behind the last layer the loss cannot fall below {}, {} of that of the best constant prediction{}",
            floor.activation,
            number(floor.loss),
            percent(share),
            learning.words()
        ),
        layers: Vec::new(),
        since: 0,
        evidence: vec![Evidence {
            quantity: format!("smallest loss that {} allows", floor.activation),
            value: Some(floor.loss),
            threshold: Some(OUT_OF_REACH * baseline),
            unit: "loss".into(),
        }],
        samples: samples(record),
        certainty: "follows from the definition of the loss and the targets seen".into(),
        follows_from: None,
        prescription: Vec::new(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        let numbers = [format!("above {} %", 100.0 * OUT_OF_REACH)];
        documentation::assert_states(
            include_str!("output_range.rs"),
            "Threshold and its source",
            &numbers,
        );
    }
}
