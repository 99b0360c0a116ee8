//! Update size.
//!
//! # What it measures
//! The size of one optimiser step relative to the parameter it changes, ‖Δw‖ / ‖w‖: its median over the steps
//! of a pass, and the largest. Biases, which start at zero and so have no size to compare with, are left out.
//!
//! # Why it hurts
//! Steps as large as the weights themselves replace what was learnt by noise, and one of them is enough to kill
//! a layer. Steps too small to matter leave the network as it was initialised, however long it trains.
//!
//! # Threshold and its source
//! Too large if in any pass the median step of a weight is above 1/10 of it, or a single step is larger than
//! the weight itself; too small if for every weight the median step of the last pass is below 1e-5 of it, or all
//! steps of a run of at least 100 together (their number times their median) are below 1/20 of it: by the triangle
//! inequality it is then about where it began. Found only if the network does not learn (where that is unknown, a
//! warning). Source: a rule of thumb of the field puts healthy steps near 1e-3 (Karpathy, CS231n); the bounds leave
//! two orders of magnitude on either side. The factor for the learning rate is the power of ten, from 1/100 to a
//! million, that brings the largest step well into the range: from above, ten times below the bound; from below, to
//! 1e-3, or all together to the weight itself.
//!
//! # What to do
//! - Lower the learning rate.
//! - Raise the learning rate.
//! - Raise the learning rate slowly over the first steps.
//! - Clip the norm of the gradient.
//! - Standardise the inputs, and the targets of a regression: subtract each column's mean over the training data, and
//!   divide by its standard deviation.
//! - Use an optimiser that adapts its steps, such as Adam.

use super::plan::Plan;
use crate::finding::{Evidence, Finding};
use crate::learning::{Learning, trained};
use crate::record::{ParameterInfo, ParameterSnapshot, Record, Snapshot};
use crate::remedies::{
    ADAPTIVE_OPTIMISER, CLIP, LOWER_LEARNING_RATE, RAISE_LEARNING_RATE, RemedyDefinition, STANDARDISE,
    WARM_UP,
};
use crate::thresholds::{HEALTHY_STEP, LARGE_STEP, LONG_RUN, OVERTHROW, SMALL_STEP, STILL};
use crate::words::{number, short_list};

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[
    &LOWER_LEARNING_RATE,
    &RAISE_LEARNING_RATE,
    &WARM_UP,
    &CLIP,
    &STANDARDISE,
    &ADAPTIVE_OPTIMISER,
];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let found = learning
        .severity()
        .zip(too_large(record).or_else(|| too_small(record)));
    let Some((severity, (snapshot, mut steps))) = found else {
        return Vec::new();
    };
    steps.sort_by(|a, b| b.excess().total_cmp(&a.excess()));
    let worst = &steps[0];
    // What never moved did not move from the first pass on; and of steps that are too small, the largest limits how
    // far the rate can be raised.
    let (since, governing, verdict) = if worst.size > worst.bound {
        (snapshot.pass, worst, "too large")
    } else {
        let first = trained(record).next().unwrap_or(snapshot);
        (first.pass, &steps[steps.len() - 1], "too small")
    };
    let other: &[&RemedyDefinition] = if worst.size > worst.bound {
        &[&RAISE_LEARNING_RATE]
    } else {
        &[&LOWER_LEARNING_RATE, &WARM_UP, &CLIP]
    };
    let plan = Plan::of(REMEDIES, &[])
        .without(other)
        .at_rate(governing.rate_factor());
    let names: Vec<String> = steps[1..].iter().map(|step| step.parameter.clone()).collect();
    let others = if names.is_empty() {
        String::new()
    } else {
        format!(", like those of {}", short_list(&names))
    };
    let mut evidence: Vec<Evidence> = steps.iter().map(Step::evidence).collect();
    evidence.extend(learning.evidence());
    vec![Finding {
        check: "update_size".into(),
        severity,
        summary: format!(
            "the {} of {} in {} is {} of the weight: {verdict}{others}{}",
            worst.kind,
            worst.parameter,
            worst.when,
            number(worst.size),
            learning.words(),
        ),
        layers: Vec::new(),
        since,
        evidence,
        samples: snapshot.samples,
        certainty: "from every step that was watched; medians within 5 %".into(),
        follows_from: None,
        remedies: plan.remedies(),
        prescription: Vec::new(),
    }]
}

/// A step that is out of range.
struct Step {
    parameter: String,
    kind: &'static str,
    when: String,
    size: f64,
    bound: f64,
}

impl Step {
    /// How far out of range it is, in either direction.
    fn excess(&self) -> f64 {
        (self.size / self.bound).max(self.bound / self.size)
    }

