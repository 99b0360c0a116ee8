//! What is to be done with a learning rate that makes steps too large or too small.

use super::plan::Plan;
use crate::record::Record;
use crate::remedies::{
    ADAPTIVE_OPTIMISER, CLIP, LATER_SCHEDULE, LOWER_LEARNING_RATE, Network, RAISE_LEARNING_RATE,
    RemedyDefinition, STANDARDISE, WARM_UP,
};
use crate::thresholds::{LARGEST_ADAPTIVE_RATE, LARGEST_RATE, TENFOLD};

/// What to do, as the documentation of the check lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[
    &LOWER_LEARNING_RATE,
    &RAISE_LEARNING_RATE,
    &WARM_UP,
    &CLIP,
    &STANDARDISE,
    &ADAPTIVE_OPTIMISER,
    &LATER_SCHEDULE,
];

/// What helps where steps are too large.
pub(super) fn slower() -> Plan {
    Plan::of(REMEDIES, &[]).without(&[&RAISE_LEARNING_RATE, &LATER_SCHEDULE])
}

/// What helps where steps are too small.
pub(super) fn faster() -> Plan {
    Plan::of(REMEDIES, &[]).without(&[&LOWER_LEARNING_RATE, &WARM_UP, &CLIP, &LATER_SCHEDULE])
}

/// A factor by which the learning rate can be raised without leaving what is usual; none if it is there already.
pub(super) fn raised(record: &Record, factor: f64) -> Option<f64> {
    let network = Network::of(record);
    let Some(rate) = network.learning_rate.filter(|&rate| rate > 0.0) else {
        return Some(factor);
    };
    let largest = if network.is_adaptive() {
        LARGEST_ADAPTIVE_RATE
    } else {
        LARGEST_RATE
    };
    let room = 10f64.powf((largest / rate).log10().floor());
    Some(factor.min(room)).filter(|&factor| factor >= TENFOLD)
}
