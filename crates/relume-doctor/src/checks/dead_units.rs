//! Dead units.
//!
//! # What it measures
//! The units of each layer that are dead in the last pass of training. A unit is silent if its output was zero on
//! every sample of the pass (for smooth functions: if its slope was below 1 % of the function's largest); it is
//! dead if it was silent and no gradient reached it either. Dead units that come back are counted as revived.
//!
//! # Why it hurts
//! A dead unit contributes nothing, and as no gradient reaches it, training cannot repair it: the network is
//! narrower than it looks. A layer that is dead as a whole makes the network's output constant and cuts all layers
//! before it off from the loss.
//!
//! # Threshold and its source
//! Found if at least half of a layer's units are dead, on enough samples that the 95 % upper bound on a silent
//! unit's firing rate is at most 1.5 % (the rule of three, 3/n: Hanley and Lippman-Hand 1983), or 5 % where a layer
//! is dead as a whole; nothing if the network learns, and where it learns slowly, only if at least 3/4 of the units
//! are dead, or they were born so. A fault if the network does not learn and that is so, or if a whole layer is dead
//! and whether it learns is unknown; otherwise a warning, because capacity is lost. Source: our choice; healthy
//! networks may lose half of a layer, and detectors that count zeros instead raise false alarms. Zeros alone are
//! never a finding.
//!
//! # What to do
//! - Lower the learning rate.
//! - Revive dead units: draw new incoming weights, and set their biases and outgoing weights to zero.
//! - Initialise the weights by the rule that fits the activation (He for ReLU and its relatives, Glorot for tanh
//!   and sigmoid), and the biases, also those of gates, at zero.
//! - Normalise the pre-activations (batch or layer normalisation).
//! - Use an activation that has a slope near 1 where it works, and some slope on the negative side: gelu,
//!   leaky_relu, elu or silu.

use super::afflicted::Afflicted;
use super::born_dead;
use super::plan::Plan;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Learning, LearningState, trained};
use crate::record::Record;
use crate::remedies::{ACTIVATION, INITIALISE, LOWER_LEARNING_RATE, NORMALISE, REVIVE, RemedyDefinition};
use crate::theory::rule_of_three;
use crate::thresholds::{FIRING_RATE, FIRING_RATE_OF_A_PART, MANY_UNITS, MOST_UNITS};
use crate::words::{percent, short_list};

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[
    &LOWER_LEARNING_RATE,
    &REVIVE,
    &INITIALISE,
    &NORMALISE,
    &ACTIVATION,
];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let Some(last) = trained(record)
        .last()
        .filter(|s| rule_of_three(s.samples) <= FIRING_RATE)
    else {
        return Vec::new();
    };
    let sick = Afflicted::of(record, last, MANY_UNITS, |_, layer| layer.dead);
    // Of a layer that is silent as a whole, fewer samples say as much, for there are many units.
    let enough = sick.whole() > 0 || rule_of_three(last.samples) <= FIRING_RATE_OF_A_PART;
    if sick.is_empty() || !enough {
        return Vec::new();
    }
    let since = Afflicted::since(record, MANY_UNITS, |_, layer| layer.dead);
    let learning = Learning::of(record);
    let many = sick.count() as f64 >= MOST_UNITS * sick.units() as f64;
    let most = sick.whole() > 0 || many || born_dead::found(record);
    let severity = match learning.state {
        LearningState::Learns => return Vec::new(),
        LearningState::LearnsSlowly if !most || !learning.has_hardly_learnt() => return Vec::new(),
        LearningState::DoesNotLearn if most => Severity::Fault,
        LearningState::NotKnownYet if sick.whole() > 0 => Severity::Fault,
        _ => Severity::Warning,
    };
    let mut evidence = sick.evidence("dead");
    let revived = last
        .layers
        .iter()
        .map(|layer| layer.revived)
        .fold(0, usize::saturating_add);
    evidence.push(Evidence {
        quantity: "units revived in the last pass".into(),
        value: Some(revived as f64),
        threshold: None,
        unit: "units".into(),
    });
    evidence.extend(learning.evidence());
    let cut = match sick.whole() {
        0 => String::new(),
        1 => "; one layer is dead as a whole and cuts off those before it".into(),
        n => format!("; {n} layers are dead as a whole and cut off those before them"),
    };
    let layers = sick.names();
    // No learning rate has silenced what was silent before the first step.
    let plan = Plan::of(REMEDIES, &layers).led_by(born_dead::found(record).then_some(&INITIALISE));
    vec![Finding {
        check: "dead_units".into(),
        severity,
        summary: format!(
            "{} of the {} units of {} are dead in {}{cut}{}",
            sick.count(),
            sick.units(),
            short_list(&layers),
            last.when(),
            learning.words()
        ),
        layers,
        remedies: plan.remedies(),
        since,
        evidence,
        samples: last.samples,
        certainty: format!(
            "each was silent on all {} samples: 95 % upper bound on its firing rate {}",
            last.samples,
            percent(rule_of_three(last.samples))
        ),
        follows_from: None,
        prescription: Vec::new(),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        documentation::assert_states(
            include_str!("dead_units.rs"),
            "Threshold and its source",
            &[FIRING_RATE, FIRING_RATE_OF_A_PART].map(|rate| format!("{} %", 100.0 * rate)),
        );
        assert_eq!(MANY_UNITS, 0.5, "the text says half");
    }
}