    /// What brings it well into the range, as steps grow with the learning rate: a power of ten.
    fn rate_factor(&self) -> f64 {
        let goal = match self.bound {
            SMALL_STEP => HEALTHY_STEP,
            STILL => 1.0,
            bound => bound / 10.0,
        };
        // Steps of a training that diverges grow and grow: they do not say by how much the first ones were too large.
        // Steps that round to nothing have no size.
        10f64.powf((goal / self.size).log10().round().clamp(-2.0, 6.0))
    }

    fn evidence(&self) -> Evidence {
        Evidence {
            quantity: format!("{} of {}, relative to it", self.kind, self.parameter),
            value: Some(self.size),
            threshold: Some(self.bound),
            unit: "ratio".into(),
        }
    }
}

/// The steps that are too large, in the first pass that has any.
fn too_large(record: &Record) -> Option<(&Snapshot, Vec<Step>)> {
    let large = |when: &str, info: &ParameterInfo, p: &ParameterSnapshot| {
        let median = p
            .update_ratio
            .filter(|&size| size > LARGE_STEP)
            .map(|size| ("median step", size, LARGE_STEP));
        let single = p
            .update_peak
            .filter(|&size| size > OVERTHROW)
            .map(|size| ("largest step", size, OVERTHROW));
        let (kind, size, bound) = median.or(single)?;
        Some(Step {
            parameter: info.name.clone(),
            kind,
            when: when.to_owned(),
            size,
            bound,
        })
    };
    let mut passes = trained(record).map(|s| {
        let steps = weights(record, s).filter_map(|(_, info, p)| large(&s.when(), info, p));
        (s, steps.collect::<Vec<_>>())
    });
    passes.find(|(_, steps)| !steps.is_empty())
}

/// The steps of the last pass, if those of all weights are too small although a gradient arrives.
fn too_small(record: &Record) -> Option<(&Snapshot, Vec<Step>)> {
    let last = trained(record).last()?;
    let small = |(index, info, p): (usize, &ParameterInfo, &ParameterSnapshot)| {
        let median = p.update_ratio.filter(|&size| size < SMALL_STEP);
        let median = median.map(|size| ("median step", last.when(), size, SMALL_STEP));
        let way = way(record, index).filter(|&size| size < STILL);
        let way = way.map(|size| ("sum of all steps", "the whole run".to_owned(), size, STILL));
        let (kind, when, size, bound) = way.or(median)?;
        Some(Step {
            parameter: info.name.clone(),
            kind,
            when,
            size,
            bound,
        })
    };
    let pulse = weights(record, last).any(|(_, _, p)| p.gradient_rms.is_some_and(|g| g > 0.0));
    let cut = last
        .layers
        .iter()
        .zip(&record.layers)
        .any(|(layer, info)| layer.silent >= info.units);
    // Frozen weights, and those that were not used, have no steps.
    let moving = weights(record, last).filter(|(_, _, p)| p.update_ratio.is_some());
    let steps = moving.map(small).collect::<Option<Vec<_>>>()?;
    (pulse && !cut && !steps.is_empty()).then_some((last, steps))
}

/// How far a weight can have moved in a long run, relative to it; `None` in a short one, or one without steps.
fn way(record: &Record, index: usize) -> Option<f64> {
    let mut steps = 0;
    let mut sum = 0.0;
    for pass in trained(record) {
        let [first, last] = pass.steps?;
        let count = last.saturating_sub(first).saturating_add(1);
        steps += count;
        sum += count as f64 * pass.parameters.get(index)?.update_ratio?;
    }
    (steps >= LONG_RUN).then_some(sum)
}

/// The parameters of a pass that have a size to compare a step with, and which they are.
fn weights<'a>(
    record: &'a Record,
    snapshot: &'a Snapshot,
) -> impl Iterator<Item = (usize, &'a ParameterInfo, &'a ParameterSnapshot)> {
    let starts_at_zero = |name: &str| name.ends_with("bias") || name.ends_with("beta");
    record
        .parameters
        .iter()
        .zip(&snapshot.parameters)
        .enumerate()
        .map(|(index, (info, p))| (index, info, p))
        .filter(move |(_, info, _)| !starts_at_zero(&info.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        documentation::assert_states(
            include_str!("update_size.rs"),
            "Threshold and its source",
            &[
                format!("above 1/{} of it", 1.0 / LARGE_STEP),
                format!("below {SMALL_STEP:e} of it"),
                format!("at least {LONG_RUN} together"),
                format!("below 1/{} of it", 1.0 / STILL),
            ],
        );
        assert_eq!(OVERTHROW, 1.0, "the text says the weight itself");
    }
}
