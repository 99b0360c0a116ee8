//! Scale of the inputs.
//!
//! # What it measures
//! The root mean square of the numbers that enter the network, over the steps that were watched. Inputs that are
//! no numbers, such as the indices of words, are left out.
//!
//! # Why it hurts
//! Initial weights are made for inputs of variance 1. Larger ones make the pre-activations of the first layer and
//! its gradients as many times larger: units saturate or die, and the steps throw the weights away. Inputs with a
//! large mean do the same in one direction. Much smaller ones leave next to no signal.
//!
//! # Threshold and its source
//! Found if it is above 10 or below 1/10, and the network does not learn (where it learns slowly, a warning).
//! Source: LeCun, Bottou, Orr and Müller (1998) ask for a mean near 0 and a variance near 1; ten times more or
//! less is our choice, and leaves room for sparse inputs.
//!
//! # What to do
//! - Standardise the inputs, and the targets of a regression: subtract each column's mean over the training data, and
//!   divide by its standard deviation.
//! - Normalise the pre-activations (batch or layer normalisation).
//! - Lower the learning rate.
//! - Use an optimiser that adapts its steps, such as Adam.

use super::plan::Plan;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Learning, Verdict, samples};
use crate::record::Record;
use crate::remedies::{ADAPTIVE_OPTIMISER, LOWER_LEARNING_RATE, NORMALISE, RemedyDefinition, STANDARDISE};
use crate::thresholds::INPUT_SCALE;
use crate::words::number;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[
    &STANDARDISE,
    &NORMALISE,
    &LOWER_LEARNING_RATE,
    &ADAPTIVE_OPTIMISER,
];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let severity = match learning.verdict {
        Verdict::Stalls => Severity::Fault,
        Verdict::Slowly => Severity::Warning,
        Verdict::Learns | Verdict::Unknown => return Vec::new(),
    };
    let Some(rms) = record
        .input_rms
        .filter(|rms| !(1.0 / INPUT_SCALE..=INPUT_SCALE).contains(rms))
    else {
        return Vec::new();
    };
    let mut evidence = vec![Evidence {
        quantity: "root mean square of the inputs".into(),
        value: Some(rms),
        threshold: Some(if rms > 1.0 { INPUT_SCALE } else { 1.0 / INPUT_SCALE }),
        unit: "ratio".into(),
    }];
    evidence.extend(learning.evidence());
    vec![Finding {
        check: "input_scale".into(),
        severity,
        summary: format!(
            "the inputs have a root mean square of {}, initial weights are made for 1{}",
            number(rms),
            learning.words()
        ),
        layers: Vec::new(),
        since: 0,
        evidence,
        samples: samples(record),
        certainty: "counted, not estimated".into(),
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
        let numbers = [format!("above {INPUT_SCALE}"), format!("below 1/{INPUT_SCALE}")];
        documentation::assert_states(
            include_str!("input_scale.rs"),
            "Threshold and its source",
            &numbers,
        );
    }
}
