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
//! optimiser holds them, and others had one; in a network that does not learn well also if that is so of parameters
//! elsewhere that belong to layers which ran. A fault if the network does not learn, otherwise a
//! warning. Source: the chain rule; whatever the loss depends on has a gradient.
//!
//! # What to do
//! - Take away what cuts the gradient off inside the model: detach(), .data, no_grad(), a way through NumPy.

use super::plan::Plan;
use crate::course::ParameterCourse;
use crate::finding::{Evidence, Finding};
use crate::learning::{Learning, LearningState, samples};
use crate::record::Record;
use crate::remedies::{KEEP_CONNECTED, RemedyDefinition};
use crate::thresholds::FEW_STEPS;
use crate::words::short_list;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&KEEP_CONNECTED];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let parameters = &record.course.parameters;
    let trained: Vec<_> = parameters.iter().filter(|p| !p.frozen).collect();
    let without = |p: &&ParameterCourse| p.steps == 0 && p.missing >= FEW_STEPS && p.held;
    let first = trained.iter().copied().take_while(without);
    let used = |p: &&ParameterCourse| record.weights.values().any(|name| *name == p.name);
    // Parameters of layers that ran, wherever they stand.
    let running = trained.iter().copied().filter(|p| without(p) && used(p));
    let mut cut: Vec<&ParameterCourse> = first.collect();
    if !cut.iter().any(|p| p.shape.len() > 1) && learning.state != LearningState::Learns {
        cut = running.collect();
    }
    let behind = trained.iter().filter(|p| p.steps > p.zero);
    let last = behind
        .clone()
        .next_back()
        .filter(|_| cut.iter().any(|p| p.shape.len() > 1));
    let Some(last) = last else {
        return Vec::new();
    };
    let place = |name: &str| trained.iter().position(|p| p.name == name);
    let cut_at = place(&cut[cut.len() - 1].name);
    let first_with = behind
        .into_iter()
        .find(|p| place(&p.name) > cut_at)
        .unwrap_or(last);
    let first_with = first_with.name.as_str();
    let names: Vec<String> = cut.iter().map(|p| p.name.clone()).collect();
    let missing = cut[0].missing;
    vec![Finding {
        evidence: vec![
            Evidence::of(
                "parameters without any gradient",
                cut.len() as f64,
                Some(0.0),
                "parameters",
            ),
            Evidence::of("parameters", trained.len() as f64, None, "parameters"),
        ],
        samples: samples(record),
        certainty: format!("seen in all {} steps", missing),
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
