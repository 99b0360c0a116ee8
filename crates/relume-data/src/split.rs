//! Seeded, stratified division into training, validation and test samples.

use crate::random::{generator, shuffle};
use crate::words::{counted, grouped};
use crate::{Dataset, Error, Groups, Targets};

/// Which samples are trained on, which choose epochs and learning rates, which are reported on. Each list is in
/// ascending order; no sample is in two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Samples to train on.
    pub train: Vec<usize>,
    /// Samples to choose epochs and learning rates on.
    pub validation: Vec<usize>,
    /// Samples to report on.
    pub test: Vec<usize>,
}

/// How often groups are drawn until every class is on both sides.
const DRAWS_OF_GROUPS: usize = 1000;

impl Dataset {
    /// Draws a split: of each class (of all samples, for regression) 20 % for test, 20 % for validation, at least
    /// one each, and the rest for training. Where the data came with a test part that part is the test, and a
    /// quarter of each class of the rest is drawn for validation.
    ///
    /// It depends on the seed and the targets alone and is the same on every machine: ChaCha8 keyed with the
    /// seed shuffles class by class (Fisher-Yates from the end); a shuffled class gives its first samples to
    /// test, the next ones to validation.
    pub fn split(&self, seed: u64) -> Result<Split, Error> {
        self.check()?;
        let mut rng = generator(seed);
        let drawn_from = self.test_from.unwrap_or(self.len());
        let mut split = Split {
            train: vec![],
            validation: vec![],
            test: (drawn_from..self.len()).collect(),
        };
        for mut group in groups(&self.targets, 0..drawn_from) {
            shuffle(&mut group, &mut rng);
            let n = group.len();
            let (test, validation) = match self.test_from {
                None => (part(n, 5), part(n, 5)),
                Some(_) => (0, part(n, 4)),
            };
            split.test.extend(group.drain(..test));
            split.validation.extend(group.drain(..validation));
            split.train.extend(group);
        }
        split.train.sort_unstable();
        split.validation.sort_unstable();
        split.test.sort_unstable();
        Ok(split)
    }

    /// Draws the samples to be held out, as `test`: of each class (of all samples, for regression) this share, at least
    /// one and not all; no sample is for validation. Where the data came with a test part, that part is held out. Where
    /// it has groups, whole groups are held out, until they have this share of the samples.
    ///
    /// It is drawn as by [`split`](Self::split).
    ///
    /// # Errors
    /// If the data cannot be split, or no draw of groups leaves every class in both parts.
    pub fn hold_out(&self, seed: u64, share: f64) -> Result<Split, Error> {
        self.check()?;
        if let (Some(groups), None) = (&self.groups, self.test_from) {
            return self.hold_out_groups(groups, seed, share);
        }
        let mut rng = generator(seed);
        let drawn_from = self.test_from.unwrap_or(self.len());
        let mut split = Split {
            train: vec![],
            validation: vec![],
            test: (drawn_from..self.len()).collect(),
        };
        for mut group in groups(&self.targets, 0..drawn_from) {
            if self.test_from.is_none() {
                shuffle(&mut group, &mut rng);
                let most = group.len().saturating_sub(1);
                let held_out = (group.len() as f64 * share).round() as usize;
                split.test.extend(group.drain(..held_out.max(1).min(most)));
            }
            split.train.extend(group);
        }
        split.train.sort_unstable();
        split.test.sort_unstable();
        Ok(split)
    }

