//! Learning rates that leave a network where it is: 0, or come to their end too early.

use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Learning, samples, trained};
use crate::record::{Record, Snapshot};
use crate::remedies::{LATER_SCHEDULE, RAISE_LEARNING_RATE};
use crate::setup::OptimizerFacts;
use crate::thresholds::{AFTER_THE_END, ENDED_RATE, SMALL_STEP};
use crate::words::number;

/// A learning rate of 0 through the whole run.
pub(super) fn rate_of_zero(record: &Record, learning: &Learning) -> Option<Finding> {
    let optimizers = &record.setup.optimizers;
    let zero = |o: &OptimizerFacts| o.steps > 0 && o.learning_rate.is_some_and(|rate| rate.max == 0.0);
    if optimizers.is_empty() || !optimizers.iter().all(zero) || learning.is_shown() {
        return None;
    }
    Some(Finding {
        evidence: vec![Evidence::of("learning rate", 0.0, Some(0.0), "rate")],
        samples: samples(record),
        certainty: "as the optimiser says in every step".into(),
        remedies: vec![RAISE_LEARNING_RATE.of(&[])],
        ..Finding::of_network(
            "update_size",
            Severity::Fault,
            format!("the learning rate is 0: nothing moves{}", learning.words()),
        )
    })
}

/// A learning rate that has come to its end while most of the run was still to come.
pub(super) fn ended_early(record: &Record, learning: &Learning) -> Option<Finding> {
    let severity = learning.severity_of_disorder()?;
    let stepping = record.setup.optimizers.iter().filter(|o| o.steps > 0);
    let rates: Vec<_> = stepping.filter_map(|o| o.learning_rate).collect();
    let rate = rates.iter().max_by(|a, b| a.last.total_cmp(&b.last))?;
    if rates.iter().any(|rate| rate.last >= ENDED_RATE * rate.max) {
        return None;
    }
    let still = trained(record).rev().take_while(|pass| is_still(pass));
    let since = still.filter_map(|pass| pass.steps).map(|steps| steps[0]).last()?;
    let end = trained(record).next_back()?.steps?[1] + 1;
    if ((end - since) as f64) < AFTER_THE_END * end as f64 {
        return None;
    }
    Some(Finding {
        evidence: vec![Evidence::of(
            "learning rate",
            rate.last,
            Some(ENDED_RATE * rate.max),
            "rate",
        )],
        samples: samples(record),
        certainty: "as the optimiser says, and by the steps that were watched".into(),
        remedies: vec![LATER_SCHEDULE.of(&[])],
        ..Finding::of_network(
            "update_size",
            severity,
            format!(
                "the learning rate has come down from {} to {} too early: from step {since} of {end} on no weight has moved{}",
                number(rate.max),
                number(rate.last),
                learning.words()
            ),
        )
    })
}

/// Whether no weight has moved in a pass, of those that have steps.
fn is_still(pass: &Snapshot) -> bool {
    let mut steps = pass.parameters.iter().filter_map(|p| p.update_ratio).peekable();
    steps.peek().is_some() && steps.all(|size| size < SMALL_STEP)
}
