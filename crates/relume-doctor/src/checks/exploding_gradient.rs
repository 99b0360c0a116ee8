//! Exploding gradient.
//!
//! # What it measures
//! Two things: values that are NaN or infinite among pre-activations, outputs, gradients and the loss; and the root
//! mean square of the loss's gradient with respect to the pre-activations, in the first layer relative to the last,
//! in the pass where it is largest, with the factor per layer that makes it.
//!
//! # Why it hurts
//! A step along a huge gradient throws the weights away; the units it leaves behind are dead or saturated, or
//! numbers overflow. A NaN in the weights never heals.
//!
//! # Threshold and its source
//! Found if any value was not finite in the last pass, or in any pass of a network that does not learn; or if the
//! gradient in the first layer is above 100 times that in the last, it grows by more than a factor of 2 per layer,
//! and the network does not learn (where it learns slowly, or that is unknown, a warning). Source: the factor per
//! layer is 1 under He initialisation (He et al. 2015) and k for weights k times as large; 2 leaves room for what
//! chance does in narrow layers. The condition on learning is ours: a network that learns is not sick.
//!
//! # What to do
//! - Lower the learning rate.
//! - Clip the norm of the gradient.
//! - Initialise the weights by the rule that fits the activation (He for ReLU and its relatives, Glorot for tanh
//!   and sigmoid), and the biases, also those of gates, at zero.
//! - Normalise the pre-activations (batch or layer normalisation).
//! - Use a bounded activation such as tanh.

use super::gradient_flow::Flow;
use super::plan::Plan;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Learning, LearningState, non_finite, trained};
use crate::record::{Record, Snapshot};
use crate::remedies::{
    BOUNDED_ACTIVATION, CLIP, INITIALISE, LOWER_LEARNING_RATE, NORMALISE, RemedyDefinition,
};
use crate::thresholds::{EXPLODED, EXPLODES_PER_LAYER};
use crate::words::{number, short_list};

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[
    &LOWER_LEARNING_RATE,
    &CLIP,
    &INITIALISE,
    &NORMALISE,
    &BOUNDED_ACTIVATION,
];

/// What it may be a consequence of.
pub(super) const FOLLOWS_FROM: &[&str] = &[
    "non_finite_data",
    "loss_mismatch",
    "input_scale",
    "leftover_gradients",
    "update_size",
    "non_finite_loss",
];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let growth = growth(record, &learning);
    let Some(mut overflow) = overflow(record, &learning) else {
        return growth.into_iter().collect();
    };
    match growth {
        Some(growth) => {
            overflow.summary = format!("{}; and {}", overflow.summary, growth.summary);
            overflow.evidence.extend(growth.evidence);
            overflow.since = overflow.since.min(growth.since);
            overflow.remedies = growth.remedies;
        }
        None => overflow.summary.push_str(learning.words()),
    }
    vec![overflow]
}

/// Values that are not finite.
fn overflow(record: &Record, learning: &Learning) -> Option<Finding> {
    let lost = |s: &&Snapshot| non_finite(s) > 0 || (s.loss.is_none() && record.snapshots[0].loss.is_some());
    let first = record.snapshots.iter().find(lost)?;
    let lasts = record.snapshots.last().filter(lost).is_some();
    if learning.state == LearningState::Learns && !lasts {
        return None;
    }
    let named = record
        .layers
        .iter()
        .zip(&first.layers)
        .filter(|(_, layer)| layer.non_finite > 0);
    let layers: Vec<String> = named.map(|(info, _)| info.name.clone()).collect();
    let count = non_finite(first);
    let place = if layers.is_empty() {
        String::new()
    } else {
        format!(" in {}", short_list(&layers))
    };
    let what = if count > 0 {
        format!("{count} values{place} are")
    } else {
        "the loss is".to_owned()
    };
    Some(Finding {
        check: "exploding_gradient".into(),
        severity: Severity::Fault,
        summary: format!("{what} NaN or infinite in {}", first.when()),
        layers,
        since: first.pass,
        evidence: vec![Evidence {
            quantity: format!("NaN or infinite values in {}", first.when()),
            value: Some(count as f64),
            threshold: Some(0.0),
            unit: "values".into(),
        }],
        samples: first.samples,
        certainty: "counted, not estimated".into(),
        follows_from: None,
        prescription: Vec::new(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
    })
}

/// A gradient that grows from layer to layer on its way back.
fn growth(record: &Record, learning: &Learning) -> Option<Finding> {
    let severity = learning.severity_of_disorder()?;
    let flows = Flow::of(record);
    let exploded = |flow: &&Flow| flow.ratio > EXPLODED && flow.per_layer > EXPLODES_PER_LAYER;
    let flow = flows.last().filter(exploded)?;
    let since = flows
        .iter()
        .filter(exploded)
        .map(|flow| flow.snapshot.pass)
        .min()?;
    let [first, last] = flow.ends;
    let before = if flow.snapshot.pass == 0 {
        ", before any training"
    } else {
        ""
    };
    let mut evidence = vec![
        Evidence {
            quantity: format!("gradient in {first} over gradient in {last}"),
            value: Some(flow.ratio),
            threshold: Some(EXPLODED),
            unit: "ratio".into(),
        },
        Evidence {
            quantity: "factor per layer".into(),
            value: Some(flow.per_layer),
            threshold: Some(EXPLODES_PER_LAYER),
            unit: "ratio".into(),
        },
    ];
    evidence.extend(learning.evidence());
    let passes = trained(record).count();
    Some(Finding {
        check: "exploding_gradient".into(),
        severity,
        summary: format!(
            "the gradient grows by a factor of {} per layer in {}{before}: in {first} it is {} times that in {last}{}",
            number(flow.per_layer),
            flow.snapshot.when(),
            number(flow.ratio),
            learning.words()
        ),
        layers: flow.ends.map(str::to_owned).to_vec(),
        since,
        evidence,
        samples: flow.snapshot.samples,
        certainty: format!(
            "the largest of {} passes that could be judged, {passes} of training in all",
            flows.len()
        ),
        follows_from: None,
        prescription: Vec::new(),
        remedies: Plan::of(REMEDIES, &[])
            .led_by((since == 0).then_some(&INITIALISE))
            .remedies(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        documentation::assert_states(
            include_str!("exploding_gradient.rs"),
            "Threshold and its source",
            &[
                format!("above {EXPLODED} times"),
                format!("a factor of {EXPLODES_PER_LAYER} per layer"),
            ],
        );
    }
}
