//! How far steps can go: what they can take from the loss, to first order.

use super::rate_change::{faster, raised, slower};
use super::step_size::reach;
use super::{born_dead, dead_units, exploding_gradient, saturated_units, vanishing_gradient};
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Failure, Learning, samples, trained};
use crate::record::Record;
use crate::thresholds::{FALL, OVERSHOOT};
use crate::words::number;

/// Steps that together cannot have lowered the loss by what shows learning, whatever there is to be learnt.
pub(super) fn by_reach(record: &Record, learning: &Learning) -> Option<Finding> {
    let reference = learning.reference.filter(|&loss| loss > 0.0)?;
    let stuck = learning.failure == Some(Failure::NoBetterThanConstant);
    let reach = reach(record).filter(|&reach| stuck && reach < FALL * reference)?;
    let blocked = saturated_units::born(record)
        || exploding_gradient::born(record)
        || born_dead::found(record)
        || !dead_units::run(record).is_empty()
        || !vanishing_gradient::run(record).is_empty();
    let raise = 10f64.powf((reference / reach).log10().round().clamp(1.0, 6.0));
    let plan = faster().at_rate(raised(record, raise).filter(|_| !blocked)?);
    let mut evidence = vec![Evidence::of(
        "what all steps together can take from the loss, to first order",
        reach,
        Some(FALL * reference),
        "loss",
    )];
    evidence.extend(learning.evidence());
    Some(Finding {
        evidence,
        samples: samples(record),
        certainty: "an upper bound, by the gradients of all steps".into(),
        remedies: plan.remedies(),
        ..Finding::of_network(
            "update_size",
            Severity::Fault,
            format!(
                "the steps are too small: to first order all {} together can take no more than {} from the loss, of {} that \
                 a constant prediction has{}",
                learning.steps,
                number(reach),
                number(reference),
                learning.words()
            ),
        )
    })
}

/// Steps of which one could take many times the constant's loss away, in a network that has not come far.
pub(super) fn overshoots(record: &Record, learning: &Learning) -> Option<Finding> {
    let severity = learning.severity_of_disorder()?;
    let constant = learning.constant().filter(|&loss| loss > 0.0)?;
    let each = reach(record)? / learning.steps.max(1) as f64;
    if each < OVERSHOOT * constant {
        return None;
    }
    let factor = 10f64.powf((constant / each).log10().round().clamp(-2.0, -1.0));
    let mut evidence = vec![Evidence::of(
        "what a step can take from the loss, to first order",
        each,
        Some(OVERSHOOT * constant),
        "loss",
    )];
    evidence.extend(learning.evidence());
    Some(Finding {
        since: trained(record).next().map_or(1, |snapshot| snapshot.pass),
        evidence,
        samples: samples(record),
        certainty: "the mean over all steps, by their gradients".into(),
        remedies: slower().at_rate(factor).remedies(),
        ..Finding::of_network(
            "update_size",
            severity,
            format!(
                "the steps are too large: to first order each could take {} from the loss, of {} that a constant \
                 prediction has{}",
                number(each),
                number(constant),
                learning.words()
            ),
        )
    })
}
