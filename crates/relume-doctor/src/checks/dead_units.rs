//! Dead units.
//!
//! # What it measures
//! The units of each layer that are dead in the last pass of training. A unit is silent if its output was zero
//! on every sample of the pass (for smooth functions: if its slope was below 1 % of the function's largest);
//! it is dead if it was silent and no gradient reached it either. Dead units that come back are counted as
//! revived.
//!
//! # Why it hurts
//! A dead unit contributes nothing, and as no gradient reaches it, training cannot repair it: the network is
//! narrower than it looks. A layer that is dead as a whole makes the network's output constant and cuts all
//! layers before it off from the loss.
//!
//! # Threshold and its source
//! Found if at least half of a layer's units are dead, on enough samples that the 95 % upper bound on a silent
//! unit's firing rate is at most 5 % (the rule of three, 3/n: Hanley and Lippman-Hand 1983). A fault if the
//! network does not learn, or if a whole layer is dead and whether it learns is unknown; otherwise a warning,
//! because capacity is lost. Source: our choice; healthy networks have a few dead units, and detectors that
//! count zeros instead raise false alarms. Zeros alone are never a finding.
//!
//! # What to do
//! - Lower the learning rate, or raise it slowly over the first steps: one large step can push a unit's bias so
//!   far down that no sample reaches it again.
//! - Revive dead units: draw new incoming weights, and set their biases and outgoing weights to zero.
//! - Start biases at zero, and initialise weights by He's rule.
//! - Normalise the pre-activations (batch or layer normalisation), and standardise the inputs.
//! - Use an activation with a slope on the negative side: leaky_relu, elu, gelu or silu.

use super::afflicted::Afflicted;
use super::learning::{Learning, Verdict, trained};
use super::{born_dead, doc};
use crate::finding::{Evidence, Finding, Severity};
use crate::record::Record;
use crate::theory::rule_of_three;
use crate::words::{percent, short_list};

/// The share of a layer's units that are dead, from which on it is a finding.
const SHARE: f64 = 0.5;

/// With an upper bound on the firing rate above this, there were too few samples to call a unit dead.
const BOUND: f64 = 0.05;

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let Some(last) = trained(record)
        .last()
        .filter(|s| rule_of_three(s.samples) <= BOUND)
    else {
        return Vec::new();
    };
    let sick = Afflicted::of(record, last, SHARE, |_, layer| layer.dead);
    if sick.is_empty() {
        return Vec::new();
    }
    let since = Afflicted::since(record, SHARE, |_, layer| layer.dead);
    let learning = Learning::of(record);
    let severity = match learning.verdict {
        Verdict::Stalls => Severity::Fault,
        Verdict::Unknown if sick.whole() > 0 => Severity::Fault,
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
        since,
        evidence,
        samples: last.samples,
        certainty: format!(
            "each was silent on all {} samples: 95 % upper bound on its firing rate {}",
            last.samples,
            percent(rule_of_three(last.samples))
        ),
        // No learning rate has silenced what was silent before the first step.
        prescription: doc::prescription_led_by(
            include_str!("dead_units.rs"),
            born_dead::found(record).then_some("Start biases at zero"),
        ),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_states_the_constants() {
        doc::assert_states(
            include_str!("dead_units.rs"),
            "Threshold and its source",
            &[format!("{} %", 100.0 * BOUND)],
        );
        assert_eq!(SHARE, 0.5, "the text says half");
    }
}
