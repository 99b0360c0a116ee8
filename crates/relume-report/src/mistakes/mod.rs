//! What networks get wrong, counted over the trials of the main panel: which samples, which classes, of which length.

mod confusion;
mod lengths;

pub(crate) use confusion::{Confusion, Difference, differences};
pub(crate) use lengths::{Bin, Counted, accuracies, bins};

use crate::trial::{Metric, Panel, Scores, Trial};
use std::collections::BTreeMap;

/// How often a sample was mistaken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mistaken {
    /// Its number in the whole data set.
    pub sample: u32,
    /// How many networks were judged on it.
    pub networks: usize,
    /// How many of them took it for another class.
    pub wrong: usize,
}

/// The samples that most networks of the main panel mistook, at most so many: among equals those that fewer were judged
/// on, then by number. None of a metric other than accuracy.
pub fn most_mistaken<'a>(trials: impl IntoIterator<Item = &'a Trial>, most: usize) -> Vec<Mistaken> {
    let mut tally = BTreeMap::<u32, (usize, usize)>::new();
    for scores in trials.into_iter().filter_map(judged) {
        for (&sample, &score) in scores.samples.iter().zip(&scores.values) {
            let (networks, wrong) = tally.entry(sample).or_default();
            *networks += 1;
            *wrong += usize::from(is_wrong(score));
        }
    }
    let mut mistaken: Vec<Mistaken> = tally
        .into_iter()
        .filter(|(_, (_, wrong))| *wrong > 0)
        .map(|(sample, (networks, wrong))| Mistaken {
            sample,
            networks,
            wrong,
        })
        .collect();
    // Stable: the order of the numbers stays.
    mistaken.sort_by_key(|m| (std::cmp::Reverse(m.wrong), m.networks));
    mistaken.truncate(most);
    mistaken
}

/// The samples that a network of the main panel was judged on; `None` of a network that broke down, of one of another
/// panel or metric, and where they are not known.
pub fn judged(trial: &Trial) -> Option<&Scores> {
    let counts = trial.panel == Panel::Main && trial.task.metric == Metric::Accuracy && !trial.broke_down();
    trial.outcome.as_ref().filter(|_| counts)?.scores.as_ref()
}

/// Whether a score says that the sample was taken for another class.
pub(crate) fn is_wrong(score: f32) -> bool {
    score < 0.5
}

/// What a network took each sample for: number and answer.
pub(crate) fn answers(trial: &Trial) -> Option<impl Iterator<Item = (u32, Option<u32>)>> {
    let scores = judged(trial)?;
    let predicted = scores.predicted.as_ref()?;
    Some(scores.samples.iter().copied().zip(predicted.iter().copied()))
}