    fn hold_out_groups(&self, groups: &Groups, seed: u64, share: f64) -> Result<Split, Error> {
        let mut rng = generator(seed);
        let mut sizes = vec![0; groups.names.len()];
        groups.of.iter().for_each(|&group| sizes[group as usize] += 1);
        let wanted = self.len() as f64 * share;
        for _ in 0..DRAWS_OF_GROUPS {
            let mut order: Vec<usize> = (0..sizes.len()).collect();
            shuffle(&mut order, &mut rng);
            let mut held_out = vec![false; sizes.len()];
            let mut samples = 0;
            // One group at least, and not the last; of a group that straddles the share, the nearer side is taken.
            for (place, &group) in order[..order.len() - 1].iter().enumerate() {
                if place > 0 && samples as f64 + sizes[group] as f64 / 2.0 > wanted {
                    break;
                }
                held_out[group] = true;
                samples += sizes[group];
            }
            let (test, train): (Vec<usize>, Vec<usize>) =
                (0..self.len()).partition(|&i| held_out[groups.of[i] as usize]);
            if self.classes_of(&train) && self.classes_of(&test) {
                return Ok(Split {
                    train,
                    validation: vec![],
                    test,
                });
            }
        }
        let groups = counted(groups.names.len(), groups.kind);
        Err(Error::unfit(
            &self.name,
            format!("no division of the {groups} leaves samples of every class on both sides"),
            "leave out the classes that few have, or split at random",
        ))
    }

    /// Whether every class is among these samples; for regression, whether there is a sample.
    fn classes_of(&self, samples: &[usize]) -> bool {
        match &self.targets {
            Targets::Classes { labels, names } => {
                let mut seen = vec![false; names.len()];
                samples.iter().for_each(|&i| seen[labels[i] as usize] = true);
                seen.iter().all(|&seen| seen)
            }
            Targets::Values(_) => !samples.is_empty(),
        }
    }

    /// Keeps `limit` samples, drawn from each class (and from a given test part) in proportion, always the same.
    pub(crate) fn limited(mut self, limit: usize) -> Result<Dataset, Error> {
        let n = self.len();
        if n <= limit {
            return Ok(self);
        }
        let kept = draw(&self.targets, self.test_from, limit);
        self.inputs = self.inputs.only(&kept);
        if let Some(groups) = &mut self.groups {
            groups.of = kept.iter().map(|&i| groups.of[i]).collect();
        }
        self.targets = self.targets.only(&kept);
        if let Some(origins) = &mut self.origins {
            *origins = kept.iter().map(|&i| std::mem::take(&mut origins[i])).collect();
        }
        self.test_from = self.test_from.map(|from| kept.partition_point(|&i| i < from));
        self.notes.push(limit_note(kept.len(), n));
        self.description += &format!("; {} of them drawn", grouped(kept.len()));
        self.check()?;
        Ok(self)
    }
}

pub(crate) fn limit_note(kept: usize, n: usize) -> String {
    format!(
        "{} of {} samples drawn, of each class in proportion",
        grouped(kept),
        grouped(n)
    )
}

/// Which `limit` samples to keep, ascending: of each class in proportion, within a given test part and without.
/// Rounding may make it a few more or less.
pub(crate) fn draw(targets: &Targets, test_from: Option<usize>, limit: usize) -> Vec<usize> {
    let n = targets.len();
    let mut rng = generator(0);
    let mut kept = Vec::with_capacity(limit);
    let boundary = test_from.unwrap_or(n);
    for range in [0..boundary, boundary..n] {
        for mut group in groups(targets, range) {
            shuffle(&mut group, &mut rng);
            let share = group.len() as f64 * limit as f64 / n as f64;
            group.truncate(share.round() as usize);
            kept.extend(group);
        }
    }
    kept.sort_unstable();
    kept
}

/// One `parts`-th of `n`, rounded, at least 1.
fn part(n: usize, parts: usize) -> usize {
    ((n + parts / 2) / parts).max(1)
}

/// The samples of each class; for regression, all in one group.
fn groups(targets: &Targets, range: std::ops::Range<usize>) -> Vec<Vec<usize>> {
    match targets {
        Targets::Classes { labels, names } => {
            let mut groups = vec![vec![]; names.len()];
            range.for_each(|i| groups[labels[i] as usize].push(i));
            groups
        }
        Targets::Values(_) => vec![range.collect()],
    }
}
