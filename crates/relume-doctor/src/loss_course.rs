//! The course of the loss over all steps, in memory that does not grow with them.

use serde::{Deserialize, Serialize};

/// With more windows than this, neighbours are joined, and windows are twice as long from then on.
const WINDOWS: usize = 128;

/// So many of the first and of the last losses are kept as they were.
const KEPT: usize = 32;

/// The loss of every step: windows of neighbouring steps, and the first and last losses one by one.
///
/// ```
/// use relume_doctor::LossCourse;
/// let mut course = LossCourse::default();
/// for step in 0..1000 {
///     course.take(step, 1.0 / (1 + step) as f64);
/// }
/// assert_eq!((course.span, course.windows.len()), (8, 125));
/// let window = &course.windows[1];
/// assert_eq!((window.first_step, window.last_step, window.count), (8, 15, 8));
/// assert_eq!(window.max, Some(1.0 / 9.0));
/// assert_eq!(course.last[31].loss, Some(1.0 / 1000.0));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossCourse {
    /// Steps in a window: a power of two. Window `i` of the run holds the steps from `i * span` on.
    pub span: u64,
    /// The windows in which a loss was seen, at most 128, oldest first.
    pub windows: Vec<LossWindow>,
    /// The losses of the first 32 steps that stated one.
    pub first: Vec<StepLoss>,
    /// The losses of the last 32 steps that stated one.
    pub last: Vec<StepLoss>,
}

/// The loss of one step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepLoss {
    /// Which step.
    pub step: u64,
    /// Its loss; `None` where it was NaN or infinite.
    pub loss: Option<f64>,
}

/// The losses of neighbouring steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LossWindow {
    /// The first step that stated a loss.
    pub first_step: u64,
    /// The last step that did.
    pub last_step: u64,
    /// How many losses were finite.
    pub count: u64,
    /// How many were not.
    pub non_finite: u64,
    /// Their mean, as the next four of the finite ones; `None` where there are none.
    pub mean: Option<f64>,
    /// The smallest.
    pub min: Option<f64>,
    /// The largest.
    pub max: Option<f64>,
    /// The first.
    pub first: Option<f64>,
    /// The last.
    pub last: Option<f64>,
    /// How many of them followed upon a finite loss.
    pub changes: u64,
    /// By how much these differed from the loss before, on average: the oscillation of the loss, and its noise.
    pub change: Option<f64>,
}

impl Default for LossCourse {
    fn default() -> LossCourse {
        LossCourse {
            span: 1,
            windows: Vec::new(),
            first: Vec::new(),
            last: Vec::new(),
        }
    }
}

impl LossCourse {
    /// Whether no loss was seen.
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// Takes in the loss of a step, which comes after those taken in before.
    pub fn take(&mut self, step: u64, loss: f64) {
        let before = self.last.last().and_then(|last| last.loss);
        let loss = Some(loss).filter(|loss| loss.is_finite());
        let window = LossWindow::of(step, loss, before);
        match self.windows.last_mut() {
            Some(last) if last.first_step / self.span == step / self.span => last.append(&window),
            _ => self.windows.push(window),
        }
        if self.first.len() < KEPT {
            self.first.push(StepLoss { step, loss });
        }
        if self.last.len() == KEPT {
            self.last.remove(0);
        }
        self.last.push(StepLoss { step, loss });
        while self.windows.len() > WINDOWS {
            self.coarsen();
        }
    }

    /// Adds the losses that another worker saw in the same steps.
    pub(crate) fn merge(&mut self, other: &LossCourse) {
        let mut other = other.clone();
        while self.span < other.span {
            self.coarsen();
        }
        while other.span < self.span {
            other.coarsen();
        }
        for theirs in other.windows {
            let place = |window: &LossWindow| window.first_step / self.span;
            match self.windows.binary_search_by_key(&place(&theirs), place) {
                Ok(i) => self.windows[i].add(&theirs),
                Err(i) => self.windows.insert(i, theirs),
            }
        }
        self.first = averaged(&self.first, &other.first);
        self.first.truncate(KEPT);
        self.last = averaged(&self.last, &other.last);
        self.last.drain(..self.last.len().saturating_sub(KEPT));
        while self.windows.len() > WINDOWS {
            self.coarsen();
        }
    }

    /// Whether a file may say so.
    pub(crate) fn is_sound(&self) -> bool {
        let ordered = |a: &LossWindow, b: &LossWindow| a.first_step / self.span < b.first_step / self.span;
        self.span.is_power_of_two()
            && self.windows.len() <= WINDOWS
            && self.first.len().max(self.last.len()) <= KEPT
            && self.windows.is_sorted_by(ordered)
    }

    /// Joins neighbours, so that windows are twice as long.
    fn coarsen(&mut self) {
        self.span *= 2;
        let mut joined: Vec<LossWindow> = Vec::new();
        for window in self.windows.drain(..) {
            match joined.last_mut() {
                Some(last) if last.first_step / self.span == window.first_step / self.span => {
                    last.append(&window)
                }
                _ => joined.push(window),
            }
        }
        self.windows = joined;
    }
}

