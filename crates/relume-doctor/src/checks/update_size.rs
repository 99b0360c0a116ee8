//! Update size.
//!
//! # What it measures
//! The size of one optimiser step relative to the parameter it changes, ‖Δw‖ / ‖w‖: its median over the steps of a
//! pass, and the largest; the learning rate; and the course of the loss. Biases, which start at zero and so have no
//! size to compare with, are left out.
//!
//! # Why it hurts
//! Steps as large as the weights themselves replace what was learnt by noise, and one of them is enough to kill a
//! layer. Steps too small to matter leave the network as it was initialised, however long it trains.
//!
//! # Threshold and its source
//! Too large if in any pass the median step of a weight is above 1/10 of it, or a single step is larger than the weight
//! itself (of a network of which it is not known whether it learns, the median alone counts); or if the loss has ended more than 10 % above that of the best constant prediction, or has lost what it had
//! learnt, or if its outputs, no units being dead or saturated, have become the same for every sample, while the largest
//! median step of a weight is at least 1e-3 of it. Too small if the learning rate is 0, or
//! below 1/1000 of its largest through the last half of the run and more; or if for every weight the median step of the
//! last pass is below 1e-5 of it, or all steps of a run of at least 100 together (their number times their median) are
//! below 15 % of it: by the triangle inequality it is then about where it began; or if after 100 steps or more the loss
//! still comes down, has not come far, and the median steps are below 2e-3 (below 1e-3 if the network learns, but has come less than a quarter of the way);
//! or if to first order all steps together (the length of the gradient times that of the step, summed up) cannot have
//! taken 5 % from the constant's loss. Found only if the network does not learn (where that is unknown, a warning); in
//! one that learns slowly a warning if the loss no longer comes down and most weights take too large steps at the end,
//! or any was too large and half of a layer's units died, or the loss was thrown to ten times what it was at first; or
//! if it still does and all together are too small; or if to first order a single step could take 10 times the constant's
//! loss. Source: a rule of thumb of the field puts healthy steps near 1e-3
//! (Karpathy, CS231n); the bounds leave two orders of magnitude on either side. The factor for the learning rate is the
//! power of ten, from 1/100 to a million, that brings the largest step well into the range: from above, ten times below
//! the bound; from below, to 1e-3, or all together to the weight itself; but to no rate above 1, or above 0.01 with an
//! optimiser that adapts its steps.
//!
//! # What to do
//! - Lower the learning rate.
//! - Raise the learning rate.
//! - Raise the learning rate slowly over the first steps.
//! - Clip the norm of the gradient.
//! - Standardise the inputs, and the targets of a regression: subtract each column's mean over the training data,
//!   and divide by its standard deviation.
//! - Use an optimiser that adapts its steps, such as Adam.
//! - Let the learning rate come down later, or less far: count the schedule's steps as it is called (per batch or per
//!   epoch).

use super::plan::Plan;
use super::step_size::{
    Step, largest, reach, too_large, too_large_at_the_end, too_small, typical, usually_too_large,
};
use super::{born_dead, dead_units, exploding_gradient, saturated_units, vanishing_gradient};
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Failure, Learning, LearningState, samples, trained};
use crate::loss_stretches::Stretches;
use crate::record::{Record, Snapshot};
use crate::remedies::{
    ADAPTIVE_OPTIMISER, CLIP, LATER_SCHEDULE, LOWER_LEARNING_RATE, Network, RAISE_LEARNING_RATE,
    RemedyDefinition, STANDARDISE, WARM_UP,
};
use crate::thresholds::{
    ABOVE_CONSTANT, AFTER_THE_END, ENDED_RATE, FALL, HEALTHY_STEP, LARGEST_ADAPTIVE_RATE, LARGEST_RATE,
    LONG_RUN, NO_SPREAD, OVERSHOOT, SLOW_STEP, SMALL_SPREAD, SMALL_STEP, TENFOLD, THROWN,
};
use crate::words::{number, short_list};

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[
    &LOWER_LEARNING_RATE,
    &RAISE_LEARNING_RATE,
    &WARM_UP,
    &CLIP,
    &STANDARDISE,
    &ADAPTIVE_OPTIMISER,
    &LATER_SCHEDULE,
];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let found = rate_of_zero(record, &learning)
        .or_else(|| ended_early(record, &learning))
        .or_else(|| by_size(record, &learning))
        .or_else(|| by_reach(record, &learning))
        .or_else(|| overshoots(record, &learning))
        .or_else(|| by_course(record, &learning));
    found.into_iter().collect()
}

