//! Exploding gradient.
//!
//! # What it measures
//! Three things: values that are NaN or infinite among pre-activations, outputs, gradients and the loss; and the root
//! mean square of the loss's gradient with respect to the pre-activations, in the first layer relative to the last,
//! in the pass where it is largest, with the factor per layer that makes it; and the size of the outputs of layers
//! before any training.
//!
//! # Why it hurts
//! A step along a huge gradient throws the weights away; the units it leaves behind are dead or saturated, or
//! numbers overflow. A NaN in the weights never heals.
//!
//! # Threshold and its source
//! Found if any value was not finite in the last pass, or in any pass of a network that does not learn; or if the
//! gradient in the first layer is above 100 times that in the last, it grows by more than a factor of 2 per layer, or
//! by so small a one in so many layers (steps in time among them) that together they make a factor of 100, and the
//! network does not learn (where it learns slowly, or that is unknown, a warning); or if in a recurrent layer of at
//! least 10 steps in time it grows to 100 times what it is at the last of them, in a network that does not learn; or
//! if outputs of an untrained layer are more than 100 times as large as the inputs, or as 1 where these are smaller,
//! or more than 10 times, where the first loss is also more than 10 times that of the best constant prediction.
//! Source: the factor per layer is 1 under He initialisation (He et al. 2015) and k for weights k times as large; 2
//! leaves room for what chance does in narrow layers. The condition on learning is ours: a network that learns is not
//! sick.
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
use crate::learning::{Learning, LearningState, non_finite, samples, trained};
use crate::record::{LayerInfo, Record, Snapshot};
use crate::remedies::{
    BOUNDED_ACTIVATION, CLIP, INITIALISE, LOWER_LEARNING_RATE, NORMALISE, RemedyDefinition,
};
use crate::thresholds::{
    EXPLODED, EXPLODES_PER_LAYER, LARGE_LOSS, LARGE_OUTPUTS, LARGER_OUTPUTS, MANY_STEPS_IN_TIME,
};
use crate::words::{number, short_list};

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[
    &LOWER_LEARNING_RATE,
    &CLIP,
    &INITIALISE,
    &NORMALISE,
    &BOUNDED_ACTIVATION,
];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let growth = through_time(record, &learning).or_else(|| growth(record, &learning));
    let outputs = outputs(record, &learning);
    // What was there before any training is the cause of what came of it.
    let born = outputs.is_some() && growth.as_ref().is_none_or(|growth| growth.since > 0);
    let growth = if born { outputs } else { growth };
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

/// Outputs of a layer that are large before any training, of inputs that are not.
fn outputs(record: &Record, learning: &Learning) -> Option<Finding> {
    let severity = learning.severity_of_disorder()?;
    let (info, size, bound, untrained) = large_outputs(record, learning)?;
    let mut evidence = vec![Evidence::of(
        &format!(
            "root mean square of the outputs of {}, relative to that of the inputs",
            info.name
        ),
        size,
        Some(bound),
        "ratio",
    )];
    evidence.extend(learning.evidence());
    Some(Finding {
        layers: vec![info.name.clone()],
        evidence,
        samples: untrained.samples,
        certainty: "before any training".into(),
        remedies: Plan::of(REMEDIES, std::slice::from_ref(&info.name))
            .led_by(Some(&INITIALISE))
            .remedies(),
        ..Finding::of_network(
            "exploding_gradient",
            severity,
            format!(
                "before any training the outputs of {} are {} times as large as the inputs, and gradients with them{}",
                info.name,
                number(size),
                learning.words()
            ),
        )
    })
}

/// Whether the network was born with outputs that are too large, so that small steps are too small for its weights alone.
pub(super) fn born(record: &Record) -> bool {
    large_outputs(record, &Learning::of(record)).is_some()
}

/// The layer with the largest outputs before any training, relative to the inputs, if that is too large; with the bound.
fn large_outputs<'a>(
    record: &'a Record,
    learning: &Learning,
) -> Option<(&'a LayerInfo, f64, f64, &'a Snapshot)> {
    let untrained = record.snapshots.first().filter(|s| s.pass == 0)?;
    let inputs = record.input_rms.unwrap_or(1.0).max(1.0);
    let sizes = record.layers.iter().zip(&untrained.layers);
    let sizes = sizes.filter_map(|(info, layer)| Some((info, layer.output_rms? / inputs)));
    let (info, size) = sizes.max_by(|a, b| a.1.total_cmp(&b.1))?;
    // Where the loss says so as well, less suffices.
    let bound = match learning.first_loss.zip(learning.constant()) {
        Some((first, constant)) if first > LARGE_LOSS * constant.abs() => LARGER_OUTPUTS,
        _ => LARGE_OUTPUTS,
    };
    (size > bound).then_some((info, size, bound, untrained))
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

/// A gradient that grows on its way back through the steps in time of a recurrent layer.
fn through_time(record: &Record, learning: &Learning) -> Option<Finding> {
    let severity = learning.severity().filter(|&s| s == Severity::Fault)?;
    let mut layers = record.setup.recurrent.iter();
    let (layer, ratio) = layers.find_map(|layer| {
        let ratio = layer.largest_over_last.filter(|&ratio| ratio > EXPLODED)?;
        (layer.steps >= MANY_STEPS_IN_TIME).then_some((layer, ratio))
    })?;
    let mut evidence = vec![Evidence::of(
        &format!(
            "largest gradient at the steps in time of {}, relative to that at the last",
            layer.name
        ),
        ratio,
        Some(EXPLODED),
        "ratio",
    )];
    evidence.extend(learning.evidence());
    Some(Finding {
        layers: vec![layer.name.clone()],
        evidence,
        samples: samples(record),
        certainty: "in the first pass in which it was measured".into(),
        remedies: Plan::of(REMEDIES, std::slice::from_ref(&layer.name))
            .led_by(Some(&CLIP))
            .remedies(),
        ..Finding::of_network(
            "exploding_gradient",
            severity,
            format!(
                "through {} steps in time the gradient grows by a factor of {} in {}{}",
                layer.steps,
                number(ratio),
                layer.name,
                learning.words()
            ),
        )
    })
}

/// A gradient that grows from layer to layer on its way back.
fn growth(record: &Record, learning: &Learning) -> Option<Finding> {
    let severity = learning.severity_of_disorder()?;
    let flows = Flow::of(record);
    let grows = |flow: &Flow| flow.per_layer > EXPLODES_PER_LAYER || flow.trend > EXPLODED;
    let exploded = |flow: &&Flow| flow.ratio > EXPLODED && grows(flow);
    let flow = flows.last().filter(exploded)?;
    // What has begun to grow before any training is no consequence of it.
    let born = |flow: &&Flow| flow.snapshot.pass == 0 && flow.ratio > EXPLODED.sqrt();
    let since = flows
        .iter()
        .filter(|flow| exploded(flow) || born(flow))
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
                format!("least {MANY_STEPS_IN_TIME} steps in time it grows to {EXPLODED} times"),
                format!("a factor of {EXPLODES_PER_LAYER} per layer"),
            ],
        );
    }
}
