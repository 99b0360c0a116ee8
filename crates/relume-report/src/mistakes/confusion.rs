//! Which class is taken for which.

use super::answers;
use crate::trial::Trial;
use std::collections::{BTreeMap, BTreeSet};

/// How often samples of one class were taken for another, over some networks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Confusion {
    /// By the true class and the answer. Classes that were never confused take no place.
    counts: BTreeMap<(u32, Option<u32>), usize>,
    /// By the true class.
    totals: BTreeMap<u32, usize>,
}

impl Confusion {
    /// The answers of these networks, for samples whose class is known; `None` if no answer is.
    pub(crate) fn of<'a>(
        trials: impl IntoIterator<Item = &'a Trial>,
        truth: &BTreeMap<u32, u32>,
    ) -> Option<Self> {
        let mut confusion = Self::default();
        for (sample, answer) in trials.into_iter().filter_map(answers).flatten() {
            if let Some(&class) = truth.get(&sample) {
                *confusion.counts.entry((class, answer)).or_default() += 1;
                *confusion.totals.entry(class).or_default() += 1;
            }
        }
        (!confusion.totals.is_empty()).then_some(confusion)
    }

    /// How often this class was taken for that one, or for none.
    pub(crate) fn count(&self, class: u32, answer: Option<u32>) -> usize {
        self.counts.get(&(class, answer)).copied().unwrap_or(0)
    }

    /// How often networks were judged on a sample of this class.
    pub(crate) fn total(&self, class: u32) -> usize {
        self.totals.get(&class).copied().unwrap_or(0)
    }

    /// The share of the samples of this class that were taken for that one; `None` where there were no such samples.
    pub(crate) fn share(&self, class: u32, answer: Option<u32>) -> Option<f64> {
        let total = self.total(class);
        (total > 0).then(|| self.count(class, answer) as f64 / total as f64)
    }

    /// The wrong answers, the most frequent first: class, answer, how often.
    pub(crate) fn wrong(&self) -> Vec<(u32, Option<u32>, usize)> {
        let wrong = self
            .counts
            .iter()
            .filter(|((class, answer), _)| *answer != Some(*class));
        let mut wrong: Vec<_> = wrong
            .map(|(&(class, answer), &count)| (class, answer, count))
            .collect();
        wrong.sort_by_key(|&(_, _, count)| std::cmp::Reverse(count));
        wrong
    }
}

/// How much more often one arm than another takes a class for a wrong one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Difference {
    pub(crate) class: u32,
    /// `None` for no answer.
    pub(crate) answer: Option<u32>,
    /// The share of the class, mean over seeds.
    pub(crate) one: f64,
    /// The same of the other arm.
    pub(crate) other: f64,
    /// In how many seeds the difference has the sign that it has on average.
    pub(crate) agree: usize,
    /// How many seeds both arms have.
    pub(crate) seeds: usize,
}

/// The differences between two arms, the largest first, over the seeds that both have.
pub(crate) fn differences(one: &[&Trial], other: &[&Trial], truth: &BTreeMap<u32, u32>) -> Vec<Difference> {
    let by_seed = |trials: &[&Trial]| -> BTreeMap<u64, Confusion> {
        let counted = trials
            .iter()
            .map(|trial| (trial.seed, Confusion::of([*trial], truth)));
        counted
            .filter_map(|(seed, confusion)| Some((seed, confusion?)))
            .collect()
    };
    let (mut one, other) = (by_seed(one), by_seed(other));
    one.retain(|seed, _| other.contains_key(seed));
    let pairs: Vec<(&Confusion, &Confusion)> = one.iter().map(|(seed, c)| (c, &other[seed])).collect();
    let wrong: BTreeSet<(u32, Option<u32>)> = pairs
        .iter()
        .flat_map(|(a, b)| a.wrong().into_iter().chain(b.wrong()))
        .map(|(class, answer, _)| (class, answer))
        .collect();
    let mut differences: Vec<Difference> = wrong
        .into_iter()
        .filter_map(|(class, answer)| difference(&pairs, class, answer))
        .filter(|d| d.one != d.other)
        .collect();
    let size = |d: &Difference| (d.one - d.other).abs();
    differences.sort_by(|a, b| size(b).total_cmp(&size(a)));
    differences
}

fn difference(pairs: &[(&Confusion, &Confusion)], class: u32, answer: Option<u32>) -> Option<Difference> {
    let shares: Vec<(f64, f64)> = pairs
        .iter()
        .filter_map(|(one, other)| Some((one.share(class, answer)?, other.share(class, answer)?)))
        .collect();
    let seeds = shares.len();
    let mean = |of: fn(&(f64, f64)) -> f64| shares.iter().map(of).sum::<f64>() / seeds as f64;
    let (one, other) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sign = |one: f64, other: f64| one.total_cmp(&other);
    (seeds > 0).then(|| Difference {
        class,
        answer,
        one,
        other,
        agree: shares
            .iter()
            .filter(|pair| sign(pair.0, pair.1) == sign(one, other))
            .count(),
        seeds,
    })
}
