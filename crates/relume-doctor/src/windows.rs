//! The windows of a run: what was counted in neighbouring steps.

use crate::pass::Pass;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// What was counted in neighbouring steps.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Window {
    /// Steps that were watched in full.
    pub(crate) watched: u64,
    losses: Losses,
    pub(crate) counts: Pass,
}

/// The losses of the steps, watched or not.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Losses {
    count: u64,
    sum: f64,
    non_finite: u64,
}

impl Window {
    /// Takes in the loss of a step.
    pub(crate) fn take_loss(&mut self, loss: Option<f64>) {
        match loss {
            Some(loss) if loss.is_finite() => {
                self.losses.count += 1;
                self.losses.sum += loss;
            }
            Some(_) => self.losses.non_finite += 1,
            None => {}
        }
    }

    /// The mean loss, or that of the window before where none was stated; none where one was not finite.
    pub(crate) fn loss(&self, before: Option<f64>) -> Option<f64> {
        match self.losses {
            Losses { non_finite: 1.., .. } => None,
            Losses { count: 0, .. } => before,
            Losses { count, sum, .. } => Some(sum / count as f64),
        }
    }

    pub(crate) fn merge(&mut self, other: &Window) {
        self.watched += other.watched;
        self.losses.count += other.losses.count;
        self.losses.sum += other.losses.sum;
        self.losses.non_finite += other.losses.non_finite;
        self.counts.merge(&other.counts);
    }
}

/// Fewer samples than this say nothing about a unit: 3/60 bounds its firing rate by 5 %.
const FEWEST: u64 = 60;

/// This many samples say enough: 3/1024 bounds it by 0.3 %.
const ENOUGH: u64 = 1024;

/// Of a short run, each window should still have this share of all samples.
const SHARE: u64 = 8;

/// The windows, joined with their neighbours until each has enough samples; the untrained network stays by itself.
/// What is left at the end belongs to the last window. Each comes with its first and last index.
pub(crate) fn joined(windows: &[Window]) -> Vec<(RangeInclusive<usize>, Cow<'_, Window>)> {
    let samples = |window: &Window| window.counts.samples();
    let all: u64 = windows.iter().map(samples).sum();
    let wanted = (all / SHARE).clamp(FEWEST, ENOUGH);
    let mut passes: Vec<(RangeInclusive<usize>, Cow<'_, Window>)> = Vec::new();
    for (i, window) in windows.iter().enumerate() {
        match passes.last_mut() {
            Some((indices, before)) if *indices.start() > 0 && samples(before) < wanted => {
                before.to_mut().merge(window);
                *indices = *indices.start()..=i;
            }
            // What was never watched says nothing by itself.
            _ => passes.push((i..=i, Cow::Borrowed(window))),
        }
    }
    while let [.., (start, before), (end, last)] = passes.as_mut_slice()
        && *start.start() > 0
        && samples(last) < wanted.max(samples(before) / 2)
    {
        before.to_mut().merge(last);
        *start = *start.start()..=*end.end();
        passes.pop();
    }
    passes.retain(|(_, window)| window.watched > 0);
    passes
}
