//! A term that outweighs another.
//!
//! # What it measures
//! The weights of the terms of a loss: what the elements of each are multiplied by, all together; and what each term comes
//! to, against what the best constant prediction gives it.
//!
//! # Why it hurts
//! A term that is a small part of a loss has a small part in its gradient: what it asks for is not learnt while another
//! one still can be made smaller. The divergence of a variational autoencoder is smallest where the code says nothing of
//! the sample. If it weighs more than the reconstruction, that is where training goes: the posterior collapses, and the
//! decoder answers with the mean.
//!
//! # Threshold and its source
//! Found if the network does no better than the best constant prediction, its loss has a divergence, and the elements of
//! the divergence together weigh at least as much as those of the reconstruction: with one averaged over its elements, and
//! the other summed. Source: D. Kingma and M. Welling, Auto-Encoding Variational Bayes (arXiv 1312.6114), where both are
//! sums; S. Bowman et al. (arXiv 1511.06349), on the collapse. A warning if after 200 steps one of several terms has stayed
//! between 95 % and twice of what a constant gives it, that is less than 3 % of the loss of the constant, and less than half
//! of the loss was learnt. Source: our choice.
//!
//! # What to do
//! - Weigh the terms of the loss so that none drowns another: sum a reconstruction over the elements of a sample, as
//!   its divergence is, or weigh the divergence less, at first by 0; make the others of equal size at first.

use super::ends::Ends;
use super::plan::Plan;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Failure, Learning, LearningState, samples};
use crate::record::Record;
use crate::remedies::{RemedyDefinition, WEIGH_TERMS};
use crate::setup::LossTerm;
use crate::thresholds::{DROWNED, FALL, LONG_ENOUGH};
use crate::words::number;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&WEIGH_TERMS];

const DIVERGENCE: &str = "kl_divergence";

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let stuck = learning.failure == Some(Failure::NoBetterThanConstant);
    let Some((divergence, reconstruction)) = weights(record).filter(|_| stuck) else {
        return drowned(record, &learning).into_iter().collect();
    };
    vec![Finding {
        evidence: vec![
            Evidence::of(
                "weight of the divergence",
                divergence,
                Some(reconstruction),
                "weight",
            ),
            Evidence::of("weight of the reconstruction", reconstruction, None, "weight"),
        ],
        samples: samples(record),
        certainty: "follows from how the loss is computed".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "outweighed_loss",
            Severity::Fault,
            format!(
                "the divergence outweighs the reconstruction: its elements weigh {} together, those of the reconstruction \
                 {}{}",
                number(divergence),
                number(reconstruction),
                learning.words()
            ),
        )
    }]
}

/// One of several terms that is not learnt, and hardly counts.
fn drowned(record: &Record, learning: &Learning) -> Option<Finding> {
    let (term, value, constant, whole) = Ends::of(record)?.not_learnt()?;
    let slow = learning.state != LearningState::Learns && learning.steps >= LONG_ENOUGH;
    (slow && constant < DROWNED * whole).then(|| Finding {
        evidence: vec![
            Evidence::of(
                "share of a term in the loss of the best constant prediction",
                constant / whole,
                Some(DROWNED),
                "share",
            ),
            Evidence::of("the term", value, Some((1.0 - FALL) * constant), "loss"),
        ],
        samples: samples(record),
        certainty: "the mean over the steps in which the loss was looked at".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "outweighed_loss",
            Severity::Warning,
            format!(
                "one term of the loss drowns in the others and is not learnt: its {} is {}, a constant prediction gives \
                 it {}, of {} in all",
                term.kind.replace('_', " "),
                number(value),
                number(constant),
                number(whole)
            ),
        )
    })
}

/// The weights of both, where the divergence weighs as much or more.
fn weights(record: &Record) -> Option<(f64, f64)> {
    let terms = || record.setup.loss.iter().flat_map(|loss| &loss.terms);
    let is_divergence = |term: &&LossTerm| term.kind == DIVERGENCE;
    let divergence: f64 = terms().filter(is_divergence).map(|term| term.factor).sum();
    let data =
        terms().find(|term| !is_divergence(term) && term.known && term.baseline.is_some_and(|b| b > 0.0));
    let reconstruction = data?.factor;
    (divergence >= reconstruction && reconstruction > 0.0).then_some((divergence, reconstruction))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        let numbers = [
            format!("after {LONG_ENOUGH} steps"),
            format!("between {} % and twice", 100.0 * (1.0 - FALL)),
            format!("less than {} % of", 100.0 * DROWNED),
        ];
        documentation::assert_states(
            include_str!("outweighed_loss.rs"),
            "Threshold and its source",
            &numbers,
        );
    }
}
