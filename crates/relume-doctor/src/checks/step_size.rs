//! Steps of the optimiser that are too large or too small, parameter by parameter.

use crate::finding::Evidence;
use crate::learning::trained;
use crate::record::{ParameterInfo, ParameterSnapshot, Record, Snapshot};
use crate::remedies::Network;
use crate::thresholds::{
    HEALTHY_STEP, LARGE_STEP, LONG_RUN, OVERTHROW, SLOW_STEP, SMALL_STEP, STILL, TENFOLD,
};

/// The step of a parameter that is out of range.
pub(super) struct Step {
    pub(super) parameter: String,
    pub(super) kind: &'static str,
    pub(super) when: String,
    pub(super) size: f64,
    pub(super) bound: f64,
}

impl Step {
    /// How far out of range it is, in either direction.
    pub(super) fn excess(&self) -> f64 {
        (self.size / self.bound).max(self.bound / self.size)
    }

    /// What brings it well into the range, as steps grow with the learning rate: a power of ten.
    pub(super) fn rate_factor(&self) -> f64 {
        let goal = match self.bound {
            SMALL_STEP => HEALTHY_STEP,
            HEALTHY_STEP | SLOW_STEP => TENFOLD * self.size,
            STILL => 1.0,
            bound => bound / 10.0,
        };
        // Steps of a training that diverges grow and grow: they do not say by how much the first ones were too large.
        // Steps that round to nothing have no size.
        10f64.powf((goal / self.size).log10().round().clamp(-2.0, 6.0))
    }

    pub(super) fn evidence(&self) -> Evidence {
        Evidence {
            quantity: format!("{} of {}, relative to it", self.kind, self.parameter),
            value: Some(self.size),
            threshold: Some(self.bound),
            unit: "ratio".into(),
        }
    }
}

/// The steps that are too large, in the first pass that has any.
pub(super) fn too_large(record: &Record) -> Option<(&Snapshot, Vec<Step>)> {
    let mut passes = trained(record).map(|s| (s, large_in(record, s)));
    passes.find(|(_, steps)| !steps.is_empty())
}

/// The same by medians alone.
pub(super) fn usually_too_large(record: &Record) -> Option<(&Snapshot, Vec<Step>)> {
    let mut passes = trained(record).map(|s| (s, large_in(record, s)));
    passes.find_map(|(s, mut steps)| {
        steps.retain(|step| step.bound == LARGE_STEP);
        (!steps.is_empty()).then_some((s, steps))
    })
}

/// The steps of the last pass, if the median step of most weights is too large there.
pub(super) fn too_large_at_the_end(record: &Record) -> Option<(&Snapshot, Vec<Step>)> {
    let last = trained(record).last()?;
    let mut steps = large_in(record, last);
    steps.retain(|step| step.bound == LARGE_STEP);
    let moving = weights(record, last).filter(|(_, _, p)| p.update_ratio.is_some());
    (!steps.is_empty() && 2 * steps.len() > moving.count()).then_some((last, steps))
}

fn large_in(record: &Record, snapshot: &Snapshot) -> Vec<Step> {
    let large = |(_, info, p): (usize, &ParameterInfo, &ParameterSnapshot)| {
        let median = p.update_ratio.filter(|&size| size > LARGE_STEP);
        let median = median.map(|size| ("median step", size, LARGE_STEP));
        let single = p.update_peak.filter(|&size| size > OVERTHROW);
        let single = single.map(|size| ("largest step", size, OVERTHROW));
        let (kind, size, bound) = median.or(single)?;
        Some(Step {
            parameter: info.name.clone(),
            kind,
            when: snapshot.when(),
            size,
            bound,
        })
    };
    weights(record, snapshot).filter_map(large).collect()
}

/// The steps of the last pass, if those of all weights are too small although a gradient arrives; of a loss that comes
/// down all the time and has not come far in a long run, those below `slow` are.
pub(super) fn too_small(record: &Record, slow: f64) -> Option<(&Snapshot, Vec<Step>)> {
    let last = trained(record).last()?;
    let small = |(index, info, p): (usize, &ParameterInfo, &ParameterSnapshot)| {
        let median = p.update_ratio.filter(|&size| size < SMALL_STEP);
        let median = median.map(|size| ("median step", last.when(), size, SMALL_STEP));
        let way = way(record, index).filter(|&size| size < STILL);
        let way = way.map(|size| ("sum of all steps", "the whole run".to_owned(), size, STILL));
        let small_step = p.update_ratio.filter(|&size| size < slow);
        let small_step = small_step.map(|size| ("median step", last.when(), size, slow));
        let (kind, when, size, bound) = way.or(median).or(small_step)?;
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

/// By how much all steps of a run together can have lowered the loss to first order, at most: each by the length of the
/// gradient times its own. Of an optimiser that adapts its steps, an element moves by the rate.
pub(super) fn reach(record: &Record) -> Option<f64> {
    let [optimizer] = record.setup.optimizers.as_slice() else {
        return None;
    };
    let rate = optimizer.learning_rate?.max;
    let adaptive = Network::of(record).is_adaptive();
    let momentum = optimizer.momentum.unwrap_or(0.0).min(0.999);
    let parameters = record.course.parameters.iter().filter(|p| p.held && !p.frozen);
    let each = parameters.filter_map(|p| {
        let square = p.mean_square?;
        let elements: f64 = p.shape.iter().map(|&n| n as f64).product();
        let along = if adaptive {
            (elements * square).sqrt()
        } else {
            square / (1.0 - momentum)
        };
        Some(p.steps as f64 * along)
    });
    let sum = each.reduce(|a, b| a + b)?;
    Some(rate * sum).filter(|&sum| sum > 0.0)
}

/// The largest median step of a weight in the last pass.
pub(super) fn typical(record: &Record) -> Option<(String, f64)> {
    largest_in(record, trained(record).last()?)
}

/// The largest median step of a weight in any pass.
pub(super) fn largest(record: &Record) -> Option<(String, f64)> {
    let passes = trained(record).filter_map(|pass| largest_in(record, pass));
    passes.max_by(|a, b| a.1.total_cmp(&b.1))
}

fn largest_in(record: &Record, pass: &Snapshot) -> Option<(String, f64)> {
    let steps = weights(record, pass).filter_map(|(_, info, p)| Some((info.name.clone(), p.update_ratio?)));
    steps.max_by(|a, b| a.1.total_cmp(&b.1))
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
pub(super) fn weights<'a>(
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
