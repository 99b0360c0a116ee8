//! Optimiser of other parameters.
//!
//! # What it measures
//! Which parameters of the network are trained (they are not frozen, and gradients arrive at them), and which of them
//! an optimiser holds that takes steps.
//!
//! # Why it hurts
//! What no optimiser holds stays as it was initialised, whatever its gradients: after a model was copied, loaded or
//! rebuilt, the optimiser still changes the old one.
//!
//! # Threshold and its source
//! Found if an optimiser takes steps, at least 10, and holds none of the parameters: a fault. If it holds only a part
//! of those at which gradients arrive, a fault if the network does not learn, a warning if after 200 steps it is not
//! shown that it does, or if it learns slowly and one of several terms of the loss stays where a constant has it,
//! otherwise nothing: training the last layers alone is a usual choice. If all that it holds is frozen, that is
//! another finding. Source: the definition of training.
//!
//! # What to do
//! - Give the optimiser the parameters of this model, after the model is complete.

use super::ends::Ends;
use super::plan::Plan;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Learning, LearningState, samples};
use crate::record::Record;
use crate::remedies::{GIVE_PARAMETERS, RemedyDefinition};
use crate::thresholds::{FEW_STEPS, LONG_ENOUGH};

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&GIVE_PARAMETERS];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let steps = record.setup.optimizers.iter().map(|optimizer| optimizer.steps);
    if steps.sum::<u64>() < FEW_STEPS {
        return Vec::new();
    }
    let trained = || {
        record
            .course
            .parameters
            .iter()
            .filter(|p| !p.frozen && p.steps > 0)
    };
    let (all, held) = (trained().count(), trained().filter(|p| p.held).count());
    let missing = all - held;
    let severity = match learning.state {
        LearningState::DoesNotLearn => Severity::Fault,
        _ if held == 0 => Severity::Fault,
        // One of several losses may be that of what it does not hold.
        LearningState::LearnsSlowly if a_term_is_not_learnt(record) => Severity::Warning,
        LearningState::NotKnownYet if learning.steps >= LONG_ENOUGH => Severity::Warning,
        _ => return Vec::new(),
    };
    let shown = learning.is_shown() && severity != Severity::Warning;
    // To hold only what is frozen is another mistake.
    if missing == 0 || record.course.holds_only_frozen() || shown {
        return Vec::new();
    }
    let foreign: u64 = record
        .setup
        .optimizers
        .iter()
        .map(|optimizer| optimizer.foreign)
        .sum();
    let others = match foreign {
        0 => String::new(),
        n => format!("; it holds {n} that are none of this network's"),
    };
    let named = trained()
        .find(|p| !p.held)
        .map_or(String::new(), |p| format!(", such as {}", p.name));
    vec![Finding {
        evidence: vec![
            Evidence::of(
                "trained parameters that no optimiser holds",
                missing as f64,
                Some(0.0),
                "parameters",
            ),
            Evidence::of("trained parameters", all as f64, None, "parameters"),
        ],
        samples: samples(record),
        certainty: "counted, not estimated".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "optimizer_parameters",
            severity,
            format!(
                "the optimiser does not hold {missing} of the {all} parameters at which gradients arrive{named}{others}"
            ),
        )
    }]
}

fn a_term_is_not_learnt(record: &Record) -> bool {
    Ends::of(record).is_some_and(|ends| ends.not_learnt().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        let numbers = [
            format!("at least {FEW_STEPS},"),
            format!("after {LONG_ENOUGH} steps"),
        ];
        documentation::assert_states(
            include_str!("optimizer_parameters.rs"),
            "Threshold and its source",
            &numbers,
        );
    }
}
