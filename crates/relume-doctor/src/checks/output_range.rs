//! Range of the output.
//!
//! # What it measures
//! The smallest loss that the activation behind the last layer allows, whatever the network before it computes:
//! that of the best outputs in its range, for the targets that were seen; and whether a ReLU there has silenced the
//! outputs.
//!
//! # Why it hurts
//! A softmax or a sigmoid before a cross-entropy that applies its own keeps all logits between 0 and 1, so that no
//! class can become likely. Before a squared error, targets outside the range can never be reached, and the outputs
//! saturate or die at its edge while they try.
//!
//! # Threshold and its source
//! Found if it is above 10 % of the loss of the best constant prediction; a fault if the network does not learn,
//! otherwise a warning. In a network that does not learn well also if a ReLU stands before a loss that takes logits,
//! before the sigmoid or softmax of one, or all outputs behind a ReLU are 0 for every sample; a warning also if it learns,
//! and single logits behind a ReLU are. Source: the smallest loss
//! follows from the definition of the loss, by the formula; 10 % is our choice, so that single targets at the edge of
//! the range are no finding.
//!
//! # What to do
//! - Take the last activation away, or use one whose range covers the targets; cross-entropy and losses "with
//!   logits" apply their own.
//! - Scale the targets of a regression into the range of the outputs.

use super::ends::{Ends, last_layer};
use super::plan::Plan;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Learning, LearningState, samples};
use crate::record::Record;
use crate::remedies::{RemedyDefinition, SCALE_TARGETS, TAKE_LAST_ACTIVATION_AWAY};
use crate::thresholds::OUT_OF_REACH;
use crate::words::{number, percent};

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&TAKE_LAST_ACTIVATION_AWAY, &SCALE_TARGETS];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    out_of_reach(record, &learning)
        .or_else(|| one_sided(record, &learning))
        .into_iter()
        .collect()
}

/// A smallest loss that is far from zero.
fn out_of_reach(record: &Record, learning: &Learning) -> Option<Finding> {
    let (floor, baseline) = record.loss_floor.as_ref().zip(record.baseline_loss)?;
    let share = floor.loss / baseline;
    if share.is_nan() || share <= OUT_OF_REACH {
        return None;
    }
    let severity = if learning.state == LearningState::DoesNotLearn {
        Severity::Fault
    } else {
        Severity::Warning
    };
    Some(Finding {
        evidence: vec![Evidence::of(
            &format!("smallest loss that {} allows", floor.activation),
            floor.loss,
            Some(OUT_OF_REACH * baseline),
            "loss",
        )],
        samples: samples(record),
        certainty: "follows from the definition of the loss and the targets seen".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "output_range",
            severity,
            format!(
                "with {} behind the last layer the loss cannot fall below {}, {} of that of the best constant prediction{}",
                floor.activation,
                number(floor.loss),
                percent(share),
                learning.words()
            ),
        )
    })
}

/// A ReLU behind the last layer, before a loss that takes logits, or with outputs that are silent.
fn one_sided(record: &Record, learning: &Learning) -> Option<Finding> {
    let ends = Ends::of(record)?;
    if ends.activation() != Some(RELU) {
        return None;
    }
    let logits = [
        "log_softmax",
        "binary_cross_entropy_with_logits",
        "sigmoid",
        "softmax",
    ];
    let before_logits = logits
        .iter()
        .any(|name| ends.loss.operations.get(1).is_some_and(|next| next == name));
    let (silent, units) = silent_outputs(record).unwrap_or((0, 1));
    // A class whose logit is 0 whatever the input is lost to a network that learns the others.
    let severity = match learning.severity_of_disorder() {
        None if before_logits && silent > 0 => Severity::Warning,
        severity => severity?,
    };
    let what = match () {
        () if silent >= units || (before_logits && silent > 0) => {
            format!("{silent} of the {units} outputs are 0 for every sample: no gradient reaches them")
        }
        () if before_logits => "it takes logits, which must be able to fall below 0".to_owned(),
        () => return None,
    };
    Some(Finding {
        evidence: vec![Evidence::of(
            "outputs that are 0 for every sample",
            silent as f64,
            Some(units as f64),
            "units",
        )],
        samples: samples(record),
        certainty: "follows from the operations behind the last layer".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "output_range",
            severity,
            format!(
                "a relu stands behind the last layer, before the loss: {what}{}",
                learning.words()
            ),
        )
    })
}

const RELU: &str = "relu";

/// How many of the outputs were silent at the end, where the last activation is theirs, and how many there are.
fn silent_outputs(record: &Record) -> Option<(usize, usize)> {
    let (place, info) = last_layer(record, RELU)?;
    let layer = record.snapshots.last()?.layers.get(place)?;
    Some((layer.silent, info.units)).filter(|_| layer.observed())
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
