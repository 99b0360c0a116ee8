//! Gradient that is cut off.
//!
//! # What it measures
//! The parameters at which no gradient ever arrived although none of them is frozen, and whether layers behind them
//! received one.
//!
//! # Why it hurts
//! What stands before a detach, a .data or a no_grad stays as it was initialised, however long the rest trains.
//!
//! # Threshold and its source
//! Found if, over at least 10 steps, all parameters from the first one on up to some layer never had a gradient, an
//! optimiser holds them, and parameters behind them had one. A fault if the network does not learn, otherwise a
//! warning. Source: the chain rule; whatever the loss depends on has a gradient.
//!
//! # What to do
//! - Take away what cuts the gradient off inside the model: detach(), .data, no_grad(), a way through NumPy.

use super::plan::Plan;
use crate::finding::{Evidence, Finding};
use crate::learning::{Learning, samples};
use crate::record::Record;
use crate::remedies::{KEEP_CONNECTED, RemedyDefinition};
use crate::thresholds::FEW_STEPS;
use crate::words::short_list;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&KEEP_CONNECTED];

/// What it may be a consequence of.
pub(super) const FOLLOWS_FROM: &[&str] = &["no_gradient"];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let parameters = &record.course.parameters;
    let trained: Vec<_> = parameters.iter().filter(|p| !p.frozen).collect();
    let cut = trained
        .iter()
        .take_while(|p| p.steps == 0 && p.missing >= FEW_STEPS && p.held)
        .count();
    let behind = trained[cut..].iter().any(|p| p.steps > p.zero);
    let weights = trained[..cut].iter().any(|p| p.shape.len() > 1);
    if cut == 0 || !behind || !weights {
        return Vec::new();
    }
    let learning = Learning::of(record);
    let names: Vec<String> = trained[..cut].iter().map(|p| p.name.clone()).collect();
    let first_with = trained[cut..]
        .iter()
        .find(|p| p.steps > 0)
        .map_or("", |p| p.name.as_str());
    vec![Finding {
        evidence: vec![
            Evidence::of(
                "parameters without any gradient",
                cut as f64,
                Some(0.0),
                "parameters",
            ),
            Evidence::of("parameters", trained.len() as f64, None, "parameters"),
        ],
        samples: samples(record),
        certainty: format!("seen in all {} steps", trained[0].missing),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "cut_gradient",
            learning.severity_of_mistake(),
            format!(
                "no gradient arrives at {}, while it does from {first_with} on: it is cut off between them{}",
                short_list(&names),
                learning.words()
            ),
        )
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        let numbers = [format!("at least {FEW_STEPS} steps")];
        documentation::assert_states(
            include_str!("cut_gradient.rs"),
            "Threshold and its source",
            &numbers,
        );
    }
}