/// A learning rate of 0 through the whole run.
fn rate_of_zero(record: &Record, learning: &Learning) -> Option<Finding> {
    let optimizers = &record.setup.optimizers;
    let zero =
        |o: &crate::setup::OptimizerFacts| o.steps > 0 && o.learning_rate.is_some_and(|rate| rate.max == 0.0);
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
fn ended_early(record: &Record, learning: &Learning) -> Option<Finding> {
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

/// What helps where steps are too large.
fn slower() -> Plan {
    Plan::of(REMEDIES, &[]).without(&[&RAISE_LEARNING_RATE, &LATER_SCHEDULE])
}

/// What helps where steps are too small.
fn faster() -> Plan {
    Plan::of(REMEDIES, &[]).without(&[&LOWER_LEARNING_RATE, &WARM_UP, &CLIP, &LATER_SCHEDULE])
}

/// Steps that are out of range by their size.
fn by_size(record: &Record, learning: &Learning) -> Option<Finding> {
    let slowly = learning.state == LearningState::LearnsSlowly;
    let comes_down = Stretches::of(record).comes_down();
    let long = learning.steps >= LONG_RUN && !record.course.losses.is_empty();
    let (severity, (snapshot, mut steps)) = match learning.severity() {
        Some(severity) => {
            let slow = if long && comes_down { SLOW_STEP } else { 0.0 };
            // A single step may be large only because the weight began small, as last layers of policies do.
            let large = match severity {
                Severity::Fault => too_large(record),
                Severity::Warning => usually_too_large(record),
            };
            (severity, large.or_else(|| small(record, slow))?)
        }
        None if slowly && comes_down => {
            let hardly = long && learning.has_hardly_learnt();
            let small = small(record, if hardly { HEALTHY_STEP } else { 0.0 });
            let whole_run = small.filter(|(_, steps)| steps.iter().all(|step| step.bound != SMALL_STEP));
            (Severity::Warning, whole_run.or_else(|| thrown(record, learning))?)
        }
        None if slowly => (
            Severity::Warning,
            too_large_at_the_end(record)
                .or_else(|| deadly(record))
                .or_else(|| thrown(record, learning))?,
        ),
        None => return None,
    };
    steps.sort_by(|a, b| b.excess().total_cmp(&a.excess()));
    let worst = &steps[0];
    let large = worst.size > worst.bound;
    // Of steps that are too small, the largest limits how far the rate can be raised; and what never moved did not move
    // from the beginning on.
    let governing = if large { worst } else { &steps[steps.len() - 1] };
    let since = if large { snapshot.pass } else { 0 };
    let plan = if large {
        slower().at_rate(governing.rate_factor())
    } else {
        faster().at_rate(raised(record, governing.rate_factor())?)
    };
    let mut evidence: Vec<Evidence> = steps.iter().map(Step::evidence).collect();
    evidence.extend(learning.evidence());
    Some(Finding {
        since,
        evidence,
        samples: snapshot.samples,
        certainty: "from every step that was watched; medians within 5 %".into(),
        remedies: plan.remedies(),
        ..Finding::of_network("update_size", severity, summary(&steps, large, learning))
    })
}

/// Steps that together cannot have lowered the loss by what shows learning, whatever there is to be learnt.
fn by_reach(record: &Record, learning: &Learning) -> Option<Finding> {
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
fn overshoots(record: &Record, learning: &Learning) -> Option<Finding> {
    let severity = learning.severity_of_disorder()?;
    let reference = learning
        .reference
        .filter(|&loss| loss > 0.0 && learning.baseline_known)?;
    let each = reach(record)? / learning.steps.max(1) as f64;
    if each < OVERSHOOT * reference {
        return None;
    }
    let factor = 10f64.powf((reference / each).log10().round().clamp(-2.0, -1.0));
    let mut evidence = vec![Evidence::of(
        "what a step can take from the loss, to first order",
        each,
        Some(OVERSHOOT * reference),
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
                number(reference),
                learning.words()
            ),
        )
    })
}

/// Steps that are too small, unless units were saturated before the first of them, or the gradient is lost on its way to
/// the first layers.
fn small(record: &Record, slow: f64) -> Option<(&Snapshot, Vec<Step>)> {
    let born = saturated_units::born(record) || exploding_gradient::born(record);
    too_small(record, slow).filter(|_| !born && !vanishing_gradient::is_lost(record))
}

/// Steps that were too large, if they may be what left many units dead: those that were born dead they did not kill.
fn deadly(record: &Record) -> Option<(&Snapshot, Vec<Step>)> {
    let killed = !dead_units::run(record).is_empty() && !born_dead::found(record);
    too_large(record).filter(|_| killed)
}

/// Steps that were too large, if they threw a loss far up from where it began, of which it has not recovered.
fn thrown<'a>(record: &'a Record, learning: &Learning) -> Option<(&'a Snapshot, Vec<Step>)> {
    let losses = &record.course.losses;
    let began = losses.first.first().and_then(|first| first.loss)?;
    let reference = learning.reference.filter(|&loss| loss > 0.0)?.max(began);
    let highest = losses.windows.iter().filter_map(|window| window.max);
    let highest = highest.max_by(f64::total_cmp)?;
    too_large(record).filter(|_| highest > THROWN * reference)
}

