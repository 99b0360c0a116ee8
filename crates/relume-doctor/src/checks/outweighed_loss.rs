//! A divergence that outweighs the loss.
//!
//! # What it measures
//! The weights of the terms of a loss: what the elements of each are multiplied by, all together.
//!
//! # Why it hurts
//! The divergence of a variational autoencoder is smallest where the code says nothing of the sample. If it weighs more
//! than the reconstruction, that is where training goes: the posterior collapses, and the decoder answers with the mean.
//!
//! # Threshold and its source
//! Found if the network does no better than the best constant prediction, its loss has a divergence, and the elements of
//! the divergence together weigh at least as much as those of the reconstruction: with one averaged over its elements, and
//! the other summed. Source: D. Kingma and M. Welling, Auto-Encoding Variational Bayes (arXiv 1312.6114), where both are
//! sums; S. Bowman et al. (arXiv 1511.06349), on the collapse.
//!
//! # What to do
//! - Sum the reconstruction over the elements of a sample, as the divergence is, and average over samples; or weigh
//!   the divergence less, at first by 0.

use super::plan::Plan;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Failure, Learning, samples};
use crate::record::Record;
use crate::remedies::{RemedyDefinition, WEIGH_TERMS};
use crate::setup::LossTerm;
use crate::words::number;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&WEIGH_TERMS];

const DIVERGENCE: &str = "kl_divergence";

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let stuck = learning.failure == Some(Failure::NoBetterThanConstant);
    let Some((divergence, reconstruction)) = weights(record).filter(|_| stuck) else {
        return Vec::new();
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
