//! Decay rates of an optimiser that are swapped.
//!
//! # What it measures
//! The two decay rates (betas) of Adam and its like: of the mean of the gradient, and of the mean of its square.
//!
//! # Why it hurts
//! A step is the one mean over the root of the other. If the square is forgotten sooner than the gradient itself, a large
//! gradient still pushes when nothing is left of it to divide by: steps have no bound.
//!
//! # Threshold and its source
//! Found if the first is larger than the second; a fault if the network does not learn, a warning where that is unknown,
//! otherwise nothing. Source: D. Kingma and J. Ba, Adam (arXiv 1412.6980): 0.9 and 0.999, and the square of the first below
//! the root of the second for its proof.
//!
//! # What to do
//! - Give the optimiser its usual decay rates: 0.9 for the gradient, 0.999 for its square, in this order.

use super::plan::Plan;
use crate::finding::{Evidence, Finding};
use crate::learning::{Learning, samples};
use crate::record::Record;
use crate::remedies::{RemedyDefinition, USUAL_DECAY_RATES};
use crate::words::number;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&USUAL_DECAY_RATES];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let stepping = record.setup.optimizers.iter().filter(|o| o.steps > 0);
    let swapped = stepping.filter_map(|o| Some((o, o.betas.filter(|[mean, square]| mean > square)?)));
    let found = learning.severity().zip(swapped.into_iter().next());
    let Some((severity, (optimizer, [mean, square]))) = found else {
        return Vec::new();
    };
    vec![Finding {
        evidence: vec![Evidence::of(
            "decay rate of the gradient",
            mean,
            Some(square),
            "rate",
        )],
        samples: samples(record),
        certainty: "as the optimiser says".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "decay_rates",
            severity,
            format!(
                "{}'s decay rates are {} for the gradient and {} for its square: its steps have no bound{}",
                optimizer.name,
                number(mean),
                number(square),
                learning.words()
            ),
        )
    }]
}