impl LossWindow {
    fn of(step: u64, loss: Option<f64>, before: Option<f64>) -> LossWindow {
        let change = loss.zip(before).map(|(a, b)| (a - b).abs().min(f64::MAX));
        LossWindow {
            first_step: step,
            last_step: step,
            count: u64::from(loss.is_some()),
            non_finite: u64::from(loss.is_none()),
            mean: loss,
            min: loss,
            max: loss,
            first: loss,
            last: loss,
            changes: u64::from(change.is_some()),
            change,
        }
    }

    /// Appends the window that follows.
    fn append(&mut self, next: &LossWindow) {
        let (first, last) = (self.first.or(next.first), next.last.or(self.last));
        self.add(next);
        (self.first, self.last) = (first, last);
    }

    /// Adds up two windows of the same steps.
    fn add(&mut self, other: &LossWindow) {
        self.mean = mean((self.mean, self.count), (other.mean, other.count));
        self.change = mean((self.change, self.changes), (other.change, other.changes));
        self.first = mean((self.first, 1), (other.first, 1));
        self.last = mean((self.last, 1), (other.last, 1));
        self.min = either(self.min, other.min, f64::min);
        self.max = either(self.max, other.max, f64::max);
        self.first_step = self.first_step.min(other.first_step);
        self.last_step = self.last_step.max(other.last_step);
        self.count += other.count;
        self.non_finite += other.non_finite;
        self.changes += other.changes;
    }
}

/// The losses of two workers, step by step.
fn averaged(mine: &[StepLoss], theirs: &[StepLoss]) -> Vec<StepLoss> {
    let mut both: Vec<StepLoss> = mine.to_vec();
    for their in theirs {
        match both.binary_search_by_key(&their.step, |loss| loss.step) {
            Ok(i) => {
                let pair = both[i].loss.zip(their.loss);
                both[i].loss = pair.and_then(|(a, b)| mean((Some(a), 1), (Some(b), 1)));
            }
            Err(i) => both.insert(i, *their),
        }
    }
    both
}

/// The mean of two means, in which nothing overflows. It does not depend on which comes first.
fn mean((a, n): (Option<f64>, u64), (b, m): (Option<f64>, u64)) -> Option<f64> {
    let share = |count: u64| count as f64 / (n + m).max(1) as f64;
    either(a, b, |a, b| a * share(n) + b * share(m))
}

pub(crate) fn either(a: Option<f64>, b: Option<f64>, both: impl Fn(f64, f64) -> f64) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(both(a, b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn course(losses: &[f64]) -> LossCourse {
        let mut course = LossCourse::default();
        for (step, &loss) in losses.iter().enumerate() {
            course.take(step as u64, loss);
        }
        course
    }

    fn close(a: Option<f64>, b: f64) -> bool {
        a.is_some_and(|a| (a - b).abs() <= 1e-9 * b.abs().max(1.0))
    }

    #[test]
    fn what_is_not_finite_is_counted_and_spoils_nothing() {
        let course = course(&[1.0, 2.0, f64::NAN, f64::INFINITY, 5.0]);
        let finite: Vec<Option<f64>> = course.first.iter().map(|l| l.loss).collect();
        assert_eq!(finite, [Some(1.0), Some(2.0), None, None, Some(5.0)]);
        assert_eq!(course.windows.iter().map(|w| w.non_finite).sum::<u64>(), 2);
        // 5 follows upon no finite loss.
        assert_eq!(course.windows.iter().map(|w| w.changes).sum::<u64>(), 1);
    }

    proptest! {
        #[test]
        fn windows_hold_what_a_list_would(losses in prop::collection::vec(-1e3..1e3f64, 1..1500)) {
            let course = course(&losses);
            prop_assert!(course.windows.len() <= WINDOWS && course.is_sound());
            prop_assert!(losses.len() <= 64 || course.windows.len() > WINDOWS / 2 || course.span == 1);
            prop_assert_eq!(course.windows.iter().map(|w| w.count).sum::<u64>(), losses.len() as u64);
            for window in &course.windows {
                let (a, b) = (window.first_step as usize, window.last_step as usize);
                let part = &losses[a..=b];
                prop_assert!(close(window.mean, part.iter().sum::<f64>() / part.len() as f64));
                prop_assert_eq!(window.min, part.iter().copied().reduce(f64::min));
                prop_assert_eq!(window.max, part.iter().copied().reduce(f64::max));
                prop_assert_eq!((window.first, window.last), (part.first().copied(), part.last().copied()));
                let changes: Vec<f64> = (a.max(1)..=b).map(|i| (losses[i] - losses[i - 1]).abs()).collect();
                prop_assert_eq!(window.changes, changes.len() as u64);
                if !changes.is_empty() {
                    prop_assert!(close(window.change, changes.iter().sum::<f64>() / changes.len() as f64));
                }
            }
        }

        #[test]
        fn workers_are_averaged(losses in prop::collection::vec(-1e3..1e3f64, 1..400), n in 1usize..400) {
            let twice: Vec<f64> = losses.iter().map(|l| 2.0 * l).collect();
            let mut mine = course(&losses);
            mine.merge(&course(&twice[..n.min(twice.len())]));
            let total: f64 = losses.iter().sum::<f64>() + twice[..n.min(twice.len())].iter().sum::<f64>();
            let found: f64 = mine.windows.iter().map(|w| w.mean.unwrap() * w.count as f64).sum();
            prop_assert!((found - total).abs() < 1e-6 * (1.0 + total.abs()));
            prop_assert!(mine.is_sound());
        }
    }
}
