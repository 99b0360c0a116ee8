//! Vanishing gradient.
//!
//! # What it measures
//! The root mean square of the loss's gradient with respect to the pre-activations, in the first layer relative to
//! the last, or at the first step in time of a recurrent layer relative to the largest: the median over all passes,
//! or the first pass of a network that learns slowly if it holds in a quarter of them, and the factor per layer that
//! makes it. Passes in which a whole layer is silent are left out, because the gradient stops there for another
//! reason (see dead units).
//!
//! # Why it hurts
//! The early layers receive next to no signal: they stay as they were initialised, and the late layers have to do
//! with what these happen to pass on. Each layer multiplies the gradient by its slope and its weights; with the
//! sigmoid, whose slope is at most 1/4, the product shrinks exponentially with depth.
//!
//! # Threshold and its source
//! Found if the gradient in the first layer is below 1/100 of that in the last, it shrinks by more than one half per
//! layer, or by so small a factor in so many layers that together they make 1/100, and the network does not learn
//! (where it learns slowly, or that is unknown, a warning); if in 200 steps and more it has learnt nothing, also if
//! below 1/10. In a recurrent layer of at least 10 steps in time, if at the first of them it is below 1e-4 of the
//! largest, nothing else was seen before, and the network does not learn (where a long run leaves it open, or has
//! come less than a quarter of the way, a warning). Source: the factor per layer is 1 under He initialisation (He et
//! al. 2015) and at most about 1/4 for the sigmoid (Glorot and Bengio 2010 show the effect); one half lies between
//! the two. The condition on learning is ours: a network that learns is not sick.
//!
//! # What to do
//! - Initialise the weights by the rule that fits the activation (He for ReLU and its relatives, Glorot for tanh
//!   and sigmoid), and the biases, also those of gates, at zero.
//! - Use an activation that has a slope near 1 where it works, and some slope on the negative side: gelu,
//!   leaky_relu, elu or silu.
//! - Normalise the pre-activations (batch or layer normalisation).
//! - Add skip connections, or take away layers.
//! - Use a gated recurrent layer (LSTM, GRU), attention, or shorter sequences.

use super::gradient_flow::Flow;
use super::plan::Plan;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Failure, Learning, LearningState, samples};
use crate::record::Record;
use crate::remedies::{ACTIVATION, GATED_LAYERS, INITIALISE, NORMALISE, RemedyDefinition, SKIP_CONNECTIONS};
use crate::thresholds::{
    LONG_ENOUGH, MANY_STEPS_IN_TIME, SHRUNK, VANISHED, VANISHED_IN_TIME, VANISHES_PER_LAYER,
};
use crate::words::number;
use relume::Activation;

/// The largest slope of an activation; that of an unknown one is not known to be small.
fn steepest(activation: &str) -> f64 {
    let slopes = |f: Activation| {
        (-100..=100)
            .map(|i| f.derivative(0.1 * f64::from(i)).abs())
            .fold(0.0, f64::max)
    };
    activation.parse().map_or(f64::INFINITY, slopes)
}

