//! Born dead.
//!
//! # What it measures
//! The units of each layer that give zero on every sample before any training, in layers whose activation has a
//! zero branch (relu, relu6, hard_silu, a recurrent layer with relu, ...); with them, the probability that theory
//! gives a network of these widths to be born with a layer silent as a whole.
//!
//! # Why it hurts
//! A layer that is silent from the start makes the network's output constant. No gradient passes it, so the layers
//! before it never move, and training can do no more than predict the mean.
//!
//! # Threshold and its source
//! Found if at least half of a layer's units are silent on the untrained network, on enough samples that the 95 %
//! upper bound on their firing rate is at most 5 % (the rule of three, 3/n). Where the first step alone has too
//! few, the first steps of training are added: units that are silent there as well and receive no gradient are as
//! they were initialised. A fault if a whole layer is silent, otherwise a warning; nothing if the network learns
//! later on. Source: with symmetric weights and zero biases a network with hidden widths n is born dead with
//! probability at most 1 − ∏(1 − 2^-n) (Lu, Shin, Su and Karniadakis 2019); single units of wide layers are
//! practically never silent then.
//!
//! # What to do
//! - Initialise the weights by the rule that fits the activation (He for ReLU and its relatives, Glorot for tanh
//!   and sigmoid), and the biases, also those of gates, at zero.
//! - Revive dead units: draw new incoming weights, and set their biases and outgoing weights to zero.
//! - Normalise the pre-activations (batch or layer normalisation).
//! - Use an activation that has a slope near 1 where it works, and some slope on the negative side: gelu,
//!   leaky_relu, elu or silu.
//! - Make narrow layers wider, best as wide as inputs and outputs together, which suffices for any continuous
//!   function (Hanin and Sellke 2017), or the network less deep: of 3 units all are silent once in 8 times, of 10
//!   once in 1024.

use super::afflicted::Afflicted;
use super::plan::Plan;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Learning, LearningState, trained};
use crate::record::{LayerInfo, Record, Snapshot};
use crate::remedies::{ACTIVATION, INITIALISE, NORMALISE, REVIVE, RemedyDefinition, WIDER};
use crate::theory::{born_dead_bound, rule_of_three};
use crate::thresholds::{FIRING_RATE, MANY_UNITS};
use crate::words::{percent, short_list};
use relume::Activation;
use std::borrow::Cow;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&INITIALISE, &REVIVE, &NORMALISE, &ACTIVATION, &WIDER];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let Some(birth) = birth(record).filter(|_| learning.state != LearningState::Learns) else {
        return Vec::new();
    };
    let sick = silent(record, &birth);
    if sick.is_empty() {
        return Vec::new();
    }
    let when = match *birth {
        Snapshot { pass: 0, .. } => "before any training".to_owned(),
        _ => format!("from the first step on, in {},", birth.when()),
    };
    let mut evidence = sick.evidence("silent");
    let theory = probability(record);
    evidence.extend(theory.map(|p| Evidence {
        quantity: "theory, for zero biases: share of such networks born with a silent layer, at most".into(),
        value: Some(p),
        threshold: None,
        unit: "share".into(),
    }));
    evidence.extend(learning.evidence());
    let in_theory = theory.map_or(String::new(), |p| {
        format!(
            " (in theory, with zero biases, {} of such networks at most are born with one)",
            percent(p)
        )
    });
    let layers = sick.names();
    let remedies = plan(&layers, theory.is_some_and(|p| p >= 0.5)).remedies();
    vec![Finding {
        check: "born_dead".into(),
        severity: if sick.whole() > 0 && learning.state != LearningState::LearnsSlowly {
            Severity::Fault
        } else {
            Severity::Warning
        },
        summary: format!(
            "{when} {} of the {} units of {} are silent, {} of {} layers as a whole{in_theory}{}",
            sick.count(),
            sick.units(),
            short_list(&layers),
            sick.whole(),
            record.layers.len(),
            learning.words()
        ),
        layers,
        remedies,
        since: 0,
        evidence,
        samples: birth.samples,
        certainty: format!(
            "silent on all {} samples: 95 % upper bound on the firing rate {}",
            birth.samples,
            percent(rule_of_three(birth.samples))
        ),
        follows_from: None,
        prescription: Vec::new(),
    }]
}

/// What to do. Where most networks are born dead, another draw will not help, and is tried last.
fn plan(layers: &[String], most: bool) -> Plan {
    let plan = Plan::of(REMEDIES, layers);
    if most {
        plan.led_by(Some(&WIDER)).ended_by(&[&INITIALISE, &REVIVE])
    } else {
        plan
    }
}

/// Whether half of a layer's units have been silent from the first step on.
pub(super) fn found(record: &Record) -> bool {
    birth(record).is_some_and(|birth| !silent(record, &birth).is_empty())
}

/// The untrained network, together with the first steps of training where it saw too few samples by itself.
fn birth(record: &Record) -> Option<Cow<'_, Snapshot>> {
    let untrained = record.snapshots.first().filter(|s| s.pass == 0)?;
    if rule_of_three(untrained.samples) <= FIRING_RATE {
        return Some(Cow::Borrowed(untrained));
    }
    let mut both = trained(record).next()?.clone();
    both.samples = both.samples.saturating_add(untrained.samples);
    for (layer, first) in both.layers.iter_mut().zip(&untrained.layers) {
        layer.silent = layer.dead.min(first.silent);
    }
    if let (Some([first, _]), Some([start, _])) = (&mut both.steps, untrained.steps) {
        *first = start;
    }
    (rule_of_three(both.samples) <= FIRING_RATE).then_some(Cow::Owned(both))
}

/// The layers of which half of the units are silent there, by a zero branch.
fn silent<'a>(record: &'a Record, birth: &Snapshot) -> Afflicted<'a> {
    let rectified = |info: &LayerInfo| info.activation == "rnn_relu" || zero_below(&info.activation, -20.0);
    Afflicted::of(record, birth, MANY_UNITS, |info, layer| {
        if rectified(info) { layer.silent } else { 0 }
    })
}

/// The theory's bound, if all layers are of the kind it speaks of: zero for negative inputs, and only there; and not of
/// the same weights step by step in time.
fn probability(record: &Record) -> Option<f64> {
    if !record.inner.is_empty() || !record.setup.recurrent.is_empty() {
        return None;
    }
    let half = |info: &LayerInfo| zero_below(&info.activation, 0.0) && !zero_below(&info.activation, 1e-3);
    record
        .layers
        .iter()
        .all(half)
        .then(|| born_dead_bound(record.layers.iter().map(|info| info.units)))
}

/// Whether a function is exactly zero, by a branch, just below `x`.
fn zero_below(activation: &str, x: f64) -> bool {
    activation
        .parse::<Activation>()
        .is_ok_and(|f| f.value(x - 1e-6) == 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        documentation::assert_states(
            include_str!("born_dead.rs"),
            "Threshold and its source",
            &[format!("{} %", 100.0 * FIRING_RATE)],
        );
        assert_eq!(MANY_UNITS, 0.5, "the text says half");
    }
}