/// Whether outputs that differed at first have become the same for every sample, no units being dead or saturated.
fn flattened(record: &Record, learning: &Learning) -> bool {
    let spread = record.setup.outputs.as_ref().and_then(|outputs| outputs.spread);
    let flat = spread.is_some_and(|spread| spread.last < NO_SPREAD && spread.first >= SMALL_SPREAD);
    let otherwise = || {
        born_dead::found(record)
            || !dead_units::run(record).is_empty()
            || !saturated_units::run(record).is_empty()
            || vanishing_gradient::born(record)
    };
    flat && learning.failure == Some(Failure::NoBetterThanConstant) && !otherwise()
}

fn summary(steps: &[Step], large: bool, learning: &Learning) -> String {
    let worst = &steps[0];
    let names: Vec<String> = steps[1..].iter().map(|step| step.parameter.clone()).collect();
    let others = if names.is_empty() {
        String::new()
    } else {
        format!(", like those of {}", short_list(&names))
    };
    format!(
        "the {} of {} in {} is {} of the weight: {}{others}{}",
        worst.kind,
        worst.parameter,
        worst.when,
        number(worst.size),
        if large { "too large" } else { "too small" },
        learning.words(),
    )
}

/// A factor by which the learning rate can be raised without leaving what is usual; none if it is there already.
fn raised(record: &Record, factor: f64) -> Option<f64> {
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

/// A loss that the steps have thrown up again, whatever their size is.
fn by_course(record: &Record, learning: &Learning) -> Option<Finding> {
    let (loss, reference) = learning.loss.zip(learning.reference)?;
    let collapsed = learning.failure == Some(Failure::Collapsed);
    let flattened = flattened(record, learning);
    // Where all outputs are the same, hardly a gradient is left: what flattened them were the steps before.
    let steps = if flattened {
        largest(record)
    } else {
        typical(record)
    };
    let (parameter, size) = steps.filter(|&(_, size)| size >= HEALTHY_STEP)?;
    // What began higher has come down, if not far enough.
    let stretches = Stretches::of(record);
    let above = learning.baseline_known
        && loss > reference + ABOVE_CONSTANT * reference.abs()
        && !stretches.comes_down()
        && !stretches.ends_lower();
    if learning.state != LearningState::DoesNotLearn || !(collapsed || above || flattened) {
        return None;
    }
    let since = trained(record).next().map_or(1, |snapshot| snapshot.pass);
    let what = if collapsed {
        "the loss had come down and was thrown up again"
    } else if flattened && !above {
        "the outputs differed from sample to sample at first, and are all the same since, with the loss of a constant"
    } else {
        "the loss is thrown above that of the best constant prediction"
    };
    let mut evidence = vec![Evidence::of(
        &format!("median step of {parameter}, relative to it"),
        size,
        Some(HEALTHY_STEP),
        "ratio",
    )];
    evidence.extend(learning.evidence());
    let plan = slower();
    Some(Finding {
        since,
        evidence,
        samples: samples(record),
        certainty: format!("judged by the loss over {} steps", learning.steps),
        remedies: plan.remedies(),
        ..Finding::of_network(
            "update_size",
            Severity::Fault,
            format!(
                "{what}: it is {}, against {}, with steps of {} of {parameter}: too large{}",
                number(loss),
                number(reference),
                number(size),
                learning.words()
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;
    use crate::thresholds::{LARGE_STEP, OVERTHROW, STILL};

    #[test]
    fn the_text_states_the_constants() {
        documentation::assert_states(
            include_str!("update_size.rs"),
            "Threshold and its source",
            &[
                format!("above 1/{} of it", 1.0 / LARGE_STEP),
                format!("more than {} % above", 100.0 * ABOVE_CONSTANT),
                format!("at least {HEALTHY_STEP:e} of it"),
                format!("below {SMALL_STEP:e} of it"),
                format!("at least {LONG_RUN} together"),
                format!("are below {} % of it", 100.0 * STILL),
                format!("below {SLOW_STEP:e} (below {HEALTHY_STEP:e} if the network learns"),
                format!("taken {} % from", 100.0 * FALL),
                format!("below 1/{} of its largest", 1.0 / ENDED_RATE),
                format!("no rate above {LARGEST_RATE}, or above {LARGEST_ADAPTIVE_RATE}"),
            ],
        );
        assert_eq!(OVERTHROW, 1.0, "the text says the weight itself");
        assert_eq!(THROWN, 10.0, "the text says ten times");
        assert_eq!(OVERSHOOT, 10.0, "the text says 10 times");
    }
}
