//! Frozen parameters.
//!
//! # What it measures
//! The share of the network's weights that are frozen (`requires_grad` is false), of their numbers or of their layers,
//! whichever is more.
//!
//! # Why it hurts
//! What is frozen stays as it was loaded or initialised. If that does not carry what the task needs, the few layers that
//! are trained cannot make up for it.
//!
//! # Threshold and its source
//! Found if at least 50 % are frozen; a fault if the network does not learn, a warning if after 200 steps it is not shown
//! that it does, or it learns slowly and its loss no longer comes down, otherwise nothing: training the last layers alone is
//! a usual choice. Source: our choice.
//!
//! # What to do
//! - Train what is frozen too (requires_grad=True), with a small learning rate where its weights come from elsewhere, and
//!   make the optimiser after that.

use super::plan::Plan;
use crate::course::ParameterCourse;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Learning, LearningState, samples};
use crate::loss_stretches::Stretches;
use crate::record::Record;
use crate::remedies::{RemedyDefinition, UNFREEZE};
use crate::thresholds::{LONG_ENOUGH, MOSTLY_FROZEN};
use crate::words::percent;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&UNFREEZE];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let severity = match learning.state {
        LearningState::DoesNotLearn => Severity::Fault,
        LearningState::LearnsSlowly
            if learning.steps >= LONG_ENOUGH && !Stretches::of(record).comes_down() =>
        {
            Severity::Warning
        }
        LearningState::NotKnownYet if learning.steps >= LONG_ENOUGH => Severity::Warning,
        _ => return Vec::new(),
    };
    let parameters = &record.course.parameters;
    let elements = |p: &ParameterCourse| p.shape.iter().product::<usize>();
    let whole: usize = parameters.iter().map(elements).sum();
    let frozen: usize = parameters.iter().filter(|p| p.frozen).map(elements).sum();
    let layers = || parameters.iter().filter(|p| p.shape.len() > 1);
    let frozen_layers = layers().filter(|p| p.frozen).count();
    let of_layers = frozen_layers as f64 / layers().count().max(1) as f64;
    let share = (frozen as f64 / whole.max(1) as f64).max(of_layers);
    if share < MOSTLY_FROZEN {
        return Vec::new();
    }
    let all = match record.course.holds_only_frozen() {
        true => ", and with it all that the optimiser holds",
        false => "",
    };
    vec![Finding {
        evidence: vec![Evidence::of("frozen", share, Some(MOSTLY_FROZEN), "share")],
        samples: samples(record),
        certainty: "counted, not estimated".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "frozen_parameters",
            severity,
            format!(
                "{} of the network is frozen{all}{}",
                percent(share),
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
        let numbers = [
            format!("at least {} %", 100.0 * MOSTLY_FROZEN),
            format!("{LONG_ENOUGH} steps"),
        ];
        documentation::assert_states(
            include_str!("frozen_parameters.rs"),
            "Threshold and its source",
            &numbers,
        );
    }
}