fn vanished(flow: &Flow) -> bool {
    flow.ratio < VANISHED && (flow.per_layer < VANISHES_PER_LAYER || flow.trend < VANISHED)
}

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[
    &INITIALISE,
    &ACTIVATION,
    &NORMALISE,
    &SKIP_CONNECTIONS,
    &GATED_LAYERS,
];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let flows = Flow::of(record);
    // Who learns slowly may owe it to a gradient that had vanished at first, even if it has come back; not in the first
    // steps, though.
    let early = || flows.iter().filter(|flow| vanished(flow)).count() * 4 >= flows.len();
    let (typical, rank) = match learning.state {
        LearningState::LearnsSlowly => {
            let first = flows.iter().min_by_key(|flow| flow.snapshot.pass);
            (first.filter(|_| early()), "first")
        }
        _ => (flows.get(flows.len() / 2), "median"),
    };
    // Where a long run has learnt nothing at all, less is enough.
    let stuck = learning.failure == Some(Failure::NoBetterThanConstant) && learning.steps >= LONG_ENOUGH;
    let shrunk = |flow: &Flow| flow.ratio < SHRUNK && flow.per_layer < VANISHES_PER_LAYER;
    let counts = |flow: &Flow| vanished(flow) || (stuck && shrunk(flow));
    let found = learning
        .severity_of_disorder()
        .zip(typical.filter(|flow| counts(flow)));
    let Some((severity, flow)) = found else {
        return through_time(record, &learning).into_iter().collect();
    };
    let mut layers = record.layers.iter().filter(|info| record.is_in_series(info));
    let flat = layers.all(|info| steepest(&info.activation) <= VANISHES_PER_LAYER);
    let [first, last] = flow.ends;
    // No initial weights help where the functions themselves make the gradient vanish.
    let mut evidence = vec![
        Evidence {
            quantity: format!("gradient in {first} over gradient in {last}"),
            value: Some(flow.ratio),
            threshold: Some(VANISHED),
            unit: "ratio".into(),
        },
        Evidence {
            quantity: "factor per layer".into(),
            value: Some(flow.per_layer),
            threshold: Some(VANISHES_PER_LAYER),
            unit: "ratio".into(),
        },
    ];
    evidence.extend(learning.evidence());
    vec![Finding {
        check: "vanishing_gradient".into(),
        severity,
        summary: format!(
            "the gradient shrinks by a factor of {} per layer in {}: in {first} it is {} of that in {last}{}",
            number(1.0 / flow.per_layer.max(f64::MIN_POSITIVE)),
            flow.snapshot.when(),
            number(flow.ratio),
            learning.words()
        ),
        layers: flow.ends.map(str::to_owned).to_vec(),
        since: flows
            .iter()
            .filter(|flow| counts(flow))
            .map(|flow| flow.snapshot.pass)
            .min()
            .unwrap_or(0),
        evidence,
        samples: flow.snapshot.samples,
        certainty: format!(
            "the {rank} of {} passes; over all of them {} to {}",
            flows.len(),
            number(flows[0].ratio),
            number(flows[flows.len() - 1].ratio)
        ),
        follows_from: None,
        prescription: Vec::new(),
        remedies: Plan::of(REMEDIES, &[])
            .led_by(flat.then_some(&ACTIVATION))
            .remedies(),
    }]
}

/// Whether next to nothing of the gradient comes to the first layers: no rate makes up for that.
pub(super) fn is_lost(record: &Record) -> bool {
    let flows = Flow::of(record);
    flows
        .get(flows.len() / 2)
        .is_some_and(|flow| flow.ratio < VANISHED * VANISHED && vanished(flow))
}

/// Whether the gradient vanished before any training.
pub(super) fn born(record: &Record) -> bool {
    let flows = Flow::of(record);
    flows.iter().any(|flow| flow.snapshot.pass == 0 && vanished(flow))
}

/// A gradient that shrinks on its way back through the steps in time of a recurrent layer.
fn through_time(record: &Record, learning: &Learning) -> Option<Finding> {
    let hardly = learning.baseline_known && learning.steps >= LONG_ENOUGH;
    let severity = match learning.severity() {
        Some(severity) => Some(severity).filter(|&s| s == Severity::Fault || hardly),
        None => Some(Severity::Warning).filter(|_| hardly && learning.has_hardly_learnt()),
    }?;
    let mut layers = record.setup.recurrent.iter();
    let (layer, ratio) = layers.find_map(|layer| {
        let ratio = layer
            .first_over_largest
            .filter(|&ratio| ratio < VANISHED_IN_TIME)?;
        (layer.steps >= MANY_STEPS_IN_TIME).then_some((layer, ratio))
    })?;
    let mut evidence = vec![Evidence::of(
        &format!(
            "gradient at the first step in time of {}, relative to the largest",
            layer.name
        ),
        ratio,
        Some(VANISHED_IN_TIME),
        "ratio",
    )];
    evidence.extend(learning.evidence());
    Some(Finding {
        layers: vec![layer.name.clone()],
        evidence,
        samples: samples(record),
        certainty: "the median over the passes in which it was measured".into(),
        // Every recurrent network shows it to some degree: it is the cause where nothing else was seen before.
        since: record.snapshots.last().map_or(0, |last| last.pass),
        remedies: Plan::of(REMEDIES, &[]).led_by(Some(&GATED_LAYERS)).remedies(),
        ..Finding::of_network(
            "vanishing_gradient",
            severity,
            format!(
                "through {} steps in time the gradient shrinks to {} in {}: what comes first in a sequence cannot be learnt{}",
                layer.steps,
                number(ratio),
                layer.name,
                learning.words()
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        documentation::assert_states(
            include_str!("vanishing_gradient.rs"),
            "Threshold and its source",
            &[
                format!("below 1/{} of", 1.0 / VANISHED),
                format!("below 1/{}.", 1.0 / SHRUNK),
                format!("at least {MANY_STEPS_IN_TIME} steps in time"),
                format!("below {VANISHED_IN_TIME:e} of the largest"),
            ],
        );
        assert_eq!(VANISHES_PER_LAYER, 0.5, "the text says half");
    }
}
