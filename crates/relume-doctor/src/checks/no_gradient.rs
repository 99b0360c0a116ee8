//! No gradient at all.
//!
//! # What it measures
//! The gradient of every parameter, over all steps: here each was exactly zero or missing in every one of them,
//! although none is frozen.
//!
//! # Why it hurts
//! Where no gradient arrives nothing can be learnt. An argmax, a rounding, a comparison or a detach between the
//! network and the loss gives exactly zero or none, whatever the network computes.
//!
//! # Threshold and its source
//! Found if no parameter received a gradient other than zero in any of at least 10 steps; a fault. In a network that does
//! not learn well also if that is so of the first layers alone, and their units are not dead. Source: gradients of a loss
//! that depends on the network are zero at single points only.
//!
//! # What to do
//! - Compute the loss with operations that have a gradient: no argmax, rounding, comparison, detach() or no_grad()
//!   between the model and the loss.

use super::plan::Plan;
use super::{born_dead, dead_units};
use crate::course::ParameterCourse;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Learning, samples};
use crate::record::Record;
use crate::remedies::{DIFFERENTIABLE_LOSS, RemedyDefinition};
use crate::thresholds::FEW_STEPS;
use crate::words::short_list;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&DIFFERENTIABLE_LOSS];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let trained = || record.course.parameters.iter().filter(|p| !p.frozen);
    let steps = trained().map(|p| p.steps + p.missing).max().unwrap_or(0);
    let some = trained().any(|p| p.steps > p.zero);
    let lost = trained().any(|p| p.non_finite > 0);
    if steps < FEW_STEPS || lost {
        return Vec::new();
    }
    if some {
        return of_the_first_layers(record).into_iter().collect();
    }
    let zero = trained().filter(|p| p.steps > 0).count();
    let missing = trained().count() - zero;
    vec![Finding {
        evidence: vec![
            Evidence::of(
                "parameters with a gradient that was always exactly zero",
                zero as f64,
                Some(0.0),
                "parameters",
            ),
            Evidence::of(
                "parameters that never had a gradient",
                missing as f64,
                Some(0.0),
                "parameters",
            ),
        ],
        samples: samples(record),
        certainty: format!("seen in all {steps} steps"),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "no_gradient",
            Severity::Fault,
            format!(
                "no parameter received a gradient other than zero in {steps} steps: the loss does not depend on the network"
            ),
        )
    }]
}

/// The first layers receive zero in every step, and not because their units are dead.
fn of_the_first_layers(record: &Record) -> Option<Finding> {
    let learning = Learning::of(record);
    let severity = learning.severity_of_disorder()?;
    let trained: Vec<_> = record.course.parameters.iter().filter(|p| !p.frozen).collect();
    let always_zero = |p: &&&ParameterCourse| p.steps >= FEW_STEPS && p.steps == p.zero;
    let first: Vec<_> = trained.iter().take_while(always_zero).collect();
    let next = trained.get(first.len())?;
    let dead = born_dead::found(record) || !dead_units::run(record).is_empty();
    if dead || !first.iter().any(|p| p.shape.len() > 1) || next.steps == next.zero {
        return None;
    }
    let names: Vec<String> = first.iter().map(|p| p.name.clone()).collect();
    Some(Finding {
        evidence: vec![Evidence::of(
            "parameters with a gradient that was always exactly zero",
            first.len() as f64,
            Some(0.0),
            "parameters",
        )],
        samples: samples(record),
        certainty: format!("seen in all {} steps", first[0].steps),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "no_gradient",
            severity,
            format!(
                "the gradient of {} was exactly zero in every step, while that of {} was not: an operation between them has \
                 none{}",
                short_list(&names),
                next.name,
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
        let numbers = [format!("at least {FEW_STEPS} steps")];
        documentation::assert_states(
            include_str!("no_gradient.rs"),
            "Threshold and its source",
            &numbers,
        );
    }
}
