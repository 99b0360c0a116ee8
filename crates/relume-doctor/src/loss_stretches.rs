//! The course of the loss as verdicts need it: its level and noise at the beginning, at its best and at the end.

use crate::record::Record;
use crate::thresholds::{LATE, LATE_STEPS, STILL_FALLING};

/// What the steps of one pass count for, where steps were not counted.
const STEPS_OF_A_PASS: f64 = 100.0;

/// The mean absolute difference of two draws of a normal distribution, in standard deviations: 2/√π.
const DIFFERENCE: f64 = std::f64::consts::FRAC_2_SQRT_PI;

/// A mean loss over some steps, and the standard error that the noise of single steps gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Level {
    pub(crate) mean: f64,
    pub(crate) error: f64,
    /// The smallest single loss that is known, else the mean.
    pub(crate) lowest: f64,
}

/// One stretch of neighbouring steps.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    steps: f64,
    mean: Option<f64>,
    /// The smallest loss, if it is known.
    min: Option<f64>,
    /// The variance of a single step's loss.
    noise: f64,
    /// Whether a loss was not finite.
    lost: bool,
}

/// All of them, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Stretches(Vec<Stretch>);

impl Stretches {
    /// Those of a record: of every step where all were seen, otherwise the passes.
    pub(crate) fn of(record: &Record) -> Stretches {
        if !record.course.losses.is_empty() {
            let windows = record.course.losses.windows.iter();
            return Stretches(
                windows
                    .map(|window| Stretch {
                        steps: (window.count + window.non_finite) as f64,
                        mean: window.mean.filter(|_| window.non_finite == 0),
                        min: window.min,
                        noise: window.change.map_or(0.0, |change| (change / DIFFERENCE).powi(2)),
                        lost: window.non_finite > 0,
                    })
                    .collect(),
            );
        }
        let stated = record.snapshots.iter().any(|s| s.loss.is_some());
        let snapshots = record.snapshots.iter().filter(|_| stated);
        let stretch = |snapshot: &crate::record::Snapshot| Stretch {
            steps: snapshot.steps.map_or(STEPS_OF_A_PASS, |[first, last]| {
                last.saturating_sub(first) as f64 + 1.0
            }),
            mean: snapshot.loss,
            min: None,
            noise: 0.0,
            lost: snapshot.loss.is_none(),
        };
        Stretches(snapshots.map(stretch).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Steps that stated a loss.
    pub(crate) fn steps(&self) -> u64 {
        self.0.iter().map(|stretch| stretch.steps).sum::<f64>() as u64
    }

    /// Whether the losses at the end are not finite.
    pub(crate) fn ends_lost(&self) -> bool {
        self.0.last().is_some_and(|last| last.lost)
    }

    /// Whether there is a beginning and, apart from it, an end.
    pub(crate) fn has_course(&self) -> bool {
        self.0.len() > 1
    }

    /// The loss of the first steps.
    pub(crate) fn early(&self) -> Option<Level> {
        let wanted = (0.03 * self.total()).max(5.0).min(self.total() / 4.0);
        level(&taken(self.0.iter(), wanted))
    }

    /// The loss of the last steps.
    pub(crate) fn late(&self) -> Option<Level> {
        level(&taken(self.0.iter().rev(), self.share()))
    }

    /// The lowest that it was over as many steps as the end has.
    pub(crate) fn best(&self) -> Option<Level> {
        let from = |i: usize| level(&taken(self.0[i..].iter(), self.share()));
        let levels = (0..self.0.len()).filter_map(from);
        levels.min_by(|a, b| a.mean.total_cmp(&b.mean))
    }

    /// Whether the end is below the beginning, beyond noise.
    pub(crate) fn ends_lower(&self) -> bool {
        let ends = self.early().zip(self.late());
        ends.is_some_and(|(early, late)| early.mean - late.mean > 3.0 * early.error.hypot(late.error))
    }

    /// Whether the second half is still lower than the first, and the last quarter than the one before, beyond noise.
    pub(crate) fn comes_down(&self) -> bool {
        let n = self.0.len();
        if n < 4 {
            return false;
        }
        let part = |a: usize, b: usize| level(&self.0[a * n / 8..b * n / 8].iter().collect::<Vec<_>>());
        let falls = |a: Option<Level>, b: Option<Level>| {
            a.zip(b).is_some_and(|(a, b)| {
                a.mean - b.mean > (3.0 * a.error.hypot(b.error)).max(STILL_FALLING * a.mean.abs())
            })
        };
        falls(part(0, 4), part(4, 8)) && falls(part(4, 6), part(6, 8))
    }

    fn total(&self) -> f64 {
        self.0.iter().map(|stretch| stretch.steps).sum()
    }

    fn share(&self) -> f64 {
        (LATE * self.total()).max(LATE_STEPS).min(self.total() / 4.0)
    }
}

/// So many stretches that they have this many steps.
fn taken<'a>(stretches: impl Iterator<Item = &'a Stretch>, wanted: f64) -> Vec<&'a Stretch> {
    let mut steps = 0.0;
    let mut taken = Vec::new();
    for stretch in stretches {
        taken.push(stretch);
        steps += stretch.steps;
        if steps >= wanted {
            break;
        }
    }
    taken
}

/// The mean over stretches, and its standard error.
fn level(stretches: &[&Stretch]) -> Option<Level> {
    let known = || stretches.iter().filter_map(|s| Some((s.steps, s.mean?, s.noise)));
    let steps: f64 = known().map(|(steps, ..)| steps).sum();
    let weighted = |value: fn((f64, f64, f64)) -> f64| known().map(|s| s.0 * value(s)).sum::<f64>() / steps;
    let mean = weighted(|s| s.1);
    (steps > 0.0).then(|| Level {
        mean,
        error: (weighted(|s| s.2) / steps).sqrt(),
        lowest: stretches.iter().filter_map(|s| s.min).fold(mean, f64::min),
    })
}
