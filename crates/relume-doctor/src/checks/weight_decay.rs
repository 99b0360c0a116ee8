//! Weight decay that is too strong.
//!
//! # What it measures
//! The weight decay of the optimiser; of one that takes it from the weights themselves (AdamW and its like), the share
//! that a step takes: decay times learning rate. And a penalty of the weights in the loss.
//!
//! # Why it hurts
//! The weights are drawn to zero faster than the gradient can build them up: outputs shrink to those of the biases.
//!
//! # Threshold and its source
//! Found if the decay is at least 0.05, or a step of AdamW's takes at least 0.2 % of each weight, or if a penalty in
//! the loss was larger at first than the loss of the best constant prediction without it, or than a quarter of that if the
//! outputs have become the same for every sample; a fault if the network does
//! not learn, a warning where it learns slowly or that is unknown, otherwise nothing. Source: our choice, above what
//! published trainings use (SGD 1e-5 to 5e-3; AdamW 0.3 at a learning rate of 1e-3, which is 0.03 %).
//!
//! # What to do
//! - Lower the weight decay: 1e-5 to 1e-3 is usual for SGD and Adam, 0.01 to 0.1 for AdamW.

use super::plan::Plan;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Learning, samples};
use crate::record::Record;
use crate::remedies::{LESS_WEIGHT_DECAY, RemedyDefinition};
use crate::setup::OptimizerFacts;
use crate::thresholds::{DECAY, DECAY_OF_A_STEP, NO_SPREAD, QUARTER, SMALL_SPREAD};
use crate::words::number;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&LESS_WEIGHT_DECAY];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let Some(severity) = learning.severity_of_disorder() else {
        return Vec::new();
    };
    let optimizers = record
        .setup
        .optimizers
        .iter()
        .filter(|optimizer| optimizer.steps > 0);
    let Some((optimizer, decay)) = optimizers.filter_map(|o| Some((o, too_strong(o)?))).next() else {
        return penalty(record, &learning, severity).into_iter().collect();
    };
    vec![Finding {
        evidence: vec![Evidence::of("weight decay", decay, Some(DECAY), "rate")],
        samples: samples(record),
        certainty: "as the optimiser says".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "weight_decay",
            severity,
            format!(
                "{}'s weight decay of {} draws the weights to zero{}",
                optimizer.name,
                number(decay),
                learning.words()
            ),
        )
    }]
}

/// The weight decay, if it is too strong.
fn too_strong(optimizer: &OptimizerFacts) -> Option<f64> {
    let decay = optimizer.weight_decay?;
    let strong = match optimizer.decays_by_itself {
        true => decay * optimizer.learning_rate?.max >= DECAY_OF_A_STEP,
        false => decay >= DECAY,
    };
    strong.then_some(decay)
}

/// A penalty of the weights in the loss that was larger at first than what there is to learn.
fn penalty(record: &Record, learning: &Learning, severity: Severity) -> Option<Finding> {
    let terms = &record.setup.loss.as_ref()?.terms;
    let penalty = terms.iter().find(|term| term.kind == "penalty")?;
    let data = learning.constant()? - penalty.value?;
    let at_first = learning.first_loss? - data;
    // In a network that ends as a constant, which it was not at first, less suffices.
    let spread = record.setup.outputs.as_ref().and_then(|outputs| outputs.spread);
    let constant = spread.is_some_and(|spread| spread.last < NO_SPREAD && spread.first >= SMALL_SPREAD);
    let bound = if constant { QUARTER * data } else { data };
    (data > 0.0 && at_first > bound).then(|| Finding {
        evidence: vec![Evidence::of("penalty of the weights at first", at_first, Some(bound), "loss")],
        samples: samples(record),
        certainty: "follows from the terms of the loss".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "weight_decay",
            severity,
            format!(
                "a penalty of the weights made {} of the loss at first, against {} that a constant prediction has without \
                 it: it draws the weights to zero{}",
                number(at_first),
                number(data),
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
        let numbers = [
            format!("at least {DECAY}"),
            format!("at least {} %", 100.0 * DECAY_OF_A_STEP),
        ];
        documentation::assert_states(
            include_str!("weight_decay.rs"),
            "Threshold and its source",
            &numbers,
        );
    }
}
